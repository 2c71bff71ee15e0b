"""The search for the words that fit a context and what is typed of the next one.

Owns the objective and the order of one round: expand, finish, merge, stop. Knows nothing of text, keys or casing; which
words may be offered, and at what cost, comes in as `Costs`, what follows what from a `LanguageModel`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from autocomplete.channel import Costs
from autocomplete.compiled import kernel
from autocomplete.lexicon import Lexicon
from autocomplete.lm import LanguageModel, Logprobs, Rows, State, Tokens
from autocomplete.piece_trie import TOKEN
from autocomplete.shares import Shares

_MOST_A_ROUND: Final = 256
"""Words that may end at the hypotheses of one round."""


@dataclass(frozen=True, kw_only=True)
class DecodingOptions:
    """How far a search goes."""

    max_rounds: int = 3
    """calls of the language model, at most what the model allows"""
    pool_size: int = 64
    """unexpanded hypotheses that are remembered"""
    beam_threshold: float = 9.0
    """a hypothesis so many nats behind the best word is not expanded"""
    stop_early: bool = True
    """stop as soon as no hypothesis left can beat the k-th best word; without it all rounds are used"""

    def __post_init__(self) -> None:
        if self.max_rounds < 1 or self.pool_size < 1 or self.beam_threshold <= 0:
            raise ValueError(
                f"max_rounds={self.max_rounds}, pool_size={self.pool_size} and beam_threshold={self.beam_threshold} "
                "must be positive"
            )


@dataclass(frozen=True)
class Hypothesis:
    """A word found, the spellings that are shown alike taken together."""

    word: int
    """the spelling to show, a number of the lexicon"""
    logprob: float
    """natural log of the probability that the context goes on with this word, whole"""
    score: float
    """what it ranks by: the same less the cost of taking what is typed for it"""


class BeamSearch:
    """Best-first search over the words of a lexicon, in rounds of one model call each.

    Maximises the noisy-channel score

        log P(word | context) - cost(typed | word)
        log P(word | context) = sum_i log P(piece_i | context, pieces before) + log P(boundary | context, pieces)

    where P(boundary) is the probability that the next piece cannot continue a word; spellings that are shown alike add
    up. Since every term is at most zero, the sum so far less the least cost of the words that a hypothesis can become
    bounds their scores: once the k-th best word is no worse than the best bound, no other word can come in, only rarer
    spellings of those found. A search depends on its arguments alone.
    """

    def __init__(
        self, lm: LanguageModel, lexicon: Lexicon, is_boundary: NDArray[np.bool_], options: DecodingOptions
    ) -> None:
        self._lm = lm
        self._continuing = np.flatnonzero(~is_boundary)
        self._options = options
        self._rounds = min(options.max_rounds, lm.max_rounds)
        self._tokens = lexicon.trie.nodes[:, TOKEN].copy()
        self._pool = _Pool(lexicon, options.pool_size)
        self._found = _Found(lexicon, self._rounds * _MOST_A_ROUND)

    def run(
        self,
        state: State,
        costs: Costs,
        k: int,
        bias: NDArray[np.float32] | None = None,
        shares: Shares | None = None,
    ) -> list[Hypothesis]:
        """Find the k best words.

        Parameters
        ----------
        state : State
            The context.
        costs : Costs
            What it costs to take what is typed for each word; words of infinite cost are not offered.
        k : int
            How many are wanted.
        bias : float32 [vocab_size], optional
            At most zero, added to the logprob of a word's first piece: what is known of it besides the context.
        shares : Shares, optional
            The user's part in the probabilities: words with a share are found whatever the model holds of them, and
            own words of the user, which the lexicon lacks, take their places among the k.

        Returns
        -------
        list of Hypothesis
            Best first, at most k; fewer where the lexicon has fewer or the search gave up.
        """
        pool, found = self._pool, self._found
        pool.begin(costs, state.logprobs if bias is None else state.logprobs + bias, shares)
        found.begin(costs, shares)
        search = self._lm.search(state)
        scored = 0
        for _ in range(self._rounds):
            best_left = float(pool.scores[0])
            if best_left == -np.inf or (self._options.stop_early and self._settled(found, best_left, k)):
                break
            expanded, sums = pool.take(self._lm.beam_size)
            parents, tokens = self._appended(expanded)
            rows = search.rows(parents, tokens, self._appended(pool.best(self._lm.beam_size)))
            expanded[:, 1] = np.arange(scored, scored + len(expanded))
            scored += len(expanded)
            found.add(expanded, sums, self._ended(rows))
            pool.add_children(expanded, sums, rows)
        best = found.best(k)
        pool.shares = found.shares = None  # nothing of a user stays behind
        return best

    def _appended(self, hypotheses: NDArray[np.int32]) -> tuple[Tokens, Tokens]:
        """Give the parents and tokens that hypotheses, trie nodes and parents int32 [n, 2], add to a search."""
        return hypotheses[:, 1].copy(), self._tokens[hypotheses[:, 0]]

    def _ended(self, rows: Rows) -> NDArray[np.float32]:
        """Give the log-probability that a word ends after each of n rows, float32 [n]; noted beside them."""
        places, notes = rows.places, rows.notes
        new = places[np.isnan(notes[places])]
        if len(new):
            span = slice(int(new[0]), int(new[0]) + len(new))
            in_a_row = bool((np.diff(new) == 1).all())  # most of the time; then nothing is copied
            found = rows.logprobs[span if in_a_row else new]
            notes[new] = boundary_logprobs(found, self._continuing)
        return notes[places]

    def _settled(self, found: _Found, best_left: float, k: int) -> bool:
        """Tell whether expanding more could still change the k best words (or only by words far behind the best)."""
        scores = found.scores
        if not len(scores):
            return False
        if best_left < scores[0] - self._options.beam_threshold:
            return True
        return len(scores) >= k and float(scores[k - 1]) >= best_left


class _Pool:
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

    def take(self, most: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Take the best out, at most so many: trie nodes and parents int32 [n, 2], sums of logprobs float32 [n]."""
        entries, sums = np.empty((most, 2), np.int32), np.empty(most, np.float32)
        n = self._take_best(self.scores, self._entries, self._sums, entries, sums)
        return entries[:n], sums[:n]

    def best(self, most: int) -> NDArray[np.int32]:
        """Give the best that are left: trie nodes and parents int32 [n, 2]."""
        return self._entries[:most][self.scores[:most] > -np.inf]

    def add_children(self, expanded: NDArray[np.int32], expanded_sums: NDArray[np.float32], rows: Rows) -> None:
        """Add what may follow n hypotheses just expanded."""
        trie, pool = self._trie, (self.scores, self._entries, self._sums)
        asked = expanded, expanded_sums, rows.logprobs, rows.places
        self._push_children(trie.nodes, trie.order, self._costs, *asked, *pool)
        if self.shares:
            self._lift(self.shares)

    def _lift(self, shares: Shares) -> None:
        shares.lift(self._costs_of_shares, self.scores, self._entries, self._sums)


