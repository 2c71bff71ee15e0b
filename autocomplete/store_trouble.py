"""What SQLite complains of, as errors of this package that say what to do."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

from autocomplete.errors import StoreBusy, StoreDamaged, StoreError, StoreFull, StoreNotWritable

WHAT_TO_DO: Final = 'give another path, or load with user_trouble="without" (--if-unusable without) to type without it'
DAMAGED: Final = 'load with user_trouble="anew" (--if-unusable anew) to keep it beside and begin anew'

_KINDS: Final = {
    sqlite3.SQLITE_FULL: (StoreFull, "make room on the disk; what was learned stays in memory until then"),
    sqlite3.SQLITE_IOERR: (StoreFull, "the disk refused; what was learned stays in memory until it takes it"),
    sqlite3.SQLITE_READONLY: (StoreNotWritable, WHAT_TO_DO),
    sqlite3.SQLITE_CANTOPEN: (StoreNotWritable, WHAT_TO_DO),
    sqlite3.SQLITE_PERM: (StoreNotWritable, WHAT_TO_DO),
    sqlite3.SQLITE_CORRUPT: (StoreDamaged, DAMAGED),
    sqlite3.SQLITE_NOTADB: (StoreDamaged, DAMAGED),
    sqlite3.SQLITE_BUSY: (StoreBusy, "close the other process, or try again"),
    sqlite3.SQLITE_LOCKED: (StoreBusy, "close the other process, or try again"),
}


def translated(path: Path, error: Exception) -> StoreError:
    """Give the error of this package for one of SQLite's or SQLCipher's."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    kind, remedy = _KINDS.get(code, (StoreDamaged if code else StoreError, WHAT_TO_DO))
    return kind(f"{path}: {error}: {remedy}")
