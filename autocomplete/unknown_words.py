"""What the word list tells of a word it does not hold: whether it may be a slip for a common word, or a random string.

Owns two small tables made from the lexicon when they are first needed, in the background where there is one.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
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

    def warm(self) -> None:
        """Make the tables now."""
        _ = self._common, self._pairs

    def may_be_slip(self, word: str) -> bool:
        """Tell whether a common word is one letter left out, put in, changed or swapped away.

        Candidates come from letters deleted on both sides (Garbe 2012, SymSpell); each is then looked at.
        """
        key = key_of(word)
        if len(key) <= _SHORT:
            return True
        candidates = {common for short in (key, *_deletions(key)) for common in self._common.get(short, ())}
        return any(is_one_edit(key, common) for common in candidates)

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
    def _common(self) -> dict[str, tuple[str, ...]]:
        """Common words, by themselves and by what is left of them without one letter."""
        lexicon = self._lexicon
        chosen = np.flatnonzero((lexicon.logprobs > _COMMON) & ((lexicon.flags & VARIANT) == 0))
        table: dict[str, tuple[str, ...]] = {}
        for key in {lexicon.keys[word] for word in chosen.tolist()}:
            if len(key) >= _SHORT:
                for short in {key, *_deletions(key)}:
                    table[short] = (*table.get(short, ()), key)
        return table

    @cached_property
    def _pairs(self) -> tuple[Counter[str], Counter[str], frozenset[str]]:
        keys = self._lexicon.keys
        step = max(1, len(keys) // _SAMPLE)
        pairs = Counter(pair for place in range(0, len(keys), step) for pair in _pairs_of(keys[place]))
        firsts: Counter[str] = Counter()
        for pair, count in pairs.items():
            firsts[pair[0]] += count
        return pairs, firsts, frozenset(firsts)


def is_one_edit(a: str, b: str) -> bool:
    """Tell whether two different strings are one letter left out, put in, changed or swapped apart."""
    if a == b or abs(len(a) - len(b)) > 1:
        return False
    if len(a) > len(b):
        a, b = b, a
    at = 0
    while at < len(a) and a[at] == b[at]:
        at += 1
    if len(a) < len(b):
        return a[at:] == b[at + 1 :]
    swapped = a[at : at + 2] == b[at : at + 2][::-1] and a[at + 2 :] == b[at + 2 :]
    return swapped or a[at + 1 :] == b[at + 1 :]


def _deletions(word: str) -> Iterator[str]:
    return (word[:at] + word[at + 1 :] for at in range(len(word)))


def _pairs_of(key: str) -> Iterator[str]:
    return (a + b for a, b in zip(" " + key, key + " ", strict=True))
