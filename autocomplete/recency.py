"""What was written of late, word by word, in memory alone: a word that came up comes up again soon.

Owns the fading, which goes by words and not by time. A cache of recent words beside a language model is the oldest way
for it to follow who writes (Kuhn & De Mori 1990, "A cache-based natural language model for speech recognition").
"""

from __future__ import annotations

from collections.abc import Collection
from itertools import islice
from typing import Final

import numpy as np
from numpy.typing import NDArray

from autocomplete.learned_words import LearnedWords
from autocomplete.placed_weights import PlacedWeights

_HALF_LIFE: Final = 200.0
"""words after which a use counts half"""
_MOST: Final = 4096
"""words held; beyond, those that are long ago are dropped"""
_LARGE: Final = 1e100
"""scale from which on all is written anew"""


class Recency:
    """Words with how much they were used lately, each use weighing more than the one before it."""

    def __init__(self) -> None:
        self._hold({}, 1.0)

    @property
    def total(self) -> float:
        """Uses of all words, faded."""
        return self._sum / self._scale

    def uses(self, word: str) -> float:
        """Give the uses of a word, faded."""
        return self._weights.get(word, 0.0) / self._scale

    def add(self, word: str, uses: int) -> None:
        """Add uses of a word, or take them back."""
        if uses > 0:
            self._scale *= 2 ** (uses / _HALF_LIFE)
        old = self._weights.get(word, 0.0)
        new = max(0.0, old + uses * self._scale)
        self._sum += new - old
        self._weights.pop(word, None)
        self._placed.change(word, new - old)
        if new > 0:
            self._weights[word] = new  # behind all others
        if self._scale > _LARGE or len(self._weights) > _MOST:
            self._renew()

    def add_to(self, shares: NDArray[np.float64], factor: float, words: LearnedWords) -> None:
        """Add the uses of all words times a factor to shares by slot, float64 [slots]."""
        self._placed.add_to(shares, factor / self._scale, words)

    def latest(self, most: int) -> list[str]:
        """Give the words used last, the last first, at most so many."""
        return list(islice(reversed(self._weights), most))

    def drop(self, gone: Collection[str] | None) -> None:
        """Forget some words, or everything."""
        kept = {} if gone is None else {word: weight for word, weight in self._weights.items() if word not in gone}
        self._hold(kept, self._scale)

    def _renew(self) -> None:
        latest = self.latest(_MOST // 2)
        self._hold({word: self._weights[word] / self._scale for word in reversed(latest)}, 1.0)

    def _hold(self, weights: dict[str, float], scale: float) -> None:
        self._weights, self._sum, self._scale = weights, sum(weights.values()), scale
        self._placed = PlacedWeights(weights)
