"""What went wrong if one word was typed for another: fingers slip, spell by ear and shorten words in ways of their own.

Pure. Thumbs hit keys beside those meant; who shortens a word leaves letters out; who writes by ear takes vowels for one
another. What each tells of whether a word is to be corrected is learned (`correction.py`).
"""

from __future__ import annotations

from typing import Final, Literal, get_args

from autocomplete.edits import single_edit
from autocomplete.error_model import CONFUSED, ErrorModel

Mistake = Literal[
    "case", "beside", "beside_alike", "all_beside", "alike", "far", "swapped", "left_out", "vowel_left_out",
    "double_left_out", "end_left_out", "stray", "doubled", "added", "split", "split_wrong", "joined", "joined_wrong",
    "several",
]  # fmt: skip
"""
case            no letter: case, apostrophes or accents alone
beside          another letter, whose key is beside
beside_alike    one that sounds alike too (`i` for `o`)
all_beside      several, all of keys beside
alike, far      another letter that sounds alike, or does neither
swapped         two letters changed places
left_out        a letter was left out; vowel_left_out: a vowel, double_left_out: one of two equal ones,
                end_left_out: the last
stray           a letter came in whose key is beside that of the letter before or after
doubled         one was typed twice, not the last; added: another came in, or the last was repeated
split, joined   a space was left out, or came in; split_wrong, joined_wrong: and letters are wrong too, or one is for it
several         more than one thing
"""
MISTAKES: Final[tuple[Mistake, ...]] = get_args(Mistake)
BESIDE: Final = frozenset({"beside", "beside_alike", "all_beside"})
"""Mistakes of fingers that fall beside a key."""
_VOWELS: Final = frozenset("aeiouy")


def mistake_of(typed: str, meant: str, errors: ErrorModel) -> Mistake:
    """Name what makes typed letters of those meant; both as keys of the lexicon have them."""
    if typed == meant:
        return "case"
    edit = single_edit(typed, meant)
    if edit is None:
        same = len(typed) == len(meant)
        beside = same and all(a == b or errors.are_neighbours(a, b) for a, b in zip(typed, meant, strict=True))
        return "all_beside" if beside else "several"
    if edit.kind == "substitution":
        return _substituted(typed[edit.place], meant[edit.place], errors)
    if edit.kind == "omission":
        return _left_out(meant, edit.place)
    return "swapped" if edit.kind == "transposition" else _added(typed, edit.place, errors)


def _substituted(typed: str, meant: str, errors: ErrorModel) -> Mistake:
    alike = any(typed in group and meant in group for group in CONFUSED)
    if errors.are_neighbours(typed, meant):
        return "beside_alike" if alike else "beside"
    return "alike" if alike else "far"


def _left_out(meant: str, place: int) -> Mistake:
    letter = meant[place]
    if letter in (meant[place - 1 : place], meant[place + 1 : place + 2]):
        return "double_left_out"
    if place == len(meant) - 1:
        return "end_left_out"
    return "vowel_left_out" if letter in _VOWELS else "left_out"


def _added(typed: str, place: int, errors: ErrorModel) -> Mistake:
    letter, around = typed[place], typed[max(0, place - 1) : place] + typed[place + 1 : place + 2]
    if letter in around:  # the first that differs is the last of a run
        return "doubled" if place < len(typed) - 1 else "added"
    return "stray" if any(errors.are_neighbours(letter, other) for other in around) else "added"
