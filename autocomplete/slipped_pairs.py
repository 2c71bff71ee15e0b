"""Two words without a space between them, one of which is mistyped too, or rare: `outrhe`, `tovgey`, `withvedison`.

Owns where letters may be cut so, and how many such readings are looked at: there are many ways to read letters with two
mistakes, so that one word is always taken as it stands, and the other matched by letters as words are (`channel.py`).
The first is of one piece, as in `spaces.py`, which asks; the other may be of a few. Scores are on the scale of
`beam.py`'s.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

import numpy as np

from autocomplete.caret import Touches
from autocomplete.channel import Channel
from autocomplete.lexicon import OFFENSIVE, VARIANT, Lexicon
from autocomplete.lm import LanguageModel, State
from autocomplete.paths import follow_paths
from autocomplete.single_pieces import SinglePieces

SHORTEST: Final = 5
"""Letters from which on such pairs are looked for."""
_SLIPPED: Final = 3
"""fewest letters of the one that is not"""
_CUTS: Final = 4
"""Cuts that are looked at, those whose exact word is the most frequent."""
_EACH: Final = 2
"""words that the other part of one cut may be, at most"""
_DEAREST: Final = 12.5
"""greatest cost of the mistyped word in nats: one mistake"""
_PIECES: Final = 3
"""pieces of that word, at most: a call each"""


@dataclass(frozen=True)
class _Cut:
    exact: int
    """the word that is taken as it stands"""
    part: slice
    """the letters of the other"""
    comes_first: bool
    """the exact word is the first"""
    cost: float
    """nats of the space, weighted"""


class SlippedPairs:
    """Finds pairs of words.

    Parameters
    ----------
    single : SinglePieces
        The words that may be taken as they stand.
    """

    def __init__(self, lm: LanguageModel, lexicon: Lexicon, channel: Channel, single: SinglePieces) -> None:
        self._lm = lm
        self._lexicon = lexicon
        self._channel = channel
        self._single = single
        self._others = lexicon.are_of_pieces(_PIECES) & ((lexicon.flags & (OFFENSIVE | VARIANT)) == 0)

    def of(self, state: State, key: str, touches: Touches) -> list[tuple[tuple[int, int], float, float]]:
        """Read letters as two finished words; give the words, their logprob and score, in no order.

        The channel's last match is overwritten.

        Parameters
        ----------
        touches : sequence of points
            Where the fingers fell for the letters of the key, None where that is not known; or empty.
        """
        if len(key) < SHORTEST:
            return []
        cuts = sorted(self._cuts(key), key=self._rank)[:_CUTS]
        pairs = [pair for cut in cuts for pair in self._pairs(cut, key, touches)]
        if not pairs:
            return []
        pieces = self._lexicon.pieces_of
        paths = [pieces(first) + pieces(second) for first, second, _ in pairs]
        sums, rows = follow_paths(self._lm, state, [path[:-1] for path in paths])
        found = []
        for (first, second, cost), path, before, row in zip(pairs, paths, sums, rows, strict=True):
            logprob = before + float(row[path[-1]])
            found.append(((first, second), logprob, logprob - cost))
        return found

    def _rank(self, cut: _Cut) -> tuple[float, int, bool]:
        return cut.cost - float(self._lexicon.logprobs[cut.exact]), cut.part.start, cut.comes_first

    def _cuts(self, key: str) -> Iterator[_Cut]:
        weight, errors, n = self._channel.weight, self._channel.errors, len(key)
        missed, exact = -math.log(errors.rates.missed_space), self._single.most_frequent
        for end in range(1, n):
            for skipped, cost in ((0, missed), (1, errors.cost_for_space(key[end]))):
                if cost == np.inf:
                    continue
                start = end + skipped
                if n - start >= _SLIPPED and (first := exact(key[:end])) is not None:
                    yield _Cut(first, slice(start, n), True, weight * cost)
                if end >= _SLIPPED and (second := exact(key[start:])) is not None:
                    yield _Cut(second, slice(0, end), False, weight * cost)

    def _pairs(self, cut: _Cut, key: str, touches: Touches) -> Iterator[tuple[int, int, float]]:
        """Give first word, second word and cost of the likeliest words that the other part may be."""
        part, fell = key[cut.part], touches[cut.part] if touches else ()
        costs = self._channel.match(part, fell, whole=True, dearest=_DEAREST)
        words = self._channel.matched()
        words = words[(costs[words] <= _DEAREST) & self._others[words]]
        priors = self._lexicon.logprobs[words] - costs[words]
        for place in islice(np.lexsort((words, -priors)).tolist(), _EACH):
            word = int(words[place])
            pair = (cut.exact, word) if cut.comes_first else (word, cut.exact)
            yield *pair, cut.cost + float(costs[word])
