"""A text field, one keystroke at a time.

Owns the text before the caret, the count of keys and the state that one keystroke leaves for the next. What it offers
is what `Autocompleter.suggest` offers for the same text, whatever was typed, deleted or accepted on the way.
"""

from __future__ import annotations

from typing import Protocol

from autocomplete.casing import Suggestion
from autocomplete.lm import State


class Suggester(Protocol):
    """What a session asks: an `Autocompleter`."""

    def suggest_from(self, text: str, k: int, previous: State | None) -> tuple[list[Suggestion], State | None]:
        """Offer up to k words for a text, reusing a state; give the new state too."""
        ...


class TypingSession:
    """One text field.

    Usage
    -----
    >>> session = engine.session()
    >>> session.type("h")                       # what the bar shows now
    >>> session.accept(session.suggestions[0])
    >>> session.backspace()
    >>> session.text, session.keystrokes
    """

    def __init__(self, engine: Suggester, text: str = "", k: int = 3) -> None:
        self._engine = engine
        self._k = k
        self._text = text
        self._state: State | None = None
        self._suggestions: list[Suggestion] | None = None
        self.keystrokes = 0
        """keys pressed so far; taking a suggestion is one"""

    @property
    def text(self) -> str:
        """All that stands before the caret."""
        return self._text

    @property
    def suggestions(self) -> list[Suggestion]:
        """What the bar shows now, best first."""
        if self._suggestions is None:
            self._suggestions, self._state = self._engine.suggest_from(self._text, self._k, self._state)
        return list(self._suggestions)

    def type(self, characters: str) -> list[Suggestion]:
        """Type some characters; give what the bar shows then."""
        self.keystrokes += len(characters)
        return self._set(self._text + characters)

    def backspace(self, count: int = 1) -> list[Suggestion]:
        """Delete characters before the caret, as many as there are at most.

        Raises
        ------
        ValueError
            If the count is negative.
        """
        if count < 0:
            raise ValueError(f"count={count}: delete no or more characters")
        self.keystrokes += count
        return self._set(self._text[: max(0, len(self._text) - count)])

    def accept(self, suggestion: Suggestion) -> list[Suggestion]:
        """Take a suggestion the bar shows.

        Raises
        ------
        ValueError
            If the bar does not show it: its edit was made for another text.
        """
        if suggestion not in self.suggestions:
            raise ValueError(f'"{suggestion.word}" is not among the suggestions now: take one of `session.suggestions`')
        self.keystrokes += 1
        kept = self._text[: len(self._text) - suggestion.delete_left]
        return self._set(kept + suggestion.insert_text)

    def _set(self, text: str) -> list[Suggestion]:
        self._text = text
        self._suggestions = None
        return self.suggestions
