// Whether who writes uses capitals, as in autocomplete/habits.py: at sentence starts, in `I`, in names.

import { isUpper, lastCharacters, SENTENCE_WORD, WORD, WORDLIKE } from "./text.ts";

const REACH = 500;
const SIGNS = 2;
const SHOUTED = 2;
const PRIOR = [0.3, 6];
const PRONOUN = "[iI](?:'(?:m|ll|ve|d))?";
const IS_PRONOUN = new RegExp(`^${PRONOUN}$`);
const PRONOUNS = new RegExp(`(?<![${WORDLIKE}'.])${PRONOUN}(?![${WORDLIKE}'.])`, "gu");
const WORDS = new RegExp(`(?<![${WORDLIKE}'@#./])${WORD}(?![${WORDLIKE}'@/])`, "gu");

/** Where a writer uses capitals. */
export interface Habits {
  starts: boolean;
  pronoun: boolean;
  names: boolean;
  /** the line is written in capitals */
  shouts: boolean;
  /** the word before is, or the line */
  stresses: boolean;
}

/** Of who writes as one is taught to. */
export const USUAL: Habits = { starts: true, pronoun: true, names: true, shouts: false, stresses: false };

/** What a text tells of who wrote it, each 1 for yes, -1 for no, 0 where it tells nothing. */
export interface Writer {
  /** apostrophes are written: `don't`, not `dont` */
  marks: number;
  /** sentences begin with capitals; `I` tells nothing */
  capitals: number;
  /** natural log of the share of words that no list has, drawn towards what it is of who was not read */
  unlisted: number;
}

/** Read from a text, normalised, and the word typed after it whether apostrophes, capitals, listed words are used. */
export function writerOf(
  text: string,
  typed: string,
  lists: (word: string) => boolean,
  lacksMark: (folded: string) => boolean,
): Writer {
  const seen = lastCharacters(text, REACH);
  const words = seen.toLowerCase().match(WORDS) ?? [];
  const marks = words.reduce((sum, word) => sum + Number(word.includes("'")) - Number(lacksMark(word)), 0);
  const starts = [...(seen + typed).matchAll(SENTENCE_WORD)].map((start) => start[2]);
  const capitals = balanceOf(starts.filter((start) => !IS_PRONOUN.test(start)));
  const unlisted = Math.log((words.filter((word) => !lists(word)).length + PRIOR[0]) / (words.length + PRIOR[1]));
  return { marks: Math.sign(marks), capitals: Math.sign(capitals), unlisted };
}

/** Give a form of a word as a writer has it inside a sentence. */
export function follow({ pronoun, names }: Habits, form: string): string {
  if (pronoun && names) return form;
  if (IS_PRONOUN.test(form)) return pronoun ? form : form.toLowerCase();
  return isName(form) && !names ? form.toLowerCase() : form;
}

/** Read the habits of who wrote a text, normalised; `usual` gives a folded word's usual form. */
export function habitsOf(text: string, usual: (folded: string) => string | null): Habits {
  const seen = lastCharacters(text, REACH);
  const whole = seen.length === text.length;
  const starts = [...seen.matchAll(SENTENCE_WORD)]
    .filter((start) => (whole || start.index > 0) && !IS_PRONOUN.test(start[2]))
    .map((start) => start[2]);
  const balance = balanceOf(starts);
  const pronouns = balanceOf(seen.match(PRONOUNS) ?? []);
  const smallStarts = balance <= 0 && Math.min(balance, balance + pronouns) <= -SIGNS;
  const smallPronoun = pronouns < 0 || (pronouns === 0 && balance <= -SIGNS);
  const names = (smallStarts ? (seen.match(WORDS) ?? []) : []).filter(
    (word) => !IS_PRONOUN.test(word) && isName(usual(word.toLowerCase()) ?? ""),
  );
  const line = seen.slice(seen.lastIndexOf("\n") + 1);
  const loud = (line.match(WORDS) ?? []).map((word) => isLoud(word, usual));
  const shouts = line === line.toUpperCase() && loud.filter(Boolean).length >= SHOUTED;
  return {
    starts: !smallStarts,
    pronoun: !smallPronoun,
    names: !(smallStarts && balanceOf(names) < 0),
    shouts,
    stresses: shouts || loud[loud.length - 1] === true,
  };
}

/** Tell whether a word is in capitals, and not as `I` and abbreviations are. */
function isLoud(word: string, usual: (folded: string) => string | null): boolean {
  const form = word.length > 1 && word === word.toUpperCase() ? usual(word.toLowerCase()) : null;
  return form !== null && form !== form.toUpperCase();
}

/** Count words that begin with a capital against those that do not. */
function balanceOf(words: string[]): number {
  return words.reduce((sum, word) => sum + (isUpper(Array.from(word)[0]) ? 1 : -1), 0);
}

function isName(form: string): boolean {
  const [first, ...rest] = Array.from(form);
  const tail = rest.join("");
  return first !== undefined && isUpper(first) && tail === tail.toLowerCase();
}
