"""The sum of what a user is likely to write at a place, and how much it counts beside the language model.

Owns the probabilities. `counts.py` holds the numbers, `personal.py` learns. Every question is answered in microseconds.

A hierarchy of Dirichlet priors (MacKay & Peto 1995, "A hierarchical Dirichlet language model"): the language model is
the prior of the user's pairs, these the prior of the triples,

    P(w | a b) = (c(a b w) + s3 P(w | b)) / (c(a b) + s3)
    P(w | b)   = (c(b w) + s2 P(w)) / (c(b) + s2)
    P(w)       = u c(w) / c + v r(w) / r + (1 - u - v) P_lm(w)     u = U c / (c + s1), v = V r / (r + sr)

with r the uses of late. The language model is not asked for a word that the list lacks: what the user wrote tells more
of a name than a model that has never met it. For such a word, and besides for one that the user added,

    P_lm(w) = c(w) / (c + a / A + s1) + A a(w) / (a + sa)

stands in its place, where a counts the words that were added by hand or put back after a correction: own words are the
part A of a text, however many names there are, and who adds a name means to write it, however much else was written
since. Listed words lose nothing by it, since a search never spends what the model leaves to unlisted ones.

So the weight of the user grows with what was seen of the place. Counts fade with time, uses of late with every word
(`recency.py`). The strengths s2, s3 follow the number of different followers, as Witten and Bell (1991) estimate how
often something new comes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from autocomplete.counts import Counts
from autocomplete.followers import Followers
from autocomplete.lexicon import Lexicon
from autocomplete.typed_words import GAP, START


class PersonalOptions(NamedTuple):
    """How far the user's own text is trusted. Chosen on dialogues held out from the language model's training."""

    word_share: float = 0.1
    """most that the user's words without regard to place may count: U above"""
    word_strength: float = 300.0
    """words after which they count half of that: s1 above"""
    recent_share: float = 0.05
    """most that the words used lately may count besides: V above"""
    recent_strength: float = 100.0
    """sr above"""
    own_part: float = 0.03
    """of a text that is words which the list lacks: A above"""
    added_strength: float = 30.0
    """words added after which they count half of that: sa above"""
    pair_strength: float = 20.0
    triple_strength: float = 5.0
    """s2 and s3 above, per different follower, one at least"""


class UsersPlace(NamedTuple):
    """What is known of a place: what followed, and the share of each level in the sum."""

    pairs: Followers | None
    triples: Followers | None
    pair_factor: float
    """a pair's weight times this is its part of the probability"""
    triple_factor: float
    word_factor: float
    recent_factor: float
    """the same for uses of late"""
    own_factor: float
    """and, besides, for the uses of words that the word list lacks, and of words added"""
    added_factor: float
    """and for the times that a word was added"""
    rest: float
    """what is left to the language model"""


class UsersPart:
    """Answers what the user is likely to write."""

    def __init__(self, counts: Counts, lexicon: Lexicon, options: PersonalOptions | None = None) -> None:
        self.counts = counts
        self.options = options or PersonalOptions()
        self._lexicon = lexicon

    def weight(self, context: tuple[str, str], *, remember: bool = True) -> float:
        """Give what the user's own text counts beside the language model in a place, 0 <= weight < 1."""
        return 1 - self.place(context, remember).rest

    def place(self, context: tuple[str, str], remember: bool = True) -> UsersPlace:
        """Look up what is known of a place."""
        first, second = context
        options, counts = self.options, self.counts
        now = 1 / counts.clock.scale()
        words = counts.total * now
        word_weight = options.word_share * words / (words + options.word_strength)
        pairs = counts.followers((second,), remember=remember) if second != GAP else None
        triples = None
        if second not in (GAP, START) and first != GAP:
            triples = counts.followers((first, second), remember=remember)
        rest, pair_factor, triple_factor = 1.0, 0.0, 0.0
        if triples:
            strength = options.triple_strength * len(triples.weights)
            triple_factor = now / (triples.total * now + max(1.0, strength))
            rest *= 1 - triples.total * triple_factor
        if pairs:
            strength = options.pair_strength * len(pairs.weights)
            pair_factor = now / (pairs.total * now + max(1.0, strength))
            pair_factor, rest = rest * pair_factor, rest * (1 - pairs.total * pair_factor)
        word_factor = rest * word_weight / counts.total if counts.total > 0 else 0.0
        recent = counts.recent.total
        recent_factor = rest * options.recent_share / (recent + options.recent_strength)
        rest -= word_factor * counts.total + recent_factor * recent
        own_factor = rest * now / (words + counts.kept / options.own_part + options.word_strength)
        added_factor = rest * options.own_part / (counts.kept + options.added_strength)
        return UsersPlace(
            pairs, triples, pair_factor, triple_factor, word_factor, recent_factor, own_factor, added_factor, rest
        )

    def share(self, word: str, place: UsersPlace) -> float:
        """Give the user's part of the probability of a folded word: all but `rest` times that of the language model."""
        return self.shares([word], place)[0]

    def shares(self, words: Iterable[str], place: UsersPlace) -> list[float]:
        """Give the same of several words."""
        rows, recent = self.counts.words, self.counts.recent.uses
        pairs = place.pairs.weights if place.pairs else {}
        triples = place.triples.weights if place.triples else {}
        shares = []
        for word in words:
            share = place.pair_factor * pairs.get(word, 0.0) + place.triple_factor * triples.get(word, 0.0)
            row = rows.get(word)
            if row:
                share += place.word_factor * row.weight + place.recent_factor * recent(word)
                if row.kept or not self._lexicon.lists(word):
                    share += place.own_factor * row.weight + place.added_factor * row.kept
            shares.append(share)
        return shares

    def shares_by_slot(
        self, place: UsersPlace, weights: NDArray[np.float64], added: NDArray[np.int64], is_own: NDArray[np.bool_]
    ) -> NDArray[np.float64]:
        """Give the same of all words that were learned, by slot (`learned_words.py`): float64 [slots].

        Parameters
        ----------
        place : UsersPlace
            Where.
        weights : float64 [slots]
            Of the words, relative to the epoch.
        added : int64 [slots]
            How often each was added.
        is_own : bool [slots]
            Those that the word list lacks.
        """
        words = self.counts.words
        shares = weights * np.where(is_own | (added > 0), place.word_factor + place.own_factor, place.word_factor)
        shares += place.added_factor * added
        for level, factor in ((place.pairs, place.pair_factor), (place.triples, place.triple_factor)):
            if level:
                level.add_to(shares, factor, words)
        self.counts.recent.add_to(shares, place.recent_factor, words)
        return shares
