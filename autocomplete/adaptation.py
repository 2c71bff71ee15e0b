"""Trains the adapter of one user in the background and puts it into the model as long as it helps.

Owns the text that waits, the slices it is worked off in, the verdict, and when the adapter is saved. What a user wrote
waits in memory until it is learned, seconds later, and is dropped; the personal store keeps the numbers alone. Whatever
is forgotten takes the adapter with it: it begins anew. The numbers are `adapter_trainer.py`'s, the sum `adapter.py`'s.
"""

from __future__ import annotations

import threading
import time
import warnings
import weakref
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from autocomplete.adapted_lm import AdaptedModel
from autocomplete.adapter_header import summary_of
from autocomplete.errors import AdapterError, StoreError
from autocomplete.lm import Tokens
from autocomplete.personal_data import PersonalData

if TYPE_CHECKING:  # brought in where there is something to train or an adapter that helps: a start waits for neither
    from autocomplete.adapter import Adapter, Features
    from autocomplete.adapter_trainer import Record, Snapshot, Trainer

Span = tuple[int, int]

_ENOUGH: Final = 300.0
"""pieces foretold before there is a verdict"""
_WORTH: Final = 0.02
"""bits a piece that the adapter must save to be put in; it is taken out when it saves none"""
_MOST_WAITING: Final = 256
"""texts that wait to be learned; the oldest are dropped beyond"""
_MOST_SPANS: Final = 32
"""runs that are learned from one stretch of text"""
_REACH: Final = 300
"""characters before them that are read"""
_MOST_AT_CLOSE: Final = 200
"""slices that are worked off when the app closes, half a second or so; the rest is dropped"""
_QUIET: Final = 0.05
"""seconds after a key in which nothing is trained"""
_BETWEEN: Final = 0.005
"""seconds between two slices, for whoever waits for the model"""
_SAVE_EVERY: Final = 30.0
"""seconds"""
_IDLE: Final = 10.0
"""seconds without work after which the thread ends; it starts again with the next text"""


