// Text in, suggestions out, as in autocomplete/engine.py: take the text apart, read the context, price the words, search,
// write them as the place asks.

import { type Bundle, section } from "./bundle.ts";
import { Channel } from "./channel.ts";
import { ErrorModel, type Layout } from "./errors.ts";
import { Lexicon } from "./lexicon.ts";
import { type Caret, caretOf, Matcher, show } from "./matching.ts";
import { type Graph, LanguageModel, type State } from "./model.ts";
import { Tokenizer } from "./pieces.ts";
import { BeamSearch } from "./search.ts";
import { SpaceErrors } from "./spaces.ts";
import { keyOf, truecase } from "./text.ts";

const DOUBTFUL = -8;

/** A word offered, and the edit that takes it. Characters are code points. */
export interface Suggestion {
  word: string;
  insertText: string;
  deleteLeft: number;
  logprob: number;
  kind: "prediction" | "completion" | "correction";
}

interface Reading {
  word: string;
  typed: string;
  logprob: number;
  score: number;
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
    const channel = new Channel(lexicon, new ErrorModel(layout, lexicon.letters));
    return new Autocompleter(
      lm,
      tokenizer,
      lexicon,
      new Matcher(lexicon, tokenizer, channel),
      new BeamSearch(lm, lexicon, tokenizer.isBoundary),
      new SpaceErrors(lm, lexicon, channel),
    );
  }

  /** Offer up to k words for the caret at the end of `text`, best first. Calls take turns. */
  suggest(text: string, k = 3): Promise<Suggestion[]> {
    const mine = this.turn.then(() => this.answer(text, k));
    this.turn = mine.catch(() => undefined);
    return mine;
  }

  private async answer(text: string, k: number): Promise<Suggestion[]> {
    const caret = caretOf(text);
    if (!caret) return [];
    const state = await this.read(caret.context, this.state);
    this.state = state;
    const costs = this.matcher.begun(caret);
    const found = await this.beam.run(state, costs, k, this.matcher.bias(caret));
    let readings = this.matcher.filled(found, caret, costs, k).map(({ word, logprob, score }) => ({
      word: show(this.lexicon.forms[word], caret.prefix, caret.sentenceStart),
      typed: caret.prefix,
      logprob,
      score,
    }));
    if (caret.prefix && (!found.length || found[0].score < DOUBTFUL)) {
      readings = best([...readings, ...(await this.respaced(caret, state))], k);
    }
    return readings.map((reading) => written(reading, caret.needsSpace));
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
  private async respaced(caret: Caret, state: State): Promise<Reading[]> {
    const key = keyOf(caret.typed);
    const { forms } = this.lexicon;
    const pairs = await this.spaces.split(state, key);
    const readings = pairs.slice(0, 2).map(({ words: [first, second], logprob, score }) => {
      const shown = show(forms[first], Array.from(caret.prefix).slice(0, 2).join(""), caret.sentenceStart);
      return { word: `${shown} ${forms[second]}`, typed: caret.prefix, logprob, score };
    });
    const before = caret.context.endsWith(" ") ? caretOf(caret.context.slice(0, -1)) : null;
    if (before?.prefix) {
      const joined = await this.spaces.join(() => this.read(before.context, state), before.typed, key);
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
function written({ word, typed, logprob }: Reading, needsSpace: boolean): Suggestion {
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
    kind: !typed ? "prediction" : goesOn ? "completion" : "correction",
  };
}
