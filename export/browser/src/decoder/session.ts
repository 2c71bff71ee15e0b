// A text field, one keystroke at a time, as in autocomplete/session.py: the text before the caret, where the fingers fell,
// what was corrected and what was put back. Calls are carried out one after the other.

import type { Correction } from "./correction.ts";
import type { Autocompleter, Suggestion } from "./engine.ts";
import type { Point } from "./errors.ts";
import { type After, press, unstop } from "./spacing.ts";
import { casefold, endsWord, split } from "./text.ts";

export interface Options {
  autocorrect?: boolean;
  doubleSpace?: boolean;
}

export class TypingSession {
  /** all that stands before the caret */
  text: string;
  /** keys so far; taking a suggestion is one */
  keystrokes = 0;
  /** what the last call replaced, if it did */
  correction: Correction | null = null;
  private touches: (Point | null)[] = [];
  private after: After = "other";
  /** words of this field that were typed and stayed, or were put back */
  private readonly kept = new Set<string>();
  private correctedAt = "";
  private turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly engine: Autocompleter,
    text = "",
    readonly options: Options = {},
  ) {
    this.text = text;
  }

  /** What the bar shows now, best first. */
  suggestions(k = 3): Promise<Suggestion[]> {
    return this.next(() => this.engine.suggest(this.text, k, this.touches));
  }

  /** Type some characters; `at` says where the finger fell for a single one, in key widths of the layout. */
  type(characters: string, at: Point | null = null): Promise<void> {
    return this.next(async () => {
      this.correction = null;
      for (const character of characters) {
        this.keystrokes++;
        const ends = this.options.autocorrect !== false && endsWord(character, this.text);
        const corrected = ends && (await this.correct());
        this.press(character, at);
        this.correctedAt = corrected ? this.text : "";
      }
    });
  }

  /** Delete characters; right after a correction or a full stop made of spaces, a single one undoes that instead. */
  backspace(count = 1): Promise<void> {
    return this.next(() => {
      const { text, correction } = this;
      const stopped = this.after === "stop";
      this.after = "other";
      this.keystrokes += count;
      this.correction = null;
      if (count === 1 && stopped) {
        this.text = unstop(text);
      } else if (count === 1 && correction && text === this.correctedAt) {
        this.kept.add(casefold(correction.typed));
        const end = Array.from(text).at(-1) as string;
        this.text = text.slice(0, text.length - end.length - correction.word.length) + correction.typed + end;
        this.touches = [];
      } else {
        const characters = Array.from(text);
        this.text = characters.slice(0, Math.max(0, characters.length - count)).join("");
        this.touches.splice(Math.max(0, this.touches.length - count));
      }
    });
  }

  /** Take a suggestion that was made for the text as it is. */
  accept(suggestion: Suggestion): Promise<void> {
    return this.next(() => {
      const characters = Array.from(this.text);
      this.keystrokes++;
      this.correction = null;
      this.text = characters.slice(0, characters.length - suggestion.deleteLeft).join("") + suggestion.insertText;
      this.touches = [];
      this.after = this.text.endsWith(" ") ? "taken" : "other";
    });
  }

  /** The caret moved, or the text was changed from elsewhere: `text` is what stands before the caret now. */
  move(text: string): Promise<void> {
    return this.next(() => {
      [this.text, this.touches, this.after, this.correctedAt, this.correction] = [text, [], "other", "", null];
    });
  }

  private next<T>(act: () => T | Promise<T>): Promise<T> {
    const mine = this.turn.then(act);
    this.turn = mine.catch(() => undefined);
    return mine;
  }

  private press(character: string, at: Point | null): void {
    const grown = this.text + character;
    [this.text, this.after] = press(this.text, character, this.after, this.options.doubleSpace ?? false);
    if (this.text === grown) this.touches.push(at);
    else this.touches = this.text.endsWith(character) ? [at] : [];
  }

  private async correct(): Promise<boolean> {
    const correction = await this.engine.correct(this.text, this.touches);
    if (!correction || this.kept.has(casefold(correction.typed))) {
      this.kept.add(casefold(split(this.text)[1]));
      return false;
    }
    this.correction = correction;
    this.text = this.text.slice(0, this.text.length - correction.typed.length) + correction.word;
    this.touches = [];
    return true;
  }
}
