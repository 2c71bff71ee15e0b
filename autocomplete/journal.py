"""What was learned in the last day, by the minute, in memory alone: so that the last minutes can be taken back.

Owns the minutes. The file knows whole hours only and of a word no more than its first and its last; in here every use
of this process is known, but not in which order the words of a minute came.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from typing import Final

from autocomplete.increments import Batch, whole_hour

_MINUTE: Final = 60
_KEPT: Final = 24 * 60
"""minutes"""


class Journal:
    """Increments by the minute they were made in."""

    def __init__(self) -> None:
        self._minutes: dict[int, Batch] = {}

    def now(self) -> Batch:
        """Give the batch of this minute, to be added to."""
        minute = whole_minute(time.time())
        if minute not in self._minutes:
            oldest = minute - _KEPT * _MINUTE
            self._minutes = {kept: batch for kept, batch in self._minutes.items() if kept > oldest}
            self._minutes[minute] = Batch()
        return self._minutes[minute]

    def take_since(self, at: float) -> list[tuple[int, Batch]]:
        """Take out the batches from the minute of a time on; give them with their minutes."""
        first = whole_minute(at)
        taken = [(minute, batch) for minute, batch in self._minutes.items() if minute >= first]
        self._minutes = {minute: batch for minute, batch in self._minutes.items() if minute < first}
        return taken

    def earlier_in_hour(self, at: float) -> Batch:
        """Give what was added in the hour of a time, before its minute."""
        earlier = Batch()
        for minute, batch in self._minutes.items():
            if whole_hour(at) <= minute < whole_minute(at):
                earlier.add(batch)
        return earlier

    def drop(self, words: Collection[str] | None) -> None:
        """Forget what holds one of some words, or everything."""
        for batch in self._minutes.values():
            batch.drop(words)


def whole_minute(at: float) -> int:
    """Give the start of the minute that a time lies in."""
    return int(at // _MINUTE) * _MINUTE
