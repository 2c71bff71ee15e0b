// A text field, one keystroke at a time, as in autocomplete/session.py: the text before the caret, where the fingers fell,
// what was corrected and what was put back. Calls are carried out one after the other.

import type { Suggestion } from "./casing.ts";
import { lastCluster } from "./clusters.ts";
import type { Correction } from "./correction.ts";
import type { Asking, Autocompleter } from "./engine.ts";
import type { Point } from "./errors.ts";
import { type After, press, unstop } from "./spacing.ts";
import { casefold, endsWord, lastCharacters, split } from "./text.ts";

export interface Options {
  autocorrect?: boolean;
  doubleSpace?: boolean;
  /** what the same person wrote before, to be followed in the use of capitals */
  earlier?: string;
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
  /** the latter */
  private readonly restored = new Set<string>();
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
    return this.next(() => this.engine.suggest(this.text, k, this.asking));
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

  /**
   * Delete characters; a single one takes a whole emoji, or, right after a correction or a full stop made of spaces,
   * undoes that instead.
   */
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
        for (const word of casefold(correction.typed).split(" ")) this.restored.add(word);
        const end = Array.from(text).at(-1) as string;
        this.text = text.slice(0, text.length - end.length - correction.word.length) + correction.typed + end;
        this.touches = [];
      } else {
        const gone = count === 1 ? lastCluster(text) : lastCharacters(text, count);
        this.text = text.slice(0, text.length - gone.length);
        this.touches.splice(Math.max(0, this.touches.length - Array.from(gone).length));
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

  private get asking(): Asking {
    return { touches: this.touches, earlier: this.options.earlier };
  }

  /** Whether what would be corrected stayed, or was put back, before; with the word before it, either. */
  private stays(typed: string): boolean {
    return this.kept.has(typed) || (typed.includes(" ") && typed.split(" ").some((word) => this.restored.has(word)));
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
    const correction = await this.engine.correct(this.text, this.asking);
    if (!correction || this.stays(casefold(correction.typed))) {
      this.kept.add(casefold(split(this.text)[1]));
      return false;
    }
    this.correction = correction;
    this.text = this.text.slice(0, this.text.length - correction.typed.length) + correction.word;
    this.touches = [];
    return true;
  }
}
