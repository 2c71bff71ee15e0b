"""What was learned, in memory: words with their counts, and what followed each context once it was asked for.

Owns the copy that typing reads, what is not in the file yet, and how both stay in step with the file: increments are
added to the file by `flush`, what other processes wrote comes in by `refresh`. Both run in the background (`saver.py`);
on the typing path the file is only read, by key, and never waited for.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any, Final

from autocomplete.errors import StoreError
from autocomplete.increments import Batch, Clock, Context, Row, WordRow, whole_hour
from autocomplete.journal import Journal
from autocomplete.recency import Recency
from autocomplete.store import Store

_MOST_CONTEXTS: Final = 4096
"""contexts kept in memory; beyond, all are dropped and read again as they are needed"""
_PART: Final = 256
"""words that are taken over from the file at once, while typing waits"""
_PATIENCE: Final = 0.002
"""seconds that reading a context waits while a commit is under way"""


@dataclass(slots=True)
class Followers:
    """What followed a context."""

    weights: dict[str, float] = field(default_factory=dict)
    """by word, relative to the epoch"""
    total: float = 0.0
    uses: dict[str, int] = field(default_factory=dict)
    top: list[str] = field(default_factory=list)
    """the heaviest, and whatever came since"""

    def add(self, word: str, uses: int, weight: float) -> None:
        """Add to a word; without uses left it is taken out."""
        old = self.weights.get(word)
        left = self.uses.get(word, 0) + uses
        new = max(0.0, (old or 0.0) + weight) if left > 0 else 0.0
        self.total += new - (old or 0.0)
        if left > 0:
            self.weights[word], self.uses[word] = new, left
            if old is None:
                self.top.append(word)
        elif old is not None:
            del self.weights[word], self.uses[word]
            self.top = [other for other in self.top if other != word]

    def uses_of(self, word: str) -> int:
        """Give how often a word followed."""
        return self.uses.get(word, 0)


class Counts:
    """The counts of a user, in memory and in a store, or in memory alone."""

    def __init__(self, store: Store | None = None) -> None:
        self.store = store
        self.clock = store.clock if store else Clock(0.0, 1e12)
        self.words: dict[str, WordRow] = {}
        self.total = 0.0
        """weight of all words"""
        self.kept = 0
        """times that words were added by hand or put back, in all"""
        self.recent = Recency()
        self.blocked: frozenset[str] = frozenset()
        self.version = 0
        """grows whenever anything in memory changes"""
        self.trouble: StoreError | None = None
        """what the file last refused"""
        self.judged: dict[str, dict[str, Any]] = {}
        """what others worked out about a word; dropped when the word changes or goes"""
        self.changed: set[str] = set()
        """words whose counts changed; for one reader, who takes them"""
        self.when_dropped: list[Callable[[], None]] = []
        """called when words went from memory, by who remembers some elsewhere"""
        self._lock = threading.RLock()
        """for what is in memory; held for microseconds"""
        self._settling = threading.RLock()
        """held while what is in the file and what is said to be missing from it change together"""
        self._followers: dict[Context, Followers] = {}
        self._pending, self._in_flight = Batch(), Batch()
        self._journal = Journal()
        self._seen = (0, 0)
        self._loads = 0
        """how often words were taken from the file"""
        self._refreshed = 0.0
        if store:
            self._seen = (store.data_version(), store.generation())
            self._load()

    # ---- asking

    def word(self, word: str) -> WordRow | None:
        """Give what is known of a word."""
        return self.words.get(word)

    def followers(self, context: Context, *, remember: bool = True) -> Followers | None:
        """Give what followed a context; None if nothing did. Without `remember` the question leaves nothing behind."""
        found = self._followers.get(context)
        if found is None:
            found = self._read_followers(context, remember)
        return found if found.weights else None

    def weight(self, word: str) -> float:
        """Give how heavy a word is, relative to the epoch."""
        row = self.words.get(word)
        return row.weight if row else 0.0

    def rows(self) -> list[tuple[str, WordRow]]:
        """List the words with what is known of each, as they stand."""
        with self._lock:
            return list(self.words.items())

    def take_changed(self) -> set[str]:
        """Give the words whose counts changed since the last call."""
        with self._lock:
            changed, self.changed = self.changed, set()
        return changed

    def is_pending(self) -> bool:
        """Tell whether something is not in the file yet."""
        return bool(self._pending or self._in_flight)

    # ---- adding

    def add_word(self, word: str, form: str, *, mid_sentence: bool = True, **counts: int) -> None:
        """Add to a word: `uses`, `deliberate`, `against`, `kept`; how it was written counts inside sentences only."""
        written = counts.get("uses") or counts.get("kept")
        with self._lock:
            for batch in (self._pending, self._journal.now()):
                batch.add_word(word, counts)
                if written:
                    batch.add_form(word, form, (counts.get("uses", 0) + counts.get("kept", 0)) * mid_sentence)
            self._add(word, counts, self.clock.scale())
            self.recent.add(word, counts.get("uses", 0))

    def add_follower(self, context: Context, word: str, uses: int) -> None:
        """Add uses of a word after one or two others."""
        with self._lock:
            for batch in (self._pending, self._journal.now()):
                batch.add_follower(context, word, uses)
            found = self._followers.get(context)
            if found is not None:
                found.add(word, uses, uses * self.clock.scale())
            self.version += 1

    def forms(self, word: str) -> dict[str, int]:
        """Give the ways a word was written inside sentences, with counts."""
        with self._settling, self._lock:  # shown seldom, so it may wait for a commit
            found: dict[str, int] = dict(self.store.forms(word)) if self.store else {}
            for batch in (self._pending, self._in_flight):
                for (other, form), uses in batch.forms.items():
                    if other == word:
                        found[form] = found.get(form, 0) + uses
        return found

    # ---- the file

    def flush(self) -> None:
        """Write what is pending; if that fails it stays pending, and the error is raised."""
        if self.store is None:
            return
        with self.store.writing:
            with self._lock:
                self._in_flight.add(self._pending)  # what is in flight still is of an attempt that failed
                self._pending = Batch()
            if self._in_flight:
                self.store.apply(self._in_flight, commit=self._commit)

    def refresh(self) -> None:
        """Take over what other processes wrote since."""
        if self.store is None:
            return
        version = self.store.data_version()
        if version == self._seen[0]:
            return
        generation = self.store.generation()
        if generation != self._seen[1]:
            self.store.reread_clock()
            self._load()
        else:
            self._load(since=whole_hour(self._refreshed))
        self._seen = (version, generation)

    def set_blocked(self, blocked: frozenset[str]) -> None:
        """Say which words are never to be offered or learned."""
        with self._lock:
            self.blocked = blocked
            self.judged.clear()
            self.version += 1

    def forget_pending(self, words: Iterable[str] | None) -> None:
        """Drop what is not written yet of some words, or all of it; for who takes them out of the file next."""
        gone = None if words is None else set(words)
        with self._lock:
            for part in (self._pending, self._in_flight, self._journal, self.recent):
                part.drop(gone)

    def forget_since(self, at: float) -> None:
        """Take back what was learned from the minute of a time on; see `PersonalData.forget_since`."""
        with self._lock:
            since, earlier = self._journal.take_since(at), self._journal.earlier_in_hour(at)
            self.recent.drop(None)
            if self.store is None:
                for _, batch in since:
                    self._pending.add(batch, -1)
        if self.store:
            self.store.forget_since(at, since, earlier)
        self._load()

    def forget(self, words: Iterable[str] | None = ()) -> None:
        """Drop in memory what holds one of some words, or everything, and take the rest from the file again."""
        self.forget_pending(words)
        self._load()

    def _commit(self, connection: sqlite3.Connection) -> None:
        with self._settling:
            connection.commit()
            with self._lock:
                self._in_flight = Batch()

    def _read_followers(self, context: Context, remember: bool) -> Followers:
        """Read a context from the file, add what is not written yet. Where a commit holds it up, memory has to do."""
        settled = self._settling.acquire(timeout=_PATIENCE)
        try:
            loads = self._loads
            rows = self._stored_followers(context) if settled else None
            found = Followers()
            with self._lock:
                if loads != self._loads:  # the file may have lost since what was read
                    rows = None
                for word, uses, weight in sorted(rows or (), key=lambda row: -row[2]):
                    found.add(word, uses, weight)
                scale = self.clock.scale()
                for batch in (self._pending, self._in_flight):
                    for word, uses in batch.followers.get(context, {}).items():
                        found.add(word, uses, uses * scale)
                if remember and rows is not None:
                    if len(self._followers) >= _MOST_CONTEXTS:
                        self._followers.clear()
                    self._followers[context] = found
            if rows is None:
                self.version += 1  # what was found is not all: it must not be kept by who asked either
            return found
        finally:
            if settled:
                self._settling.release()

    def _stored_followers(self, context: Context) -> list[Row] | None:
        """Read a context from the file; None if it does not answer: typing goes on without."""
        try:
            return self.store.followers(context) if self.store else []
        except StoreError as error:
            self.trouble = error
            return None

    def _load(self, since: int = 0) -> None:
        """Read the words used since an hour, all by default, and drop the contexts in memory."""
        with self.store.writing if self.store else nullcontext():  # so that nothing is committed meanwhile
            self._refreshed = time.time()
            rows = self.store.words(since) if self.store else []
            blocked = self.store.blocked() if self.store else self.blocked
            for start in range(0, len(rows), _PART) if since else ():
                with self._lock:
                    self._take_over(rows[start : start + _PART])
                time.sleep(0)  # whoever types goes first
            with self._lock:
                if not since:
                    self._begin_with(rows)
                self.blocked = blocked
                self._followers, self.judged = {}, {}
                self.version += 1
                self._loads += 1
        if not since:
            for dropped in self.when_dropped:
                dropped()

    def _begin_with(self, rows: list[Row]) -> None:
        """Hold the words of some rows, with what is not written yet, and no others."""
        before = self.words
        self.words = {word: WordRow(*row) for word, *row in rows}
        self.total = sum(row.weight for row in self.words.values())
        self.kept = sum(row.kept for row in self.words.values())
        self.clock = self.store.clock if self.store else self.clock
        self._add_unwritten(None)
        if before:
            self.recent.drop(before.keys() - self.words.keys())
            every = before.keys() | self.words.keys()
            self.changed |= {word for word in every if before.get(word) != self.words.get(word)}
        else:
            self.changed |= self.words.keys()

    def _take_over(self, rows: list[Row]) -> None:
        """Put some rows, with what is not written yet, in the place of what was known of their words."""
        for word, *row in rows:
            old, new = self.words.get(word), WordRow(*row)
            self.total += new.weight - (old.weight if old else 0.0)
            self.kept += new.kept - (old.kept if old else 0)
            self.words[word] = new
        words = {word for word, *_ in rows}
        self._add_unwritten(words)
        self.changed |= words

    def _add_unwritten(self, words: set[str] | None) -> None:
        """Add what is not written yet of some words, or of all."""
        scale = self.clock.scale()
        for batch in (self._pending, self._in_flight):
            for word, row in batch.words.items():
                if words is None or word in words:
                    self._add(word, row.counts(), scale)

    def _add(self, word: str, counts: dict[str, int], scale: float) -> None:
        """Add to a word in memory, and to the lists it belongs in."""
        self.judged.pop(word, None)
        self.changed.add(word)
        self.version += 1
        row = self.words.setdefault(word, WordRow())
        kept = row.kept
        for name, value in counts.items():
            setattr(row, name, max(0, getattr(row, name) + value))
        row.last_used = max(row.last_used, whole_hour(time.time()))
        new = max(0.0, row.weight + (counts.get("uses", 0) + counts.get("kept", 0)) * scale)
        self.total += new - row.weight
        row.weight = new
        self.kept += row.kept - kept
        if row.uses <= 0 and row.kept <= 0:
            del self.words[word]
            self.total -= row.weight
