// From what is typed of a word to the words it may become, as in autocomplete/matching.py.

import type { Caret } from "./caret.ts";
import { show } from "./casing.ts";
import { type Channel, type Costs, costsOf } from "./channel.ts";
import { type Lexicon, OFFENSIVE, VARIANT } from "./lexicon.ts";
import type { Tokenizer } from "./pieces.ts";
import type { Hypothesis } from "./search.ts";
import * as rules from "./text.ts";

const FAINT = 3;
const LOWER_BIAS = -4;
const INFINITE = Number.POSITIVE_INFINITY;

export class Matcher {
  private readonly every: Float32Array;
  private readonly anyWord: Costs;
  private readonly lowerBias: Float32Array;

  constructor(
    private readonly lexicon: Lexicon,
    tokenizer: Tokenizer,
    private readonly channel: Channel,
  ) {
    this.every = Float32Array.from(lexicon.flags, (flags) => (flags & OFFENSIVE ? INFINITE : 0));
    this.anyWord = costsOf(lexicon, this.every);
    this.lowerBias = Float32Array.from(tokenizer.pieces, (piece) =>
      rules.isLower(Array.from(piece)[1] ?? "") ? LOWER_BIAS : 0,
    );
  }

  /** Price the words that the prefix may be the beginning of; what is typed already is no word to offer. */
  begun(caret: Caret): Costs {
    if (!caret.prefix) return this.anyWord;
    const { lexicon } = this;
    const words = this.match(caret, false);
    for (const word of lexicon.exactly(caret.key)) {
      const form = lexicon.forms[lexicon.flags[word] & VARIANT ? lexicon.group[word] : word];
      if (show(form, caret.prefix, caret.sentenceStart, caret.habits) === caret.prefix) words[word] = INFINITE;
    }
    return costsOf(lexicon, words);
  }

  /** Price the words that the prefix may be all of, itself among them if it is one. */
  finished(caret: Caret): Costs {
    return costsOf(this.lexicon, this.match(caret, true));
  }

  /** Nats of having typed what was meant: nothing, but for fingers that fell beside their keys. */
  costOfTyped(caret: Caret): number {
    return this.channel.costOfTyped(caret.key, caret.keyTouches);
  }

  private match(caret: Caret, whole: boolean): Float32Array {
    const { lexicon } = this;
    const words = this.channel.match(caret.key, caret.keyTouches, whole);
    for (let word = 0; word < words.length; word++) if (this.every[word] === INFINITE) words[word] = INFINITE;
    const folded = rules.casefold(caret.typed);
    if (folded !== caret.key) {
      // an apostrophe or an accent was typed: it is most likely meant, and an open one surely
      const costOfMark = !whole && folded.endsWith("'") ? INFINITE : this.channel.costOfMark;
      const [start, end] = lexicon.rangeOf(caret.key);
      for (let word = start; word < end; word++) {
        if (!rules.casefold(lexicon.forms[word]).startsWith(folded)) words[word] += costOfMark;
      }
    }
    return words;
  }

  /**
   * The natural log of the probability that what is typed is all of the word, as far as it costs nothing: the row of the
   * context tells it of words of one piece, of others their frequency. Also whether the row did; -Infinity: no word.
   */
  ofTyped(caret: Caret, row: Float32Array): [number, boolean] {
    const { lexicon } = this;
    const typed = caret.typed.toLowerCase();
    let told = -Infinity;
    let frequency = -Infinity;
    for (const word of lexicon.exactly(caret.key)) {
      if (lexicon.flags[word] & VARIANT || lexicon.forms[word].toLowerCase() !== typed) continue;
      frequency = Math.max(frequency, lexicon.logprobs[word]);
      const pieces = lexicon.piecesOf(word);
      if (pieces.length === 1) told = Math.max(told, row[pieces[0]]);
    }
    return told === -Infinity && frequency > -Infinity ? [frequency, false] : [told, true];
  }

