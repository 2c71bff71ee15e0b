"""The language model as the search sees it: `start` reads a context, `search` opens a search over it.

Owns the protocol. Knows nothing of words, prefixes or pieces; the search (`beam.py`) knows nothing of
graphs, caches or masks. `tflite_lm.py` is what ships; the tests have models small enough to add up by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

Logprobs: TypeAlias = NDArray[np.float32]
Tokens: TypeAlias = NDArray[np.int32]

CONTEXT: Final = -1
"""The parent of a search's first tokens: the context itself."""


@dataclass(frozen=True)
class Rows:
    """Rows of logprobs, among others; valid until the next call."""

    logprobs: Logprobs
    """float32 [m, vocab_size]"""
    places: Tokens
    """int32 [n]: which of them are meant"""
    notes: NDArray[np.float32]
    """float32 [m]: a number that whoever asks may write beside a row and finds there again; before, not-a-number"""

    @classmethod
    def of(cls, logprobs: Logprobs) -> Self:
        """Give rows float32 [n, vocab_size] that stand alone."""
        n = len(logprobs)
        return cls(logprobs, np.arange(n, dtype=np.int32), np.full(n, np.nan, np.float32))


Enough: TypeAlias = Callable[[Rows], bool]
"""Tells whether the rows of the first of some tokens are enough."""


class State(Protocol):
    """A context that has been read: immutable, and a function of its tokens, however they were reached."""

    @property
    def tokens(self) -> tuple[int, ...]:
        """All tokens of the context."""
        ...

    @property
    def logprobs(self) -> Logprobs:
        """Float32 [vocab_size], read-only: logprobs of the token after the context."""
        ...


class Search(Protocol):
    """One search over a state: a tree of tokens, its nodes numbered from 0 in the order they were scored."""

    def score(self, parents: Tokens, tokens: Tokens) -> Logprobs:
        """Append a token to each of several nodes and give what may follow.

        Parameters
        ----------
        parents : int32 [n]
            Nodes of earlier calls, or `CONTEXT`; 1 <= n <= beam_size.
        tokens : int32 [n]
            The token appended to each parent.

        Returns
        -------
        float32 [n, vocab_size]
            Logprobs of the token after each new node. The new nodes take the next n numbers. Valid until the
            next call.
        """
        ...

    def rows(
        self,
        parents: Tokens,
        tokens: Tokens,
        likely: tuple[Tokens, Tokens] | None = None,
        enough: Enough | None = None,
    ) -> Rows:
        """Do the same, and leave the logprobs where they are.

        Parameters
        ----------
        likely : pair of int32 [m], optional
            Parents and tokens, the likeliest first, that may be asked for soon. What is given does not depend on
            them; a model that keeps what it finds may look at them too where that costs nothing.
        enough : callable, optional
            A model that keeps what it finds may ask whether the rows of the first tokens are enough, those that it
            need not look for; if so it gives no others, appends nothing, and the search is over.
        """
        ...


class LanguageModel(Protocol):
    """Scores token sequences; the beam search needs nothing else."""

    @property
    def vocab_size(self) -> int:
        """Number of pieces."""
        ...

    @property
    def context_len(self) -> int:
        """Most tokens of context that are read; of longer ones the end counts."""
        ...

    @property
    def beam_size(self) -> int:
        """Most tokens that one `score` takes."""
        ...

    @property
    def max_rounds(self) -> int:
        """Most calls of `score` in one search."""
        ...

    def start(self, tokens: Sequence[int], previous: State | None = None) -> State:
        """Read a context (at least one token), reusing what `previous` has in common with it."""
        ...

    def search(self, state: State) -> Search:
        """Open a search; it ends when another is opened or a context is read."""
        ...

    def follow(self, state: State, tokens: Sequence[int]) -> Logprobs:
        """Give the logprobs after each of some tokens (a word's at most) that follow a context: [n, vocab_size]."""
        ...

    def rows(self, tokens: Sequence[int]) -> Iterator[Logprobs]:
        """Give the logprobs after every token of a sequence that fits the context, a call's worth at a time.

        Between two of them the model may be used otherwise.
        """
        ...

    def clear(self) -> None:
        """Forget what was read; states stay usable."""
        ...
