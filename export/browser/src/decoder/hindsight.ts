// A word seen again once the next one is there, as in autocomplete/hindsight.py: `re you` was `are you`. Only words one
// error away take part, three at most, and only where frequencies alone leave room for doubt.

import type { Attested } from "./attested.ts";
import { confidenceOfSecond } from "./calibration.ts";
import { type Caret, caretOf } from "./caret.ts";
import { show, type Suggestion, suggestion } from "./casing.ts";
import type { Channel } from "./channel.ts";
import { type Correction, isLeftAlone } from "./correction.ts";
import { follow } from "./habits.ts";
import { type Lexicon, OFFENSIVE, VARIANT } from "./lexicon.ts";
import { mayBeShorthand, mistakeOf, NEIGHBOURS } from "./mistakes.ts";
import type { LanguageModel, State } from "./model.ts";
import { followPaths } from "./paths.ts";
import type { Tokenizer } from "./pieces.ts";
import { logSum } from "./search.ts";
import { isAlphabetic, isUpper, keyOf, lastCharacters, recase, SPACE } from "./text.ts";

const OTHERS = 3;
const FURTHEST = 12;
const DOUBT = -6;
const OFFERED = 1;
const SURE = 3;
const CERTAIN = 4.5;
const UNLISTED = -16;
const TOKENS = 30;
const WORDS_SEEN = 2;
const REACH = 96;
const KEPT = 1024;
const WORDS = new RegExp(`(?<![^${SPACE}])([^${SPACE}]+)(?: ([^${SPACE}]+))? $`, "u");

/** What stood there if the word before was another. */
interface Second {
  /** it and what follows, as it is shown */
  word: string;
  /** the characters that it replaces */
  typed: string;
  logprob: number;
  /** nats by which it is likelier than what was typed, the cost of the error taken off */
  margin: number;
}

/** One way the text before the next word may read. */
interface Branch {
  form: string;
  score: number;
  cost: number;
  /** logprobs of the token after it */
  row: Float32Array;
}

/** A word that may have been meant, at the cost of the error. */
interface Other {
  word: number;
  cost: number;
}

export class Hindsight {
  /** the token of each word of one piece that may be offered, else -1 */
  private readonly token: Int32Array;
  private readonly doubts = new Map<string, Other[]>();
  private readonly seen = new Map<string, Branch[]>();

  /** `read` reads a context, reusing a state. */
  constructor(
    private readonly lm: LanguageModel,
    private readonly lexicon: Lexicon,
    private readonly tokenizer: Tokenizer,
    private readonly channel: Channel,
    private readonly read: (context: string, previous: State | null) => Promise<State>,
    private readonly attested: Attested,
  ) {
    this.token = lexicon.onlyPieces(OFFENSIVE);
  }

  /** Put another reading of the words before among k words: first if it is sure, else in the last place. */
  async offered(words: Suggestion[], text: string, caret: Caret, state: State, k: number): Promise<Suggestion[]> {
    const second = await this.begun(caret, state);
    if (!second || !text.endsWith(second.typed) || (k === 1 && second.margin < SURE)) return words;
    const sure = confidenceOfSecond(second.margin);
    const offer = suggestion(second.word, second.typed, second.logprob, sure, caret.needsSpace);
    const others = words.slice(0, k - 1).map((word) => ({ ...word, confidence: (1 - sure) * word.confidence }));
    return second.margin >= SURE ? [offer, ...others] : [...others, offer];
  }

  /** Give the correction of the word before the one that is finished, with that, if it surely was another. */
  async correction(text: string, caret: Caret, state: State): Promise<Correction | null> {
    const match = WORDS.exec(lastCharacters(caret.context, REACH));
    if (!match || !caret.prefix) return null;
    const word = match[2] ?? match[1];
    if (this.attested.frequency(word.toLowerCase()) > 0) return null;
    const second = await this.weigh(caret, state, word, "", true);
    if (!second || !text.endsWith(second.typed)) return null;
    const mistake = mistakeOf(keyOf(word), keyOf(second.word.split(" ")[0]), this.channel.errors);
    if (second.margin < (NEIGHBOURS.includes(mistake) ? SURE : CERTAIN)) return null;
    if (!this.lexicon.lists(word) && mayBeShorthand(keyOf(word), mistake)) return null;
    return { typed: second.typed, word: second.word, confidence: confidenceOf(second) };
  }

  /** Give another reading of one of the two words before the one that is begun, or before the caret if none is. */
  private async begun(caret: Caret, state: State): Promise<Second | null> {
    const match = WORDS.exec(lastCharacters(caret.context, REACH));
    if (!match) return null;
    const [, first, last] = match;
    const found: (Second | null)[] = [];
    if (caret.prefix) found.push(await this.weigh(caret, state, last ?? first, "", false));
    if (last !== undefined) found.push(await this.weigh(caret, state, first, last, false));
    const likely = found.filter((second) => second !== null).filter(({ margin }) => margin >= OFFERED);
    return likely.length ? likely.reduce((a, b) => (b.margin > a.margin ? b : a)) : null;
  }

