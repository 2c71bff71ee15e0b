"""The user's part in the probabilities of words at one place, made ready for the search.

Owns the sum P = rest P_lm + share inside a search: it is taken before anything is cut, and bounds what a beginning may
still become. The search runs in parts of `rest`, a constant that changes no order, and gives it back at the end. Knows
nothing of how shares come about; that is `blending.py`. The loops are `share_kernels.py`'s.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from autocomplete.compiled import kernel
from autocomplete.piece_trie import PieceTrie


class Share(NamedTuple):
    """A word's share."""

    logprob: float
    """natural log of its part of the probability, relative to what is left to the language model"""
    cost: float
    """nats of taking what is typed for the word"""

    @property
    def score(self) -> float:
        """What the word ranks by, if the language model gives it nothing."""
        return self.logprob - self.cost


class Shares:
    """What the user adds at one place.

    Parameters
    ----------
    rest : float
        Natural log of what is left to the language model.
    groups : int32 [n]
        Words that the lexicon lists, by the numbers of their groups, each once.
    logprobs, costs : float64 [n]
        What `Share` says of each.
    own : mapping of str to Share
        Of folded words that the lexicon lacks.
    trie : PieceTrie
        Of the lexicon.
    """

    def __init__(
        self,
        rest: float,
        groups: NDArray[np.int32],
        logprobs: NDArray[np.float64],
        costs: NDArray[np.float64],
        own: Mapping[str, Share],
        trie: PieceTrie,
    ) -> None:
        self.rest = rest
        self.groups = groups
        self.own = own
        self._table = np.empty((2, len(groups)), np.float64)
        self._table[0] = logprobs
        np.subtract(logprobs, costs, out=self._table[1])
        self._own_scores = [one.score for one in own.values()]
        self.nodes: NDArray[np.int32]
        """nodes of the trie at and above the listed words, rising"""
        self.nodes, self._bounds = _bounds(groups, self._table[1], trie)
        self._size = np.zeros(1, np.int32)

    @property
    def best(self) -> float:
        """The score of the best word that the lexicon lacks, on the scale of what a search gives."""
        return max(self._own_scores, default=-math.inf) + self.rest

    def with_own(self, scores: list[float]) -> list[float]:
        """Add the scores of the words that the lexicon lacks to falling ones."""
        return sorted([*scores, *self._own_scores], reverse=True) if self._own_scores else scores

    def mix(self, words: NDArray[np.int32], merged: NDArray[np.float64], n: int, group: NDArray[np.int32]) -> int:
        """Add the shares to the words that were found, and the words with a share to these; give how many there are.

        Parameters
        ----------
        words : int32 [room]
            The first n are numbers of the lexicon, one of a group, best first; written.
        merged : float64 [2, room]
            Their logprobs and scores; written.
        n : int
            How many were found.
        group : int32 [n_words]
            Of the lexicon.
        """
        if not len(self.groups):
            return n
        self._size[0] = n
        return kernel("mix_shares")(self.groups, self._table, group, self._size, words, merged)

    def lift(
        self,
        costs: NDArray[np.float32],
        scores: NDArray[np.float32],
        entries: NDArray[np.int32],
        sums: NDArray[np.float32],
    ) -> None:
        """Raise the hypotheses of a pool (see `kernels.py`) that may become words with a share, and sort it again.

        A score of a pool bounds the scores of the words below; with a share it is that of the sum. `costs` float32 [n]
        are the least of the words below each of `nodes`.
        """
        if len(self.nodes):
            kernel("lift_pool")(self.nodes, self._bounds, costs, scores, entries, sums)


def _bounds(
    groups: NDArray[np.int32], scores: NDArray[np.float64], trie: PieceTrie
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Give the nodes above and at some words, rising, and the greatest score of the shares below each."""
    room = len(groups) * trie.deepest
    nodes, bounds = np.empty(room, np.int32), np.empty(room, np.float32)
    count = kernel("bound_nodes")(groups, scores, trie.ends, trie.parents, nodes, bounds)
    return nodes[:count], bounds[:count]
