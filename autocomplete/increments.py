"""What learning adds to a store: the rows and their increments, and the clock by which uses fade.

Plain values, shared by the file (`store.py`) and the memory (`counts.py`).

Uses fade by forward decay (Cormode et al. 2009, "Forward Decay: A Practical Time Decay Model for Streaming Systems"):
one at time t weighs 2^((t - epoch) / half-life), so adding stays a plain sum that processes may do in any order.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

Context = tuple[str, ...]
"""The one or two folded words before a word; "" is the start of a sentence."""
Row = tuple[Any, ...]
"""Of a table, columns in the schema's order."""
HOUR: Final = 3600
"""seconds"""


@dataclass(slots=True)
class WordRow:
    """What is kept of a word, as increments or in all."""

    uses: int = 0
    deliberate: int = 0
    """uses that were surely no slip"""
    against: int = 0
    """times it was deleted or corrected after it was finished"""
    kept: int = 0
    """times it was added by hand or put back after a correction"""
    weight: float = 0.0
    """uses faded, relative to the epoch"""
    last_used: int = 0

    def counts(self) -> dict[str, int]:
        """Give what is counted, by name."""
        return {"uses": self.uses, "deliberate": self.deliberate, "against": self.against, "kept": self.kept}


@dataclass
class Batch:
    """What was learned since the last flush: increments, negative where learning was undone."""

    words: dict[str, WordRow] = field(default_factory=dict)
    forms: dict[tuple[str, str], int] = field(default_factory=dict)
    """by word and the way it was written"""
    followers: dict[Context, dict[str, int]] = field(default_factory=dict)
    """pairs and triples: by the words before, uses of each word"""

    def __bool__(self) -> bool:
        return bool(self.words or self.forms or self.followers)

    def add_word(self, word: str, counts: Mapping[str, int]) -> None:
        """Add to the counts of a word."""
        row = self.words.setdefault(word, WordRow())
        for name, value in counts.items():
            setattr(row, name, getattr(row, name) + value)

    def add_form(self, word: str, form: str, uses: int) -> None:
        """Add uses of the way a word was written."""
        self.forms[word, form] = self.forms.get((word, form), 0) + uses

    def add_follower(self, context: Context, word: str, uses: int) -> None:
        """Add uses of a word after one or two others."""
        waiting = self.followers.setdefault(context, {})
        waiting[word] = waiting.get(word, 0) + uses

    def add(self, other: Batch, sign: int = 1) -> None:
        """Add the increments of another batch, or take them back."""
        for word, row in other.words.items():
            self.add_word(word, {name: sign * value for name, value in row.counts().items()})
        for key, uses in other.forms.items():
            self.add_form(*key, sign * uses)
        for context, followers in other.followers.items():
            for word, uses in followers.items():
                self.add_follower(context, word, sign * uses)

    def drop(self, gone: Collection[str] | None) -> None:
        """Take out what holds one of some words; everything if None."""
        kept = (lambda _: False) if gone is None else (lambda word: word not in gone)
        self.words = {word: row for word, row in self.words.items() if kept(word)}
        self.forms = {key: uses for key, uses in self.forms.items() if kept(key[0])}
        self.followers = {
            context: {word: uses for word, uses in followers.items() if kept(word)}
            for context, followers in self.followers.items()
            if all(kept(word) for word in context)
        }


class Clock(NamedTuple):
    """How weights fade."""

    epoch: float
    half_life: float
    """seconds"""

    def scale(self, at: float | None = None) -> float:
        """Give what one use at a time weighs; by default in this hour: a weight must not tell the minute."""
        return 2.0 ** (((whole_hour(time.time()) if at is None else at) - self.epoch) / self.half_life)


def whole_hour(at: float) -> int:
    """Give the start of the hour, UTC, that a time lies in."""
    return int(at // HOUR) * HOUR
