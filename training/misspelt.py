"""Misspellings that people keep making: `seperate`, `recieve`, `becuase`, each with the word it is written for.

A word that no list knows is one if it differs from a far more frequent word in a way that words made anew seldom do:
letters changed places, a vowel stands for another, a letter is wrongly doubled or not doubled, one is left out inside
the word. How much more frequent that word must be depends on how often such likeness comes about by chance; the limits
were set by reading all of what they find in the training text. Spellings that are meant are spared: words drawn out
(`sooo`, `yeaah`), and endings cut off (`talkin`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from autocomplete.edits import single_edit
from training.slips import Explanations

_VOWELS: Final = frozenset("aeiou")
_REPEATED: Final = re.compile(r"(.)\1+")
_DRAWN_OUT: Final = re.compile(r"(.)\1\1")
_LIMIT: Final = 9.0
"""nats of the least likely misspelling: two letters wrongly doubled or not (`tommorow`)"""
_LIKELIEST: Final = 0.8
"""least share of one word in all that a misspelling may be written for"""


@dataclass(frozen=True)
class _Limits:
    rarer: tuple[tuple[int, float], ...]
    """fewest letters, with the greatest ratio of the frequency to that of the word meant; the longest first"""
    sightings: int
    """fewest in the corpus"""

    def ratio(self, letters: int) -> float:
        return next((ratio for least, ratio in self.rarer if letters >= least), 0.0)


_WAYS: Final = {
    "transposition": _Limits(rarer=((6, 0.2), (5, 0.03), (4, 0.0005)), sightings=4),
    "vowel": _Limits(rarer=((6, 0.05),), sightings=4),
    "doubling": _Limits(rarer=((6, 0.1), (5, 0.002)), sightings=4),
    "omission": _Limits(rarer=((6, 0.06),), sightings=8),
}


def meant_by(key: str, chance: float, sightings: int, explanations: Explanations) -> str | None:
    """Give the key of the word that a word no list knows is a misspelling of, None if it is none.

    Parameters
    ----------
    key : str
        Its letters, as `key_of` gives them.
    chance : float
        Its share of running text.
    sightings : int
        How often the corpus has it.
    explanations : Explanations
        Of the words that are known.
    """
    if key in explanations.chances:
        return None
    likeliest = explanations.likeliest(key, _LIMIT)
    if likeliest is None or likeliest.share < _LIKELIEST:
        return None
    limits = _WAYS.get(way_of(key, likeliest.key) or "")
    if limits is None or sightings < limits.sightings:
        return None
    return likeliest.key if chance < limits.ratio(len(key)) * likeliest.frequency else None


def way_of(typed: str, meant: str) -> str | None:
    """Tell how a word is misspelt: "transposition", "vowel", "doubling", "omission", or None if in another way.

    Letters that are not doubled and should be are a "doubling" too.
    """
    edit = single_edit(typed, meant)
    kind, place = (edit.kind, edit.place) if edit else (None, 0)
    if kind == "substitution" and {typed[place], meant[place]} <= _VOWELS:
        return "vowel"
    if kind == "transposition":
        return kind
    if typed != meant and _REPEATED.sub(r"\1", typed) == _REPEATED.sub(r"\1", meant):
        return None if _is_drawn_out(typed, meant) else "doubling"
    return kind if kind == "omission" and 0 < place < len(typed) else None


def _is_drawn_out(typed: str, meant: str) -> bool:
    """Tell whether letters are repeated for effect: three times, a vowel, the first, the last (but for `untill`)."""
    runs = [run.group() for run in _REPEATED.finditer(typed)]
    added = [run for run in runs if run not in meant]
    at_end = typed[-1] == typed[-2] != "l" and typed[-2:] != meant[-2:]
    at_start = typed[0] == typed[1] and typed[:2] != meant[:2]
    return bool(_DRAWN_OUT.search(typed)) or at_end or at_start or any(run[0] in _VOWELS for run in added)
