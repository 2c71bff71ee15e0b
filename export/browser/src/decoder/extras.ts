// What is offered beside words, as in autocomplete/extras.py: a phrase, a question mark, an emoji, in this order, after the
// words and never in the place of one.

import { type Ahead, Path, type Phrase, SURE_OF_QUESTION, SURE_OF_WORDS } from "./ahead.ts";
import type { Caret } from "./caret.ts";
import { show, showAfter, type Suggestion, suggestion } from "./casing.ts";
import { type EmojiList, nameBegun } from "./emoji.ts";
import type { Lexicon } from "./lexicon.ts";
import type { LanguageModel, State } from "./model.ts";
import type { Tokenizer } from "./pieces.ts";
import { isAlphanumeric, lastCharacter, truecase } from "./text.ts";

/** Which of them are offered. */
export interface Wanted {
  /** the list of the language, null to offer none */
  emoji: EmojiList | null;
  questions: boolean;
  phrases: boolean;
}

export class Extras {
  constructor(
    private readonly lm: LanguageModel,
    private readonly lexicon: Lexicon,
    private readonly tokenizer: Tokenizer,
    private readonly ahead: Ahead,
    readonly wanted: Wanted,
  ) {}

  /** Offer up to k emoji for a name that is being written, as in `:jo`. */
  named(text: string, k: number): Suggestion[] {
    const name = this.wanted.emoji && nameBegun(text);
    if (!this.wanted.emoji || name === null) return [];
    const length = Array.from(name).length;
    return this.wanted.emoji.named(name, k).map((emoji) => emojiOffer(emoji, `${emoji} `, length));
  }

  /** Offer what goes with the words found for a caret at the end of a text. */
  async beside(text: string, caret: Caret, state: State, words: Suggestion[]): Promise<Suggestion[]> {
    const { wanted } = this;
    const path = await this.typed(text, caret, state);
    const asked = path && wanted.questions && (!caret.prefix || this.ahead.asks(text));
    const question = asked ? this.question(text, path) : null;
    let phrase: Suggestion | null = null;
    if (wanted.phrases) {
      phrase = (path && (await this.phrase(caret, path, words))) ?? (await this.begunPhrase(caret, state, words));
    }
    const meant = wanted.emoji?.meant(text);
    const emoji = meant ? emojiOffer(meant, `${text.endsWith(" ") ? "" : " "}${meant} `, 0) : null;
    return [phrase, question, emoji].filter((offer) => offer !== null);
  }

  /** Follow what is typed, if it is a word that may be finished; null if nothing is to be asked of it. */
  private async typed(text: string, caret: Caret, state: State): Promise<Path | null> {
    const { questions, phrases } = this.wanted;
    if (!caret.prefix) return questions || phrases ? new Path(this.lm, state) : null;
    if (!(phrases || (questions && this.ahead.asks(text)))) return null;
    if (!this.lexicon.lists(caret.typed)) return null;
    const path = new Path(this.lm, state);
    return (await path.follow(this.tokenizer.encode(` ${this.inside(caret.typed, caret)}`))) ? path : null;
  }

  /** Give a word in the form that the model reads: without capitals of a sentence's start or a shouted line. */
  private inside(word: string, caret: Caret): string {
    if (caret.habits.shouts) return this.lexicon.usual(word.toLowerCase()) ?? word;
    return caret.sentenceStart ? truecase(word, this.lexicon.usual) : word;
  }

  /** Offer a question mark in the place of the space before the caret. */
  private question(text: string, path: Path): Suggestion | null {
    const before = text.replace(/ +$/, "");
    const spaces = text.length - before.length;
    if (spaces > 1 || !isAlphanumeric(lastCharacter(before))) return null;
    const probability = this.ahead.questionAfter(path);
    if (probability < SURE_OF_QUESTION) return null;
    return {
      word: "?",
      insertText: "? ",
      deleteLeft: spaces,
      logprob: Math.log(probability),
      confidence: Math.min(1, probability),
      kind: "punctuation",
    };
  }

  /** Offer words that follow what is finished, or may be if it is none of the longer words that are offered. */
  private async phrase(caret: Caret, path: Path, offered: Suggestion[]): Promise<Suggestion | null> {
    const { prefix, habits, needsSpace, sentenceStart } = caret;
    const finished = prefix ? 1 - offered.reduce((sum, { confidence }) => sum + confidence, 0) : 1;
    if (finished < SURE_OF_WORDS) return null;
    const found = await this.ahead.phrase(path, [], Math.log(finished));
    if (!found) return null;
    const [first, ...others] = found.words;
    const shown = show(first, "", sentenceStart && !prefix, habits);
    const words = [shown, ...others.map((form) => showAfter(form, prefix, habits))].join(" ");
    return phraseOffer(words, `${needsSpace || prefix ? " " : ""}${words} `, 0, found);
  }

  /** Offer the word that is begun with those that follow it. */
  private async begunPhrase(caret: Caret, state: State, [first]: Suggestion[]): Promise<Suggestion | null> {
    if (!caret.prefix || first?.kind !== "completion" || first.word.includes(" ")) return null;
    if (first.confidence < SURE_OF_WORDS) return null;
    const path = new Path(this.lm, state);
    if (!(await path.follow(this.tokenizer.encode(` ${this.inside(first.word, caret)}`)))) return null;
    const found = await this.ahead.phrase(path, [first.word], Math.log(first.confidence));
    if (!found) return null;
    const [begun, ...others] = found.words;
    const words = [begun, ...others.map((form) => showAfter(form, caret.prefix, caret.habits))].join(" ");
    const { word, insertText, deleteLeft } = suggestion(words, caret.prefix, found.logprob, 1, caret.needsSpace);
    return phraseOffer(word, insertText, deleteLeft, found);
  }
}

function emojiOffer(emoji: string, insertText: string, deleteLeft: number): Suggestion {
  return { word: emoji, insertText, deleteLeft, logprob: 0, confidence: 1, kind: "emoji" };
}

function phraseOffer(word: string, insertText: string, deleteLeft: number, { logprob }: Phrase): Suggestion {
  return { word, insertText, deleteLeft, logprob, confidence: Math.min(1, Math.exp(logprob)), kind: "phrase" };
}
