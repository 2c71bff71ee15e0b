// What surely comes next though no letter of it was typed, as in autocomplete/ahead.py: a question mark, or a phrase of two
// or three words. Both follow the likeliest pieces from a context and stop where they are no longer sure.

import { type Lexicon, OFFENSIVE, VARIANT } from "./lexicon.ts";
import { CONTEXT, type LanguageModel, type Search, type State } from "./model.ts";
import type { Tokenizer } from "./pieces.ts";
import { isAlphabetic, keyOf, lastCharacters, SPACE, WORDLIKE } from "./text.ts";

export const SURE_OF_WORDS = 0.5;
export const SURE_OF_QUESTION = 0.75;
const MOST_WORDS = 3;
const MOST_TOKENS = 24;
const REACH = 160;
/** The last sentence begins as questions do: only then is it worth a call of the model before its last word is ended. */
const ASKING = new RegExp(
  `(?:^|[.!?,;:\\n][${SPACE}]*|(?<![${WORDLIKE}])(?:and|but|so|or|ok|okay|hey|hi|well|btw|then|now)[${SPACE}]+)` +
    "(?:who|whom|whose|what|which|when|where|why|how|wat|wen|wht|whats|hows|wheres|who's|what's|how's|where's|when's" +
    "|is|are|am|was|were|do|does|did|have|has|had|can|could|will|would|shall|should|may|might|must|any|r|u|you" +
    "|isn't|aren't|wasn't|don't|doesn't|didn't|haven't|hasn't|can't|couldn't|won't|wouldn't|shouldn't|got)" +
    `(?![${WORDLIKE}])[^.!?\\n]*$`,
  "iu",
);

/** Words that follow each other. */
export interface Phrase {
  /** as they are written inside a sentence */
  words: string[];
  logprob: number;
}

/** One path of tokens after a context. */
export class Path {
  /** float32 [vocab_size]: logprobs of the token after the path */
  row: Float32Array;
  length = 0;
  private search: Search | null = null;
  private node = CONTEXT;

  constructor(
    private readonly lm: LanguageModel,
    private readonly state: State,
  ) {
    this.row = state.logprobs;
  }

  async append(token: number): Promise<void> {
    this.search ??= this.lm.search(this.state); // most paths end before they begin
    this.row = await this.search.score([this.node], [token]);
    this.node = this.length++;
  }

  /** Go on with several tokens, if there is room for them and more; tell whether there was. */
  async follow(tokens: number[]): Promise<boolean> {
    if (this.length + tokens.length > MOST_TOKENS / 2) return false;
    for (const token of tokens) await this.append(token);
    return true;
  }
}

export class Ahead {
  private readonly question: number[];

  /** `boundary` gives the logprob that a word ends, of a row. */
  constructor(
    private readonly lexicon: Lexicon,
    private readonly tokenizer: Tokenizer,
    private readonly boundary: (row: Float32Array) => number,
  ) {
    this.question = tokenizer.pieces.flatMap((piece, token) => (/^▁?\?/.test(piece) ? [token] : []));
  }

  /** Give the probability that a question mark comes next. */
  questionAfter({ row }: Path): number {
    return this.question.reduce((sum, token) => sum + Math.exp(row[token]), 0);
  }

  /**
   * Give the longest run of two or three words whose probability is at least `SURE_OF_WORDS`; null if there is none. The
   * words `begun`, of log-probability `logprob`, are behind the path already.
   */
  async phrase(path: Path, begun: string[], logprob: number): Promise<Phrase | null> {
    const least = Math.log(SURE_OF_WORDS);
    const words = [...begun];
    let best: Phrase | null = null;
    let spelled = "";
    while (path.length < MOST_TOKENS) {
      const { row } = path;
      const token = row.reduce((most, value, place) => (value > row[most] ? place : most), 0);
      const continues = !this.tokenizer.isBoundary[token];
      if (spelled && !continues) {
        const word = this.listed(spelled);
        if (word === null) return best;
        words.push(word);
        spelled = "";
        const before = logprob + this.boundary(row);
        if (words.length >= 2 && before >= least) best = { words: [...words], logprob: before };
      }
      logprob += row[token];
      if (words.length === MOST_WORDS || logprob < least) return best;
      const piece = this.tokenizer.pieces[token];
      const begins = piece.startsWith("▁") && isAlphabetic(Array.from(piece)[1] ?? "");
      if (!(spelled ? continues : begins)) return best;
      spelled += piece.replace(/^▁/, "");
      await path.append(token);
    }
    return best;
  }

  /** Whether the last sentence of a text begins as questions do. */
  asks(text: string): boolean {
    return ASKING.test(lastCharacters(text, REACH));
  }

  /** The form of the lexicon that is spelled so, null if there is none that may be offered. */
  private listed(spelled: string): string | null {
    const { forms, flags, group } = this.lexicon;
    const word = this.lexicon.exactly(keyOf(spelled)).find((one) => forms[one] === spelled && !(flags[one] & OFFENSIVE));
    if (word === undefined) return null;
    return flags[word] & VARIANT ? forms[group[word]] : spelled;
  }
}
