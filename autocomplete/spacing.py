"""Spaces that nobody should have to think of: around marks after a word that was taken, and two for a full stop.

Pure functions of the text, the key and what went before; a `TypingSession` keeps the latter. Taking a word brings its
space, so a mark typed next takes that space's place, and the word after the mark is owed one.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import Final

from autocomplete.text import in_literal

_CLOSING: Final = frozenset(".,!?)]}…")
"""Stand close to the word before them."""
_DOUBTFUL: Final = frozenset(":;'’")
"""The same, unless what follows makes a smiley, the name of an emoji or an opening quote of them."""
_QUOTES: Final = frozenset('"”“')
_JOINING: Final = frozenset("@/\\_-'’")
"""Never parted from a mark before them."""
_AFTER_APOSTROPHE: Final = frozenset("stdmrlvSTDMRLV")
"""Letters that go on a word after an apostrophe: `dog's`, `you're`."""
_BEFORE_STOP: Final = frozenset(")]}\"'”’%")
"""What a sentence may end with besides letters and digits."""


class After(Enum):
    """What the last key left behind."""

    OTHER = auto()
    """nothing to see to"""
    TAKEN = auto()
    """a suggestion was taken: the text ends with its space"""
    MARK = auto()
    """a mark took the place of that space: the next word is owed one"""
    DOUBT = auto()
    """the same, by a mark that may belong to what follows"""
    STOP = auto()
    """two spaces became a full stop and a space"""


def press(text: str, character: str, after: After, *, double_space: bool) -> tuple[str, After]:
    """Give the text once a character is typed at its end, and what that leaves behind."""
    if after is After.TAKEN:
        return _after_taken(text, character)
    if after is After.MARK:
        return _after_mark(text, character)
    if after is After.DOUBT and not character.isspace():
        goes_on = text[-1] in "'’" and character in _AFTER_APOSTROPHE
        return (text if goes_on else f"{text[:-1]} {text[-1]}") + character, After.OTHER
    if double_space and character == " " and _may_stop(text):
        return text[:-1] + ". ", After.STOP
    return text + character, After.OTHER


def unstop(text: str) -> str:
    """Bring the two spaces back that became a full stop."""
    return text[:-2] + "  "


def _after_taken(text: str, character: str) -> tuple[str, After]:
    if character == " ":  # some type it out of habit
        return text, After.OTHER
    if character in _CLOSING or _closes(text, character):
        return text[:-1] + character, After.MARK
    if character in _DOUBTFUL:
        return text[:-1] + character, After.DOUBT
    return text + character, After.OTHER


def _after_mark(text: str, character: str) -> tuple[str, After]:
    if character in _CLOSING or _closes(text, character):
        return text + character, After.MARK
    if character.isspace() or character in _JOINING or (text[-1] == "." and character.isdigit()):
        return text + character, After.OTHER
    return f"{text} {character}", After.OTHER


def _closes(text: str, character: str) -> bool:
    """Tell whether a character is a quotation mark that ends what one of this line began."""
    line = text[text.rfind("\n") + 1 :]
    return character in _QUOTES and sum(line.count(mark) for mark in _QUOTES) % 2 == 1


def _may_stop(text: str) -> bool:
    before = text[-2:-1]
    return (
        text[-1:] == " " and (before.isalnum() or before in _BEFORE_STOP) and bool(before) and not in_literal(text[:-1])
    )
