"""What was learned and is not in the file yet: gathered, on its way, and gone from here once the file has it.

Owns the moment of a commit: what is in the file and what is said to be missing from it change together for whoever
holds `settling`.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Collection, Iterator

from autocomplete.increments import Batch, Context, WordRow
from autocomplete.store import Store


class Unwritten:
    """Increments that wait.

    Parameters
    ----------
    lock : lock
        For what is in memory; held for microseconds.
    """

    def __init__(self, lock: threading.RLock) -> None:
        self._lock = lock
        self.settling = threading.RLock()
        """held while what is in the file and what is said to be missing from it change together"""
        self._pending, self._in_flight = Batch(), Batch()

    def __bool__(self) -> bool:
        return bool(self._pending or self._in_flight)

    @property
    def pending(self) -> Batch:
        """What the next flush takes along, to be added to while the lock is held."""
        return self._pending

    def drop(self, gone: Collection[str] | None) -> None:
        """Drop what holds one of some words, or all."""
        for batch in (self._pending, self._in_flight):
            batch.drop(gone)

    def words(self) -> Iterator[tuple[str, WordRow]]:
        """Give the increments of words; a word may come twice."""
        for batch in (self._pending, self._in_flight):
            yield from batch.words.items()

    def forms(self, word: str) -> Iterator[tuple[str, int]]:
        """Give the increments of the ways a word is written."""
        for batch in (self._pending, self._in_flight):
            yield from ((form, uses) for (other, form), uses in batch.forms.items() if other == word)

    def followers(self, context: Context) -> Iterator[tuple[str, int]]:
        """Give the increments of what followed a context."""
        for batch in (self._pending, self._in_flight):
            yield from batch.followers.get(context, {}).items()

    def write(self, store: Store) -> None:
        """Write it all; if that fails it stays here, and the error is raised."""
        with store.writing:
            with self._lock:
                self._in_flight.add(self._pending)  # what is in flight still is of an attempt that failed
                self._pending = Batch()
            if self._in_flight:
                store.apply(self._in_flight, commit=self._commit)

    def _commit(self, connection: sqlite3.Connection) -> None:
        with self.settling:
            connection.commit()
            with self._lock:
                self._in_flight = Batch()
