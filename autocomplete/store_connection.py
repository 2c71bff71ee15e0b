"""How the file of a store is opened: by Python's SQLite, or, with a key, encrypted by SQLCipher.

Owns the choice of the library and what each connection needs before it may be used. SQLCipher (BSD licence, through the
package `sqlcipher3`, zlib licence, a fork of Python's own module) encrypts every page of the file and of its log with
AES-256 and signs it, so that neither reads as anything without the key, nor can be changed unnoticed.
"""

from __future__ import annotations

import importlib
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from autocomplete.errors import EncryptionMissing, NotAStore, StoreDamaged, WrongKey
from autocomplete.store_trouble import DAMAGED, translated

KEY_BYTES: Final = 32
_CHECK_WAITS: Final = 10.0
"""seconds for a process that repairs the file"""
_PLAIN: Final = b"SQLite format 3\0"
"""begins a file that is not encrypted"""


class Opener:
    """Opens connections to one file.

    Parameters
    ----------
    path : Path
        The file.
    key : bytes, optional
        32 bytes, of which the app keeps the secret; without it the file is not encrypted.

    Raises
    ------
    EncryptionMissing
        If there is a key and SQLCipher is not installed.
    ValueError
        If the key is anything else.
    """

    def __init__(self, path: Path, key: bytes | None) -> None:
        if key is not None and not (isinstance(key, bytes) and len(key) == KEY_BYTES):
            raise ValueError(
                f"the key must be {KEY_BYTES} bytes: keep what `secrets.token_bytes({KEY_BYTES})` gives, or make one "
                "of a password with `hashlib.scrypt`"
            )
        self._path = path
        self._key = key
        self._library = sqlite3 if key is None else _sqlcipher()
        self.errors: tuple[type[Exception], ...] = (self._library.Error,)
        """what the library raises; each error has `sqlite_errorcode`"""

    @property
    def is_encrypting(self) -> bool:
        """Whether there is a key."""
        return self._key is not None

    def check_start(self, start: bytes) -> None:
        """Look at the first bytes of a file that is there; none in a new one.

        Raises
        ------
        NotAStore, WrongKey
            If this cannot be a store, or is not encrypted though there is a key.
        """
        if not start or (start == _PLAIN) != self.is_encrypting:
            return
        if self.is_encrypting:
            raise WrongKey(f"{self._path} is not encrypted: open it without a key, or give another path")
        raise NotAStore(f"{self._path} is no personal store, or an encrypted one: give its key, or another path")

    def check(self, *, quick: bool) -> None:
        """Look through the whole file, over a connection of its own; quickly: without comparing indexes with tables.

        Raises
        ------
        StoreDamaged
            If anything in it is not as it should be.
        StoreError
            If it cannot be opened.
        """
        try:
            with closing(self.connect(_CHECK_WAITS)) as connection:
                found = connection.execute(f"PRAGMA {'quick_check' if quick else 'integrity_check'}").fetchall()
        except self.errors as error:
            raise translated(self._path, error) from error
        if found != [("ok",)]:
            raise StoreDamaged(f"{self._path} is damaged ({found[0][0]}): {DAMAGED}")

    def connect(self, patience: float) -> sqlite3.Connection:
        """Open a connection that waits so many seconds for others."""
        connection: Any = self._library.connect(
            os.fspath(self._path), timeout=patience, isolation_level=None, check_same_thread=False
        )
        if self._key is not None:
            connection.execute("PRAGMA cipher_log_level = NONE")  # it would write to stderr
            connection.execute(f"PRAGMA key = \"x'{self._key.hex()}'\"")  # as it is: deriving one takes long
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("PRAGMA temp_store = MEMORY")  # no traces in the folder for temporary files
        return connection


def _sqlcipher() -> ModuleType:
    try:
        return importlib.import_module("sqlcipher3.dbapi2")
    except ImportError as error:
        raise EncryptionMissing(
            "a store with a key needs SQLCipher: `pip install 'autocomplete[encrypted]'`, or open it without a key"
        ) from error