class Adaptation:
    """Learns what is settled in the text fields of one user.

    Parameters
    ----------
    lm : AdaptedModel
        The model that the engine searches with; the adapter is put in here.
    encode : callable
        Gives the tokens of a text as the model reads it.
    pieces : int32 [n]
        Pieces that begin a word.
    model : str
        Names the model, so that no other takes this adapter for its own.
    formerly : str
        The name that the store may still have for the same model; it is written anew with the next save.
    data : PersonalData
        The user's; the adapter is kept in its store, if it has one.
    background : bool
        Start a thread when there is something to learn; without, `step` or `finish` has to be called.
    """

    def __init__(
        self,
        lm: AdaptedModel,
        encode: Callable[[str], list[int]],
        pieces: Tokens,
        *,
        model: str,
        data: PersonalData,
        formerly: str = "",
        background: bool = True,
    ) -> None:
        self.lock = threading.Lock()
        """held by whoever uses the model: a keystroke, or one slice"""
        self._trainer: Trainer | None = None
        self._content: bytes | None = None
        """what the store held, if it is of no use until it is trained on"""
        self._kept: Snapshot | None = None
        """the same, read"""
        self.trouble: AdapterError | StoreError | None = None
        """why the adapter is not kept in the store, or was not taken from it"""
        self._lm, self._encode, self._pieces, self._data = lm, encode, pieces, data
        self._model, self._formerly = model, formerly
        self._features: Features | None = None
        self._waiting: deque[tuple[str, Sequence[Span]]] = deque(maxlen=_MOST_WAITING)
        self._working: Iterator[None] | None = None
        self._stepping = threading.Lock()
        self._resuming = threading.RLock()
        self._beginning = 0
        self._background = background
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._closed = False
        self._last_key = self._last_work = self._last_save = time.monotonic()
        self._forgotten = 0
        self._unsaved = False
        self._take_from_store()
        data.counts.when_dropped.append(_weakly(self))

    @property
    def is_on(self) -> bool:
        """Whether the adapter is in the model: whether it helped on what was written lately."""
        return self._lm.adapter is not None

    @property
    def gain(self) -> float:
        """Bits a piece that the adapter saves, or would save, on the user's text before it is learned."""
        trainer = self.trainer
        return trainer.record.gain if trainer else 0.0

    @property
    def trainer(self) -> Trainer | None:
        """What trains the adapter, if anything was learned."""
        with self._resuming:
            if self._content is not None:
                content, self._content = self._content, None
                self._read(content)
            if self._kept is not None:
                from autocomplete.adapter_trainer import Trainer

                self._trainer, self._kept = Trainer.resumed(self._kept, self._lm.vocab_size), None
            return self._trainer

    # ---- learning

    def teach(self, text: str, spans: Sequence[Span]) -> None:
        """Take in a text that is settled, of which the runs from `start` to `end` are to be learned."""
        if self._closed:
            return
        for first in range(0, len(spans), _MOST_SPANS):
            part = spans[first : first + _MOST_SPANS]
            begin = text.find(" ", max(0, part[0][0] - _REACH), part[0][0]) if part[0][0] > _REACH else 0
            begin = max(0, begin)
            self._waiting.append((text[begin : part[-1][1]], [(start - begin, end - begin) for start, end in part]))
        self._wake.set()
        if self._background:
            self._start()

    def pressed(self) -> None:
        """Say that a key was pressed: what is not urgent waits."""
        self._last_key = time.monotonic()

    def step(self) -> bool:
        """Do one slice: one call of the model and one step of training; tell whether there was anything to do.

        A slice takes as many tokens as one call of the model, whatever waits.
        """
        with self._stepping:
            if self._working is None and self._waiting:
                beginning = self._beginning
                text = self._tokens(*self._waiting.popleft())  # without the lock: no model is asked
                with self.lock:
                    if beginning == self._beginning:
                        self._working = self._work(*text)
            with self.lock:
                if self._working is None:
                    return False
                if next(self._working, _DONE) is _DONE:
                    self._working = None
                self._last_work = time.monotonic()
                return True

    def finish(self, most: float = float("inf")) -> None:
        """Work off what waits, in at most so many slices."""
        done = 0
        while done < most and self.step():
            done += 1

    def _work(self, tokens: list[int], chosen: list[bool]) -> Iterator[None]:
        """Learn a text, a slice at a time; the first text begins with a look at the model."""
        from autocomplete.adapter import find_features
        from autocomplete.adapter_trainer import Trainer

        if self.trainer is None:
            for found in () if self._features else find_features(self._lm.plain, self._pieces):
                self._features = found
                yield
            assert self._features
            self._trainer = Trainer(self._features, self._lm.vocab_size)
        trainer = self.trainer
        assert trainer
        for seen, targets in windows(tokens, chosen, self._lm.context_len):
            at = 0
            for rows in self._lm.plain.rows(seen):
                trainer.learn(rows, targets[at : at + len(rows)])
                at += len(rows)
                yield
        self._unsaved = True
        self._judge(trainer.record, lambda: trainer.snapshot().adapter)

    def _tokens(self, text: str, spans: Sequence[Span]) -> tuple[list[int], list[bool]]:
        """Give the tokens of a text, and which of them are to be learned."""
        tokens = self._encode(text)
        chosen = [False] * len(tokens)
        for start, end in spans:
            before, after = self._encode(text[:start]), self._encode(text[:end])
            if after == tokens[: len(after)] and before == tokens[: len(before)]:  # a cut may change how it is read
                chosen[len(before) : len(after)] = [True] * (len(after) - len(before))
        return tokens, chosen

    def _judge(self, record: Record, adapter: Callable[[], Adapter]) -> None:
        """Put the adapter in, or take it out."""
        if record.pieces < _ENOUGH or record.gain <= 0:
            self._lm.adapter = None
        elif _is_worth(record.pieces, record.gain) or self._lm.adapter:
            self._lm.adapter = adapter()

    # ---- keeping

    def save(self) -> None:
        """Keep the adapter in the store, unless something was forgotten since."""
        store = self._data.counts.store
        with self.lock:
            trainer = self._trainer
            if store is None or trainer is None or not self._unsaved:
                return
            from autocomplete import adapter_file

            content = adapter_file.AdapterFile(model=self._model, snapshot=trainer.snapshot())
            forgotten, self._unsaved = self._forgotten, False
        self._last_save = time.monotonic()
        try:
            store.keep_adapter(adapter_file.to_bytes(content), forgotten)
        except StoreError as error:
            self._unsaved, self.trouble = True, error
        else:
            self.trouble = None

    def close(self) -> None:
        """Learn what still waits, within reason, save, and stop."""
        if self._closed:
            return
        self._closed = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
        self.finish(_MOST_AT_CLOSE)
        self._waiting.clear()
        self.save()

    def start_anew(self) -> None:
        """Drop what was learned and what waits, and take what the store still has: nothing, after forgetting."""
        with self.lock:
            self._waiting.clear()
            self._beginning += 1
            self._working, self._lm.adapter, self._unsaved = None, None, False
            self._trainer = self._kept = self._content = None
        self._take_from_store()

    def _take_from_store(self) -> None:
        store = self._data.counts.store
        if store is None:
            return
        try:
            content, self._forgotten = store.adapter()
        except StoreError as error:
            self._begin_anew(error)
            return
        if content is None:
            return
        said = summary_of(content)
        with self.lock:
            if said and said.model == self._model and not _is_worth(said.pieces, said.gain):
                self._content = content
            else:
                self._read(content)

    def _read(self, content: bytes) -> None:
        """Read what the store held; where it cannot be used it is said why, and training begins anew."""
        from autocomplete import adapter_file

        try:
            kept = adapter_file.from_bytes(
                content,
                f"the adapter in {self._data.path}",
                model=self._model,
                vocab_size=self._lm.vocab_size,
                formerly=self._formerly,
            )
        except AdapterError as error:
            self._begin_anew(error)
            return
        adapter = kept.snapshot.adapter
        self._kept, self._features = kept.snapshot, adapter.features
        self._judge(kept.snapshot.record, lambda: adapter)

    def _begin_anew(self, error: AdapterError | StoreError) -> None:
        self.trouble = error
        warnings.warn(f"{error}; it begins anew", RuntimeWarning, stacklevel=5)

    # ---- the thread

    def _start(self) -> None:
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                arguments = (weakref.ref(self), self._wake)  # the thread must not keep this alive
                self._thread = threading.Thread(target=_run, args=arguments, name="autocomplete-adapter", daemon=True)
                self._thread.start()

    def work_quietly(self) -> bool:
        """Do slices while nobody types, save now and then; tell whether to come again."""
        while not self._closed and time.monotonic() - self._last_key > _QUIET and self.step():
            time.sleep(_BETWEEN)
        now = time.monotonic()
        idle = not self._waiting and now - self._last_work > _IDLE
        if idle or now - self._last_save > _SAVE_EVERY:
            self.save()
        return not self._closed and not idle


