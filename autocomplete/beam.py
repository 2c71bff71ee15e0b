"""The search for the words that fit a context and what is typed of the next one.

Owns the objective and the order of one round: expand, finish, merge, stop. Knows nothing of text, keys or casing; which
words may be offered, and at what cost, comes in as `Costs`, what follows what from a `LanguageModel`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from autocomplete.channel import Costs
from autocomplete.hypotheses import MOST_A_ROUND, Found, Hypothesis, Pool, Taken
from autocomplete.lexicon import Lexicon
from autocomplete.lm import LanguageModel, Logprobs, Rows, State, Tokens
from autocomplete.piece_trie import END_HERE, TOKEN, WORD_START
from autocomplete.shares import Shares

_ROUNDING: Final = 1e-3
"""Nats by which a bound must at least be missed, since sums in float32 are off by less."""


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
        self._nodes = lexicon.trie.nodes
        self._pool = Pool(lexicon, options.pool_size)
        self._found = Found(lexicon, self._rounds * MOST_A_ROUND)

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
            taken = pool.take(self._lm.beam_size)
            parents, tokens = self._appended(taken.entries)
            likely, enough = self._appended(pool.best(self._lm.beam_size)), partial(self._suffice, taken, k)
            rows = search.rows(parents, tokens, likely, enough if self._options.stop_early else None)
            if len(rows.places) < len(tokens):
                break
            taken.entries[:, 1] = np.arange(scored, scored + len(tokens))
            scored += len(tokens)
            found.add(taken, self._ended(taken, rows))
            pool.add_children(taken, rows)
        best = found.best(k)
        pool.shares = found.shares = None  # nothing of a user stays behind
        return best

    def _suffice(self, taken: Taken, k: int, rows: Rows) -> bool:
        """Tell whether the rows of the first of some hypotheses decide the search: the k best words stay what they are,
        and have what they have, though each word that may end at the others surely did, and with what may become of
        the first in the pool, where nothing may become a better word.

        Pool and words are as they were if not; else those found are the k best.
        """
        pool, found, n = self._pool, self._found, len(rows.places)
        bound = float(taken.bounds[n]) + _ROUNDING
        if not found.may_have(k, n, bound):
            return False
        first, others = taken.parted(n)
        held = found.n_spellings
        found.add(first, self._ended(first, rows))
        worst = found.worst_of(k)
        if worst > bound and not found.may_change(k, others):
            before = pool.copy()
            pool.add_children(first, rows)
            if worst >= float(pool.scores[0]):
                return True
            pool.restore(before)
        found.n_spellings = held  # the next `add` overwrites the rest
        return False

    def _appended(self, hypotheses: NDArray[np.int32]) -> tuple[Tokens, Tokens]:
        """Give the parents and tokens that hypotheses, trie nodes and parents int32 [n, 2], add to a search."""
        return hypotheses[:, 1].copy(), self._nodes[hypotheses[:, 0], TOKEN]

    def _ended(self, taken: Taken, rows: Rows) -> NDArray[np.float32]:
        """Give the log-probability that a word ends after each of n hypotheses, float32 [n]; noted beside their rows.

        Where none ends it is not looked at: not-a-number.
        """
        places, notes, nodes = rows.places, rows.notes, self._nodes[taken.entries[:, 0]]
        new = places[np.isnan(notes[places]) & (nodes[:, WORD_START] < nodes[:, END_HERE])]
        if len(new):
            notes[new] = boundary_logprobs([rows.logprobs[place] for place in new.tolist()], self._continuing)
        return notes[places]

    def _settled(self, found: Found, best_left: float, k: int) -> bool:
        """Tell whether expanding more could still change the k best words (or only by words far behind the best)."""
        scores = found.scores_of(k)
        if not scores:
            return False
        if best_left < scores[0] - self._options.beam_threshold:
            return True
        return len(scores) >= k and scores[k - 1] >= best_left


def boundary_logprobs(logprobs: Logprobs | Sequence[Logprobs], continuing: NDArray[np.intp]) -> NDArray[np.float32]:
    """Give the log-probability that a word ends after each of n hypotheses, float32 [n].

    `continuing` lists the pieces that would continue the word; what they leave of the probability is the boundary's.
    """
    going_on = np.empty((len(logprobs), len(continuing)), np.float32)
    for row, part in zip(logprobs, going_on, strict=True):
        row.take(continuing, out=part, mode="clip")  # no index is checked
    going_on = np.exp(going_on, out=going_on).sum(axis=1)
    return np.log(np.maximum(1 - going_on, 1e-6)).astype(np.float32)
