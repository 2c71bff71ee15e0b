// What stands at the caret, as in autocomplete/caret.py: the context that the model reads and the unfinished word, or
// nothing to complete.

import type { Touches } from "./errors.ts";
import { type Habits, habitsOf, USUAL } from "./habits.ts";
import * as rules from "./text.ts";

/** Ends with marks that close what stands before them: a word taken there begins with a space. */
const CLOSED = new RegExp(`[^${rules.SPACE}(\\[{"'“‘][.,!?;:)\\]}"'”’…]+$`, "u");
const MARKS = 16;

export interface Caret {
  /** all that is finished and within reach, normalised */
  context: string;
  /** the letters of the unfinished word as they were typed */
  prefix: string;
  /** the same, normalised */
  typed: string;
  /** the letters of `typed` as keys of the lexicon have them, and where the fingers fell for them */
  key: string;
  keyTouches: Touches;
  needsSpace: boolean;
  sentenceStart: boolean;
  /** of who writes, as to capitals */
  habits: Habits;
}

/** Take the end of a text apart; null where nothing is to be completed, as in numbers and addresses. */
export function caretOf(text: string, touches: Touches = []): Caret | null {
  const [context, prefix] = rules.split(text);
  const last = rules.lastCharacter(context);
  const tooLong = !prefix && rules.isAlphanumeric(last);
  if (tooLong || rules.inLiteral(text) || rules.inNumber(text) || !rules.isWordlike(prefix)) return null;
  const needsSpace = !prefix && CLOSED.test(rules.lastCharacters(context, MARKS));
  const normalised = rules.normalise(rules.window(context)) + (needsSpace ? " " : "");
  return {
    context: normalised,
    prefix,
    ...typedOf(prefix, touches),
    needsSpace,
    sentenceStart: rules.atSentenceStart(normalised),
    habits: USUAL,
  };
}

/** Give the same with the habits of who wrote the context and, before it, an earlier text. */
export function ofWriter(caret: Caret, earlier: string, usual: (folded: string) => string | null): Caret {
  return { ...caret, habits: habitsOf(after(earlier, caret.context), usual) };
}

/** Put a context, normalised, after what the same person wrote earlier, if anything is known of that. */
export function after(earlier: string, context: string): string {
  return earlier ? `${rules.normalise(earlier)}\n${context}` : context;
}

function typedOf(prefix: string, touches: Touches): Pick<Caret, "typed" | "key" | "keyTouches"> {
  const typed = rules.normalise(prefix);
  const letters = Array.from(typed);
  const missing = letters.length - touches.length;
  const known = Array.from(prefix).length === letters.length;
  const points = letters.map((_, place) => (known && place >= missing ? touches[place - missing] : null));
  const keyTouches = points.filter((_, place) => rules.keyOf(letters[place])); // apostrophes and marks have none
  return { typed, key: rules.keyOf(typed), keyTouches };
}
