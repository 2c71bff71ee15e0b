// What went wrong if one word was typed for another, as in autocomplete/mistakes.py.

import { CONFUSED, type ErrorModel } from "./errors.ts";

/** In the order of the features. */
export const MISTAKES = [
  "case", "neighbour", "neighbour_confusion", "neighbours", "confusion", "other", "transposition", "omission",
  "omission_of_vowel", "omission_of_double", "omission_of_end", "insertion_beside", "doubling", "insertion",
  "missed_space", "missed_space_and_more", "accidental_space", "space_for_letter", "several",
] as const; // prettier-ignore
export type Mistake = (typeof MISTAKES)[number];
/** Mistakes of fingers that fall beside a key. */
export const NEIGHBOURS: readonly Mistake[] = ["neighbour", "neighbour_confusion", "neighbours"];
const MEANT: readonly Mistake[] = ["omission", "omission_of_vowel", "omission_of_double", "omission_of_end", "confusion"];
const LONG = 6;
export const VOWELS = "aeiouy";

/** Name what makes typed letters of those meant; both as keys of the lexicon have them. */
export function mistakeOf(typed: string, meant: string, errors: ErrorModel): Mistake {
  if (typed === meant) return "case";
  const [there, wanted] = [Array.from(typed), Array.from(meant)];
  if (there.length === wanted.length) return substitution(there, wanted, errors);
  const [short, long] = there.length < wanted.length ? [there, wanted] : [wanted, there];
  const place = firstDifference(short, long);
  if (short.join("") !== [...long.slice(0, place), ...long.slice(place + 1)].join("")) return "several";
  return short === there ? omission(wanted, place) : insertion(there, place, errors);
}

/** Tell whether letters that are no word, and look like a mistake, may be written on purpose: `nme`, `chec`, `dat`. */
export function mayBeShorthand(typed: string, mistake: Mistake): boolean {
  return Array.from(typed).length < LONG && MEANT.includes(mistake);
}

function substitution(there: string[], wanted: string[], errors: ErrorModel): Mistake {
  const wrong = there.map((_, at) => at).filter((at) => there[at] !== wanted[at]);
  const [first, second] = wrong;
  if (wrong.length === 1) {
    const [typed, meant] = [there[first], wanted[first]];
    const alike = CONFUSED.some((group) => group.includes(typed) && group.includes(meant));
    if (errors.areNeighbours(typed, meant)) return alike ? "neighbour_confusion" : "neighbour";
    return alike ? "confusion" : "other";
  }
  const adjacent = wrong.length === 2 && second === first + 1;
  if (adjacent && there[first] === wanted[second] && there[second] === wanted[first]) return "transposition";
  return wrong.every((at) => errors.areNeighbours(there[at], wanted[at])) ? "neighbours" : "several";
}

function omission(wanted: string[], place: number): Mistake {
  const letter = wanted[place];
  if (letter === wanted[place - 1] || letter === wanted[place + 1]) return "omission_of_double";
  if (place === wanted.length - 1) return "omission_of_end";
  return VOWELS.includes(letter) ? "omission_of_vowel" : "omission";
}

function insertion(there: string[], place: number, errors: ErrorModel): Mistake {
  const letter = there[place];
  const around = [...there.slice(Math.max(0, place - 1), place), ...there.slice(place + 1, place + 2)];
  if (around.includes(letter)) return place < there.length - 1 ? "doubling" : "insertion"; // the last of a run differs first
  return around.some((other) => errors.areNeighbours(letter, other)) ? "insertion_beside" : "insertion";
}

function firstDifference(short: string[], long: string[]): number {
  const place = short.findIndex((letter, at) => letter !== long[at]);
  return place < 0 ? short.length : place;
}
