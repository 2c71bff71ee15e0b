"""What an app and the command line do with a user's data: open, list, add, forget, block, save, carry elsewhere.

Owns the opening and what happens if the file cannot be used. Learning from typing is `learning.py`'s, what is likely is
`users_part.py`'s; both work on the counts that are opened here.
"""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

from autocomplete.counts import Counts
from autocomplete.errors import StoreDamaged, StoreError
from autocomplete.saver import Saver
from autocomplete.store import Store
from autocomplete.store_check import Check
from autocomplete.typed_words import fold

Trouble = Literal["raise", "without", "anew"]
_TROUBLES: Final = ("raise", "without", "anew")


class KnownWord(NamedTuple):
    """A learned word as its user sees it."""

    form: str
    uses: int
    last_used: int
    """start of the hour, seconds since 1970"""
    added: bool
    """by hand, or put back after a correction"""


class PersonalData:
    """A user's data, open.

    Parameters
    ----------
    path : path, optional
        The store; made if there is none. Without a path everything stays in memory.
    half_life : float, optional
        Days after which a use weighs half; what the file was made with by default, 90 for a new one.
    key : bytes, optional
        32 bytes that the file is encrypted with; needs `pip install 'autocomplete[encrypted]'`.
    trouble : "raise", "without" or "anew"
        If the file cannot be used: raise the error; or go on without learning, with a warning and the file as it is;
        or, if it is damaged, move it beside (its name grows by `.damaged-` and the time), with a warning, and begin
        anew.
    check : Check, optional
        Of the file, where it was begun before; by default it is begun now.

    Raises
    ------
    StoreError
        One of its kinds, unless `trouble` says otherwise.

    Every method may be called from any thread. What takes something out does so in memory and in the file before it
    returns, and leaves no copy in the file.
    """

    def __init__(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        half_life: float | None = None,
        key: bytes | None = None,
        trouble: Trouble = "raise",
        check: Check | None = None,
    ) -> None:
        if trouble not in _TROUBLES:
            raise ValueError(f'trouble="{trouble}": give one of {", ".join(_TROUBLES)}')
        self.learns = True
        """whether anything is learned; not where the file could not be used"""
        self.counts = self._open(path, partial(_opened, half_life=half_life, key=key, check=check), trouble)
        self._saver = Saver(self.counts)

    def _open(self, path: str | os.PathLike[str] | None, opened: Callable[..., Counts], trouble: Trouble) -> Counts:
        if path is None:
            return Counts()
        try:
            return opened(path)
        except StoreError as error:
            if trouble == "anew" and isinstance(error, StoreDamaged):
                kept = _move_beside(Path(path))
                warnings.warn(f"{error}; it was kept as {kept}, and a new one begun", RuntimeWarning, stacklevel=4)
                return opened(path, check=None)
            if trouble != "without":
                raise
            warnings.warn(f"nothing will be learned: {error}", RuntimeWarning, stacklevel=4)
            self.learns = False
            return Counts()

    @property
    def path(self) -> Path | None:
        """The file, if there is one."""
        return self.counts.store.path if self.counts.store else None

    @property
    def trouble(self) -> StoreError | None:
        """Why what was learned last is not saved yet; None if it is, or will be within a second."""
        return self.counts.trouble

    # ---- looking

    def known(self) -> list[KnownWord]:
        """List the words that were learned, the most used first."""
        rows = sorted(self.counts.words.items(), key=lambda item: (-item[1].uses, item[0]))
        return [KnownWord(self._form(word), row.uses, row.last_used, row.kept > 0) for word, row in rows]

    @property
    def blocked(self) -> frozenset[str]:
        """Words that are never offered nor learned, lower case."""
        return self.counts.blocked

    def _form(self, word: str) -> str:
        forms = self.counts.forms(word)
        return max(forms, key=lambda form: (forms[form], form == word), default=word)

    # ---- changing

    def add_words(self, words: Iterable[str]) -> int:
        """Add words with their casing, as from an address book: offered at once. Give how many were added.

        Raises
        ------
        ValueError
            If one is empty or holds a space.
        """
        added = 0
        for form in words:
            if not form.strip() or any(letter.isspace() for letter in form):
                raise ValueError(f'"{form}" is no word: give one word at a time, without spaces')
            folded = fold(form)
            if folded not in self.counts.blocked:
                self.counts.add_word(folded, form, kept=1)
                added += 1
        self._saver.touch(learned=True)
        return added

    def forget(self, word: str) -> bool:
        """Forget a word, with all that was learned of what came before and after it; tell whether it was known."""
        folded = fold(word)
        known = folded in self.counts.words
        self.counts.forget_pending([folded])
        if self.counts.store:
            known = bool(self.counts.store.forget(folded)) or known
        self.counts.forget([folded])
        return known

    def forget_since(self, at: float) -> None:
        """Forget what was learned since a time (seconds since 1970).

        What this object learned in the last day is taken back to the minute: new words go, and what was known before
        loses the uses that came since. Of what came otherwise (by other processes, in earlier runs, by import) only
        the hours are known: words, pairs and triples that were first used in the hour of the time or later go, and what
        was known before keeps its uses.
        """
        self.flush()
        self.counts.forget_since(at)

    def forget_all(self) -> None:
        """Forget everything that was learned; blocked words stay blocked."""
        self.counts.forget_pending(None)
        if self.counts.store:
            self.counts.store.forget_all()
        self.counts.forget(None)

    def block(self, word: str) -> None:
        """Never offer nor learn a word again, and forget it."""
        self.forget(word)
        self._set_blocked(self.counts.blocked | {fold(word)}, word, unblock=False)

    def unblock(self, word: str) -> None:
        """Let a word be offered and learned again."""
        self._set_blocked(self.counts.blocked - {fold(word)}, word, unblock=True)

    def _set_blocked(self, blocked: frozenset[str], word: str, *, unblock: bool) -> None:
        if self.counts.store:
            self.counts.store.block(fold(word), unblock=unblock)
        self.counts.set_blocked(blocked)

    # ---- carrying

    def export(self) -> dict[str, Any]:
        """Give everything as the JSON value that `store_exchange` describes."""
        from autocomplete import store_exchange

        return store_exchange.to_json(self._stored())

    def import_(self, value: Mapping[str, Any]) -> None:
        """Add what an export holds to what is here.

        Raises
        ------
        NotAnExport
            If it is something else; nothing is changed.
        """
        from autocomplete import store_exchange

        store = self._stored()
        store.merge_rows(store_exchange.from_json(value, store.clock))
        self.counts.forget([])

    def merge(self, other: str | os.PathLike[str], *, key: bytes | None = None) -> None:
        """Add what another store holds, with its own key if it has one, to this one; the other stays as it is."""
        from autocomplete import store_exchange

        opened = Store(other, key=key)
        try:
            value = store_exchange.to_json(opened)
        finally:
            opened.close()
        self.import_(value)

    def _stored(self) -> Store:
        if self.counts.store is None:
            raise ValueError("this user has no file: open one with a path")
        self.flush()
        return self.counts.store

    # ---- saving

    def touch(self, *, learned: bool = False) -> None:
        """Say that the user types; it keeps the background work going."""
        if self.counts.store:
            self._saver.touch(learned=learned)

    def flush(self) -> None:
        """Write what was learned now, instead of within a second.

        Raises
        ------
        StoreError
            If the file refuses; everything stays in memory and is tried again.
        """
        self._saver.flush()

    def close(self) -> None:
        """Write what is left and close the file; nothing can be learned after."""
        self._saver.close()
        self.learns = False


def _opened(path: str | os.PathLike[str], half_life: float | None, key: bytes | None, check: Check | None) -> Counts:
    check = check or Check(path, key)
    try:
        store = Store(path, half_life=half_life, key=key)
    except StoreError:
        with suppress(StoreError, ValueError):
            check.wait()  # says less, and has to let the file go
        raise
    try:
        counts = Counts(store)
        check.wait()
    except StoreError:
        store.close()
        raise
    return counts


def _move_beside(path: Path) -> Path:
    """Move a store, with its log, to a name beside it."""
    stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime())
    kept = Path(f"{path}.damaged-{stamp}")
    number = 1
    while kept.exists():
        number += 1
        kept = Path(f"{path}.damaged-{stamp}-{number}")
    for ending in ("-wal", "-shm", ""):
        with suppress(FileNotFoundError):
            Path(f"{path}{ending}").rename(f"{kept}{ending}")
    return kept
