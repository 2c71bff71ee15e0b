"""What went wrong if one word was typed for another: fingers slip, spell by ear and shorten words in ways of their own.

Pure; the names are those of `ErrorRates`. Thumbs hit keys beside those meant; who shortens a word leaves letters out;
who writes by ear takes vowels for one another. What each tells of whether a word is to be corrected is learned
(`correction.py`).
"""

from __future__ import annotations

from typing import Final, Literal, get_args

from autocomplete.edits import single_edit
from autocomplete.error_model import CONFUSED, ErrorModel

Mistake = Literal[
    "case", "neighbour", "neighbour_confusion", "neighbours", "confusion", "other", "transposition", "omission",
    "omission_of_vowel", "omission_of_double", "omission_of_end", "insertion_beside", "doubling", "insertion",
    "missed_space", "missed_space_and_more", "accidental_space", "space_for_letter", "several",
]  # fmt: skip
"""
case                 no letter: case, apostrophes or accents alone
neighbour            another letter, whose key is beside
neighbour_confusion  one that sounds alike too (`i` for `o`)
neighbours           several, all of keys beside
confusion, other     another letter that sounds alike, or does neither
transposition        two letters changed places
omission             a letter was left out; omission_of_vowel: a vowel, omission_of_double: one of two equal ones,
                     omission_of_end: the last
insertion_beside     a letter came in whose key is beside that of the letter before or after
doubling             one was typed twice, not the last
insertion            another came in, or the last was repeated
missed_space         a space was left out; missed_space_and_more: and letters are wrong too, or one is for it
accidental_space     a space came in; space_for_letter: and stands for a letter
several              more than one thing
"""
MISTAKES: Final[tuple[Mistake, ...]] = get_args(Mistake)
NEIGHBOURS: Final = frozenset({"neighbour", "neighbour_confusion", "neighbours"})
"""Mistakes of fingers that fall beside a key."""
_MEANT: Final = frozenset({"omission", "omission_of_vowel", "omission_of_double", "omission_of_end", "confusion"})
"""What looks like a mistake in shorthand."""
_LONG: Final = 6
"""letters from which on a word is no shorthand"""
VOWELS: Final = frozenset("aeiouy")


def mistake_of(typed: str, meant: str, errors: ErrorModel) -> Mistake:
    """Name what makes typed letters of those meant; both as keys of the lexicon have them."""
    if typed == meant:
        return "case"
    edit = single_edit(typed, meant)
    if edit is None:
        same = len(typed) == len(meant)
        beside = same and all(a == b or errors.are_neighbours(a, b) for a, b in zip(typed, meant, strict=True))
        return "neighbours" if beside else "several"
    if edit.kind == "substitution":
        return _substitution(typed[edit.place], meant[edit.place], errors)
    if edit.kind == "omission":
        return _omission(meant, edit.place)
    return "transposition" if edit.kind == "transposition" else _insertion(typed, edit.place, errors)


def may_be_shorthand(typed: str, mistake: Mistake) -> bool:
    """Tell whether letters that are no word, and look like a mistake, may be written on purpose: `nme`, `chec`, `dat`.

    Of such words that the second look (`hindsight.py`) was certain of, on validation text written and typed as for
    the fit of corrections, most were meant.
    """
    return len(typed) < _LONG and mistake in _MEANT


def _substitution(typed: str, meant: str, errors: ErrorModel) -> Mistake:
    alike = any(typed in group and meant in group for group in CONFUSED)
    if errors.are_neighbours(typed, meant):
        return "neighbour_confusion" if alike else "neighbour"
    return "confusion" if alike else "other"


def _omission(meant: str, place: int) -> Mistake:
    letter = meant[place]
    if letter in (meant[place - 1 : place], meant[place + 1 : place + 2]):
        return "omission_of_double"
    if place == len(meant) - 1:
        return "omission_of_end"
    return "omission_of_vowel" if letter in VOWELS else "omission"


def _insertion(typed: str, place: int, errors: ErrorModel) -> Mistake:
    letter, around = typed[place], typed[max(0, place - 1) : place] + typed[place + 1 : place + 2]
    if letter in around:  # the first that differs is the last of a run
        return "doubling" if place < len(typed) - 1 else "insertion"
    return "insertion_beside" if any(errors.are_neighbours(letter, other) for other in around) else "insertion"
