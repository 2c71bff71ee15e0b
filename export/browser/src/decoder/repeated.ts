// Words of the field that no list knows, offered again, as in autocomplete/repeated.py and unknown_words.py.

import type { Caret } from "./caret.ts";
import { type Lexicon, VARIANT } from "./lexicon.ts";
import { type Reading, readingOf } from "./reading.ts";
import { atSentenceStart, isUpper, keyOf, WORD, WORDLIKE } from "./text.ts";

const RATE = 0.003;
const LEAST = 3;
const COMMON = Math.log(2e-5);
const SHORT = 3;
const W = WORDLIKE;
const WORDS = new RegExp(`(?<![${W}@#/.:'\\-])${WORD}(?![${W}@/\\-]|[.:][${W}])`, "gu");

export class RepeatedWords {
  private last: { context: string; found: [string, string][] } = { context: "", found: [] };
  private common: { keys: Set<string>; letters: string[] } | null = null;

  constructor(private readonly lexicon: Lexicon) {}

  /** Give those that what is typed begins; none where nothing is typed. */
  readings(caret: Caret): Reading[] {
    if (!caret.key) return [];
    const written = new Map<string, number>();
    for (const [key, word] of this.before(caret)) {
      if (key.startsWith(caret.key)) written.set(word, (written.get(word) ?? 0) + 1);
    }
    return [...written]
      .map(([word, n]) => readingOf(word, caret, Math.log(RATE * n), Math.log(RATE * n)))
      .filter(({ word }) => word !== caret.prefix);
  }

  /** Tell whether what is typed is one of them. */
  holds(caret: Caret): boolean {
    return this.before(caret).some(([key]) => key === caret.key);
  }

  private before({ context }: Caret): [string, string][] {
    if (this.last.context !== context) {
      const found: [string, string][] = [];
      for (const match of context.matchAll(WORDS)) {
        const word = match[0].replace(/'s$/u, "");
        if (Array.from(word).length < LEAST || this.lexicon.lists(word)) continue;
        if (this.isMeant(word, context.slice(0, match.index))) found.push([keyOf(word), word]);
      }
      this.last = { context, found };
    }
    return this.last.found;
  }

  private isMeant(word: string, before: string): boolean {
    return (isUpper(Array.from(word)[0]) && !atSentenceStart(before)) || !this.mayBeSlip(word);
  }

  /** Tell whether a common word is one letter left out, put in, changed or swapped away. */
  private mayBeSlip(word: string): boolean {
    const key = Array.from(keyOf(word));
    if (key.length <= SHORT) return true;
    const { keys, letters } = (this.common ??= commonWords(this.lexicon));
    const itself = key.join("");
    for (const other of oneEditAway(key, letters)) {
      if (other !== itself && keys.has(other)) return true;
    }
    return false;
  }
}

function commonWords({ keys, flags, logprobs }: Lexicon): { keys: Set<string>; letters: string[] } {
  const common = new Set(
    keys.filter((key, word) => {
      return logprobs[word] > COMMON && !(flags[word] & VARIANT) && Array.from(key).length >= SHORT;
    }),
  );
  return { keys: common, letters: [...new Set([...common].join(""))] };
}

function* oneEditAway(word: string[], letters: string[]): Generator<string> {
  const text = (parts: string[]): string => parts.join("");
  for (let at = 0; at <= word.length; at++) {
    const [before, after] = [text(word.slice(0, at)), word.slice(at)];
    const rest = text(after.slice(1));
    if (after.length) yield before + rest;
    if (after.length > 1) yield before + after[1] + after[0] + text(after.slice(2));
    for (const letter of letters) {
      yield before + letter + text(after);
      if (after.length) yield before + letter + rest;
    }
  }
}
