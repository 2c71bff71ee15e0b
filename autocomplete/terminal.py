"""Typing in a terminal, completed: the line, the words below it, the time of the last answer, the keys saved.

Owns keys and layout, on prompt_toolkit; all it knows of completing is a `TypingSession`. What a space would
correct is shown before it happens.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from prompt_toolkit.application import Application
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.layout import Layout, Window
from prompt_toolkit.layout.containers import HSplit
from prompt_toolkit.layout.controls import FormattedTextControl

from autocomplete.casing import Suggestion
from autocomplete.correction import Correction
from autocomplete.engine import Autocompleter

_HELP = "Tab or → takes the grey text · 1-5 a word · digits as text: Alt+digit · Enter new line · Ctrl-C ends"
_GREY = "fg:ansibrightblack"


class Terminal:
    """One text field in a terminal."""

    def __init__(self, engine: Autocompleter, k: int = 3, *, private: bool = False) -> None:
        self.session = engine.session(k=k, private=private)
        self.k = k
        self._expected: tuple[str, Correction | None] = ("", None)
        self.milliseconds = 0.0
        self._timed(lambda: self.session.suggestions)

    @property
    def characters_saved(self) -> int:
        """Characters in the text less the keys it took."""
        return len(self.session.text) - self.session.keystrokes

    def type(self, characters: str) -> None:
        """Type, or take the suggestion a digit names."""
        place = int(characters) - 1 if len(characters) == 1 and characters in "123456789" else -1
        if 0 <= place < len(self.session.suggestions):
            self.take(place)
        else:
            self._timed(lambda: self.session.type(characters))

    def take(self, place: int) -> None:
        """Take the suggestion at a place, if there is one."""
        if place < len(self.session.suggestions):
            self._timed(lambda: self.session.accept(self.session.suggestions[place]))

    def take_grey(self) -> None:
        """Take what stands in grey behind the caret, or the first suggestion if nothing does."""
        grey = self.grey
        self.take(self.session.suggestions.index(grey) if grey else 0)

    def literal(self, characters: str) -> None:
        """Type characters that would otherwise take a suggestion."""
        self._timed(lambda: self.session.type(characters))

    def backspace(self) -> None:
        """Delete the last character."""
        self._timed(lambda: self.session.backspace())

    def _timed(self, act: Callable[[], list[Suggestion]]) -> None:
        begun = time.perf_counter()
        act()
        self.milliseconds = 1e3 * (time.perf_counter() - begun)

    @property
    def grey(self) -> Suggestion | None:
        """The suggestion whose text stands behind the caret: a phrase before a word; none that deletes anything."""
        offered = self.session.suggestions
        phrases = [suggestion for suggestion in offered if suggestion.kind == "phrase"]
        return next((suggestion for suggestion in [*phrases, *offered[:1]] if not suggestion.delete_left), None)

    @property
    def expected(self) -> Correction | None:
        """What a space would correct now."""
        text = self.session.text
        if self._expected[0] != text:
            self._expected = (text, self.session.expected_correction())
        return self._expected[1]

    def line(self) -> FormattedText:
        """Give the text with the caret, what would be added in grey, and what a space will change."""
        parts: list[tuple[str, str]] = [("", self.session.text), ("[SetCursorPosition]", "")]
        if self.grey:
            parts.append((_GREY, self.grey.insert_text.rstrip()))
        if self.expected:
            parts.append((_GREY, f"  {self.expected.typed} → {self.expected.word}"))
        return FormattedText(parts)

    def bar(self) -> FormattedText:
        """Give the suggestion bar: words, what stands beside them apart."""
        parts: list[tuple[str, str]] = []
        for place, suggestion in enumerate(self.session.suggestions, 1):
            word = suggestion.word + " …" * (suggestion.kind == "phrase")
            parts += [(_GREY, f" {place} "), ("bold" if place <= self.k else "", word), ("", "  ")]
        if self.session.correction:
            typed, word = self.session.correction.typed, self.session.correction.word
            parts.append((_GREY, f" {typed} → {word}, Backspace takes it back"))
        return FormattedText(parts or [("", " ")])

    def status(self) -> FormattedText:
        """Give the time of the last answer and the keys saved."""
        text = self.session.text
        share = self.characters_saved / len(text) if text else 0.0
        return FormattedText(
            [
                (
                    _GREY,
                    f" {self.milliseconds:.1f} ms · {self.characters_saved} keys saved ({share:.0%}) · {_HELP}",
                )
            ]
        )

    def application(self) -> Application[str]:
        """Build the full application; it returns the text typed."""
        keys = KeyBindings()

        @keys.add("<any>")
        def _(event: KeyPressEvent) -> None:
            if event.data.isprintable():
                self.type(event.data)

        @keys.add("<bracketed-paste>")
        def _(event: KeyPressEvent) -> None:
            self.literal(event.data)

        for digit in "123456789":

            @keys.add("escape", digit)
            def _(event: KeyPressEvent) -> None:
                self.literal(event.key_sequence[-1].key)

        @keys.add("tab")
        @keys.add("right")
        def _(event: KeyPressEvent) -> None:
            self.take_grey()

        @keys.add("backspace")
        def _(event: KeyPressEvent) -> None:
            self.backspace()

        @keys.add("enter")
        def _(event: KeyPressEvent) -> None:
            self.literal("\n")

        @keys.add("c-c")
        @keys.add("c-d")
        def _(event: KeyPressEvent) -> None:
            event.app.exit(result=self.session.text)

        body = HSplit(
            [
                Window(FormattedTextControl(self.line, focusable=True), wrap_lines=True, dont_extend_height=True),
                Window(FormattedTextControl(self.bar), height=1),
                Window(FormattedTextControl(self.status), height=1),
            ]
        )
        return Application(layout=Layout(body), key_bindings=keys, full_screen=False, erase_when_done=True)


def run(engine: Autocompleter, k: int = 3, *, private: bool = False) -> str:
    """Let a person type until Ctrl-C or Ctrl-D; give the text. What was written is learned, unless it is private."""
    terminal = Terminal(engine, k, private=private)
    try:
        return terminal.application().run()
    finally:
        terminal.session.close()
        engine.close()
