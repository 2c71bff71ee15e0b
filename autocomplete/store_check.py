"""A look for damage in a store's file, in a thread beside whatever else opening it takes."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Final

from autocomplete import store_schema as schema
from autocomplete.errors import AutocompleteError

_APPLICATION_ID: Final = slice(68, 72)
"""where a file's first page has it (sqlite.org/fileformat.html)"""


class Check:
    """A quick check that is under way; of a file that is there and may be a store, else of nothing.

    Parameters
    ----------
    path : path
        The store.
    key : bytes, optional
        What it is encrypted with.
    """

    def __init__(self, path: str | os.PathLike[str], key: bytes | None = None) -> None:
        self._error: AutocompleteError | ValueError | None = None
        self._thread: threading.Thread | None = None
        if _may_be_store(Path(path), key):
            self._thread = threading.Thread(target=self._run, args=(Path(path), key), name="autocomplete-check")
            self._thread.start()

    def wait(self) -> None:
        """Wait for its end.

        Raises
        ------
        StoreError
            What it found.
        """
        if self._thread is not None:
            self._thread.join()
        if self._error is not None:
            raise self._error

    def _run(self, path: Path, key: bytes | None) -> None:
        from autocomplete.store_connection import Opener  # brings SQLite, which whoever began this need not wait for

        try:
            Opener(path, key).check(quick=True)
        except (AutocompleteError, ValueError) as error:
            self._error = error


def _may_be_store(path: Path, key: bytes | None) -> bool:
    """Tell whether a file says that it is a store; one with a key says nothing."""
    try:
        with path.open("rb") as file:
            head = file.read(100)
    except OSError:
        return False
    return len(head) == 100 and (key is not None or head[_APPLICATION_ID] == schema.APPLICATION_ID.to_bytes(4, "big"))
