// What is typed, read with a space more or one less, as in autocomplete/respacing.py.

import { type Caret, caretOf } from "./caret.ts";
import { show, showAfter } from "./casing.ts";
import type { Lexicon } from "./lexicon.ts";
import type { State } from "./model.ts";
import type { Reading } from "./reading.ts";
import type { SpaceErrors } from "./spaces.ts";
import { isAlphabetic, lastCharacters } from "./text.ts";

const REACH = 24;
const PAIRS = 2;

export class Respacing {
  /** `read` reads a context, reusing a state. */
  constructor(
    private readonly spaces: SpaceErrors,
    private readonly lexicon: Lexicon,
    private readonly read: (context: string, previous: State | null) => Promise<State>,
  ) {}

  /** Tell whether a single space parts the prefix from letters that are no word: `someth ing`. */
  followsFragment({ context }: Caret): boolean {
    const before = lastCharacters(context, REACH).slice(0, -1).split(" ").pop() ?? "";
    return context.endsWith(" ") && isAlphabetic(before) && !this.lexicon.lists(before);
  }

  /** Give what the prefix may mean with its spaces put right; the second word begun or, if `whole`, finished. */
  async readings(caret: Caret, state: State, whole: boolean): Promise<Reading[]> {
    const { key, habits } = caret;
    const { forms } = this.lexicon;
    const pairs = await this.spaces.split(state, key, caret.keyTouches, whole);
    const readings: Reading[] = pairs.slice(0, PAIRS).map(({ words: [first, second], logprob, score }) => {
      const shown = show(forms[first], Array.from(caret.prefix).slice(0, 2).join(""), caret.sentenceStart, habits);
      return { word: `${shown} ${showAfter(forms[second], caret.prefix, habits)}`, typed: caret.prefix, logprob, score };
    });
    const before = caret.context.endsWith(" ") ? caretOf(caret.context.slice(0, -1)) : null;
    if (before?.prefix) {
      const joined = await this.spaces.join(() => this.read(before.context, state), before.typed, key, whole);
      if (joined) {
        const word = show(forms[joined.words[0]], before.prefix, before.sentenceStart, habits);
        readings.push({ word, typed: `${before.prefix} ${caret.prefix}`, logprob: joined.logprob, score: joined.score });
      }
    }
    return readings;
  }
}
