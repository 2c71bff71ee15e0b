"""What a store's file goes through before it is used: made its user's alone, looked at, brought up to date.

Owns the order of these steps and what is refused. `store.py` works with what is open.
"""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from autocomplete import store_schema as schema
from autocomplete.errors import NotAStore, StoreNotWritable, StoreTooNew, WrongKey
from autocomplete.increments import Clock, whole_hour
from autocomplete.store_connection import Opener
from autocomplete.store_trouble import WHAT_TO_DO

_MOST_HALF_LIVES: Final = 900
"""from the epoch on, after which weights are written anew: a double holds 2^1023"""
_DAY: Final = 86400.0
_HALF_LIFE: Final = 90.0
"""days"""


def log_paths(path: Path) -> tuple[Path, Path]:
    """Give the paths of a store's write-ahead log and its index."""
    return Path(f"{path}-wal"), Path(f"{path}-shm")


def claim(path: Path, opener: Opener) -> None:
    """Make the file the user's alone, before anything is written to it.

    Raises
    ------
    NotAStore, WrongKey
        If what is there cannot be the store.
    StoreNotWritable
        If it may only be read.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        with path.open("rb") as file:
            start = file.read(16)
        opener.check_start(start)
        if not os.access(path, os.W_OK):
            raise StoreNotWritable(f"{path} may only be read: {WHAT_TO_DO}") from None
        # the log and its index take the file's permissions when they are made
        for one in (path, *log_paths(path)):
            with suppress(FileNotFoundError):  # there is no log, or whoever closes the store just takes it away
                if one.stat().st_mode & 0o077:
                    one.chmod(0o600)


def prepare(sql: sqlite3.Connection, path: Path, opener: Opener, patience: float, days: float | None) -> None:
    """Look at what a connection opens, make the tables that lack, set the half-life if one is given.

    `patience` is how many seconds a process that turns the file to WAL mode is waited for.

    Raises
    ------
    WrongKey, NotAStore, StoreTooNew
        If the file is something else.
    """
    if opener.is_encrypting:
        _try_key(sql, path, opener)
    sql.execute("BEGIN")  # all three of one moment: another process may be making the tables
    version = sql.execute("PRAGMA user_version").fetchone()[0]
    application = sql.execute("PRAGMA application_id").fetchone()[0]
    names = {name for (name,) in sql.execute("SELECT name FROM sqlite_master")}
    sql.execute("COMMIT")
    if names and application != schema.APPLICATION_ID:
        raise NotAStore(f"{path} is another program's SQLite file: give another path")
    if version > schema.VERSION:
        raise StoreTooNew(
            f"{path} has version {version}, this release knows up to {schema.VERSION}: install a newer release"
        )
    _log_writes_ahead(sql, opener, patience)
    # a killed process loses nothing that was committed; a power cut may lose the last seconds, but in WAL mode
    # never breaks the file. Syncing at every commit would cost a flush of the disk each second of typing
    sql.execute("PRAGMA synchronous = NORMAL")
    sql.execute("PRAGMA wal_autocheckpoint = 0")  # it would sync while a commit holds the typing path's lock
    if not names >= schema.NAMES:
        _create(sql, days)
    clock = read_clock(sql)
    half_life = days * _DAY if days else clock.half_life
    if clock.half_life != half_life or time.time() - clock.epoch > _MOST_HALF_LIVES * half_life:
        _reweigh(sql, clock, Clock(float(whole_hour(time.time())), half_life))


def read_clock(sql: sqlite3.Connection) -> Clock:
    """Give how weights fade."""
    rows = dict(sql.execute("SELECT name, value FROM settings").fetchall())
    return Clock(float(rows["epoch"]), float(rows["half_life"]))


def _try_key(sql: sqlite3.Connection, path: Path, opener: Opener) -> None:
    """Read the first page: without the right key it is no page."""
    try:
        sql.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except opener.errors as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_NOTADB:
            raise
        raise WrongKey(
            f"{path} does not open with this key: give the key it was made with, or another path; or it is "
            "damaged, or no store"
        ) from error


def _log_writes_ahead(sql: sqlite3.Connection, opener: Opener, patience: float) -> None:
    """Turn the file to WAL mode, waiting for a process that does so at this moment.

    SQLite itself does not wait there: who holds a read lock that is to become a write lock is told at once that
    the file is busy (sqlite.org/c3ref/busy_handler.html, on deadlocks).
    """
    deadline = time.monotonic() + patience
    while True:
        try:
            sql.execute("PRAGMA journal_mode = WAL")
            return
        except opener.errors as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
        time.sleep(0.002)


def _create(sql: sqlite3.Connection, days: float | None) -> None:
    """Make what lacks of the tables and their first settings, all or nothing."""
    sql.execute("BEGIN IMMEDIATE")
    try:
        for statement in (*schema.CREATE, schema.CREATE_ADAPTER, *schema.CREATE_PACK):
            sql.execute(statement)
        settings = [
            ("epoch", float(whole_hour(time.time()))),
            ("half_life", (days or _HALF_LIFE) * _DAY),
            ("generation", 0),
        ]
        sql.executemany("INSERT OR IGNORE INTO settings VALUES (?, ?)", settings)
        sql.commit()
    except BaseException:
        if sql.in_transaction:
            sql.rollback()
        raise


def _reweigh(sql: sqlite3.Connection, old: Clock, new: Clock) -> None:
    """Express all weights by another clock: what each was worth at its last use stays."""
    sql.create_function("exp2", 1, lambda x: 2.0**x, deterministic=True)
    exponent = "(last_used - :new) / :new_half - (last_used - :old) / :old_half"
    values = {"old": old.epoch, "old_half": old.half_life, "new": new.epoch, "new_half": new.half_life}
    sql.execute("BEGIN IMMEDIATE")
    try:
        for table in ("words", "pairs", "triples"):
            sql.execute(f"UPDATE {table} SET weight = weight * exp2({exponent})", values)
        rows = [("epoch", new.epoch), ("half_life", new.half_life)]
        sql.executemany("INSERT OR REPLACE INTO settings VALUES (?, ?)", rows)
        sql.execute(schema.NEXT_GENERATION)
        sql.commit()
    except BaseException:
        if sql.in_transaction:
            sql.rollback()
        raise
