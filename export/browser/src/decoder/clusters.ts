// How much one press of Backspace takes, as in autocomplete/clusters.py: a whole emoji, or one character.

import { lastCharacters } from "./text.ts";

const TONE = "\\u{1f3fb}-\\u{1f3ff}";
const PICTURE =
  "\\u00a9\\u00ae\\u203c\\u2049\\u2122\\u2139\\u2190-\\u2bff\\u3030\\u303d\\u3297\\u3299\\u{1f000}-\\u{1faff}";
const ONE = `[${PICTURE}]\\ufe0f?[${TONE}]?[\\u{e0020}-\\u{e007f}]*`;
const EMOJI = new RegExp(`(?:${ONE}(?:\\u200d${ONE})*|[0-9#*]\\ufe0f?\\u20e3)$`, "u");
const FLAG_LETTERS = /[\u{1f1e6}-\u{1f1ff}]+$/u;
const LONGEST = 32;

/** Give what one press of Backspace takes from the end of a text; nothing of an empty one. */
export function lastCluster(text: string): string {
  const tail = lastCharacters(text, LONGEST);
  const letters = FLAG_LETTERS.exec(tail)?.[0];
  // two make a flag, counted from where the run begins
  if (letters) return lastCharacters(tail, 2 - (Array.from(letters).length % 2));
  return EMOJI.exec(tail)?.[0] ?? lastCharacters(tail, 1);
}
