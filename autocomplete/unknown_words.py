"""What the word list tells of a word it does not hold: whether it may be a slip for a common word, or a random string.

Owns two small tables made from the lexicon when they are first needed.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Final

import numpy as np

from autocomplete.lexicon import VARIANT, Lexicon, key_of

_COMMON: Final = math.log(2e-5)
"""A word at least this frequent is often meant when one letter of it is wrong."""
_SHORT: Final = 3
"""letters; nearly every word so short is one slip away from a common one"""
_SAMPLE: Final = 6000
_LONG_ENOUGH: Final = 8
"""letters from which their order tells a word from a random string"""
_LEAST_LIKELY: Final = -3.9
"""mean natural log of a letter's probability after the one before it; the word list's own words lie around -2.6"""


class UnknownWords:
    """Judges words that are not listed."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon

    def may_be_slip(self, word: str) -> bool:
        """Tell whether a common word is one letter left out, put in, changed or swapped away."""
        key = key_of(word)
        if len(key) <= _SHORT:
            return True
        common, letters = self._common
        return any(other in common and other != key for other in one_edit_away(key, letters))

    def looks_random(self, word: str) -> bool:
        """Tell whether the letters follow each other as in no word of the list."""
        key = key_of(word)
        if len(key) < _LONG_ENOUGH or not key.isalpha():
            return False
        pairs, firsts, letters = self._pairs
        if any(letter not in letters for letter in key):
            return False  # another script: the list says nothing
        mean = sum(
            math.log((pairs[pair] + 0.05) / (firsts[pair[0]] + 0.05 * len(letters))) for pair in _pairs_of(key)
        ) / (len(key) + 1)
        return mean < _LEAST_LIKELY

    @cached_property
    def _common(self) -> tuple[frozenset[str], frozenset[str]]:
        """Keys of common words, and their letters."""
        lexicon = self._lexicon
        chosen = np.flatnonzero((lexicon.logprobs > _COMMON) & ((lexicon.flags & VARIANT) == 0))
        keys = frozenset(key for key in lexicon.keys.take(chosen) if len(key) >= _SHORT)
        return keys, frozenset("".join(keys))

    @cached_property
    def _pairs(self) -> tuple[Counter[str], Counter[str], frozenset[str]]:
        keys = self._lexicon.keys
        step = max(1, len(keys) // _SAMPLE)
        pairs = Counter(pair for place in range(0, len(keys), step) for pair in _pairs_of(keys[place]))
        firsts: Counter[str] = Counter()
        for pair, count in pairs.items():
            firsts[pair[0]] += count
        return pairs, firsts, frozenset(firsts)


def one_edit_away(word: str, letters: Iterable[str]) -> Iterator[str]:
    """Give what a word becomes with one letter left out, swapped with the next, changed or put in."""
    cuts = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    yield from (before + after[1:] for before, after in cuts if after)
    yield from (before + after[1] + after[0] + after[2:] for before, after in cuts if len(after) > 1)
    for before, after in cuts:
        for letter in letters:
            yield before + letter + after
            if after:
                yield before + letter + after[1:]


def _pairs_of(key: str) -> Iterator[str]:
    return (a + b for a, b in zip(" " + key, key + " ", strict=True))
