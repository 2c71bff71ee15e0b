// Spaces that were missed, hit beside, or typed by accident, as in autocomplete/spaces.py.

import type { Channel } from "./channel.ts";
import { type Lexicon, OFFENSIVE, VARIANT } from "./lexicon.ts";
import { CONTEXT, type LanguageModel, type State } from "./model.ts";
import { logSum } from "./search.ts";
import { keyOf } from "./text.ts";

const PAIRS = 8;
const LEAST = -12;
const SHORTEST = 3;

export interface Pair {
  words: number[];
  logprob: number;
  score: number;
}

interface Cut {
  first: number;
  rest: string;
  cost: number;
  prior: number;
}

export class SpaceErrors {
  /** the token of each word of one piece that may be offered, else -1 */
  private readonly token: Int32Array;

  constructor(
    private readonly lm: LanguageModel,
    private readonly lexicon: Lexicon,
    private readonly channel: Channel,
  ) {
    this.token = lexicon.onlyPieces(OFFENSIVE | VARIANT);
  }

  /** Read typed letters as two words, the second begun or, if `whole`, finished; best first. */
  async split(state: State, key: string, whole: boolean): Promise<Pair[]> {
    const letters = Array.from(key);
    if (letters.length < SHORTEST) return [];
    const cuts = this.cuts(letters, whole).sort((a, b) => b.prior - a.prior || (a.rest < b.rest ? -1 : Number(a.rest > b.rest)));
    const priced = cuts.slice(0, PAIRS);
    if (!priced.length) return [];
    const rows = await this.lm.search(state).score(
      priced.map(() => CONTEXT),
      priced.map((cut) => this.token[cut.first]),
    );
    const pairs = priced.map((cut, place) => {
      const row = rows.subarray(place * this.lm.shape.vocab_size);
      const best = this.likeliest(this.words(cut.rest, whole), row);
      const logprob = Math.fround(state.logprobs[this.token[cut.first]] + row[this.token[best]]);
      return { words: [cut.first, best], logprob, score: logprob - cut.cost };
    });
    return pairs.sort((a, b) => b.score - a.score || a.words[0] - b.words[0] || a.words[1] - b.words[1]);
  }

  /**
   * Read a finished word and the letters after it as one word; `readBefore` gives the context before the finished word
   * and is called only if there is such a word.
   */
  async join(readBefore: () => Promise<State>, first: string, key: string, whole: boolean): Promise<Pair | null> {
    const alone = this.lexicon.exactly(keyOf(first)).filter((word) => this.token[word] >= 0);
    const words = this.words(keyOf(first) + key, whole);
    if (!alone.length || !words.length) return null;
    const { logprobs } = await readBefore();
    const best = this.likeliest(words, logprobs);
    const logprob = logprobs[this.token[best]] - logSum(alone.map((word) => logprobs[this.token[word]]));
    const cost = this.channel.weight * Math.log(this.channel.errors.rates.accidentalSpace);
    return { words: [best], logprob, score: logprob + cost };
  }

  /** The ways to cut typed letters into a frequent first word and the rest. */
  private cuts(letters: string[], whole: boolean): Cut[] {
    const { errors, weight } = this.channel;
    const found: Cut[] = [];
    for (let end = 1; end < letters.length; end++) {
      const first = this.first(letters.slice(0, end).join(""));
      if (first < 0) continue;
      for (const [skipped, nats] of [
        [0, -Math.log(errors.rates.missedSpace)],
        [1, errors.costForSpace(letters[end])],
      ]) {
        const rest = letters.slice(end + skipped).join("");
        const seconds = rest ? this.words(rest, whole) : [];
        if (!seconds.length || nats === Number.POSITIVE_INFINITY) continue;
        const likeliest = seconds.reduce((most, word) => Math.max(most, this.lexicon.logprobs[word]), -Infinity);
        const cost = weight * nats;
        found.push({ first, rest, cost, prior: Math.fround(this.lexicon.logprobs[first] + likeliest) - cost });
      }
    }
    return found;
  }

  private first(key: string): number {
    const { logprobs } = this.lexicon;
    return this.lexicon
      .exactly(key)
      .filter((word) => this.token[word] >= 0 && logprobs[word] > LEAST)
      .reduce((a, b) => (a < 0 || logprobs[b] > logprobs[a] ? b : a), -1);
  }

  /** The words of one piece that begin with letters, or are spelled by them. */
  private words(key: string, whole: boolean): number[] {
    if (whole) return this.lexicon.exactly(key).filter((word) => this.token[word] >= 0);
    const [start, end] = this.lexicon.rangeOf(key);
    const words = [];
    for (let word = start; word < end; word++) if (this.token[word] >= 0) words.push(word);
    return words;
  }

  private likeliest(words: number[], row: Float32Array): number {
    return words.reduce((a, b) => (row[this.token[b]] > row[this.token[a]] ? b : a));
  }
}