class _Found:
    """The words that a search has found, spellings that are shown alike taken together, best first."""

    def __init__(self, lexicon: Lexicon, most: int) -> None:
        self._lexicon = lexicon
        self._costs = np.zeros(0, np.float32)
        self.shares: Shares | None = None
        self._spellings = np.empty(most, np.int32)
        self._totals = np.empty(most, np.float32)
        self._n_spellings = 0
        self._words = np.empty(most, np.int32)
        self._merged = np.empty((2, most), np.float64)
        self._room = np.empty(most, np.int32), np.empty(most, np.float64)
        self._n_words = 0
        self._finish, self._merge = kernel("finish_words"), kernel("merge_spellings")

    def begin(self, costs: Costs, shares: Shares | None) -> None:
        """Hold nothing but the words with a share."""
        self._costs, self.shares = costs.words, shares
        self._n_spellings = self._n_words = 0
        if shares:
            self._mix(shares)

    @property
    def scores(self) -> NDArray[np.float64]:
        """What the words found so far rank by, falling; with shares, those that the lexicon lacks among them."""
        scores = self._merged[1, : self._n_words]
        return self.shares.with_own(scores) if self.shares else scores

    def add(
        self, expanded: NDArray[np.int32], expanded_sums: NDArray[np.float32], boundary: NDArray[np.float32]
    ) -> None:
        """Add the words that end at hypotheses just expanded."""
        lexicon, costs = self._lexicon, self._costs
        at = slice(self._n_spellings, self._n_spellings + _MOST_A_ROUND)
        self._n_spellings += self._finish(
            lexicon.trie.nodes,
            lexicon.trie.order,
            costs,
            expanded,
            expanded_sums,
            boundary,
            self._spellings[at],
            self._totals[at],
        )
        spellings, totals = self._spellings[: self._n_spellings], self._totals[: self._n_spellings]
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


def boundary_logprobs(logprobs: Logprobs, continuing: NDArray[np.intp]) -> NDArray[np.float32]:
    """Give the log-probability that a word ends after each of n hypotheses, float32 [n].

    `continuing` lists the pieces that would continue the word; what they leave of the probability is the boundary's.
    """
    # `take` leaves rows contiguous, unlike `logprobs[:, continuing]`: a third of the time
    going_on = logprobs.take(continuing, axis=1, mode="clip")  # no index is checked
    going_on = np.exp(going_on, out=going_on).sum(axis=1)
    return np.log(np.maximum(1 - going_on, 1e-6)).astype(np.float32)
