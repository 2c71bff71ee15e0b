// Text in, suggestions out, as in autocomplete/engine.py: take the text apart, read the context, price the words, search,
// write them as the place asks.

import { Attested } from "./attested.ts";
import { type Bundle, section } from "./bundle.ts";
import { Channel } from "./channel.ts";
import { type Correction, decide, type Evidence, isLeftAlone } from "./correction.ts";
import { ErrorModel, type Layout, type Touches } from "./errors.ts";
import { Lexicon } from "./lexicon.ts";
import { type Caret, caretOf, Matcher, show } from "./matching.ts";
import { type Graph, LanguageModel, type State } from "./model.ts";
import { Tokenizer } from "./pieces.ts";
import { BeamSearch, type Hypothesis, logSum } from "./search.ts";
import { SpaceErrors } from "./spaces.ts";
import { isUpper, keyOf, truecase } from "./text.ts";

const DOUBTFUL = -8;
const WIDE = 4;
const TOKENS = 24;

/** A word offered, and the edit that takes it. Characters are code points. */
export interface Suggestion {
  word: string;
  insertText: string;
  deleteLeft: number;
  logprob: number;
  /** of a prediction its probability, else its share in the probability of all that is offered */
  confidence: number;
  kind: "prediction" | "completion" | "correction";
}

/** A word that may have been meant, as it is shown, with what it replaces. */
interface Reading {
  word: string;
  typed: string;
  logprob: number;
  score: number;
  /** as it would be shown inside a sentence */
  inside?: string;
}

export class Autocompleter {
  private state: State | null = null;
  private turn: Promise<unknown> = Promise.resolve();

  private constructor(
    readonly lm: LanguageModel,
    readonly tokenizer: Tokenizer,
    readonly lexicon: Lexicon,
    private readonly matcher: Matcher,
    private readonly beam: BeamSearch,
    private readonly spaces: SpaceErrors,
    private readonly errors: ErrorModel,
    private readonly attested: Attested,
  ) {}

  /** Make an engine of a bundle; `open` makes a function of its graph. */
  static async load(bundle: Bundle, layout: Layout, open: (graph: Uint8Array) => Promise<Graph>): Promise<Autocompleter> {
    const tokenizer = new Tokenizer(section(bundle, "pieces"));
    const lexicon = await Lexicon.read(section(bundle, "lexicon"));
    const lm = new LanguageModel(await open(section(bundle, "graph")), bundle.shape);
    const difference = await lm.largestDifference(bundle.selfCheck);
    if (!(difference <= bundle.selfCheck.tolerance)) {
      throw new Error(`this browser's runtime gives logprobs that differ by ${difference} from those of the bundle`);
    }
    const errors = new ErrorModel(layout, lexicon.letters);
    const channel = new Channel(lexicon, errors);
    return new Autocompleter(
      lm,
      tokenizer,
      lexicon,
      new Matcher(lexicon, tokenizer, channel),
      new BeamSearch(lm, lexicon, tokenizer.isBoundary),
      new SpaceErrors(lm, lexicon, channel),
      errors,
      new Attested(bundle.sections.get("attested")),
    );
  }

  /** Offer up to k words for the caret at the end of `text`, best first; `touches` as far as they are known. */
  suggest(text: string, k = 3, touches: Touches = []): Promise<Suggestion[]> {
    return this.next(() => this.answer(text, k, touches));
  }

  /** Decide whether the word that ends at the caret is to be replaced now that it is finished, and by what. */
  correct(text: string, touches: Touches = []): Promise<Correction | null> {
    return this.next(async () => decide(await this.weigh(text, touches)));
  }

  /** Let calls take turns. */
  private next<T>(act: () => Promise<T>): Promise<T> {
    const mine = this.turn.then(act);
    this.turn = mine.catch(() => undefined);
    return mine;
  }

  private async answer(text: string, k: number, touches: Touches): Promise<Suggestion[]> {
    const caret = caretOf(text, touches);
    if (!caret) return [];
    const state = await this.read(caret.context, this.state);
    this.state = state;
    const costs = this.matcher.begun(caret);
    const found = this.matcher.likely(await this.beam.run(state, costs, k, this.matcher.bias(caret)), costs);
    let readings = this.matcher.filled(found, caret, costs, k).map((hypothesis) => this.reading(hypothesis, caret));
    if (caret.prefix && (!found.length || found[0].score < DOUBTFUL)) {
      readings = best([...readings, ...(await this.respaced(caret, state, false))], k);
    }
    const total = readings.length ? logSum(readings.map(({ score }) => score)) : 0;
    return readings.map((reading) => {
      const share = caret.prefix ? reading.score - Math.max(total, reading.score) : reading.logprob;
      return written(reading, caret.needsSpace, Math.exp(share));
    });
  }

