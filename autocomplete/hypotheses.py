"""What a search holds: hypotheses that may be expanded, those that are, and the words found.

Owns the arrays that kernels write (`kernels.py`); in what order they are called is `beam.py`'s.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from autocomplete.channel import Costs
from autocomplete.compiled import kernel
from autocomplete.lexicon import Lexicon
from autocomplete.lm import Logprobs, Rows
from autocomplete.shares import Shares

MOST_A_ROUND: Final = 256
"""Words that may end at the hypotheses of one round."""


@dataclass(frozen=True)
class Hypothesis:
    """A word found, the spellings that are shown alike taken together."""

    word: int
    """the spelling to show, a number of the lexicon"""
    logprob: float
    """natural log of the probability that the context goes on with this word, whole"""
    score: float
    """what it ranks by: the same less the cost of taking what is typed for it"""


class Taken(NamedTuple):
    """Hypotheses that are expanded in one round, best first."""

    entries: NDArray[np.int32]
    """int32 [n, 2], trie nodes and nodes of the search: of their parents at first, then their own"""
    sums: NDArray[np.float32]
    """float32 [n], logprobs"""
    bounds: NDArray[np.float32]
    """float32 [n], falling: no word that they become scores better"""

    def parted(self, n: int) -> tuple[Taken, Taken]:
        """Give the first n, and the others."""
        (entries, sums, bounds), at = self, (slice(n), slice(n, None))
        return Taken(entries[at[0]], sums[at[0]], bounds[at[0]]), Taken(entries[at[1]], sums[at[1]], bounds[at[1]])


class Pool:
    """The best unexpanded hypotheses of a search, as `kernels.py` has them; one object serves search after search."""

    def __init__(self, lexicon: Lexicon, size: int) -> None:
        self._trie = lexicon.trie
        self.scores = np.empty(size, np.float32)
        """falling, -infinity where there is none"""
        self._sums = np.empty(size, np.float32)
        self._entries = np.empty((size, 2), np.int32)
        self._costs = np.zeros(0, np.float32)
        self.shares: Shares | None = None
        self._costs_of_shares = np.zeros(0, np.float32)
        self._push_first, self._push_children = kernel("push_first_pieces"), kernel("push_children")
        self._take_best, self._least_costs = kernel("take_best"), kernel("least_costs")

    def begin(self, costs: Costs, logprobs: Logprobs, shares: Shares | None) -> None:
        """Hold the first pieces, whose logprobs are float32 [vocab_size], and nothing else."""
        self._costs, self.shares = costs.words, shares
        self._push_first(self._trie.first_tokens, costs.first, logprobs, self.scores, self._entries, self._sums)
        if shares:
            self._costs_of_shares = np.empty(len(shares.nodes), np.float32)
            self._least_costs(self._trie.nodes, self._trie.order, self._costs, shares.nodes, self._costs_of_shares)
            self._lift(shares)

    def take(self, most: int) -> Taken:
        """Take the best out, at most so many."""
        entries, sums, bounds = np.empty((most, 2), np.int32), np.empty(most, np.float32), self.scores[:most].copy()
        n = self._take_best(self.scores, self._entries, self._sums, entries, sums)
        return Taken(entries[:n], sums[:n], bounds[:n])

    def best(self, most: int) -> NDArray[np.int32]:
        """Give the best that are left: trie nodes and parents int32 [n, 2]."""
        return self._entries[:most][self.scores[:most] > -np.inf]

    def copy(self) -> tuple[NDArray[np.float32], NDArray[np.int32], NDArray[np.float32]]:
        """Give what is held, for `restore`."""
        return self.scores.copy(), self._entries.copy(), self._sums.copy()

    def restore(self, held: tuple[NDArray[np.float32], NDArray[np.int32], NDArray[np.float32]]) -> None:
        """Hold what was held before."""
        self.scores[:], self._entries[:], self._sums[:] = held

    def add_children(self, expanded: Taken, rows: Rows) -> None:
        """Add what may follow hypotheses just expanded."""
        trie, pool = self._trie, (self.scores, self._entries, self._sums)
        asked = expanded.entries, expanded.sums, rows.logprobs, rows.places
        self._push_children(trie.nodes, trie.order, self._costs, *asked, *pool)
        if self.shares:
            self._lift(self.shares)

    def _lift(self, shares: Shares) -> None:
        shares.lift(self._costs_of_shares, self.scores, self._entries, self._sums)


class Found:
    """The words that a search has found, spellings that are shown alike taken together, best first."""

    def __init__(self, lexicon: Lexicon, most: int) -> None:
        self._lexicon = lexicon
        self._costs = np.zeros(0, np.float32)
        self.shares: Shares | None = None
        self._spellings = np.empty(most, np.int32)
        self._totals = np.empty(most, np.float32)
        self.n_spellings = 0
        """how many were found; what is added is put behind so many"""
        self._words = np.empty(most, np.int32)
        self._merged = np.empty((2, most), np.float64)
        self._room = np.empty(most, np.int32), np.empty(most, np.float64)
        self._n_words = 0
        self._finish, self._merge = kernel("finish_words"), kernel("merge_spellings")

    def begin(self, costs: Costs, shares: Shares | None) -> None:
        """Hold nothing but the words with a share."""
        self._costs, self.shares = costs.words, shares
        self.n_spellings = self._n_words = 0
        if shares:
            self._mix(shares)

    def scores_of(self, k: int) -> list[float]:
        """Give what the k best words rank by, falling; with shares, those that the lexicon lacks among them."""
        scores = self._merged[1, : min(k, self._n_words)].tolist()
        return self.shares.with_own(scores) if self.shares else scores

    def worst_of(self, k: int) -> float:
        """Give what the last of the k best words of the lexicon ranks by; minus infinity if there are fewer."""
        return self._merged.item(1, k - 1) if self._n_words >= k else -np.inf

    def may_have(self, k: int, n: int, bound: float) -> bool:
        """Tell whether n words more could make k that are better than a bound."""
        return n + sum(score > bound for score in self._merged[1, : min(k, self._n_words)].tolist()) >= k

    def may_change(self, k: int, others: Taken) -> bool:
        """Tell whether the k best would be others, or have more, if all words that end at others surely did."""
        n, best = self.n_spellings, self._head(k)
        self.add(others, np.zeros(len(others.sums), np.float32))
        self.n_spellings = n
        return self._head(k) != best

    def _head(self, k: int) -> tuple[list[int], list[list[float]]]:
        """Give the k best words of the lexicon, their logprobs and scores; fewer if there are fewer."""
        n = min(k, self._n_words)
        return self._words[:n].tolist(), self._merged[:, :n].tolist()

    def add(self, expanded: Taken, boundary: NDArray[np.float32]) -> None:
        """Add the words that end at hypotheses just expanded, with the logprobs float32 [n] that they do."""
        lexicon, costs = self._lexicon, self._costs
        at = slice(self.n_spellings, self.n_spellings + MOST_A_ROUND)
        self.n_spellings += self._finish(
            lexicon.trie.nodes,
            lexicon.trie.order,
            costs,
            expanded.entries,
            expanded.sums,
            boundary,
            self._spellings[at],
            self._totals[at],
        )
        spellings, totals = self._spellings[: self.n_spellings], self._totals[: self.n_spellings]
        self._n_words = self._merge(
            spellings, totals, costs, lexicon.group, lexicon.is_variant, self._words, self._merged, *self._room
        )
        if self.shares:
            self._mix(self.shares)

    def _mix(self, shares: Shares) -> None:
        """Put the words with their shares in the place of those without."""
        self._n_words = shares.mix(self._words, self._merged, self._n_words, self._lexicon.group)

    def best(self, k: int) -> list[Hypothesis]:
        """Give the k best words."""
        merged = self._merged[:, :k] + (self.shares.rest if self.shares else 0)
        table = zip(self._words[:k].tolist(), *merged.tolist(), strict=True)
        return [Hypothesis(*row) for _, row in zip(range(self._n_words), table, strict=False)]
