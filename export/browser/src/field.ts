// A text area and the session that stands behind it. What is typed stands there at once, by the browser's own hand; the
// session follows key by key, and what it changed besides (a correction, a space) is put where that key left the text,
// whatever was typed since.

import type { Suggestion } from "./decoder/casing.ts";
import { lastCluster } from "./decoder/clusters.ts";
import type { Autocompleter } from "./decoder/engine.ts";
import type { Point } from "./decoder/errors.ts";
import { TypingSession } from "./decoder/session.ts";

/** What an app has to do at the end of a text to make another of it; lengths are UTF-16 units. */
interface Edit {
  deleteLeft: number;
  insertText: string;
}

export class Field {
  session: TypingSession;
  /** keys and taps so far */
  keys = 0;
  /** what stands before the caret, as far as it is known here */
  private before = "";
  /** of each key that was pressed and not yet carried out: what stood before the caret then */
  private readonly waiting: { expected: string }[] = [];

  constructor(
    private readonly area: HTMLTextAreaElement,
    private readonly engine: Autocompleter,
    private readonly changed: () => void,
  ) {
    this.session = new TypingSession(engine);
    area.addEventListener("input", (event) => this.follow(event as InputEvent));
    for (const moved of ["keyup", "pointerup", "focus"]) area.addEventListener(moved, () => this.follow(null));
  }

  /** Nothing is waiting: the session knows all that was typed. */
  get isSettled(): boolean {
    return !this.waiting.length;
  }

  /** Type a character of the on-screen keyboard. */
  type(character: string, at: Point | null): void {
    this.put(character);
    this.keys++;
    this.step(() => this.session.type(character, at));
  }

  backspace(): void {
    this.keys++;
    if (this.area.selectionStart !== this.area.selectionEnd) {
      this.put("");
      this.step(() => this.session.move(this.left()));
      return;
    }
    const last = lastCluster(this.left());
    if (!last) return this.changed();
    this.area.setSelectionRange(this.area.selectionStart - last.length, this.area.selectionStart);
    this.put("");
    this.step(() => this.session.backspace());
  }

  /** Take a suggestion that was made for the text as it is. */
  accept(suggestion: Suggestion): void {
    if (!this.isSettled) return; // it was made for another text
    this.keys++;
    this.step(() => this.session.accept(suggestion));
  }

  /** Begin anew with what stands in the area; words that were put back may be corrected again. */
  restart(autocorrect: boolean): void {
    this.session = new TypingSession(this.engine, this.left(), { autocorrect, doubleSpace: true });
    this.before = this.left();
    this.changed();
  }

  /** Find out what the browser did to the area, or that the caret was moved. */
  private follow(event: InputEvent | null): void {
    const [before, now] = [this.before, this.left()];
    if (this.area.value === "") this.keys = 0;
    if (event === null && before === now) return;
    const typed = now.startsWith(before) ? now.slice(before.length) : "";
    if (event?.inputType === "insertText" || event?.inputType === "insertLineBreak") {
      this.keys += Array.from(typed).length || 1;
      if (typed) return this.step(() => this.session.type(typed));
    } else if (event) {
      this.keys++;
      const last = lastCluster(before);
      if (event.inputType === "deleteContentBackward" && now + last === before && last) {
        return this.step(() => this.session.backspace());
      }
    }
    this.step(() => this.session.move(now));
  }

  /** Let the session do what was just done to the area, and do to the area what it does besides. */
  private step(act: () => Promise<void>): void {
    const mine = { expected: this.left() };
    this.before = mine.expected;
    this.waiting.push(mine);
    this.changed();
    void act().then(() => {
      this.waiting.shift();
      this.apply(mine.expected, this.session.text);
      // where the two went apart, what the user sees stands
      if (this.isSettled && this.left() !== this.session.text) this.step(() => this.session.move(this.left()));
      else this.changed();
    });
  }

  private apply(expected: string, after: string): void {
    const { deleteLeft, insertText } = edit(expected, after);
    if ((!deleteLeft && !insertText) || !this.area.value.startsWith(expected)) return;
    const caret = this.area.selectionStart;
    const from = expected.length - deleteLeft;
    this.area.setRangeText(insertText, from, expected.length, "preserve");
    const moved = caret < expected.length ? Math.min(caret, from) : caret + insertText.length - deleteLeft;
    this.area.setSelectionRange(moved, moved);
    this.before = this.left();
    for (const later of this.waiting) {
      if (later.expected.startsWith(expected)) later.expected = after + later.expected.slice(expected.length);
    }
  }

  /** Put characters in the place of what is selected. */
  private put(characters: string): void {
    this.area.setRangeText(characters, this.area.selectionStart, this.area.selectionEnd, "end");
  }

  private left(): string {
    return this.area.value.slice(0, this.area.selectionStart);
  }
}

function edit(before: string, after: string): Edit {
  let kept = 0;
  while (kept < Math.min(before.length, after.length) && before[kept] === after[kept]) kept++;
  return { deleteLeft: before.length - kept, insertText: after.slice(kept) };
}