  /** Weigh a word before the caret, with the word that follows it, if it is not the last. */
  private async weigh(caret: Caret, state: State, word: string, following: string, whole: boolean): Promise<Second | null> {
    const { habits } = caret;
    const short = Array.from(word).length < 2 && word !== "i";
    if (short || isLeftAlone(word) || !isAlphabetic(word) || (following && !isAlphabetic(following))) return null;
    const others = this.doubtsOf(keyOf(word));
    if (!others.length) return null;
    const behind = following ? `${word} ${following} ` : `${word} `;
    const before = caretOf(caret.context.slice(0, -behind.length));
    if (!before || before.prefix || (isUpper(Array.from(word)[0]) && !before.sentenceStart)) return null;
    const branches = await this.branches(before.context, word, following, others, state);
    const scored = branches.map((branch) => ({ branch, ...this.goesOn(branch, caret, whole) }));
    if (scored.length < 2) return null;
    const [literal, ...rest] = scored;
    const { branch, score, ending } = rest.reduce((a, b) => (b.score > a.score ? b : a));
    if (ending === null) return null;
    // what follows stays as it was typed, but for a word that is still to be completed
    const words = [show(branch.form, word, before.sentenceStart, habits), following, whole ? caret.prefix : follow(habits, ending)];
    return {
      word: words.filter(Boolean).join(" "),
      typed: behind + caret.prefix,
      logprob: score + branch.cost,
      margin: score - literal.score,
    };
  }

  /** Give the score of a branch with what is typed of the next word, and the likeliest form of that. */
  private goesOn(branch: Branch, caret: Caret, whole: boolean): { score: number; ending: string | null } {
    const { lexicon, token } = this;
    if (!caret.prefix) return { score: branch.score, ending: "" };
    let words: number[];
    if (whole) words = lexicon.exactly(caret.key);
    else {
      const [start, end] = lexicon.rangeOf(caret.key);
      words = Array.from({ length: end - start }, (_, place) => start + place);
    }
    words = words.filter((word) => token[word] >= 0);
    if (!words.length && whole) {
      // the beginning of a longer word tells nearly as much
      const [first] = this.tokenizer.encode(` ${caret.typed}`);
      return { score: branch.score + branch.row[first], ending: caret.prefix };
    }
    if (!words.length) return { score: branch.score, ending: null };
    const best = words.reduce((a, b) => (branch.row[token[b]] > branch.row[token[a]] ? b : a));
    const logprob = logSum(words.map((word) => branch.row[token[word]]));
    return { score: branch.score + logprob, ending: lexicon.forms[lexicon.group[best]] };
  }

  /** Give the ways the text may read, what was typed first; none if there is no room to weigh them. */
  private async branches(
    context: string,
    word: string,
    following: string,
    others: Other[],
    state: State,
  ): Promise<Branch[]> {
    const asked = [context, word, following].join("\0");
    const known = this.seen.get(asked);
    if (known) return known;
    const { lexicon, tokenizer } = this;
    const after = following ? tokenizer.encode(` ${lexicon.only(following) ?? following}`) : [];
    const typed = recase(word, lexicon.usual, lexicon.only); // lower case, if it begins a sentence
    const paths = [
      [...tokenizer.encode(` ${typed}`), ...after],
      ...others.map((other) => [...lexicon.piecesOf(other.word), ...after]),
    ];
    let branches: Branch[] = [];
    if (paths.reduce((sum, path) => sum + path.length, 0) <= TOKENS) {
      const found = await followPaths(this.lm, await this.read(context, state), paths);
      branches = found.map(({ sum, row }, place) => {
        const other = place ? others[place - 1] : null;
        const cost = other?.cost ?? 0;
        return { form: other ? lexicon.forms[other.word] : word, score: sum - cost, cost, row };
      });
    }
    while (this.seen.size >= WORDS_SEEN) this.seen.delete(this.seen.keys().next().value as string);
    this.seen.set(asked, branches);
    return branches;
  }

  /** Give the words that may have been meant by a key, with the cost of the error, the likeliest first. */
  private doubtsOf(key: string): Other[] {
    const known = this.doubts.get(key);
    if (known) return known;
    const { keys, logprobs, flags } = this.lexicon;
    const typed = Math.max(...this.lexicon.exactly(key).map((word) => logprobs[word]));
    const least = (typed === Number.NEGATIVE_INFINITY ? UNLISTED : typed) + DOUBT;
    const found: (Other & { prior: number })[] = [];
    this.channel.match(key, [], true).forEach((cost, word) => {
      if (!(cost > 0 && cost <= FURTHEST) || flags[word] & (OFFENSIVE | VARIANT) || keys[word] === key) return;
      const prior = Math.fround(logprobs[word] - cost);
      if (prior >= least) found.push({ word, cost, prior });
    });
    const others = found.sort((a, b) => b.prior - a.prior || a.word - b.word).slice(0, OTHERS);
    if (this.doubts.size >= KEPT) this.doubts.clear();
    this.doubts.set(key, others);
    return others;
  }
}

/** Join the correction of a word with that of the word before it, which was made for the corrected word. */
export function withSecond(correction: Correction | null, second: Correction | null): Correction | null {
  if (!correction || !second) return correction ?? second;
  return {
    typed: second.typed.slice(0, second.typed.length - correction.word.length) + correction.typed,
    word: second.word,
    confidence: Math.min(correction.confidence, second.confidence),
  };
}

/** Estimate the probability that another reading was meant. */
function confidenceOf({ margin }: Second): number {
  return 1 / (1 + Math.exp(-margin));
}
