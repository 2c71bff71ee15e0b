"""Writes what was learned to the file, in the background: a moment after it was learned, on closing, at exit.

Owns the thread and its clock, and what happens when the file refuses. Typing only says that there is something to
write.
"""

from __future__ import annotations

import threading
import time
import warnings
import weakref
from contextlib import suppress
from typing import Final

from autocomplete.counts import Counts
from autocomplete.errors import StoreError

_GATHER: Final = 0.25
"""seconds that words are gathered before they are written together"""
_TICK: Final = 1.0
"""seconds between two looks at what other processes wrote"""
_IDLE: Final = 30.0
"""seconds without a sign of typing after which the thread ends; it starts again with the next"""
_LONGEST_PAUSE: Final = 30.0
"""seconds, between attempts to write to a file that refuses"""
_LONG_LOG: Final = 1 << 20
"""bytes of write-ahead log after which it is folded into the file"""
_MOST_NGRAMS: Final = 200_000
"""kept in a store; beyond, the faintest go"""


class Saver:
    """Keeps a store in step with its counts while it lives; what is pending when it goes is written then."""

    def __init__(self, counts: Counts) -> None:
        self._counts = counts
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._touched = 0.0
        self._pause = 0.0
        self._warned = False
        # runs when the saver is collected, and at exit
        self._finalizer = weakref.finalize(self, _last_flush, counts, self._wake)

    def touch(self, *, learned: bool = False) -> None:
        """Say that somebody types; that something was learned, if so."""
        self._touched = time.monotonic()
        if learned:
            self._wake.set()
        if self._thread is None or not self._thread.is_alive():
            self._start()

    def flush(self) -> None:
        """Write now.

        Raises
        ------
        StoreError
            If the file refuses; what was learned stays in memory.
        """
        self._counts.flush()
        self._counts.trouble = None

    def close(self) -> None:
        """Write what is left, stop, close the file."""
        if not self._finalizer.alive:
            return
        try:
            self.flush()
        finally:
            self._finalizer.detach()
            self._wake.set()
            if self._thread is not None:
                self._thread.join()
            if self._counts.store:
                self._counts.store.close()

    @property
    def closed(self) -> bool:
        """Whether it was closed."""
        return not self._finalizer.alive

    def step(self) -> float:
        """Write, read what others wrote; give the seconds to wait before the next attempt, 0 if all went well."""
        try:
            self._counts.flush()
            self._counts.refresh()
            self._fold()
        except StoreError as error:
            self._pause = min(_LONGEST_PAUSE, max(_GATHER, 2 * self._pause))
            self._counts.trouble = error
            if not self._warned:
                self._warned = True
                warnings.warn(f"not saved, will be tried again: {error}", RuntimeWarning, stacklevel=2)
        else:
            self._pause, self._warned, self._counts.trouble = 0.0, False, None
        return self._pause

    def is_idle(self) -> bool:
        """Tell whether nobody has typed for a while and nothing is left to write."""
        return time.monotonic() - self._touched > _IDLE and not self._counts.is_pending()

    def prune(self) -> None:
        """Keep the store small."""
        if self._counts.store:
            self._counts.store.prune(_MOST_NGRAMS)

    def _fold(self) -> None:
        if (store := self._counts.store) is None:
            return
        with suppress(FileNotFoundError):  # another process, which was the last to close it, took the log away
            if store.beside()[0].stat().st_size > _LONG_LOG:
                store.checkpoint()

    def _start(self) -> None:
        with self._starting:
            if self.closed or (self._thread is not None and self._thread.is_alive()):
                return
            # the thread must not keep the saver alive
            arguments = (weakref.ref(self), self._wake)
            self._thread = threading.Thread(target=_run, args=arguments, name="autocomplete-saver", daemon=True)
            self._thread.start()


def _run(reference: weakref.ref[Saver], wake: threading.Event) -> None:
    pause = 0.0
    while True:
        if wake.wait(_TICK):
            time.sleep(max(_GATHER, pause))
            wake.clear()
        saver = reference()
        if saver is None or saver.closed or saver.is_idle():
            return
        pause = saver.step()
        if pause:
            wake.set()
        del saver


def _last_flush(counts: Counts, wake: threading.Event) -> None:
    wake.set()
    try:
        counts.flush()
    except StoreError as error:
        warnings.warn(f"not saved: {error}", RuntimeWarning, stacklevel=2)
    if counts.store:
        counts.store.close()
