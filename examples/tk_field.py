"""A text field that completes, corrects and learns, in a Tk window: `python examples/tk_field.py [USER.db]`.

A tap on a word takes it, and so do Tab (the first) and Alt with a number; Backspace right after a correction undoes it.
A click on a key below tells where on the key the finger fell. With a file of its user, what is written is learned.
Another toolkit needs the same: the text before the caret, a place for words, the edit, and `move` for a moved caret.
"""

from __future__ import annotations

import sys
import tkinter as tk
from collections.abc import Callable
from tkinter import ttk

import autocomplete
from autocomplete import Autocompleter

WORDS = 3
CARET = "insert"


class Field(ttk.Frame):
    """The window's content."""

    def __init__(self, window: tk.Misc, engine: Autocompleter) -> None:
        super().__init__(window, padding=12)
        self._layout = engine.layout
        self.session = engine.session(k=WORDS)
        self.text = tk.Text(self, height=8, width=56, wrap="word", undo=True, font=("TkDefaultFont", 13))
        self.note = ttk.Label(self)
        bar, row = ttk.Frame(self), ttk.Frame(self)
        for part in (self.text, self.note, bar, row):
            part.pack(fill="x", pady=4)
        self.buttons = [ttk.Button(bar, takefocus=False, command=lambda n=n: self.take(n)) for n in range(WORDS)]
        self.keys = {letter: ttk.Button(row, text=letter, width=3, takefocus=False) for letter in "qwertyuiop"}
        for button in (*self.buttons, *self.keys.values()):
            button.pack(side="left", fill="x", expand=True)
        for number in range(WORDS):
            self.text.bind(f"<Alt-Key-{number + 1}>", lambda _, n=number: self.take(n))
        for letter, key in self.keys.items():
            key.bind("<Button-1>", lambda event, c=letter: self.touch(c, event.x / event.widget.winfo_width()))
        self.text.bind("<Tab>", lambda _: self.take(0))
        self.text.bind("<KeyPress>", self.press)
        for event in ("<KeyRelease>", "<ButtonRelease>"):  # what Tk did itself: a caret that was moved, a text pasted
            self.text.bind(event, lambda _: self.show())
        self.show()
        self.text.focus_set()

    def press(self, event: tk.Event[tk.Text]) -> str | None:
        """Let the session type what a key gives; selections and Control are Tk's."""
        if event.keysym == "BackSpace" and not self.text.tag_ranges("sel"):
            return self.apply(self.session.backspace)
        typed = "\n" if event.keysym == "Return" else event.char
        if not typed or not (typed.isprintable() or typed == "\n") or self.text.tag_ranges("sel"):
            return None
        return self.apply(lambda: self.session.type(typed))

    def touch(self, letter: str, across: float) -> None:
        """Type a letter that was touched `across` of its key's width from the left."""
        x, y = self._layout.centres[self._layout.index[letter]].tolist()
        self.apply(lambda: self.session.type(letter, at=(x - 0.5 + across, y)))

    def take(self, number: int) -> str:
        """Take a word of the bar, if there is one."""
        words = self.session.suggestions[number : number + 1]
        return self.apply(lambda: self.session.accept(words[0])) if words else "break"

    def apply(self, act: Callable[[], object]) -> str:
        """Let the session act, and do to the text what it did to its own: delete before the caret, insert."""
        self.show()
        act()
        self.text.delete(f"{CARET} - {self.session.edit.delete_left} chars", CARET)
        self.text.insert(CARET, self.session.edit.insert_text)
        self.text.see(CARET)
        self.show()
        return "break"  # Tk has nothing left to do

    def show(self) -> None:
        """Show words for the text before the caret, wherever it is now, and what was corrected."""
        if (before := self.text.get("1.0", CARET)) != self.session.text:
            self.session.move(before)
        words = [suggestion.word for suggestion in self.session.suggestions] + [""] * WORDS
        for button, word in zip(self.buttons, words, strict=False):
            button.configure(text=word, state="normal" if word else "disabled")
        made = self.session.correction
        self.note.configure(text=f"{made.typed} → {made.word} (Backspace undoes it)" if made else "")


if __name__ == "__main__":
    engine = autocomplete.load(user=sys.argv[1] if len(sys.argv) > 1 else None)
    window = tk.Tk()
    window.title("Autocomplete")
    field = Field(window, engine)
    field.pack(fill="both", expand=True)
    window.mainloop()
    field.session.close()  # the last word is finished, too
    engine.close()
