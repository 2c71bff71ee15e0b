"""What was learned, in memory: words with their counts, and what followed each context once it was asked for.

Owns the copy that typing reads and how it stays in step with the file: increments are added to the file by `flush`
(`unwritten.py`), what other processes wrote comes in by `refresh`. Both run in the background (`saver.py`); on the
typing path the file is only read, by key, and never waited for.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from typing import Any, Final

from autocomplete.errors import StoreError
from autocomplete.followers import Contexts, Followers
from autocomplete.increments import Clock, Context, Row, WordRow, whole_hour
from autocomplete.journal import Journal
from autocomplete.learned_words import KEPT, LearnedWords
from autocomplete.recency import Recency
from autocomplete.store import Store
from autocomplete.unwritten import Unwritten

_PART: Final = 64
"""words that are taken over from the file at once, while typing waits"""
_PATIENCE: Final = 0.002
"""seconds that reading a context waits while a commit is under way"""


class Counts:
    """The counts of a user, in memory and in a store, or in memory alone."""

    def __init__(self, store: Store | None = None) -> None:
        self.store = store
        self.clock = store.clock if store else Clock(0.0, 1e12)
        self.words = LearnedWords()
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
        self.changed: set[int] = set()
        """slots of words whose counts changed, or that went; for one reader, who takes them"""
        self.when_dropped: list[Callable[[], None]] = []
        """called when words went from memory, by who remembers some elsewhere"""
        self._lock = threading.RLock()
        """for what is in memory; held for microseconds"""
        self._unwritten = Unwritten(self._lock)
        self._contexts = Contexts()
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
        found = self._contexts.get(context)
        if found is None:
            found = self._read_followers(context, remember)
        return found if found.weights else None

    def weight(self, word: str) -> float:
        """Give how heavy a word is, relative to the epoch."""
        row = self.words.get(word)
        return row.weight if row else 0.0

    def take_changed(self) -> set[int]:
        """Give the slots of words whose counts changed since the last call, or that went."""
        with self._lock:
            changed, self.changed = self.changed, set()
        return changed

    def is_pending(self) -> bool:
        """Tell whether something is not in the file yet."""
        return bool(self._unwritten)

    # ---- adding

    def add_word(self, word: str, form: str, *, mid_sentence: bool = True, **counts: int) -> None:
        """Add to a word: `uses`, `deliberate`, `against`, `kept`; how it was written counts inside sentences only."""
        written = counts.get("uses") or counts.get("kept")
        with self._lock:
            for batch in (self._unwritten.pending, self._journal.now()):
                batch.add_word(word, counts)
                if written:
                    batch.add_form(word, form, (counts.get("uses", 0) + counts.get("kept", 0)) * mid_sentence)
            self._add(word, counts, self.clock.scale())
            self.recent.add(word, counts.get("uses", 0))

    def add_follower(self, context: Context, word: str, uses: int) -> None:
        """Add uses of a word after one or two others."""
        with self._lock:
            for batch in (self._unwritten.pending, self._journal.now()):
                batch.add_follower(context, word, uses)
            found = self._contexts.get(context)
            if found is not None:
                found.add(word, uses, uses * self.clock.scale())
            self.version += 1

    def forms(self, word: str) -> dict[str, int]:
        """Give the ways a word was written inside sentences, with counts."""
        with self._unwritten.settling, self._lock:  # shown seldom, so it may wait for a commit
            found: dict[str, int] = dict(self.store.forms(word)) if self.store else {}
            for form, uses in self._unwritten.forms(word):
                found[form] = found.get(form, 0) + uses
        return found

    # ---- the file

    def flush(self) -> None:
        """Write what is pending; if that fails it stays pending, and the error is raised."""
        if self.store:
            self._unwritten.write(self.store)

    def refresh(self) -> None:
        """Take over what other processes wrote since."""
        if self.store is None:
            return
        self._renew(self.store)
        version = self.store.data_version()
        if version == self._seen[0]:
            return
        generation = self.store.generation()
        if generation != self._seen[1]:
            self.store.reread_clock()
            self._load()
        else:
            self._load_since(whole_hour(self._refreshed))
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
            for part in (self._unwritten, self._journal, self.recent):
                part.drop(gone)

    def forget_since(self, at: float) -> None:
        """Take back what was learned from the minute of a time on; see `PersonalData.forget_since`."""
        with self._lock:
            since, earlier = self._journal.take_since(at), self._journal.earlier_in_hour(at)
            self.recent.drop(None)
            if self.store is None:
                for _, batch in since:
                    self._unwritten.pending.add(batch, -1)
        if self.store:
            self.store.forget_since(at, since, earlier)
        self._load()

    def forget(self, words: Iterable[str] | None = ()) -> None:
        """Drop in memory what holds one of some words, or everything, and take the rest from the file again."""
        self.forget_pending(words)
        self._load()

    def _read_followers(self, context: Context, remember: bool) -> Followers:
        """Read a context from the file, add what is not written yet. Where a commit holds it up, memory has to do."""
        settled = self._unwritten.settling.acquire(timeout=_PATIENCE)
        try:
            loads = self._loads
            rows = self._stored_followers(context) if settled else None
            with self._lock:
                if loads != self._loads:  # the file may have lost since what was read
                    rows = None
                found = self._with_unwritten(context, rows or ())
                if remember and rows is not None:
                    self._contexts.keep(context, found)
            if rows is None:
                self.version += 1  # what was found is not all: it must not be kept by who asked either
            return found
        finally:
            if settled:
                self._unwritten.settling.release()

    def _with_unwritten(self, context: Context, rows: Sequence[Row]) -> Followers:
        found, scale = Followers(rows), self.clock.scale()
        for word, uses in self._unwritten.followers(context):
            found.add(word, uses, uses * scale)
        return found

    def _renew(self, store: Store) -> None:
        """Read again, in the background, the contexts that were asked for since others wrote."""
        while True:
            with store.writing:  # so that nothing is committed meanwhile
                context = self._contexts.wanted()
                if context is None:
                    return
                rows = store.followers_aside(context)
                with self._lock:
                    self._contexts.keep(context, self._with_unwritten(context, rows))
                    self.version += 1

    def _stored_followers(self, context: Context) -> list[Row] | None:
        """Read a context from the file; None if it does not answer: typing goes on without."""
        try:
            return self.store.followers(context) if self.store else []
        except StoreError as error:
            self.trouble = error
            return None

    def _load(self) -> None:
        """Read all words, drop those in memory and the contexts."""
        with self.store.writing if self.store else nullcontext():  # so that nothing is committed meanwhile
            self._refreshed = time.time()
            words = LearnedWords(self.store.columns() if self.store else None)
            blocked = self.store.blocked() if self.store else self.blocked
            with self._lock:
                gone = self.words.keys() - words.keys()
                self.words, self.changed = words, set()
                counts, weights = words.columns.counts, words.columns.weights
                self.total, self.kept = float(weights.sum()), int(counts[KEPT].sum())
                self.clock = self.store.clock if self.store else self.clock
                self._add_unwritten(None)
                self.recent.drop({word for word in gone if word not in words})
                self._contexts = Contexts()
                self._begin_anew(blocked)
        for dropped in self.when_dropped:
            dropped()

    def _load_since(self, since: int) -> None:
        """Read what changed of the words used since an hour, a part at a time; drop the contexts, or call them old."""
        store = self.store
        assert store
        with store.writing:
            self._refreshed = time.time()
            rows, blocked = store.changed_words(since), store.blocked()
            for start in range(0, len(rows), _PART):
                with self._lock:
                    self._take_over(rows[start : start + _PART])
                time.sleep(0)  # whoever types goes first
            with self._lock:
                self._contexts.outdate()
                self._begin_anew(blocked)

    def _begin_anew(self, blocked: frozenset[str]) -> None:
        """Drop what is to be judged again."""
        self.blocked, self.judged = blocked, {}
        self.version += 1
        self._loads += 1

    def _take_over(self, rows: list[Row]) -> None:
        """Put some rows, with what is not written yet, in the place of what was known of their words."""
        for word, *row in rows:
            old, new = self.words.get(word), WordRow(*row)
            self.total += new.weight - (old.weight if old else 0.0)
            self.kept += new.kept - (old.kept if old else 0)
            self.words[word] = new
            self.changed.add(self.words.slots[word])
        self._add_unwritten({word for word, *_ in rows})

    def _add_unwritten(self, words: set[str] | None) -> None:
        """Add what is not written yet of some words, or of all."""
        scale = self.clock.scale()
        for word, row in self._unwritten.words():
            if words is None or word in words:
                self._add(word, row.counts(), scale)

    def _add(self, word: str, counts: dict[str, int], scale: float) -> None:
        """Add to a word in memory, and to the lists it belongs in."""
        self.judged.pop(word, None)
        self.version += 1
        row = self.words.setdefault(word, WordRow())
        self.changed.add(self.words.slots[word])
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
