// Text in, suggestions out, as in autocomplete/engine.py: take the text apart, read the context, price the words, search,
// write them as the place asks.

import { Ahead } from "./ahead.ts";
import { Attested } from "./attested.ts";
import { type Bundle, section } from "./bundle.ts";
import { type Bar, confidences } from "./calibration.ts";
import { after, type Caret, caretOf, ofWriter } from "./caret.ts";
import type { Suggestion } from "./casing.ts";
import { Channel } from "./channel.ts";
import { type Correction, decide, type Evidence, isLeftAlone } from "./correction.ts";
import type { EmojiList } from "./emoji.ts";
import { ErrorModel, type Layout, type Touches } from "./errors.ts";
import { evidenceOf } from "./evidence.ts";
import { Extras, type Wanted } from "./extras.ts";
import { writerOf } from "./habits.ts";
import { Hindsight, withSecond } from "./hindsight.ts";
import { Lexicon } from "./lexicon.ts";
import { Matcher } from "./matching.ts";
import { type Graph, LanguageModel, type State } from "./model.ts";
import { Tokenizer } from "./pieces.ts";
import { bestOf, type Reading, readingOf, written } from "./reading.ts";
import { RepeatedWords } from "./repeated.ts";
import { Respacing } from "./respacing.ts";
import { BeamSearch } from "./search.ts";
import { SpaceErrors } from "./spaces.ts";
import { recase, truecase } from "./text.ts";

const DOUBTFUL = -8;
const WIDE = 4;
const TOKENS = 24;

/** What is offered besides completions and corrections. */
export interface Options {
  /** the emoji of the bundle's language: without them none is offered */
  emoji?: EmojiList | null;
  /** a question mark where the sentence surely ends with one */
  questions?: boolean;
  /** two or three words at once, where they are surely what follows */
  phrases?: boolean;
  /** the word before anew, once what follows tells that it was another */
  hindsight?: boolean;
}

/** What else may be said when words are asked for. */
export interface Asking {
  /** where the fingers fell for the last characters, as far as that is known */
  touches?: Touches;
  /** what the same person wrote before, to be followed in the use of capitals */
  earlier?: string;
}

export class Autocompleter {
  /** which extras are offered; may be changed at any time */
  readonly wanted: Wanted;
  private readonly matcher: Matcher;
  private readonly beam: BeamSearch;
  private readonly respacing: Respacing;
  private readonly repeated: RepeatedWords;
  private readonly errors: ErrorModel;
  private readonly hindsight: Hindsight | null;
  private readonly extras: Extras;
  private state: State | null = null;
  private turn: Promise<unknown> = Promise.resolve();

  private constructor(
    readonly lm: LanguageModel,
    readonly tokenizer: Tokenizer,
    readonly lexicon: Lexicon,
    private readonly attested: Attested,
    layout: Layout,
    { emoji = null, questions = true, phrases = false, hindsight = true }: Options,
  ) {
    this.wanted = { emoji, questions, phrases };
    this.errors = new ErrorModel(layout, lexicon.letters);
    const channel = new Channel(lexicon, this.errors);
    const read = (context: string, previous: State | null): Promise<State> => this.read(context, previous);
    this.matcher = new Matcher(lexicon, tokenizer, channel);
    this.beam = new BeamSearch(lm, lexicon, tokenizer.isBoundary);
    this.respacing = new Respacing(new SpaceErrors(lm, lexicon, channel), lexicon, read);
    this.repeated = new RepeatedWords(lexicon);
    this.hindsight = hindsight ? new Hindsight(lm, lexicon, tokenizer, channel, read, attested) : null;
    const ahead = new Ahead(lexicon, tokenizer, (row) => this.beam.boundary(row));
    this.extras = new Extras(lm, lexicon, tokenizer, ahead, this.wanted);
  }

  /** Make an engine of a bundle; `open` makes a function of its graph. */
  static async load(
    bundle: Bundle,
    layout: Layout,
    open: (graph: Uint8Array) => Promise<Graph>,
    options: Options = {},
  ): Promise<Autocompleter> {
    const lm = new LanguageModel(await open(section(bundle, "graph")), bundle.shape);
    const difference = await lm.largestDifference(bundle.selfCheck);
    if (!(difference <= bundle.selfCheck.tolerance)) {
      throw new Error(`this browser's runtime gives logprobs that differ by ${difference} from those of the bundle`);
    }
    const tokenizer = new Tokenizer(section(bundle, "pieces"));
    const lexicon = await Lexicon.read(section(bundle, "lexicon"));
    return new Autocompleter(lm, tokenizer, lexicon, new Attested(bundle.sections.get("attested")), layout, options);
  }

  /**
   * Offer up to k words for the caret at the end of `text`, best first. After them stands what else there is to offer: a
   * phrase, a question mark, an emoji, one of each at most; where the name of an emoji is written, up to k of those.
   */
  suggest(text: string, k = 3, asking: Asking = {}): Promise<Suggestion[]> {
    return this.next(() => this.answer(text, k, asking));
  }