_DONE: Final = object()


def _is_worth(pieces: float, gain: float) -> bool:
    """Tell whether an adapter has shown that it helps, by the pieces it foretold and the bits it saved on each."""
    return pieces >= _ENOUGH and gain > _WORTH


def windows(tokens: list[int], chosen: list[bool], length: int) -> Iterator[tuple[list[int], Tokens]]:
    """Cut a text into stretches that the model can read; each token that is chosen is a target once.

    Yields
    ------
    list of int
        At most `length` tokens; each but the first begins half a length before its first target.
    int32 [n]
        What follows each of them, `NO_TARGET` where that is not chosen.
    """
    from autocomplete.adapter_trainer import NO_TARGET

    following = np.array([*tokens[1:], NO_TARGET], np.int32)
    following[~np.array([*chosen[1:], False])] = NO_TARGET
    done = 0
    for start in range(0, max(1, len(tokens) - length // 2), length // 2):
        seen = tokens[start : start + length]
        targets = following[start : start + length].copy()
        targets[: done - start] = NO_TARGET
        done = start + len(seen)
        if (targets != NO_TARGET).any():
            yield seen, targets


def _weakly(adaptation: Adaptation) -> Callable[[], None]:
    """Give what is to be called when words went from memory; it does not keep the adaptation alive."""
    reference = weakref.ref(adaptation)

    def dropped() -> None:
        found = reference()
        if found is not None:
            found.start_anew()

    return dropped


def _run(reference: weakref.ref[Adaptation], wake: threading.Event) -> None:
    while True:
        wake.wait(_QUIET)
        wake.clear()
        adaptation = reference()
        if adaptation is None or not adaptation.work_quietly():
            return
        del adaptation
        time.sleep(_QUIET)
