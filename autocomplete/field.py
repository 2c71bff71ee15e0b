"""What a keyboard must offer to be measured while it is typed on: a field of text that suggests and corrects.

Owns these protocols alone, so that a `TypingSession`, another engine or a made-up one are measured by the same code.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol


class Offered(Protocol):
    """A suggestion of the bar."""

    @property
    def word(self) -> str:
        """What it puts, as it is shown."""
        ...

    @property
    def insert_text(self) -> str:
        """What is inserted at the caret."""
        ...

    @property
    def delete_left(self) -> int:
        """Characters deleted before."""
        ...

    @property
    def confidence(self) -> float | None:
        """How likely it is what is meant, None if nothing is said."""
        ...


class Correction(Protocol):
    """A word that was replaced when it ended."""

    @property
    def word(self) -> str:
        """What stands now."""
        ...

    @property
    def confidence(self) -> float | None:
        """How likely it is what was meant, None if nothing is said."""
        ...


class Field(Protocol):
    """A text field that offers and corrects: a `TypingSession`."""

    @property
    def text(self) -> str:
        """All that stands before the caret."""
        ...

    @property
    def suggestions(self) -> Sequence[Any]:
        """What the bar shows, best first; each is an `Offered`."""
        ...

    @property
    def correction(self) -> Correction | None:
        """What the last key replaced, None if nothing."""
        ...

    def type(self, characters: str, at: tuple[float, float] | None = None) -> Any:
        """Type a character, touched at a place if that is told."""
        ...

    def backspace(self, count: int = 1) -> Any:
        """Delete characters."""
        ...

    def accept(self, suggestion: Any) -> Any:
        """Take a suggestion."""
        ...


Open = Callable[[str], Field]
"""Opens a field that holds a text."""


def after(text: str, offered: Offered) -> str:
    """Give what stands before the caret once a suggestion is taken."""
    return text[: len(text) - offered.delete_left] + offered.insert_text
