// The on-screen keyboard: buttons that say what they type. It takes no focus, so that the caret stays where it is.

import type { Layout } from "./decoder/errors.ts";

export interface Keys {
  type(character: string): void;
  backspace(): void;
}

/** Fill an element with the keys of a layout; gives a function that shows letters as a sentence start asks. */
export function buildKeyboard(where: HTMLElement, layout: Layout, keys: Keys): (capitals: boolean) => void {
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
  const rows = layout.rows.map((row) => Array.from(row.keys)).filter((row) => row.every((key) => /[a-z0-9]/.test(key)));
  rows.forEach((row, number) => {
    const line = document.createElement("div");
    const isLast = number === rows.length - 1;
    if (isLast) line.append(shift);
    for (const key of row) {
      const isLetter = key !== key.toUpperCase();
      const made = button(key, key, "", () => keys.type(shifted && isLetter ? key.toUpperCase() : key));
      made.dataset.key = key;
      if (isLetter) letters.push(made);
      line.append(made);
    }
    if (isLast) line.append(button("⌫", "Delete", "medium", () => keys.backspace()));
    where.append(line);
  });
  const last = document.createElement("div");
  last.append(
    button(",", "comma", "", () => keys.type(",")),
    button("'", "apostrophe", "", () => keys.type("'")),
    button("space", "Space", "wide", () => keys.type(" ")),
    button(".", "full stop", "", () => keys.type(".")),
    button("?", "question mark", "", () => keys.type("?")),
    button("⏎", "New line", "medium", () => keys.type("\n")),
  );
  where.append(last);
  return press;
}

function button(shown: string, name: string, size: string, act: () => void): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = shown;
  made.setAttribute("aria-label", name);
  made.className = size;
  made.addEventListener("pointerdown", (event) => event.preventDefault()); // the text keeps the focus
  made.addEventListener("click", act);
  return made;
}
