"""The user's part in the probabilities of words at one place, made ready for the search.

Owns the sum P = rest P_lm + share inside a search: it is taken before anything is cut, and bounds what a beginning may
still become. The search runs in parts of `rest`, a constant that changes no order, and gives it back at the end. Knows
nothing of how shares come about; that is `blending.py`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autocomplete.piece_trie import PieceTrie


@dataclass(frozen=True, slots=True)
class Share:
    """A word's share."""

    share: float
    """part of the probability, relative to what is left to the language model"""
    cost: float
    """nats of taking what is typed for the word"""

    @property
    def score(self) -> float:
        """What the word ranks by, if the language model gives it nothing."""
        return math.log(self.share) - self.cost


class Shares:
    """What the user adds at one place.

    Parameters
    ----------
    rest : float
        Natural log of what is left to the language model.
    listed : mapping of int to Share
        By the number of a group of the lexicon.
    own : mapping of str to Share
        Of folded words that the lexicon lacks.
    trie : PieceTrie
        Of the lexicon.
    """

    def __init__(self, rest: float, listed: Mapping[int, Share], own: Mapping[str, Share], trie: PieceTrie) -> None:
        self.rest = rest
        self.listed = listed
        self.own = own
        self.nodes: NDArray[np.int32]
        """nodes of the trie at and above the listed words, rising"""
        self._own_scores = np.array([one.score for one in own.values()], np.float64)
        table = sorted((-one.score, group, math.log(one.share)) for group, one in listed.items())
        self._groups = np.array([group for _, group, _ in table], np.int32)
        """best first"""
        self._shares = np.array([[share for *_, share in table], [-score for score, *_ in table]], np.float64)
        self.nodes, self._bounds = _bounds(self._groups, self._shares[1].astype(np.float32), trie)

    @property
    def best(self) -> float:
        """The score of the best word that the lexicon lacks, on the scale of what a search gives."""
        return float(self._own_scores.max(initial=-math.inf)) + self.rest

    def with_own(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Add the scores of the words that the lexicon lacks to falling ones."""
        if not len(self._own_scores):
            return scores
        return -np.sort(-np.concatenate((scores, self._own_scores)))

    def mix(
        self, words: NDArray[np.int32], found: NDArray[np.float64], group: NDArray[np.int32]
    ) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        """Add the shares to the words that were found, and the words with a share to these; best first.

        Parameters
        ----------
        words : int32 [n]
            Numbers of the lexicon, one of a group.
        found : float64 [2, n]
            Their logprobs and scores.
        group : int32 [n_words]
            Of the lexicon.
        """
        if not len(self._groups):
            return words, found
        if not len(words):
            return self._groups, self._shares
        both = group[words][:, None] == self._groups  # [n, m], both small
        has_share, is_found = both.any(axis=1), both.any(axis=0)
        mixed = found.copy()
        mixed[:, has_share] = np.logaddexp(found[:, has_share], self._shares[:, both[has_share].argmax(axis=1)])
        words = np.concatenate((words, self._groups[~is_found]))
        mixed = np.concatenate((mixed, self._shares[:, ~is_found]), axis=1)
        order = np.lexsort((words, -mixed[1]))
        return words[order], mixed[:, order]

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
        if not len(self.nodes):
            return
        places = np.minimum(np.searchsorted(self.nodes, entries[:, 0]), len(self.nodes) - 1)
        mine = np.flatnonzero(self.nodes[places] == entries[:, 0])
        if not len(mine):
            return
        bare = sums[mine] - costs[places[mine]]
        scores[mine] = np.logaddexp(bare, self._bounds[places[mine]])
        order = np.argsort(-scores, kind="stable")
        for array in (scores, entries, sums):
            array[:] = array[order]


def _bounds(
    groups: NDArray[np.int32], scores: NDArray[np.float32], trie: PieceTrie
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Give the nodes above and at some words, rising, and the greatest score of the shares below each."""
    nodes = trie.ends[groups]
    levels, bounds = [nodes], [scores]
    while True:
        nodes = trie.parents[levels[-1]]
        above = nodes >= 0
        if not above.any():
            break
        levels.append(nodes[above])
        bounds.append(bounds[-1][above])
    every, bound = np.concatenate(levels), np.concatenate(bounds)
    order = np.lexsort((-bound, every))
    every, bound = every[order], bound[order]
    first = np.append(True, every[1:] != every[:-1])[: len(every)]
    return every[first], bound[first]
