"""What followed a context, in memory once it was asked for, and which contexts are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from autocomplete.increments import Context, Row
from autocomplete.learned_words import LearnedWords
from autocomplete.placed_weights import PlacedWeights

_MOST: Final = 4096
"""contexts kept in memory; beyond, all are dropped and read again as they are needed"""
_MANY: Final = 64
"""words that followed a context, from which on it is kept though others wrote since: reading it takes long"""


class Followers:
    """What followed a context.

    Parameters
    ----------
    rows : sequence of (str, int, float)
        Word, uses, weight; each word once, all used.
    """

    def __init__(self, rows: Sequence[Row] = ()) -> None:
        self.weights: dict[str, float] = {word: weight for word, _, weight in rows}
        """by word, relative to the epoch"""
        self.total = float(sum(self.weights.values()))
        self.uses: dict[str, int] = {word: uses for word, uses, _ in rows}
        self._placed = PlacedWeights(self.weights)

    def add(self, word: str, uses: int, weight: float) -> None:
        """Add to a word; without uses left it is taken out."""
        old = self.weights.get(word, 0.0)
        left = self.uses.get(word, 0) + uses
        new = max(0.0, old + weight) if left > 0 else 0.0
        self.total += new - old
        self._placed.change(word, new - old)
        if left > 0:
            self.weights[word], self.uses[word] = new, left
        else:
            self.weights.pop(word, None)
            self.uses.pop(word, None)

    def uses_of(self, word: str) -> int:
        """Give how often a word followed."""
        return self.uses.get(word, 0)

    def add_to(self, shares: NDArray[np.float64], factor: float, words: LearnedWords) -> None:
        """Add the weights times a factor to shares by slot, float64 [slots]."""
        self._placed.add_to(shares, factor, words)


class Contexts:
    """Followers by context."""

    def __init__(self) -> None:
        self._found: dict[Context, Followers] = {}
        self._old: set[Context] = set()
        """those that others may have added to since"""
        self._wanted: set[Context] = set()
        """those of them that were asked for"""

    def __iter__(self) -> Iterator[Context]:
        return iter(list(self._found))

    def get(self, context: Context) -> Followers | None:
        """Give what followed a context, if it is here; an old one is good enough until it was read again."""
        if context in self._old:
            self._wanted.add(context)
        return self._found.get(context)

    def keep(self, context: Context, found: Followers) -> None:
        """Hold what followed a context as it is now."""
        if len(self._found) >= _MOST:
            self._found, self._old, self._wanted = {}, set(), set()
        self._found[context] = found
        self._old.discard(context)

    def outdate(self) -> None:
        """Say that others have written: what is quickly read again is dropped, the rest is old."""
        self._found = {context: found for context, found in self._found.items() if len(found.weights) >= _MANY}
        self._old = set(self._found)

    def wanted(self) -> Context | None:
        """Give an old context that was asked for, to be read again; None if there is none."""
        while self._wanted:
            context = self._wanted.pop()
            if context in self._old:
                return context
        return None
