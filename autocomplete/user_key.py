"""The key of a user's file for the command line: from a file of its user's alone, or from the environment.

Never from an argument, which any user of the machine may read in the list of processes.
"""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path
from typing import Final

VARIABLE: Final = "AUTOCOMPLETE_USER_KEY"
"""holds the key in hexadecimal; a file that is named goes first"""
_BYTES: Final = 32
_MOST: Final = 256
"""bytes read of a file that should hold a key"""


def read_key(path: Path | None) -> bytes | None:
    """Give the key that a file holds, or else the environment; None where neither does.

    The variable is taken out of the environment: what is started from here does not inherit it.

    Raises
    ------
    ValueError
        If what is there is no key, or others than its owner may read the file.
    OSError
        If the file cannot be read.
    """
    told = os.environ.pop(VARIABLE, "")
    if path is not None:
        return _from_file(path)
    return _parsed(told.encode("utf8", "replace"), f"${VARIABLE}") if told else None


def make_key(path: Path) -> None:
    """Make a file with a new key, which its owner alone may read.

    Raises
    ------
    FileExistsError
        If there is a file: a key that is written over takes what it opened with it.
    """
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(secrets.token_bytes(_BYTES).hex() + "\n")


def _from_file(path: Path) -> bytes:
    with path.open("rb") as file:
        mode = os.fstat(file.fileno()).st_mode
        if os.name == "posix" and stat.S_ISREG(mode) and mode & 0o077:
            raise ValueError(f"{path} may be read by others than its owner: `chmod 600 {path}`, or make a new key")
        return _parsed(file.read(_MOST), str(path))


def _parsed(content: bytes, where: str) -> bytes:
    """Read a key as it is, or in hexadecimal; what was found instead is not told, it may be half a key."""
    if len(content) == _BYTES:
        return content
    try:
        key = bytes.fromhex(content.decode("ascii"))
    except ValueError:
        key = b""
    if len(key) != _BYTES:
        raise ValueError(
            f"{where} holds no key: expected {_BYTES} bytes, or {2 * _BYTES} hexadecimal digits, as "
            "`autocomplete new-key FILE` makes them"
        )
    return key
