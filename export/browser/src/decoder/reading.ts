// A reading of what stands before the caret, as in autocomplete/reading.py: a word that may have been meant, with what it
// replaces and its score.

import type { Caret } from "./caret.ts";
import { show, type Suggestion, suggestion } from "./casing.ts";

export interface Reading {
  /** as it is shown */
  word: string;
  /** the characters it replaces */
  typed: string;
  logprob: number;
  score: number;
  /** as it would be shown inside a sentence */
  inside?: string;
}

/** Read the prefix as a word, written as the place asks. */
export function readingOf(form: string, caret: Caret, logprob: number, score: number): Reading {
  const [word, inside] = [caret.sentenceStart, false].map((start) => show(form, caret.prefix, start, caret.habits));
  return { word, typed: caret.prefix, logprob, score, inside };
}

/** Give the k best readings, each word once. */
export function bestOf(readings: Reading[], k: number): Reading[] {
  const words = new Map<string, Reading>();
  for (const reading of [...readings].sort((a, b) => b.score - a.score)) {
    if (!words.has(reading.word)) words.set(reading.word, reading);
  }
  return [...words.values()].slice(0, k);
}

/** Make suggestions of readings. */
export function written(readings: Reading[], confidences: number[], caret: Caret): Suggestion[] {
  return readings.map(({ word, typed, logprob }, place) => {
    return suggestion(word, typed, logprob, confidences[place], caret.needsSpace);
  });
}
