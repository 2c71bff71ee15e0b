"""What is never learned: numbers, addresses, links, and what looks like a password or a key.

Pure functions over what stands between two spaces, since an address is only known as one when it is whole. What is
known to the word list is never taken for a secret; a field for passwords should still be opened as private, since a
password made of words looks like words.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

_LONGEST: Final = 24
"""letters of a word that is not listed; longer ones are keys, or a hand resting on a key"""
_MOST_DIGITS: Final = 2
"""in anything that is learned: "b4", "2nd", "7pm", but no year, price, code or telephone number"""
_LONGEST_WITH_DIGITS: Final = 6

_LINK_OR_ADDRESS = re.compile(
    r"@|\\|://|^www\.|^[~/]+\w|\w/\w.*/|\w\.(?:com|org|net|edu|gov|info|io|dev|app|co|uk|de|fr|eu|me|tv|ly)(?:[/:?]|\W*$)",
    re.IGNORECASE,
)
_SYMBOL_INSIDE = re.compile(r"\w[$%^&*+=<>|{}\[\]#!?;_]+\w")
"""as in `pa$$word`; but "what?!Really" has its marks between words, each long enough to be one"""
_MARKS_BETWEEN_WORDS = re.compile(r"^\W*[^\W\d_]{3,}[!?;]+[^\W\d_]{3,}\W*$")


def may_learn_from(run: str) -> bool:
    """Tell whether the words between two spaces may be learned at all."""
    if _LINK_OR_ADDRESS.search(run) or sum(letter.isdigit() for letter in run) > _MOST_DIGITS:
        return False
    inside = _SYMBOL_INSIDE.search(run)
    return inside is None or _MARKS_BETWEEN_WORDS.search(run) is not None


def may_learn(word: str, before: str = "") -> bool:
    """Tell whether a word, after the one before it, may be learned if it is not in the word list.

    >>> [may_learn(word) for word in ("Anneke", "b4", "1234", "x7Kq9", "aXbYcZ")]
    [True, True, False, False, False]
    """
    letters = sum(letter.isalpha() for letter in word)
    if not letters or len(word) > _LONGEST:
        return False
    if any(letter.isdigit() for letter in word):
        # groups of letters and digits one after the other spell a key: "ab1 c2d 3ef"
        return _looks_abbreviated(word) and not any(letter.isdigit() for letter in before)
    return _capitals_inside(word) <= 2


def _looks_abbreviated(word: str) -> bool:
    digits = sum(letter.isdigit() for letter in word)
    changes = sum(a.isdigit() != b.isdigit() for a, b in pairwise(word))
    return digits <= _MOST_DIGITS and len(word) <= _LONGEST_WITH_DIGITS and changes <= 2 and not _capitals_inside(word)


def _capitals_inside(word: str) -> int:
    return sum(a.islower() and b.isupper() for a, b in pairwise(word))
