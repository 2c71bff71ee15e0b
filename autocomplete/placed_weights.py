"""Weights of words as arrays by slot (`learned_words.py`), which a sum over thousands of words takes in at once.

Owns the arrays: they are made when they are first needed and kept while few of the weights change.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from autocomplete.learned_words import LearnedWords

_MOST_LATE: Final = 48
"""words that changed since the arrays were made; beyond, they are made anew"""


class _Made(NamedTuple):
    words: LearnedWords
    gone: int
    """how many words had lost their slot by then"""
    slots: NDArray[np.intp]
    weights: NDArray[np.float64]
    end: int
    """past the last slot"""


class PlacedWeights:
    """Follows a mapping of words to weights, whose owner says what changes."""

    def __init__(self, weights: Mapping[str, float]) -> None:
        self._weights = weights
        self._made: _Made | None = None
        self._late: dict[str, float] = {}
        """by how much the weights of words have changed since the arrays were made"""

    def change(self, word: str, by: float) -> None:
        """Say that the weight of a word grew by so much."""
        if self._made is not None:
            self._late[word] = self._late.get(word, 0.0) + by

    def add_to(self, sums: NDArray[np.float64], factor: float, words: LearnedWords) -> None:
        """Add the weights times a factor to sums by slot, float64 [slots]; a word without a slot is left out."""
        made = self._made
        if made is None or made.words is not words or made.gone != words.gone or len(self._late) > _MOST_LATE:
            made = self._made = self._make(words)
            self._late = {}
        slots, weights, size = made.slots, made.weights, len(sums)
        if made.end > size:  # a word came since there was room
            slots, weights = slots[slots < size], weights[slots < size]
        sums[slots] += factor * weights
        for word, by in list(self._late.items()):
            slot = words.slots.get(word, size)
            if slot < size:
                sums[slot] += factor * by

    def _make(self, words: LearnedWords) -> _Made:
        weights = dict(self._weights)
        found = list(map(words.slots.get, weights))
        if None in found:
            weights = {word: weight for word, weight in weights.items() if word in words.slots}
            found = [words.slots[word] for word in weights]
        slots = np.array(found, np.intp)
        return _Made(
            words, words.gone, slots, np.array(list(weights.values()), np.float64), int(slots.max(initial=-1)) + 1
        )
