"""What stands at the caret: the context that the model reads and the unfinished word, or nothing to complete.

Functions over `text.py`'s rules; the first step of every answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
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
_KEPT: Final = 4
"""Texts of which it is kept what stood there finished."""


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

    @cached_property
    def key(self) -> str:
        """The letters that a thumb types for what is typed, as keys of the lexicon have them."""
        return key_of(self.typed)

    @property
    def asks_for_name(self) -> bool:
        """Whether one capital was typed where no sentence begins."""
        return not self.sentence_start and self.prefix[:1].isupper() and not self.prefix[1:2].isupper()

    @cached_property
    def key_touches(self) -> Touches:
        """Where the fingers fell for the letters of `key`: apostrophes and marks have none."""
        return [point for letter, point in zip(self.typed, self.touches, strict=True) if key_of(letter)]


def caret_of(text: str, touches: Touches = ()) -> Caret | None:
    """Take the end of a text apart; None where nothing is to be completed, as in numbers and addresses."""
    parts = _apart(text)
    if parts is None:
        return None
    prefix, finished, needs_space = parts
    context = _read(finished, needs_space)
    return _caret(prefix, touches, context, rules.at_sentence_start(context), USUAL, needs_space)


class Carets:
    """Takes texts apart as `caret_of` does, with the habits of who wrote them.

    What is finished stays the same while a word is typed: what was found of the last few is kept.

    Parameters
    ----------
    usual : callable
        Gives a folded word's usual form, None where it is unknown.
    """

    def __init__(self, usual: Callable[[str], str | None]) -> None:
        self._usual = usual
        self._finished = lru_cache(maxsize=_KEPT)(self._look_at)

    def at_end_of(self, text: str, touches: Touches = (), earlier: str = "") -> Caret | None:
        """Take the end of a text apart; `earlier` is what the same person wrote before."""
        parts = _apart(text)
        if parts is None:
            return None
        prefix, finished, needs_space = parts
        return _caret(prefix, touches, *self._finished(finished, needs_space, earlier), needs_space)

    def clear(self) -> None:
        """Forget what was kept."""
        self._finished.cache_clear()

    def _look_at(self, finished: str, needs_space: bool, earlier: str) -> tuple[str, bool, Habits]:
        context = _read(finished, needs_space)
        return context, rules.at_sentence_start(context), habits_of(after(earlier, context), self._usual)


def after(earlier: str, context: str) -> str:
    """Put a context, normalised, after what the same person wrote earlier, if anything is known of that."""
    return f"{rules.normalise(earlier)}\n{context}" if earlier else context


def _apart(text: str) -> tuple[str, str, bool] | None:
    """Give the prefix, what is finished before it and within reach, and whether a word taken here needs a space."""
    context, prefix = rules.split(text)
    too_long = not prefix and context[-1:].isalnum()
    if too_long or rules.in_literal(text) or rules.in_number(text) or not rules.is_wordlike(prefix):
        return None
    needs_space = not prefix and _CLOSED.search(context[-_MARKS:]) is not None
    return prefix, rules.window(context), needs_space


def _read(finished: str, needs_space: bool) -> str:
    return rules.normalise(finished) + " " * needs_space


def _caret(
    prefix: str, touches: Touches, context: str, sentence_start: bool, habits: Habits, needs_space: bool
) -> Caret:
    typed = prefix if prefix.isascii() else rules.normalise(prefix)
    return Caret(
        context=context,
        prefix=prefix,
        typed=typed,
        touches=_last(touches, len(prefix)) if len(typed) == len(prefix) else (None,) * len(typed),
        needs_space=needs_space,
        sentence_start=sentence_start,
        habits=habits,
    )


def _last(touches: Touches, count: int) -> Touches:
    """Give the last `count` touches, filled up in front with unknown ones."""
    kept = tuple(touches[max(0, len(touches) - count) :]) if count else ()
    return (None,) * (count - len(kept)) + kept
