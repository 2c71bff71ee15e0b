"""A language model with an adapter on its last layer: the same protocol, and the adapter is changed while it runs.

Owns which adapter a state was made with. `adapter.py` holds the sum.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from autocomplete.lm import Enough, LanguageModel, Logprobs, Rows, Search, State, Tokens

if TYPE_CHECKING:
    from autocomplete.adapter import Adapter


class AdaptedState(NamedTuple):
    """A context that was read, and its logprobs as changed by an adapter."""

    plain: State
    logprobs: Logprobs
    """float32 [vocab_size], read-only"""
    adapter: Adapter | None

    @property
    def tokens(self) -> tuple[int, ...]:
        """All tokens of the context."""
        return self.plain.tokens


class AdaptedModel:
    """Wraps a model; without an adapter it gives what the model gives."""

    def __init__(self, plain: LanguageModel, adapter: Adapter | None = None) -> None:
        self.plain = plain
        self.adapter = adapter
        """may be replaced at any time; a search goes on with the one it was opened with"""
        self.vocab_size = plain.vocab_size
        self.context_len = plain.context_len
        self.beam_size = plain.beam_size
        self.max_rounds = plain.max_rounds

    def start(self, tokens: Sequence[int], previous: State | None = None) -> AdaptedState:
        """Read a context (at least one token), reusing what `previous` has in common with it."""
        adapter = self.adapter
        before = previous if isinstance(previous, AdaptedState) else None
        plain = self.plain.start(tokens, before.plain if before else None)
        if before and before.plain is plain and before.adapter is adapter:
            return before
        logprobs = plain.logprobs
        if adapter:
            logprobs = adapter.apply(logprobs[None])[0]
            logprobs.flags.writeable = False
        return AdaptedState(plain=plain, logprobs=logprobs, adapter=adapter)

    def search(self, state: State) -> Search:
        """Open a search; it ends when another is opened or a context is read."""
        state = _ours(state)
        search = self.plain.search(state.plain)
        return _AdaptedSearch(search, state.adapter) if state.adapter else search

    def follow(self, state: State, tokens: Sequence[int]) -> Logprobs:
        """Give the logprobs after each of some tokens that follow a context: [n, vocab_size]."""
        state = _ours(state)
        rows = self.plain.follow(state.plain, tokens)
        return state.adapter.apply(rows) if state.adapter else rows

    def rows(self, tokens: Sequence[int]) -> Iterator[Logprobs]:
        """Give the logprobs after every token of a sequence that fits the context, a call's worth at a time."""
        adapter = self.adapter
        for rows in self.plain.rows(tokens):
            yield adapter.apply(rows) if adapter else rows

    def clear(self) -> None:
        """Forget what was read; states stay usable."""
        self.plain.clear()


class _AdaptedSearch:
    def __init__(self, plain: Search, adapter: Adapter) -> None:
        self._plain = plain
        self._adapter = adapter

    def rows(
        self,
        parents: Tokens,
        tokens: Tokens,
        likely: tuple[Tokens, Tokens] | None = None,
        enough: Enough | None = None,
    ) -> Rows:
        """Do the same; the rows are no longer those of the plain model."""
        begin = Rows.of(np.empty((0, 0), np.float32))

        def are_enough(rows: Rows) -> bool:
            nonlocal begin
            begin = Rows.of(self._adapter.apply(rows.logprobs[rows.places]))
            return enough is not None and enough(begin)

        rows = self._plain.rows(parents, tokens, likely, enough and are_enough)
        n = len(begin.places)
        if n == len(rows.places):
            return begin
        own = rows.logprobs[rows.places]
        found = Rows.of(own)
        if n:  # changed before, with what was noted of them
            own[:n], found.notes[:n] = begin.logprobs, begin.notes
        self._adapter.apply(own[n:], own[n:])
        return found

    def score(self, parents: Tokens, tokens: Tokens) -> Logprobs:
        """Append a token to each of several nodes and give what may follow."""
        return self.rows(parents, tokens).logprobs


def _ours(state: State) -> AdaptedState:
    if not isinstance(state, AdaptedState):
        raise TypeError(f"a {type(state).__name__} is not a state of this model: give what `start` returned")
    return state
