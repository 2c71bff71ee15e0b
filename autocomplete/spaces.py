"""Spaces that were missed, hit beside, or typed by accident or for a letter: `thankyou`, `ibwant`, `to morrow`, `a d`.

Owns the hypotheses that change where words end. Their scores are on the scale of `beam.py`'s, so that they rank with
words; only words of one piece take part, which almost all frequent words are, so that one row of the model's logprobs
prices a pair.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from autocomplete.caret import Touches
from autocomplete.channel import Channel
from autocomplete.lexicon import OFFENSIVE, UNLISTED, VARIANT, Lexicon, key_of
from autocomplete.lm import CONTEXT, LanguageModel, State
from autocomplete.single_pieces import SinglePieces
from autocomplete.slipped_pairs import SlippedPairs

_PAIRS: Final = 8
"""first words that are priced, a call's worth"""
_SHORTEST: Final = 3
"""letters from which on two words are looked for, and that one put together from two has at least"""
_LOST: Final = -16.0
"""Score of the best pair below which one of the words may be mistyped too."""


@dataclass(frozen=True)
class Pair:
    """Two words where the typed letters have no space, or one where they have one."""

    words: tuple[int, ...]
    """numbers of the lexicon"""
    logprob: float
    """natural log of their probability in the context"""
    score: float
    """the same less the cost of the error"""


@dataclass(frozen=True)
class _Cut:
    first: int
    rest: str
    cost: float
    prior: float


class SpaceErrors:
    """Finds words whose spaces went wrong."""

    def __init__(self, lm: LanguageModel, lexicon: Lexicon, channel: Channel) -> None:
        self._lm = lm
        self._lexicon = lexicon
        self._errors = channel.errors
        self._weight = channel.weight
        self._single = SinglePieces(lexicon, without=OFFENSIVE | VARIANT)
        self._token = self._single.token
        self._slipped = SlippedPairs(lm, lexicon, channel, self._single)

    def split(self, state: State, key: str, touches: Touches = (), *, whole: bool) -> list[Pair]:
        """Read typed letters as two words, the second begun or, if `whole`, finished; best first.

        Where that gives nothing good, one of them may be mistyped; for that `touches` may tell where the fingers fell
        for the letters of the key. Letters that are a word are at most two finished ones, and none is mistyped. The
        channel's last match is overwritten.
        """
        if len(key) < _SHORTEST:
            return []
        is_word = bool(self._lexicon.exactly(key))
        pairs = self._exact(state, key, whole or is_word)
        if not is_word and (not pairs or max(pair.score for pair in pairs) < _LOST):
            pairs += [Pair(*found) for found in self._slipped.of(state, key, touches)]
        best: dict[tuple[int, ...], Pair] = {}
        for pair in sorted(pairs, key=lambda pair: (-pair.score, pair.words)):
            best.setdefault(pair.words, pair)
        return list(best.values())

    def _exact(self, state: State, key: str, whole: bool) -> list[Pair]:
        """Read letters as two words that are spelled right."""
        cuts = sorted(self._cuts(key, whole), key=lambda cut: (-cut.prior, cut.rest))[:_PAIRS]
        if not cuts:
            return []
        tokens = self._token[[cut.first for cut in cuts]]
        rows = self._lm.search(state).score(np.full(len(cuts), CONTEXT, np.int32), tokens)
        pairs = []
        for cut, token, row in zip(cuts, tokens, rows, strict=True):
            seconds = self._single.of(cut.rest, whole=whole)
            best = int(seconds[np.argmax(row[self._token[seconds]])])
            logprob = float(state.logprobs[token] + row[self._token[best]])
            pairs.append(Pair((cut.first, best), logprob, logprob - cut.cost))
        return pairs

    def join(self, read_before: Callable[[], State], first: str, key: str, *, whole: bool) -> Pair | None:
        """Read a finished word and the letters after it as one word, its probability against that of the word alone.

        The space came in by accident, or was hit for a letter. `read_before` gives the context before the finished
        word; it is called only if there is such a word.
        """
        begun = key_of(first)
        options = [(self._single.of(begun + letter + key, whole=whole), cost) for letter, cost in self._hit]
        options = [(words, cost) for words, cost in options if len(words)]
        if not begun or len(begun + key) < _SHORTEST or not options:
            return None
        row = read_before().logprobs
        alone = [word for word in self._lexicon.exactly(begun) if self._token[word] >= 0]
        instead = float(np.logaddexp.reduce(row[self._token[alone]])) if alone else UNLISTED
        pairs = []
        for words, cost in options:
            best = int(words[np.argmax(row[self._token[words]])])
            logprob = float(row[self._token[best]]) - instead
            pairs.append(Pair((best,), logprob, logprob - cost))
        return max(pairs, key=lambda pair: (pair.score, -pair.words[0]))

    @cached_property
    def _hit(self) -> list[tuple[str, float]]:
        """Letters that a space may have been typed for, with what that costs; none first: it came in by accident."""
        by_accident = -math.log(self._errors.rates.accidental_space)
        hit = [("", by_accident), *self._errors.costs_of_space().items()]
        return [(letter, self._weight * cost) for letter, cost in hit]

    def _cuts(self, key: str, whole: bool) -> Iterator[_Cut]:
        """Give the ways to cut typed letters into a frequent first word and the rest."""
        for end in range(1, len(key)):
            first = self._single.most_frequent(key[:end])
            if first is None:
                continue
            hit_beside = self._errors.cost_for_space(key[end])
            for skipped, cost in ((0, -math.log(self._errors.rates.missed_space)), (1, hit_beside)):
                rest = key[end + skipped :]
                seconds = self._single.of(rest, whole=whole) if rest else ()
                if len(seconds) and cost < np.inf:
                    prior = float(self._lexicon.logprobs[first] + self._lexicon.logprobs[seconds].max())
                    yield _Cut(first, rest, self._weight * cost, prior - self._weight * cost)