  /** Decide whether the word that ends at the caret is to be replaced now that it is finished, and by what. */
  correct(text: string, asking: Asking = {}): Promise<Correction | null> {
    return this.next(async () => {
      const correction = decide(await this.evidence(text, asking));
      if (!this.hindsight) return correction;
      const corrected = correction ? text.slice(0, text.length - correction.typed.length) + correction.word : text;
      const caret = this.caret(corrected, correction ? { ...asking, touches: [] } : asking);
      if (!caret) return correction;
      this.state = await this.read(caret.context, this.state);
      return withSecond(correction, await this.hindsight.correction(corrected, caret, this.state));
    });
  }

  /** Gather what speaks for other readings of the word at the caret; nothing where there is none. */
  weigh(text: string, asking: Asking = {}): Promise<Evidence[]> {
    return this.next(() => this.evidence(text, asking));
  }

  /** The tokens that the model reads for a text; none where nothing is to be completed. */
  tokens(text: string): number[] {
    const caret = caretOf(text);
    return caret ? this.encode(caret.context) : [];
  }

  /** Let calls take turns. */
  private next<T>(act: () => Promise<T>): Promise<T> {
    const mine = this.turn.then(act);
    this.turn = mine.catch(() => undefined);
    return mine;
  }

  private async answer(text: string, k: number, asking: Asking): Promise<Suggestion[]> {
    const caret = this.caret(text, asking);
    if (!caret) return this.extras.named(text, k);
    const state = await this.read(caret.context, this.state);
    this.state = state;
    const costs = this.matcher.begun(caret);
    const found = this.matcher.likely(await this.beam.run(state, costs, k, this.matcher.bias(caret)), costs);
    const filled = this.matcher.filled(found, caret, costs, k);
    let readings = filled.map(({ word, logprob, score }) => readingOf(this.lexicon.forms[word], caret, logprob, score));
    if (caret.prefix && this.doubtsSpaces(caret, found)) {
      readings = bestOf([...readings, ...(await this.respacing.readings(caret, state, false))], k);
    }
    const again = this.repeated.readings(caret);
    if (again.length) readings = bestOf([...readings, ...again], k);
    let words = written(readings, confidences(this.bar(readings, caret, state, k)), caret);
    if (this.hindsight) words = await this.hindsight.offered(words, text, caret, state, k);
    return [...words, ...(await this.extras.beside(text, caret, state, words))];
  }

  private bar(readings: Reading[], caret: Caret, { logprobs }: State, k: number): Bar {
    const isFull = readings.length === k;
    if (!caret.prefix) {
      return { scores: readings.map(({ logprob }) => logprob), letters: 0, isFull, typed: -Infinity, inContext: true };
    }
    const [typed, inContext] = this.matcher.ofTyped(caret, logprobs);
    const letters = Array.from(caret.typed).length;
    return { scores: readings.map(({ score }) => score), letters, isFull, typed, inContext };
  }

  private async evidence(text: string, asking: Asking): Promise<Evidence[]> {
    const caret = this.caret(text, asking);
    if (!caret || isLeftAlone(caret.prefix, caret.habits.stresses) || this.lexicon.isOffensive(caret.key)) return [];
    const state = await this.read(caret.context, this.state);
    this.state = state;
    const found = await this.beam.run(state, this.matcher.finished(caret), WIDE, null);
    const readings = found.map(({ word, logprob, score }) => readingOf(this.lexicon.forms[word], caret, logprob, score));
    const same = readings.filter(({ word }) => word === caret.prefix).map(({ score }) => score);
    const literal = same.length ? Math.max(...same) : await this.literal(caret, state);
    if (this.doubtsSpaces(caret, found)) readings.push(...(await this.respacing.readings(caret, state, true)));
    const { lexicon } = this;
    const before = after(asking.earlier ?? "", caret.context);
    const writer = writerOf(before, caret.typed, (word) => lexicon.lists(word), lexicon.lacksMark);
    const best = bestOf(readings, readings.length);
    const exists = lexicon.lists(caret.typed) || this.repeated.holds(caret);
    return evidenceOf(best, caret, literal, this.errors, lexicon, this.attested, writer, exists);
  }

  /** Tell whether spaces may have gone wrong: nothing likely was found, or what stands before is no word. */
  private doubtsSpaces(caret: Caret, found: { score: number }[]): boolean {
    return !found.length || found[0].score < DOUBTFUL || this.respacing.followsFragment(caret);
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

  private caret(text: string, { touches = [], earlier = "" }: Asking): Caret | null {
    const caret = caretOf(text, touches);
    return caret && ofWriter(caret, earlier, this.lexicon.usual);
  }

  private encode(context: string): number[] {
    return this.tokenizer.encodeContext(recase(context, this.lexicon.usual, this.lexicon.only));
  }

  private read(context: string, previous: State | null): Promise<State> {
    return this.lm.start(this.encode(context), previous);
  }
}
