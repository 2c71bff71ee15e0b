"""What stands at the caret: the context that the model reads and the unfinished word, or nothing to complete.

Pure functions over `text.py`'s rules; the first step of every answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, TypeAlias

from autocomplete import text as rules
from autocomplete.habits import USUAL, Habits, habits_of
from autocomplete.lexicon import key_of

Point: TypeAlias = tuple[float, float]
"""Where a finger fell, x and y in key widths, as in `Layout.centres`."""
Touches: TypeAlias = Sequence["Point | None"]
"""Of the last characters of a text, in order; None where a point is not known."""

_CLOSED: Final = re.compile(r"""[^\s(\[{"'“‘][.,!?;:)\]}"'”’…]+\Z""")
"""Ends with marks that close what stands before them: a word taken there begins with a space."""
_MARKS: Final = 16
"""Characters looked at for them."""


@dataclass(frozen=True, kw_only=True)
class Caret:
    """The end of a text, taken apart."""

    context: str
    """all that is finished and within reach, normalised"""
    prefix: str
    """the letters of the unfinished word as they were typed, possibly none"""
    typed: str
    """the same, normalised"""
    touches: Touches
    """where the fingers fell for the letters of `typed`, None where that is not known"""
    needs_space: bool
    """a word taken here begins with a space"""
    sentence_start: bool
    """the word begins a sentence"""
    habits: Habits = USUAL
    """of who writes, as to capitals"""

    def of_writer(self, earlier: str, usual: Callable[[str], str | None]) -> Caret:
        """Give the same with the habits of who wrote the context and, before it, an earlier text."""
        written = f"{rules.normalise(earlier)}\n{self.context}" if earlier else self.context
        return replace(self, habits=habits_of(written, usual))

    @cached_property
    def key(self) -> str:
        """The letters that a thumb types for what is typed, as keys of the lexicon have them."""
        return key_of(self.typed)

    @property
    def key_touches(self) -> Touches:
        """Where the fingers fell for the letters of `key`: apostrophes and marks have none."""
        return [point for letter, point in zip(self.typed, self.touches, strict=True) if key_of(letter)]


def caret_of(text: str, touches: Touches = ()) -> Caret | None:
    """Take the end of a text apart; None where nothing is to be completed, as in numbers and addresses."""
    context, prefix = rules.split(text)
    too_long = not prefix and context[-1:].isalnum()
    if too_long or rules.in_literal(text) or not rules.is_wordlike(prefix):
        return None
    needs_space = not prefix and _CLOSED.search(context[-_MARKS:]) is not None
    normalised = rules.normalise(rules.window(context)) + " " * needs_space
    typed = rules.normalise(prefix)
    return Caret(
        context=normalised,
        prefix=prefix,
        typed=typed,
        touches=_last(touches, len(prefix)) if len(typed) == len(prefix) else (None,) * len(typed),
        needs_space=needs_space,
        sentence_start=rules.at_sentence_start(normalised),
    )


def _last(touches: Touches, count: int) -> Touches:
    """Give the last `count` touches, filled up in front with unknown ones."""
    kept = tuple(touches[max(0, len(touches) - count) :]) if count else ()
    return (None,) * (count - len(kept)) + kept
