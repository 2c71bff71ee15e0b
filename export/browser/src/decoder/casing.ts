// How a word found is written where the caret stands, and the edit that puts it there, as in autocomplete/casing.py.

import { follow, type Habits } from "./habits.ts";
import { casefold, isAlphabetic, isUpper } from "./text.ts";

/** What is offered, and the edit that takes it. Characters are code points. */
export interface Suggestion {
  word: string;
  insertText: string;
  deleteLeft: number;
  logprob: number;
  /** estimated probability that it is what is meant, see calibration.ts */
  confidence: number;
  /** the last three stand beside words */
  kind: "prediction" | "completion" | "correction" | "phrase" | "punctuation" | "emoji";
}

/** Write a form as the place asks: typed capitals stay, a sentence starts with one, names keep theirs. */
export function show(form: string, prefix: string, sentenceStart: boolean, habits: Habits): string {
  const letters = Array.from(prefix).filter(isAlphabetic);
  if (letters.length > 1 && letters.every(isUpper)) return form.toUpperCase();
  const capital = letters.length > 0 && isUpper(letters[0]);
  if (habits.shouts && (capital || !letters.length)) return form.toUpperCase();
  const shown = capital ? form : follow(habits, form);
  if (shown !== shown.toLowerCase()) return shown;
  if (!capital && !(sentenceStart && habits.starts)) return shown;
  const [first, ...rest] = Array.from(shown);
  return first.toUpperCase() + rest.join("");
}

/** Write a form that follows the word of a prefix: in capitals where that is. */
export function showAfter(form: string, prefix: string, habits: Habits): string {
  const letters = Array.from(prefix).filter(isAlphabetic);
  const shouted = isUpper(prefix) && letters.length > 1;
  return shouted || habits.shouts ? form.toUpperCase() : follow(habits, form);
}

/** Make the suggestion of a word as shown: keep what it has in common with what is typed, delete the rest. */
export function suggestion(word: string, typed: string, logprob: number, confidence: number, needsSpace: boolean): Suggestion {
  const shown = Array.from(word);
  const there = Array.from(typed);
  let kept = 0;
  while (kept < Math.min(shown.length, there.length) && shown[kept] === there[kept]) kept++;
  return {
    word,
    insertText: `${needsSpace ? " " : ""}${shown.slice(kept).join("")} `,
    deleteLeft: there.length - kept,
    logprob,
    confidence,
    kind: !typed ? "prediction" : casefold(word).startsWith(casefold(typed)) ? "completion" : "correction",
  };
}