  /** What is known of a word's first piece besides the context, if anything. */
  bias(caret: Caret): Float32Array | null {
    const [first, second] = Array.from(caret.prefix);
    const meant = !caret.sentenceStart && first !== undefined && rules.isUpper(first);
    return meant && !(second !== undefined && rules.isUpper(second)) ? this.lowerBias : null;
  }

  /** Leave out corrections that are far less likely than a word which needs none: others that need none are meant. */
  likely(found: Hypothesis[], costs: Costs): Hypothesis[] {
    const asTyped = found.find(({ word }) => costs.words[word] <= 0);
    return asTyped ? found.filter(({ word, score }) => costs.words[word] <= 0 || score > asTyped.score - FAINT) : found;
  }

  /** See to it that k words are offered where there are as many, what is typed is believed, and `im` may be I'm. */
  filled(found: Hypothesis[], caret: Caret, costs: Costs, k: number): Hypothesis[] {
    if (!caret.prefix) return found.slice(0, k);
    const believed = this.withBegun(found.slice(0, k), caret, costs, k);
    return this.complete(this.withMeant(believed, caret, costs, k), costs, k);
  }

  private withBegun(found: Hypothesis[], caret: Caret, costs: Costs, k: number): Hypothesis[] {
    if (found.length < k || k === 1 || found.some(({ word }) => costs.words[word] <= 0)) return found;
    const [start, end] = this.lexicon.rangeOf(caret.key);
    let best = -1;
    for (let word = start; word < end; word++) {
      if (costs.words[word] > 0 || this.lexicon.flags[word] & VARIANT) continue;
      if (best < 0 || this.lexicon.logprobs[word] > this.lexicon.logprobs[best]) best = word;
    }
    return best < 0 ? found : this.appended(found.slice(0, k - 1), best);
  }

  private withMeant(found: Hypothesis[], caret: Caret, costs: Costs, k: number): Hypothesis[] {
    const { lexicon } = this;
    const folded = rules.casefold(caret.typed);
    const meant = lexicon
      .exactly(caret.key)
      .filter(
        (word) =>
          costs.words[word] < INFINITE &&
          !(lexicon.flags[word] & VARIANT) &&
          rules.casefold(lexicon.forms[word]) !== folded,
      );
    if (!meant.length || k === 1 || found.some(({ word }) => meant.includes(word))) return found;
    const likeliest = meant.reduce((a, b) => (lexicon.logprobs[b] > lexicon.logprobs[a] ? b : a));
    return this.appended(found.slice(0, k - 1), likeliest);
  }

  /** Put a word that the search did not find behind those it did; its frequency stands for its logprob. */
  private appended(found: Hypothesis[], word: number): Hypothesis[] {
    const last = found[found.length - 1];
    const logprob = last ? Math.min(this.lexicon.logprobs[word], last.logprob) : this.lexicon.logprobs[word];
    return [...found, { word, logprob, score: last ? Math.min(logprob, last.score) : logprob }];
  }

  /** Fill up with the most frequent matching words where the search found fewer than k, uncorrected ones first. */
  private complete(found: Hypothesis[], costs: Costs, k: number): Hypothesis[] {
    const { lexicon } = this;
    const taken = new Set(found.map(({ word }) => lexicon.group[word]));
    while (found.length < k) {
      let best = -1;
      let prior = Number.NEGATIVE_INFINITY;
      let corrected = true;
      for (let word = 0; word < lexicon.size; word++) {
        if (costs.words[word] === INFINITE || lexicon.flags[word] & VARIANT || taken.has(lexicon.group[word])) continue;
        const value = Math.fround(lexicon.logprobs[word] - costs.words[word]);
        const worse = costs.words[word] > 0;
        if (worse === corrected ? value > prior : corrected) [best, prior, corrected] = [word, value, worse];
      }
      if (best < 0) break;
      taken.add(lexicon.group[best]);
      found = this.appended(found, best);
    }
    return found;
  }
}
