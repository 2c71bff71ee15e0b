// What speaks for other readings of a finished word, as in autocomplete/evidence.py.

import type { Attested } from "./attested.ts";
import type { Caret } from "./caret.ts";
import type { Evidence } from "./correction.ts";
import type { ErrorModel } from "./errors.ts";
import type { Writer } from "./habits.ts";
import type { Lexicon } from "./lexicon.ts";
import { type Mistake, mistakeOf } from "./mistakes.ts";
import type { Reading } from "./reading.ts";
import { isAlphabetic, isUpper, keyOf } from "./text.ts";

/**
 * Weigh other readings, best first, against what was typed: the likeliest of other letters, and the likeliest of the same
 * letters.
 */
export function evidenceOf(
  readings: Reading[],
  caret: Caret,
  literal: number,
  errors: ErrorModel,
  lexicon: Lexicon,
  attested: Attested,
  writer: Writer,
  exists: boolean,
): Evidence[] {
  const typed = caret.typed.toLowerCase();
  const others = readings.filter(({ word, inside }) => word !== caret.prefix && inside !== caret.prefix);
  const leavesOut = (reading: Reading): boolean => reading.word.includes("'") && !reading.typed.includes("'");
  const recased = others.filter((reading) => keyOf(reading.word) === caret.key && !(writer.marks < 0 && leavesOut(reading)));
  // a letter that no key has was asked for, by holding one
  const asked = Array.from(typed).some((letter) => isAlphabetic(letter) && !errors.keys.has(letter));
  const respelled = others.filter(({ word }) => !asked && keyOf(word) !== caret.key);
  const asTyped = Math.max(literal, recased[0]?.score ?? Number.NEGATIVE_INFINITY);
  // a sloppy spelling of the same word is none of its own
  const own = exists ? literal : Number.NEGATIVE_INFINITY;
  const weigh = (best: Reading, rivals: Reading[], score: number): Evidence => {
    return {
      typed: best.typed,
      word: best.word,
      logprob: best.logprob,
      literal,
      margin: best.score - score,
      lead: best.score - Math.max(...rivals.map((rival) => rival.score), Number.NEGATIVE_INFINITY),
      frequency: lexicon.frequencyOf(best.word),
      exists,
      name: isUpper(Array.from(caret.prefix)[0] ?? "") && !caret.sentenceStart && !caret.habits.stresses,
      mistake: mistake(best, caret, errors),
      cost: best.logprob - best.score,
      touched: caret.keyTouches.some((point) => point !== null),
      attested: exists ? 0 : attested.frequency(typed),
      misspelt: !exists && attested.isMisspelt(typed),
      capitals: writer.capitals,
      unlisted: writer.unlisted,
    };
  };
  return [
    ...respelled.slice(0, 1).map((best) => weigh(best, respelled.slice(1, 2), asTyped)),
    ...recased.slice(0, 1).map((best) => weigh(best, [...recased.slice(1, 2), ...respelled.slice(0, 1)], own)),
  ];
}

function mistake(reading: Reading, caret: Caret, errors: ErrorModel): Mistake {
  const spaces = reading.word.split(" ").length - reading.typed.split(" ").length;
  if (!spaces) return mistakeOf(caret.key, keyOf(reading.word), errors);
  const same = letters(reading.typed) === letters(reading.word);
  if (spaces > 0) return same ? "missed_space" : "missed_space_and_more";
  return same ? "accidental_space" : "space_for_letter";
}

function letters(words: string): string {
  return keyOf(words.replaceAll(" ", ""));
}
