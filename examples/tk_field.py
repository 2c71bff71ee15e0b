"""A text field with a suggestion bar, in a Tk window: `python examples/tk_field.py`.

A tap on a word takes it, and so do Tab (the first) and Alt with a number. What is offered is for the caret, wherever it
is moved to. Another toolkit needs the same three things: the text before the caret, a place for words, and the edit.
"""

from __future__ import annotations

import tkinter as tk
from tkinter import ttk

import autocomplete
from autocomplete import Autocompleter, Suggestion

WORDS = 3
CARET = "insert"


class Field(ttk.Frame):
    """The window's content."""

    def __init__(self, window: tk.Misc, engine: Autocompleter) -> None:
        super().__init__(window, padding=12)
        self._engine = engine
        self.suggestions: list[Suggestion] = []
        self.text = tk.Text(self, height=8, width=56, wrap="word", undo=True, font=("TkDefaultFont", 13))
        self.text.pack(fill="both", expand=True)
        bar = ttk.Frame(self)
        bar.pack(fill="x", pady=(8, 0))
        self.buttons = [ttk.Button(bar, takefocus=False, command=lambda n=n: self.take(n)) for n in range(WORDS)]
        for number, button in enumerate(self.buttons):
            button.pack(side="left", fill="x", expand=True, padx=2)
            self.text.bind(f"<Alt-Key-{number + 1}>", lambda _, n=number: self.take(n))
        self.text.bind("<Tab>", lambda _: self.take(0))
        # after Tk has carried the key out, hence the widget's own bindings first
        self.text.bindtags((str(self.text), "Text", "changed", ".", "all"))
        for event in ("<KeyRelease>", "<ButtonRelease>"):
            self.text.bind_class("changed", event, lambda _: self.update_bar())
        self.update_bar()
        self.text.focus_set()

    def update_bar(self) -> None:
        """Offer words for the text before the caret."""
        self.suggestions = self._engine.suggest(self.text.get("1.0", CARET), k=WORDS)
        for number, button in enumerate(self.buttons):
            word = self.suggestions[number].word if number < len(self.suggestions) else ""
            button.configure(text=word, state="normal" if word else "disabled")

    def take(self, number: int) -> str:
        """Take a word of the bar: delete what its edit deletes before the caret, insert what it inserts."""
        if number < len(self.suggestions):
            suggestion = self.suggestions[number]
            self.text.delete(f"{CARET} - {suggestion.delete_left} chars", CARET)
            self.text.insert(CARET, suggestion.insert_text)
            self.text.see(CARET)
            self.update_bar()
        return "break"  # Tab and Alt type nothing


def main() -> None:
    """Open the window."""
    window = tk.Tk()
    window.title("Autocomplete")
    Field(window, autocomplete.load()).pack(fill="both", expand=True)
    window.mainloop()


if __name__ == "__main__":
    main()
