"""The file of one user: words, pairs and triples of words with how often and when they were last used.

Owns what is done with the SQLite file: reading, adding to it, deleting from it without a trace; `store_opening.py`
opens it. Never holds a sentence: times are whole hours, rows are kept in the order of the alphabet, so no row tells
what came before another. `counts.py` keeps in memory what typing needs, `store_exchange.py` reads and writes the
portable form.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from autocomplete import store_opening
from autocomplete import store_rows as rows
from autocomplete import store_schema as schema
from autocomplete.errors import StoreBusy, StoreError, StoreNotWritable
from autocomplete.increments import Batch, Row, whole_hour
from autocomplete.learned_words import Columns
from autocomplete.store_connection import Opener
from autocomplete.store_trouble import WHAT_TO_DO, translated
from autocomplete.word_pack import pack, unpack

_WRITER_WAITS: Final = 10.0
"""seconds for another process's transaction, which takes milliseconds; never on the typing path"""
_FORGETTING_WAITS: Final = 1.0
"""seconds for the last reader of the old log; readers take microseconds"""
_READER_WAITS: Final = 0.004
"""seconds: a keystroke's budget. In WAL mode a reader waits for nobody but a process that repairs or closes the file"""


class Store:
    """An open personal store.

    Parameters
    ----------
    path : path
        Made, with its folder, where there is none.
    half_life : float, optional
        Days after which a use weighs half, at least 7; what the store was made with by default, 90 for a new one.
        Changing it re-weighs what is stored by its last use.
    key : bytes, optional
        32 bytes that the file is encrypted with.

    Raises
    ------
    StoreError
        One of its kinds; the file is left as it was found.

    May be used from several threads. Reading and writing have a connection each, so that no reader waits for a writer.
    """

    def __init__(
        self, path: str | os.PathLike[str], *, half_life: float | None = None, key: bytes | None = None
    ) -> None:
        if half_life is not None and not half_life >= 7:
            raise ValueError(f"half_life={half_life}: give at least 7 days")
        self.path = Path(path)
        self._opener = Opener(self.path, key)
        with self._translating():
            store_opening.claim(self.path, self._opener)
            self._reading = threading.RLock()
            self.writing = threading.RLock()
            """held while the writing connection is in use; taken before any lock of who calls"""
            self._writer = self._opener.connect(_WRITER_WAITS)
            try:
                store_opening.prepare(self._writer, self.path, self._opener, _WRITER_WAITS, half_life)
                self._reader = self._opener.connect(_READER_WAITS)
            except BaseException:
                self._writer.close()
                raise
        self.clock = store_opening.read_clock(self._writer)

    def close(self) -> None:
        """Close the file; the last process to do so folds the write-ahead log into it."""
        with self.writing, self._reading, self._translating():
            with suppress(StoreError):  # opening it takes longer without
                self._keep_pack()
            self._reader.close()
            self._writer.close()

    # ---- reading

    def words(self) -> list[Row]:
        """Give word, uses, deliberate, against, kept, weight, last_used of all words."""
        return self._read_aside(schema.WORDS)

    def changed_words(self, since: int) -> list[Row]:
        """Give the same of the words used since an hour whose counts are others than when this was asked before."""
        with self._transaction(begin="BEGIN") as sql:
            sql.execute(schema.CREATE_SEEN)
            changed = sql.execute(schema.CHANGED_WORDS, (since,)).fetchall()
            sql.execute(schema.SEE_WORDS, (since,))
            return changed

    def columns(self) -> Columns:
        """Give all words with their counts."""
        with self.writing, self._translating():
            self._writer.execute(schema.FORGET_SEEN)
            found = self._read_aside(schema.PACK)
            return (unpack(found[0][0]) if found else None) or Columns.of(self.words())

    def _keep_pack(self) -> None:
        """Write the words in one piece, unless that is up to date."""
        if self._read_aside(schema.IS_PACKED):
            return
        with self._transaction() as sql:
            content = pack(Columns.of(self.words()))
            if content is not None:
                sql.execute(schema.KEEP_PACK[0], (content,))
                sql.execute(schema.KEEP_PACK[1])

    def followers(self, context: tuple[str, ...]) -> list[Row]:
        """Give word, uses, weight of what followed one or two words."""
        return self._read(schema.FOLLOWERS[len(context)], context)

    def followers_aside(self, context: tuple[str, ...]) -> list[Row]:
        """Give the same, while the connection that typing uses stays free."""
        return self._read_aside(schema.FOLLOWERS[len(context)], context)

    def forms(self, word: str) -> list[Row]:
        """Give the ways a word was written, with counts."""
        return self._read("SELECT form, uses FROM forms WHERE word = ?", (word,))

    def blocked(self) -> frozenset[str]:
        """Give the words that are never to be offered or learned."""
        return frozenset(word for (word,) in self._read_aside("SELECT word FROM blocked"))

    def generation(self) -> int:
        """Give a number that grows whenever something is taken out of the store."""
        return int(self._read_aside("SELECT value FROM settings WHERE name = 'generation'")[0][0])

    def data_version(self) -> int:
        """Give a number that changes whenever another process has written."""
        return int(self._read_aside("PRAGMA data_version")[0][0])

    def ngram_count(self) -> int:
        """Count the words, pairs and triples stored."""
        tables = ("words", "pairs", "triples")
        return sum(int(self._read_aside(f"SELECT count(*) FROM {table}")[0][0]) for table in tables)

    def all_rows(self) -> dict[str, list[Row]]:
        """Give every table but the settings as of one moment, columns in the schema's order."""
        with self._transaction() as sql:
            return {table: sql.execute(f"SELECT * FROM {table}").fetchall() for table in schema.MERGE}

    def adapter(self) -> tuple[bytes | None, int]:
        """Give the adapter that is kept, if there is one, and how often something was forgotten."""
        ((content, forgotten),) = self._read_aside(schema.ADAPTER)
        return content, int(forgotten)

    def check(self) -> None:
        """Look through the whole file, over a connection of its own.

        Raises
        ------
        StoreDamaged
            If anything in it is not as it should be.
        """
        self._opener.check(quick=False)

    # ---- adding

    def apply(self, batch: Batch, *, commit: Callable[[sqlite3.Connection], None] | None = None) -> None:
        """Add increments, all or nothing; rows whose uses come to nothing are deleted.

        `commit` is called instead of committing, with the connection: for whom the moment counts.
        """
        hour = whole_hour(time.time())
        with self._transaction(commit) as sql:
            rows.add(sql, batch, self.clock.scale(hour), (hour, hour))

    def merge_rows(self, rows: Mapping[str, Iterable[Row]]) -> None:
        """Add whole rows of another store, weights relative to this store's epoch, columns in the schema's order."""
        with self._transaction() as sql:
            for table, statement in schema.MERGE.items():
                sql.executemany(statement, rows.get(table, ()))
            for statement in schema.DELETE_BLOCKED:
                sql.execute(statement)
            sql.execute(schema.NEXT_GENERATION)

    def keep_adapter(self, content: bytes, forgotten: int) -> bool:
        """Keep an adapter, unless something was forgotten since so much had been; tell whether it was kept."""
        with self._transaction() as sql:
            return sql.execute(schema.KEEP_ADAPTER, (content, forgotten)).rowcount > 0

    def block(self, word: str, *, unblock: bool = False) -> None:
        """Have a word never offered nor learned again; or take that back."""
        statement = "DELETE FROM blocked WHERE word = ?" if unblock else "INSERT OR IGNORE INTO blocked VALUES (?)"
        with self._transaction() as sql:
            sql.execute(statement, (word,))
            sql.execute(schema.NEXT_GENERATION)

    # ---- taking out

    def forget(self, word: str) -> int:
        """Delete a word and every pair and triple it stands in; give how many rows that were."""
        return self._delete(lambda sql: rows.run(sql, schema.FORGET_WORD, {"word": word}))

    def forget_since(self, at: float, since: Iterable[tuple[int, Batch]] = (), earlier: Batch | None = None) -> int:
        """Take back what came since a time; give how many rows were deleted.

        Parameters
        ----------
        at : float
            Seconds since 1970.
        since : iterable of (int, Batch)
            What is known to have been added since, with the times; it is taken back exactly.
        earlier : Batch, optional
            What is known to have been added before, in the hour of the time. All else that was first used in that hour
            or later is deleted; what is older is taken to be last used before.
        """
        return self._delete(lambda sql: rows.forget_since(sql, self.clock, whole_hour(at), since, earlier or Batch()))

    def forget_all(self) -> int:
        """Delete everything that was learned; blocked words stay."""
        return self._delete(lambda sql: rows.run(sql, [f"DELETE FROM {table}" for table in schema.LEARNED], {}))

    def prune(self, most: int) -> int:
        """Delete the faintest pairs and triples until at most so many rows are left; give how many went."""
        surplus = self.ngram_count() - most
        if surplus <= 0:
            return 0
        with self._transaction() as sql:
            gone = sum(sql.execute(statement, {"surplus": surplus}).rowcount for statement in schema.PRUNE)
            sql.execute(schema.NEXT_GENERATION)
        return gone

    def checkpoint(self) -> None:
        """Fold the write-ahead log into the file as far as no reader needs it; waits for the disk, not for readers."""
        with self.writing, self._translating():
            self._writer.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def _delete(self, delete: Callable[[sqlite3.Connection], int]) -> int:
        with self.writing:
            with self._transaction() as sql:
                deleted = delete(sql)
                for statement in (*schema.DROP_ADAPTER, schema.FORGET_SEEN, schema.NEXT_GENERATION):
                    sql.execute(statement)
            with self._translating():
                # secure_delete overwrites what is deleted, but pages that were rebalanced may hold older copies, and
                # the log holds older pages: write the file anew, then empty the log
                self._writer.execute("VACUUM")
                self._writer.execute(f"PRAGMA busy_timeout = {1000 * _FORGETTING_WAITS:.0f}")
                busy = self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
                self._writer.execute(f"PRAGMA busy_timeout = {1000 * _WRITER_WAITS:.0f}")
        if not busy:
            return deleted
        raise StoreBusy(
            f"{self.path}: deleted, but another process still reads the log that holds the old text: forget again"
        )

    # ---- the file

    def beside(self) -> tuple[Path, Path]:
        """Give the paths of the write-ahead log and its index."""
        return store_opening.log_paths(self.path)

    def reread_clock(self) -> None:
        """Take over a clock that another process has changed."""
        with self.writing, self._translating():
            self.clock = store_opening.read_clock(self._writer)

    def _read(self, statement: str, values: tuple[str, ...]) -> list[Row]:
        """Read by key, on the typing path."""
        with self._reading, self._translating():
            return self._reader.execute(statement, values).fetchall()

    def _read_aside(self, statement: str, values: tuple[int | str, ...] = ()) -> list[Row]:
        """Read much, over the connection that writes: the one that typing uses stays free."""
        with self.writing, self._translating():
            return self._writer.execute(statement, values).fetchall()

    @contextmanager
    def _transaction(
        self, commit: Callable[[sqlite3.Connection], None] | None = None, begin: str = "BEGIN IMMEDIATE"
    ) -> Iterator[sqlite3.Connection]:
        with self.writing, self._translating():
            self._writer.execute(begin)
            try:
                yield self._writer
                (commit or _commit)(self._writer)
            except BaseException:
                if self._writer.in_transaction:
                    self._writer.rollback()
                raise

    @contextmanager
    def _translating(self) -> Iterator[None]:
        """Turn what SQLite or the file system complains of into one of the errors of this package."""
        try:
            yield
        except self._opener.errors as error:
            raise translated(self.path, error) from error
        except OSError as error:
            raise StoreNotWritable(f"{self.path} cannot be opened or made ({error.strerror}): {WHAT_TO_DO}") from error


def _commit(connection: sqlite3.Connection) -> None:
    connection.commit()
