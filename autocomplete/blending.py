"""The user's part in what is offered: which of the user's words may be meant, at what share and cost.

Owns the way from a place (`personal.py`) and what is typed to the `Shares` that a search takes in, and back from what
it found to readings, in the user's casing. Knows nothing of how a search goes.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from autocomplete.beam import Hypothesis
from autocomplete.caret import Caret
from autocomplete.casing import show
from autocomplete.channel import Channel, Costs
from autocomplete.lexicon import Lexicon, key_of
from autocomplete.matching import LOWER_BIAS
from autocomplete.own_spaces import OwnSpaces
from autocomplete.personal import PersonalModel, UsersPlace
from autocomplete.reading import Reading
from autocomplete.shares import Share, Shares
from autocomplete.typed_words import context_of, fold
from autocomplete.users_words import UsersWords, likeliest

_MOST: Final = 12
"""of the user's words that are weighed wherever they stand, and of those that followed here: the likeliest for what is
typed"""
_MOST_FOLLOWERS: Final = 64
"""of what followed a context, the heaviest, that is weighed with what is typed"""
_MOST_RECENT: Final = 96
"""of the words used last, those that are weighed with what is typed"""
_LEAST: Final = 1e-12
"""Probability of a word that nobody expects."""


@dataclass(frozen=True)
class _Followers:
    """A place with what followed there or was used lately, listed words and others, for any letters typed."""

    place: UsersPlace
    listed: list[str]
    groups: NDArray[np.int32]
    """of the lexicon, of `listed`"""
    shares: NDArray[np.float64]
    """natural log of the shares of `listed`"""
    own: list[str]
    known: dict[str, float]
    """shares by word, as far as they were asked for"""


class Blending:
    """Weighs words for one user.

    Parameters
    ----------
    model : PersonalModel
        What the user writes.
    lexicon : Lexicon
        What is listed.
    channel : Channel
        What errors cost.
    """

    def __init__(self, model: PersonalModel, lexicon: Lexicon, channel: Channel) -> None:
        self.model = model
        self._lexicon = lexicon
        self._channel = channel
        self._words = UsersWords(model.counts, lexicon, channel, model.is_offered)
        self._spaces = OwnSpaces(model, self._words, lexicon, channel)
        self._blocked: tuple[frozenset[str], NDArray[np.intp]] = (frozenset(), np.zeros(0, np.intp))
        self._last: tuple[int, str, _Followers] | None = None
        model.counts.when_dropped.append(self.clear)

    def blocked(self) -> NDArray[np.intp]:
        """Give the numbers of the lexicon's words that the user blocked, in all their forms."""
        blocked, lexicon = self.model.blocked, self._lexicon
        if self._blocked[0] is not blocked:
            groups = [group for word in blocked if (group := self._words.group_of(word)) is not None]
            self._blocked = (blocked, np.flatnonzero(np.isin(lexicon.group, groups)))
        return self._blocked[1]

    def shares(self, caret: Caret, costs: Costs, *, whole: bool = False, remember: bool = True) -> Shares:
        """Give what the user adds to the probabilities of words.

        Parameters
        ----------
        caret : Caret
            Where.
        costs : Costs
            What each listed word costs for what is typed, infinite for those not to be offered.
        whole : bool
            All of the word is typed.
        remember : bool
            False in a private field: asking leaves nothing behind once `clear` was called.
        """
        followers = self._followers(caret, remember)
        place = followers.place
        if place.rest >= 1:
            return Shares(0.0, {}, {}, self._lexicon.trie)
        listed: dict[int, Share] = {}
        own: dict[str, Share] = {}
        asks_for_name, seen = caret.asks_for_name, set()
        for word, group, cost in self._meant(caret, costs, followers, whole):
            if cost == math.inf or word in seen:
                continue
            seen.add(word)
            share = followers.known.get(word)
            if share is None:
                share = followers.known[word] = self.model.share(word, place) / place.rest
            if share <= 0:
                continue
            if asks_for_name and self.model.form_of(word)[0].islower():
                share *= math.exp(LOWER_BIAS)
            if group is not None:
                listed[group] = Share(share, cost)
            elif whole or not self._is_typed(word, caret):
                own[word] = Share(share, cost)
        return Shares(math.log(place.rest), listed, own, self._lexicon.trie)

    def readings(
        self,
        found: Sequence[Hypothesis],
        filled: Sequence[Hypothesis],
        shares: Shares,
        caret: Caret,
        k: int,
        *,
        whole: bool = False,
    ) -> list[Reading]:
        """Put together what a search found and the user's own words.

        Parameters
        ----------
        found : sequence of Hypothesis
            By a search that these shares were given to.
        filled : sequence of Hypothesis
            What would be offered if the user had no own words.
        shares : Shares
            The user's part.
        caret : Caret
            Where.
        k : int
            How many are wanted.
        whole : bool
            All of the word is typed.

        Returns
        -------
        list of Reading
            At most k, best first.
        """
        added = [hypothesis for hypothesis in filled if hypothesis not in found]
        weighed = [(one.score, one.logprob, self._form(one.word, shares)) for one in [*found, *added]]
        for word, one in heapq.nsmallest(k + 1, shares.own.items(), key=lambda item: (-item[1].score, item[0])):
            logprob = math.log(one.share) + shares.rest
            weighed.append((logprob - one.cost, logprob, self.model.form_of(word)))
        shown: dict[str, Reading] = {}
        for score, logprob, form in sorted(weighed, key=lambda one: -one[0]):
            reading = Reading.of(form, caret, logprob, score)
            if whole or reading.word != caret.prefix:
                shown.setdefault(reading.word, reading)
        best = list(shown.values())[:k]
        if added and not whole:
            self._see_to(added[-1], best, caret, k)
        return best

    def respaced(
        self, readings: Sequence[Reading], caret: Caret, *, whole: bool, remember: bool = True
    ) -> list[Reading]:
        """Add readings with the user's own words to those whose spaces went wrong; leave out what is blocked."""
        own = self._spaces.readings(caret, whole=whole, remember=remember)
        blocked = self.model.blocked
        return [one for one in [*readings, *own] if blocked.isdisjoint(map(fold, one.word.split()))]

    def literal(self, caret: Caret, logprob: float, *, remember: bool = True) -> float:
        """Weigh the logprob of the word as it was typed."""
        place = self._followers(caret, remember).place
        share = self.model.share(fold(caret.typed), place)
        return math.log(max(_LEAST, place.rest * math.exp(logprob) + share))

    def clear(self) -> None:
        """Forget the place that was asked for last."""
        self._last = None

    # ---- the user's words that may be meant

    def _followers(self, caret: Caret, remember: bool) -> _Followers:
        """Look up the place of a caret, once for all keys of a word."""
        version = self.model.counts.version
        if self._last is None or self._last[:2] != (version, caret.context):
            found = self._look_up(self.model.place(context_of(caret.context), remember))
            self._last = (version, caret.context, found)
        return self._last[2]

    def _look_up(self, place: UsersPlace) -> _Followers:
        words = self._words.follow()
        top = [word for level in (place.triples, place.pairs) if level for word in level.top[:_MOST_FOLLOWERS]]
        top += self.model.counts.recent.latest(_MOST_RECENT)
        listed: dict[str, int] = {}
        own = []
        for word in dict.fromkeys(top):
            group = words.group_of(word)
            if group is not None:
                listed[word] = group
            elif words.is_own(word):
                own.append(word)
        shares = np.array(self.model.shares(listed, place), np.float64) / place.rest
        known = dict(zip(listed, shares.tolist(), strict=True))
        groups = np.fromiter(listed.values(), np.int32, len(listed))
        return _Followers(place, list(listed), groups, np.log(np.maximum(shares, _LEAST)), own, known)

    def _meant(
        self, caret: Caret, costs: Costs, followers: _Followers, whole: bool
    ) -> Iterator[tuple[str, int | None, float]]:
        """Give the user's words that are likeliest for what is typed, with their groups in the lexicon and costs."""
        words = self._words.follow()
        matched = words.match(caret, whole=whole)
        for word, cost in matched.likeliest(_MOST):
            if self.model.is_offered(word):
                yield word, None, self._with_marks(word, caret, cost)
        listed = words.listed
        for at in likeliest(listed.weights - costs.words[listed.groups], _MOST):
            yield listed.words[at], int(listed.groups[at]), float(costs.words[listed.groups[at]])
        for at in likeliest(followers.shares - costs.words[followers.groups], _MOST):
            yield followers.listed[at], int(followers.groups[at]), float(costs.words[followers.groups[at]])
        for word in followers.own:
            cost = matched.cost(word)
            if cost is None:
                cost = 0.0 if self._goes_on(word, caret) else math.inf
            if cost < math.inf:
                yield word, None, self._with_marks(word, caret, cost)

    def _with_marks(self, word: str, caret: Caret, cost: float) -> float:
        """Add what it costs that an apostrophe or an accent was typed which a word does not have."""
        if caret.typed.casefold() == caret.key or self._goes_on(word, caret):
            return cost
        return cost + (self._channel.cost_of_mark if self._channel.tolerant else math.inf)

    def _goes_on(self, word: str, caret: Caret) -> bool:
        """Tell whether a word begins with what is typed, marks and all if there are some."""
        typed = caret.typed.casefold()
        return (word if typed != caret.key else key_of(word)).startswith(typed)

    def _is_typed(self, word: str, caret: Caret) -> bool:
        """Tell whether a word stands there already as it would be shown."""
        if key_of(word) != caret.key:
            return False
        return (
            show(self.model.form_of(word), caret.prefix, sentence_start=caret.sentence_start, habits=caret.habits)
            == caret.prefix
        )

    def _form(self, word: int, shares: Shares) -> str:
        """Give the way a word of the lexicon is written: the user's, if the user writes it."""
        form, group = self._lexicon.forms[word], int(self._lexicon.group[word])
        return self.model.form_of(fold(form)) if group in shares.listed else form

    def _see_to(self, must: Hypothesis, best: list[Reading], caret: Caret, k: int) -> None:
        """Keep the word that is offered whatever its rank, unless the user's words do what it is there for."""
        form = self._lexicon.forms[must.word]
        reading = Reading.of(form, caret, must.logprob, must.score)
        begun = any(key_of(other.inside).startswith(caret.key) for other in best)
        if len(best) < k or k == 1 or reading.word in [other.word for other in best]:
            return
        if key_of(form) == caret.key or not begun:
            best[-1] = reading
