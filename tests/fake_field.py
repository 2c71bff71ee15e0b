"""A keyboard made up for tests: what it offers and corrects is written down by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class FakeOffer:
    """A word offered."""

    word: str
    insert_text: str
    delete_left: int
    confidence: float | None = None


@dataclass(frozen=True)
class FakeCorrection:
    """A word replaced."""

    typed: str
    word: str
    confidence: float | None = None


class FakeField:
    """Corrects words of a list when they end, once; offers words of another by the letters typed."""

    def __init__(
        self,
        text: str = "",
        corrections: Mapping[str, str] | None = None,
        offers: Mapping[str, Sequence[str]] | None = None,
        confidence: float | None = None,
    ) -> None:
        self.text = text
        self.correction: FakeCorrection | None = None
        self.places: list[tuple[float, float] | None] = []
        self._corrections = corrections or {}
        self._offers = offers or {}
        self._confidence = confidence

    @property
    def suggestions(self) -> list[FakeOffer]:
        """The words listed for what stands after the last space; words without that beginning replace it."""
        prefix = self.text[self.text.rfind(" ") + 1 :]
        return [FakeOffer(word, word + " ", len(prefix), self._confidence) for word in self._offers.get(prefix, ())]

    def type(self, characters: str, at: tuple[float, float] | None = None) -> None:
        """Type one character; a space, comma or full stop ends a word."""
        assert len(characters) == 1
        self.places.append(at)
        self.correction = None
        if characters in " ,.":
            start = self.text.rfind(" ") + 1
            typed = self.text[start:]
            if typed in self._corrections:
                self.correction = FakeCorrection(typed, self._corrections[typed], self._confidence)
                self.text = self.text[:start] + self._corrections[typed]
        self.text += characters

    def backspace(self, count: int = 1) -> None:
        """Delete characters."""
        self.text = self.text[: max(0, len(self.text) - count)]

    def accept(self, suggestion: FakeOffer) -> None:
        """Take a word."""
        assert suggestion in self.suggestions
        self.text = self.text[: len(self.text) - suggestion.delete_left] + suggestion.insert_text
