// Spaces that nobody should have to think of, as in autocomplete/spacing.py: taking a word brings its space, so a mark
// typed next takes that space's place, and the word after the mark is owed one.

import { inLiteral, isAlphanumeric, isSpace, lastCharacter } from "./text.ts";

const CLOSING = new Set(".,!?)]}…");
const DOUBTFUL = new Set(":;'’");
const QUOTES = new Set('"”“');
const JOINING = new Set("@/\\_-'’");
const AFTER_APOSTROPHE = new Set("stdmrlvSTDMRLV");
const BEFORE_STOP = new Set(")]}\"'”’%");

/** What the last key left behind. */
export type After = "other" | "taken" | "mark" | "doubt" | "stop";

/** Give the text once a character is typed at its end, and what that leaves behind. */
export function press(text: string, character: string, after: After, doubleSpace: boolean): [string, After] {
  if (after === "taken") return afterTaken(text, character);
  if (after === "mark") return afterMark(text, character);
  if (after === "doubt" && !isSpace(character)) {
    const mark = lastCharacter(text);
    const goesOn = (mark === "'" || mark === "’") && AFTER_APOSTROPHE.has(character);
    return [(goesOn ? text : `${text.slice(0, -1)} ${mark}`) + character, "other"];
  }
  if (doubleSpace && character === " " && mayStop(text)) return [`${text.slice(0, -1)}. `, "stop"];
  return [text + character, "other"];
}

/** Bring the two spaces back that became a full stop. */
export const unstop = (text: string): string => `${text.slice(0, -2)}  `;

function afterTaken(text: string, character: string): [string, After] {
  if (character === " ") return [text, "other"]; // some type it out of habit
  if (CLOSING.has(character) || closes(text, character)) return [text.slice(0, -1) + character, "mark"];
  if (DOUBTFUL.has(character)) return [text.slice(0, -1) + character, "doubt"];
  return [text + character, "other"];
}

function afterMark(text: string, character: string): [string, After] {
  if (CLOSING.has(character) || closes(text, character)) return [text + character, "mark"];
  const inNumber = text.endsWith(".") && isDigit(character);
  if (isSpace(character) || JOINING.has(character) || inNumber) return [text + character, "other"];
  return [`${text} ${character}`, "other"];
}

/** Whether a character is a quotation mark that ends what one of this line began. */
function closes(text: string, character: string): boolean {
  if (!QUOTES.has(character)) return false;
  const line = text.slice(text.lastIndexOf("\n") + 1);
  return Array.from(line).filter((mark) => QUOTES.has(mark)).length % 2 === 1;
}

function mayStop(text: string): boolean {
  if (!text.endsWith(" ")) return false;
  const before = lastCharacter(text.slice(0, -1));
  return (isAlphanumeric(before) || BEFORE_STOP.has(before)) && !inLiteral(text.slice(0, -1));
}

/** As Python's: decimal digits and superscripts. */
const isDigit = (character: string): boolean => /^[\p{Nd}²³¹⁰⁴-⁹₀-₉]$/u.test(character);
