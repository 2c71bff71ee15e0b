"""The single edit between what was typed and what was meant, by the names of `ErrorRates`.

Pure; what an edit tells is for others to say: `mistakes.py`, and in training `rates.py` and `misspelt.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Edit:
    """One thing that went wrong."""

    kind: Literal["substitution", "transposition", "omission", "insertion"]
    place: int
    """of the first letter that differs"""


def single_edit(typed: str, meant: str) -> Edit | None:
    """Give the one edit that makes letters of others; None if they are equal or it takes more."""
    if len(typed) == len(meant):
        wrong = [place for place, pair in enumerate(zip(typed, meant, strict=True)) if pair[0] != pair[1]]
        if len(wrong) == 1:
            return Edit("substitution", wrong[0])
        first, last = (wrong[0], wrong[-1]) if wrong else (0, 0)
        transposed = last == first + 1 and typed[first : last + 1] == meant[first : last + 1][::-1]
        return Edit("transposition", first) if transposed else None
    if abs(len(typed) - len(meant)) != 1:
        return None
    kind, short, long = ("omission", typed, meant) if len(typed) < len(meant) else ("insertion", meant, typed)
    place = next((place for place, letter in enumerate(short) if letter != long[place]), len(short))
    return Edit(kind, place) if short == long[:place] + long[place + 1 :] else None
