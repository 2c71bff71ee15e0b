"""The file of one user: words, pairs and triples of words with how often and when they were last used.

Owns the SQLite file: its schema, its permissions, its errors, adding to it, deleting from it without a trace. Never
holds a sentence: times are whole hours, rows are kept in the order of the alphabet, so no row tells what came before
another. `counts.py` keeps in memory what typing needs; `store_exchange.py` reads and writes the portable form.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from autocomplete import store_rows as rows
from autocomplete import store_schema as schema
from autocomplete.errors import NotAStore, StoreBusy, StoreDamaged, StoreNotWritable, StoreTooNew, WrongKey
from autocomplete.increments import Batch, Clock, Row, whole_hour
from autocomplete.store_connection import Opener
from autocomplete.store_trouble import DAMAGED, WHAT_TO_DO, translated

_WRITER_WAITS: Final = 10.0
"""seconds for another process's transaction, which takes milliseconds; never on the typing path"""
_FORGETTING_WAITS: Final = 1.0
"""seconds for the last reader of the old log; readers take microseconds"""
_READER_WAITS: Final = 0.004
"""seconds: a keystroke's budget. In WAL mode a reader waits for nobody but a process that repairs or closes the file"""
_MOST_HALF_LIVES: Final = 900
"""from the epoch on, after which weights are written anew: a double holds 2^1023"""
_DAY: Final = 86400.0
_HALF_LIFE: Final = 90.0
"""days"""


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
            self._claim()
            self._reading = threading.RLock()
            self.writing = threading.RLock()
            """held while the writing connection is in use; taken before any lock of who calls"""
            self._writer = self._opener.connect(_WRITER_WAITS)
            try:
                self._prepare(half_life)
                self._reader = self._opener.connect(_READER_WAITS)
            except BaseException:
                self._writer.close()
                raise
        self.clock = self._read_clock()

    def close(self) -> None:
        """Close the file; the last process to do so folds the write-ahead log into it."""
        with self.writing, self._reading, self._translating():
            self._reader.close()
            self._writer.close()

    # ---- reading

    def words(self, since: int = 0) -> list[Row]:
        """Give word, uses, deliberate, against, kept, weight, last_used of the words used since an hour."""
        columns = "word, uses, deliberate, against, kept, weight, last_used"
        return self._read_aside(f"SELECT {columns} FROM words WHERE last_used >= ?", (since,))

    def followers(self, context: tuple[str, ...]) -> list[Row]:
        """Give word, uses, weight of what followed one or two words."""
        if len(context) == 1:
            return self._read("SELECT word, uses, weight FROM pairs WHERE second = ?", context)
        return self._read("SELECT word, uses, weight FROM triples WHERE first = ? AND second = ?", context)

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

    def check(self, *, quick: bool = False) -> None:
        """Look through the whole file, over a connection of its own; quickly: without comparing indexes with tables.

        Raises
        ------
        StoreDamaged
            If anything in it is not as it should be.
        """
        with self._translating(), closing(self._opener.connect(_WRITER_WAITS)) as connection:
            found = connection.execute(f"PRAGMA {'quick_check' if quick else 'integrity_check'}").fetchall()
        if found != [("ok",)]:
            raise StoreDamaged(f"{self.path} is damaged ({found[0][0]}): {DAMAGED}")

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
                for statement in (*schema.DROP_ADAPTER, schema.NEXT_GENERATION):
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
        return Path(f"{self.path}-wal"), Path(f"{self.path}-shm")

    def reread_clock(self) -> None:
        """Take over a clock that another process has changed."""
        with self.writing, self._translating():
            self.clock = self._read_clock()

    def _claim(self) -> None:
        """Make the file the user's alone, before anything is written to it."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        except FileExistsError:
            with self.path.open("rb") as file:
                start = file.read(16)
            self._opener.check_start(start)
            if not os.access(self.path, os.W_OK):
                raise StoreNotWritable(f"{self.path} may only be read: {WHAT_TO_DO}") from None
            # the log and its index take the file's permissions when they are made
            for path in (self.path, *self.beside()):
                if path.exists() and path.stat().st_mode & 0o077:
                    path.chmod(0o600)

    def _prepare(self, days: float | None) -> None:
        sql = self._writer
        if self._opener.is_encrypting:
            self._try_key(sql)
        sql.execute("BEGIN")  # all three of one moment: another process may be making the tables
        version = sql.execute("PRAGMA user_version").fetchone()[0]
        application = sql.execute("PRAGMA application_id").fetchone()[0]
        empty = not sql.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        sql.execute("COMMIT")
        if not empty and application != schema.APPLICATION_ID:
            raise NotAStore(f"{self.path} is another program's SQLite file: give another path")
        if version > schema.VERSION:
            raise StoreTooNew(
                f"{self.path} has version {version}, this release knows up to {schema.VERSION}: install a newer release"
            )
        self._log_writes_ahead()
        # a killed process loses nothing that was committed; a power cut may lose the last seconds, but in WAL mode
        # never breaks the file. Syncing at every commit would cost a flush of the disk each second of typing
        sql.execute("PRAGMA synchronous = NORMAL")
        sql.execute("PRAGMA wal_autocheckpoint = 0")  # it would sync while a commit holds the typing path's lock
        if empty:
            with self._transaction():
                for statement in schema.CREATE:
                    sql.execute(statement)
                settings = [
                    ("epoch", float(whole_hour(time.time()))),
                    ("half_life", (days or _HALF_LIFE) * _DAY),
                    ("generation", 0),
                ]
                sql.executemany("INSERT OR IGNORE INTO settings VALUES (?, ?)", settings)
        sql.execute(schema.CREATE_ADAPTER)
        clock = self._read_clock()
        half_life = days * _DAY if days else clock.half_life
        if clock.half_life != half_life or time.time() - clock.epoch > _MOST_HALF_LIVES * half_life:
            self._reweigh(clock, Clock(float(whole_hour(time.time())), half_life))

    def _try_key(self, sql: sqlite3.Connection) -> None:
        """Read the first page: without the right key it is no page."""
        try:
            sql.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except self._opener.errors as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_NOTADB:
                raise
            raise WrongKey(
                f"{self.path} does not open with this key: give the key it was made with, or another path; or it is "
                "damaged, or no store"
            ) from error

    def _log_writes_ahead(self) -> None:
        """Turn the file to WAL mode, waiting for a process that does so at this moment.

        SQLite itself does not wait there: who holds a read lock that is to become a write lock is told at once that
        the file is busy (sqlite.org/c3ref/busy_handler.html, on deadlocks).
        """
        deadline = time.monotonic() + _WRITER_WAITS
        while True:
            try:
                self._writer.execute("PRAGMA journal_mode = WAL")
                return
            except self._opener.errors as error:
                if getattr(error, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
            time.sleep(0.002)

    def _reweigh(self, old: Clock, new: Clock) -> None:
        """Express all weights by another clock: what each was worth at its last use stays."""
        self._writer.create_function("exp2", 1, lambda x: 2.0**x, deterministic=True)
        exponent = "(last_used - :new) / :new_half - (last_used - :old) / :old_half"
        values = {"old": old.epoch, "old_half": old.half_life, "new": new.epoch, "new_half": new.half_life}
        with self._transaction() as sql:
            for table in ("words", "pairs", "triples"):
                sql.execute(f"UPDATE {table} SET weight = weight * exp2({exponent})", values)
            rows = [("epoch", new.epoch), ("half_life", new.half_life)]
            sql.executemany("INSERT OR REPLACE INTO settings VALUES (?, ?)", rows)
            sql.execute(schema.NEXT_GENERATION)

    def _read_clock(self) -> Clock:
        rows = dict(self._writer.execute("SELECT name, value FROM settings").fetchall())
        return Clock(float(rows["epoch"]), float(rows["half_life"]))

    def _read(self, statement: str, values: tuple[str, ...]) -> list[Row]:
        """Read by key, on the typing path."""
        with self._reading, self._translating():
            return self._reader.execute(statement, values).fetchall()

    def _read_aside(self, statement: str, values: tuple[int, ...] = ()) -> list[Row]:
        """Read much, over the connection that writes: the one that typing uses stays free."""
        with self.writing, self._translating():
            return self._writer.execute(statement, values).fetchall()

    @contextmanager
    def _transaction(self, commit: Callable[[sqlite3.Connection], None] | None = None) -> Iterator[sqlite3.Connection]:
        with self.writing, self._translating():
            self._writer.execute("BEGIN IMMEDIATE")
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
