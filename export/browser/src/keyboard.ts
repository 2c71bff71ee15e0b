// The on-screen keyboard: buttons that say what they type, and where on them the finger fell. It takes no focus, so that
// the caret stays where it is.

import { type Layout, type Point, keysOf, ROW_HEIGHT } from "./decoder/errors.ts";

export interface Keys {
  /** `at` is where the finger fell, in key widths of the layout, where that is known */
  type(character: string, at: Point | null): void;
  backspace(): void;
}

/** Fill an element with the keys of a layout; gives a function that shows letters as a sentence start asks. */
export function buildKeyboard(where: HTMLElement, layout: Layout, keys: Keys): (capitals: boolean) => void {
  const middles = keysOf(layout);
  let shifted = false;
  const letters: HTMLButtonElement[] = [];
  const shift = button("⇧", "Shift", "medium", () => press(!shifted));
  const press = (value: boolean): void => {
    shifted = value;
    shift.setAttribute("aria-pressed", String(value));
    for (const letter of letters) {
      const key = letter.dataset.key as string;
      letter.textContent = value ? key.toUpperCase() : key;
    }
  };
  const typing = (key: string, shown = key, name = key, size = ""): HTMLButtonElement => {
    const isLetter = key !== key.toUpperCase();
    const made = button(shown, name, size, (place) => {
      const middle = middles.get(key);
      const at: Point | null =
        middle && place ? [middle.x + place[0] * middle.width, middle.y + place[1] * ROW_HEIGHT] : null;
      keys.type(shifted && isLetter ? key.toUpperCase() : key, at);
    });
    made.dataset.key = key;
    if (isLetter) letters.push(made);
    return made;
  };
  const rows = layout.rows.map((row) => Array.from(row.keys)).filter((row) => row.every((key) => /[a-z0-9]/.test(key)));
  rows.forEach((row, number) => {
    const isLast = number === rows.length - 1;
    const line = document.createElement("div");
    if (isLast) line.append(shift);
    line.append(...row.map((key) => typing(key)));
    if (isLast) line.append(button("⌫", "Delete", "medium", () => keys.backspace()));
    where.append(line);
  });
  const last = document.createElement("div");
  last.append(
    typing(",", ",", "comma"),
    typing("'", "'", "apostrophe"),
    typing(" ", "space", "Space", "wide"),
    typing(".", ".", "full stop"),
    typing("?", "?", "question mark"),
    typing("\n", "⏎", "New line", "medium"),
  );
  where.append(last);
  return press;
}

/** `act` is told where on the key it was touched: from -0.5 to 0.5 of its width and height beside its middle. */
function button(shown: string, name: string, size: string, act: (place: Point | null) => void): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = shown;
  made.setAttribute("aria-label", name);
  made.className = size;
  let touched = false;
  // a key acts as it is touched, so that a second finger need not wait for the first
  made.addEventListener("pointerdown", (event) => {
    event.preventDefault(); // the text keeps the focus
    if (event.button !== 0) return;
    touched = true;
    const box = made.getBoundingClientRect();
    act([(event.clientX - box.left) / box.width - 0.5, (event.clientY - box.top) / box.height - 0.5]);
  });
  // what clicks without touching: a screen reader, the Enter key
  made.addEventListener("click", (event) => {
    if (!touched || event.detail === 0) act(null);
    touched = false;
  });
  return made;
}