  /** Gather what speaks for another reading of the word at the caret; null where there is none. */
  async weigh(text: string, touches: Touches = []): Promise<Evidence | null> {
    const caret = caretOf(text, touches);
    if (!caret || isLeftAlone(caret.prefix)) return null;
    const state = await this.read(caret.context, this.state);
    this.state = state;
    const found = await this.beam.run(state, this.matcher.finished(caret), WIDE, null);
    const readings = found.map((hypothesis) => this.reading(hypothesis, caret));
    const same = readings.filter(({ word }) => word === caret.prefix).map(({ score }) => score);
    let literal = same.length ? Math.max(...same) : await this.literal(caret, state);
    if (!found.length || found[0].score < DOUBTFUL) readings.push(...(await this.respaced(caret, state, true)));
    const others = best(readings.filter(({ word, inside }) => word !== caret.prefix && inside !== caret.prefix), 2);
    if (!others.length) return null;
    const [other, next] = others;
    const meant = keyOf(other.word);
    const recased = meant === caret.key;
    const exists = this.lexicon.usual(caret.typed.toLowerCase()) !== null;
    if (recased && !exists) literal = Number.NEGATIVE_INFINITY; // a sloppy spelling of the same word
    return {
      typed: other.typed,
      word: other.word,
      margin: other.score - literal,
      lead: next ? other.score - next.score : Number.POSITIVE_INFINITY,
      exists,
      name: isUpper(Array.from(caret.prefix)[0] ?? "") && !caret.sentenceStart,
      recased,
      slip: this.errors.isSlip(caret.key, meant),
      stray: this.errors.isStray(caret.key, meant),
      cost: other.logprob - other.score,
      attested: exists ? 0 : this.attested.frequency(caret.typed.toLowerCase()),
    };
  }

  private reading({ word, logprob, score }: Hypothesis, { prefix, sentenceStart }: Caret): Reading {
    const form = this.lexicon.forms[word];
    return {
      word: show(form, prefix, sentenceStart),
      typed: prefix,
      logprob,
      score,
      inside: show(form, prefix, false),
    };
  }

  /** Give the score of the word as it was typed, known or not. */
  private async literal(caret: Caret, state: State): Promise<number> {
    const typed = caret.sentenceStart ? truecase(caret.typed, this.lexicon.usual) : caret.typed;
    const tokens = this.tokenizer.encode(` ${typed}`).slice(0, TOKENS);
    const rows = await this.lm.follow(state, tokens);
    const before = [state.logprobs, ...rows];
    const logprob = tokens.reduce((sum, token, place) => sum + before[place][token], this.beam.boundary(before[tokens.length]));
    return logprob - this.matcher.costOfTyped(caret);
  }

  /** The tokens that the model reads for a text; none where nothing is to be completed. */
  tokens(text: string): number[] {
    const caret = caretOf(text);
    return caret ? this.encode(caret.context) : [];
  }

  private encode(context: string): number[] {
    return this.tokenizer.encodeContext(truecase(context, this.lexicon.usual));
  }

  private read(context: string, previous: State | null): Promise<State> {
    return this.lm.start(this.encode(context), previous);
  }

  /** Read what is typed with a space more, or one less. */
  private async respaced(caret: Caret, state: State, whole: boolean): Promise<Reading[]> {
    const { key } = caret;
    const { forms } = this.lexicon;
    const pairs = await this.spaces.split(state, key, whole);
    const readings: Reading[] = pairs.slice(0, 2).map(({ words: [first, second], logprob, score }) => {
      const shown = show(forms[first], Array.from(caret.prefix).slice(0, 2).join(""), caret.sentenceStart);
      return { word: `${shown} ${forms[second]}`, typed: caret.prefix, logprob, score };
    });
    const before = caret.context.endsWith(" ") ? caretOf(caret.context.slice(0, -1)) : null;
    if (before?.prefix) {
      const joined = await this.spaces.join(() => this.read(before.context, state), before.typed, key, whole);
      if (joined) {
        const word = show(forms[joined.words[0]], before.prefix, before.sentenceStart);
        readings.push({ word, typed: `${before.prefix} ${caret.prefix}`, logprob: joined.logprob, score: joined.score });
      }
    }
    return readings;
  }
}

function best(readings: Reading[], k: number): Reading[] {
  const words = new Map<string, Reading>();
  for (const reading of [...readings].sort((a, b) => b.score - a.score)) {
    if (!words.has(reading.word)) words.set(reading.word, reading);
  }
  return [...words.values()].slice(0, k);
}

/** Make the suggestion of a word as shown: keep what it has in common with what is typed, delete the rest. */
function written({ word, typed, logprob }: Reading, needsSpace: boolean, confidence: number): Suggestion {
  const shown = Array.from(word);
  const there = Array.from(typed);
  let kept = 0;
  while (kept < Math.min(shown.length, there.length) && shown[kept] === there[kept]) kept++;
  const goesOn = word.toLowerCase().startsWith(typed.toLowerCase());
  return {
    word,
    insertText: `${needsSpace ? " " : ""}${shown.slice(kept).join("")} `,
    deleteLeft: there.length - kept,
    logprob,
    confidence,
    kind: !typed ? "prediction" : goesOn ? "completion" : "correction",
  };
}
