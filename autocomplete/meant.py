"""How surely the keys of a word were meant, by where they were touched.

Owns two limits. A slip mostly lands at the edge of a key, a key that was aimed at near its middle; so the touches tell
whether an unknown word was typed deliberately. `learning.py` asks; what a touch says of a key is `error_model.py`'s.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from autocomplete.caret import Touches
from autocomplete.error_model import ErrorModel
from autocomplete.letter_trie import UNKNOWN
from autocomplete.lexicon import key_of

_SURE: Final = 0.9
"""Least probability of every key having been meant, in a word that was typed deliberately. Of simulated words
(`typist.py`, 5 % mistakes) 42 % of those typed right are, and 9 % of those with a slip."""
_DOUBTFUL: Final = 0.6
"""Probability of a key below which its word may well be a slip: 9 % and 36 % of the same words."""


def were_meant(run: str, touches: Touches, errors: ErrorModel) -> bool | None:
    """Tell whether the letters of a run were surely meant; False if one of them hardly was, None if that is not known.

    `touches` are the points of its last characters, None where one is not known.
    """
    points = [None] * (len(run) - len(touches)) + list(touches)
    letters = [(key_of(letter), point) for letter, point in zip(run, points, strict=True) if letter.isalpha()]
    if not letters or any(point is None or len(key) != 1 for key, point in letters):
        return None
    prices = errors.costs("".join(key for key, _ in letters), [point for _, point in letters])
    if (prices.typed == UNKNOWN).any():
        return None
    least = float(np.exp(-prices.substitution[np.arange(len(letters)), prices.typed].max()))
    return True if least >= _SURE else False if least < _DOUBTFUL else None
