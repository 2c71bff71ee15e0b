"""Whether who writes uses capitals: at sentence starts, in `I`, in names. Many never do, and want no other words.

Pure functions of the text before the caret. A single `i` tells nearly all about the next one (on validation text 93 of
100 are small again); a single sentence start tells little (62 of 100), so that two signs are asked for. Names are
written small only for who does so with sentence starts and names alike.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from autocomplete import text as rules

_REACH: Final = 500
"""characters looked at"""
_PRIOR: Final = 0.3, 6.0
"""words that no list has, of how many, which the share of them begins with"""
_SIGNS: Final = 2
"""small letters in the place of capitals, more than capitals, before who writes is taken to use none"""
_SHOUTED: Final = 2
"""words in capitals that are usually written otherwise, from which on a line is shouted"""
_I: Final = re.compile(r"(?<![\w'.])[iI](?:'(?:m|ll|ve|d))?(?![\w'.])")
_WORD: Final = re.compile(rf"(?<![\w'@#./]){rules.WORD}(?![\w'@/])")


@dataclass(frozen=True)
class Habits:
    """Where a writer uses capitals."""

    starts: bool = True
    pronoun: bool = True
    names: bool = True
    shouts: bool = False
    """the line is written in capitals"""
    stresses: bool = False
    """the word before is, or the line"""

    def follow(self, form: str) -> str:
        """Give a form of a word as this writer has it inside a sentence."""
        if self.pronoun and self.names:
            return form
        if _I.fullmatch(form):
            return form if self.pronoun else form.lower()
        is_name = form[:1].isupper() and form[1:] == form[1:].lower()
        return form.lower() if is_name and not self.names else form


USUAL: Final = Habits()
"""Of who writes as one is taught to."""


@dataclass(frozen=True)
class Writer:
    """What a text tells of who wrote it, each 1 for yes, -1 for no, 0 where it tells nothing."""

    marks: int = 0
    """apostrophes are written: `don't`, not `dont`"""
    capitals: int = 0
    """sentences begin with capitals; `I` tells nothing, since keyboards see to it"""
    unlisted: float = math.log(_PRIOR[0] / _PRIOR[1])
    """natural log of the share of words that no list has, drawn towards what it is of who was not read"""


def writer_of(text: str, typed: str, lists: Callable[[str], bool], lacks_mark: Callable[[str], bool]) -> Writer:
    """Read from a text, normalised, and the word typed after it whether apostrophes, capitals, listed words are used.

    `lacks_mark` tells of a folded word whether it is one but for its apostrophe, `lists` if it is one. In the training
    text 36 of 100 words that ask for an apostrophe have none if the line begins small, and 4 if it begins with a
    capital; after one that has none, 8 of 10.
    """
    seen = text[-_REACH:]
    words = _WORD.findall(seen.lower())
    marks = sum("'" in word for word in words) - sum(map(lacks_mark, words))
    starts = [start[2] for start in rules.SENTENCE_WORD.finditer(seen + typed) if not _I.fullmatch(start[2])]
    unlisted = sum(not lists(word) for word in words)
    share = math.log((unlisted + _PRIOR[0]) / (len(words) + _PRIOR[1]))
    return Writer(_sign(marks), _sign(_balance(starts)), share)


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)


def habits_of(text: str, usual: Callable[[str], str | None]) -> Habits:
    """Read the habits of who wrote a text, normalised; `usual` gives a folded word's usual form, as for `truecase`."""
    whole = len(text) <= _REACH
    seen = text if whole else text[-_REACH:]
    starts = [
        start[2]
        for start in rules.SENTENCE_WORD.finditer(seen)
        if (whole or start.start() > 0) and not _I.fullmatch(start[2])
    ]
    balance, pronouns = _balance(starts), _balance(_I.findall(seen))
    small_starts = balance <= 0 and min(balance, balance + pronouns) <= -_SIGNS
    small_pronoun = pronouns < 0 or (pronouns == 0 and balance <= -_SIGNS)
    names = [
        word
        for word in (_WORD.findall(seen) if small_starts else ())
        if not _I.fullmatch(word) and _is_name(usual(word.lower()))
    ]
    line = seen[seen.rfind("\n") + 1 :]
    words = _WORD.findall(line)
    shouts = line == line.upper() and sum(_is_loud(word, usual) for word in words) >= _SHOUTED
    return Habits(
        starts=not small_starts,
        pronoun=not small_pronoun,
        names=not (small_starts and _balance(names) < 0),
        shouts=shouts,
        stresses=shouts or any(_is_loud(word, usual) for word in words[-1:]),
    )


def _is_loud(word: str, usual: Callable[[str], str | None]) -> bool:
    """Tell whether a word is in capitals, and not as `I` and abbreviations are."""
    form = usual(word.lower()) if len(word) > 1 and word == word.upper() else None
    return form is not None and form != form.upper()


def _balance(words: list[str]) -> int:
    """Count words that begin with a capital against those that do not."""
    return sum(1 if word[0].isupper() else -1 for word in words)


def _is_name(form: str | None) -> bool:
    return form is not None and form[0].isupper() and form[1:] == form[1:].lower()
