// Spaces that were missed, hit beside, or typed by accident or for a letter, as in autocomplete/spaces.py.

import type { Channel } from "./channel.ts";
import type { Touches } from "./errors.ts";
import { type Lexicon, OFFENSIVE, VARIANT } from "./lexicon.ts";
import { CONTEXT, type LanguageModel, type State } from "./model.ts";
import { slippedPairs } from "./pairs.ts";
import { followPaths } from "./paths.ts";
import { logSum } from "./search.ts";
import { keyOf } from "./text.ts";

const PAIRS = 8;
const LEAST = -12;
const SHORTEST = 3;
const LOST = -16;
const UNLISTED = -16;

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

  /** Read typed letters as two words, the second begun or, if `whole`, finished; best first; one may be mistyped. */
  async split(state: State, key: string, touches: Touches, whole: boolean): Promise<Pair[]> {
    if (Array.from(key).length < SHORTEST) return [];
    const isWord = this.lexicon.exactly(key).length > 0;
    const pairs = await this.exact(state, key, whole || isWord);
    if (!isWord && !pairs.some(({ score }) => score >= LOST)) pairs.push(...(await this.slipped(state, key, touches)));
    const best = new Map<string, Pair>();
    for (const pair of pairs.sort((a, b) => b.score - a.score || a.words[0] - b.words[0] || a.words[1] - b.words[1])) {
      if (!best.has(pair.words.join(" "))) best.set(pair.words.join(" "), pair);
    }
    return [...best.values()];
  }

  private async slipped(state: State, key: string, touches: Touches): Promise<Pair[]> {
    const pairs = slippedPairs(this.lexicon, this.channel, this.token, key, touches);
    if (!pairs.length) return [];
    const paths = pairs.map(({ words }) => words.flatMap((word) => this.lexicon.piecesOf(word)));
    const followed = await followPaths(this.lm, state, paths.map((path) => path.slice(0, -1))); // prettier-ignore
    return pairs.map(({ words, cost }, place) => {
      const { sum, row } = followed[place];
      const logprob = sum + row[paths[place][paths[place].length - 1]];
      return { words, logprob, score: logprob - cost };
    });
  }

  private async exact(state: State, key: string, whole: boolean): Promise<Pair[]> {
    const letters = Array.from(key);
    const cuts = this.cuts(letters, whole).sort((a, b) => b.prior - a.prior || (a.rest < b.rest ? -1 : Number(a.rest > b.rest)));
    const priced = cuts.slice(0, PAIRS);
    if (!priced.length) return [];
    const rows = await this.lm.search(state).score(
      priced.map(() => CONTEXT),
      priced.map(({ first }) => this.token[first]),
    );
    return priced.map((cut, place) => {
      const row = rows.subarray(place * this.lm.shape.vocab_size);
      const best = this.likeliest(this.words(cut.rest, whole), row);
      const logprob = Math.fround(state.logprobs[this.token[cut.first]] + row[this.token[best]]);
      return { words: [cut.first, best], logprob, score: logprob - cut.cost };
    });
  }

  /**
   * Read a finished word and the letters after it as one word, the space having come in or been hit for a letter;
   * `readBefore` gives the context before the finished word and is called only if there is such a word.
   */
  async join(readBefore: () => Promise<State>, first: string, key: string, whole: boolean): Promise<Pair | null> {
    const begun = keyOf(first);
    const { errors, weight } = this.channel;
    const hit: [string, number][] = [["", -Math.log(errors.rates.accidentalSpace)], ...errors.costsOfSpace()];
    const options = hit
      .map(([letter, cost]) => ({ words: this.words(begun + letter + key, whole), cost: weight * cost }))
      .filter(({ words }) => words.length);
    if (!begun || Array.from(begun + key).length < SHORTEST || !options.length) return null;
    const { logprobs } = await readBefore();
    const alone = this.lexicon.exactly(begun).filter((word) => this.token[word] >= 0);
    const instead = alone.length ? logSum(alone.map((word) => logprobs[this.token[word]])) : UNLISTED;
    const pairs = options.map(({ words, cost }) => {
      const best = this.likeliest(words, logprobs);
      const logprob = logprobs[this.token[best]] - instead;
      return { words: [best], logprob, score: logprob - cost };
    });
    return pairs.reduce((a, b) => (b.score > a.score || (b.score === a.score && b.words[0] < a.words[0]) ? b : a));
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
