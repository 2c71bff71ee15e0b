"""The user's part in what is offered: which of the user's words may be meant, at what share and cost.

Owns the way from a place (`users_part.py`) and what is typed to the `Shares` that a search takes in, and back from what
it found to readings, in the user's casing. Knows nothing of how a search goes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from autocomplete.caret import Caret
from autocomplete.casing import show
from autocomplete.channel import Channel, Costs
from autocomplete.hypotheses import Hypothesis
from autocomplete.lexicon import Lexicon, key_of
from autocomplete.matching import LOWER_BIAS
from autocomplete.own_spaces import OwnSpaces
from autocomplete.personal import PersonalModel
from autocomplete.reading import Reading
from autocomplete.shares import Share, Shares
from autocomplete.typed_words import context_of, fold
from autocomplete.users_part import UsersPlace
from autocomplete.users_words import UsersWords

_MOST_LISTED: Final = 24
"""of the user's words that the lexicon lists, those that are weighed with what is typed: the likeliest in the place"""
_MOST_OWN: Final = 12
"""the same of those that it lacks"""
_LEAST: Final = 1e-12
"""Probability of a word that nobody expects."""


class _Place(NamedTuple):
    """A place with what the user adds to each word there, for any letters typed."""

    place: UsersPlace
    shares: NDArray[np.float64]
    """float64 [slots], natural log of each word's share, relative to what is left to the language model"""


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
        self._last: tuple[int, str, _Place] | None = None
        model.counts.when_dropped += [self.clear, channel.errors.clear]

    def blocked(self) -> NDArray[np.intp]:
        """Give the numbers of the lexicon's words that the user blocked, in all their forms."""
        blocked, lexicon = self.model.blocked, self._lexicon
        if self._blocked[0] is not blocked:
            groups = [group for word in blocked if (group := self._words.group_of(word)) is not None]
            found = np.flatnonzero(np.isin(lexicon.group, groups)) if groups else np.zeros(0, np.intp)
            self._blocked = (blocked, found)
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
        place, logprobs = self._place(caret, remember)
        trie = self._lexicon.trie
        if place.rest >= 1:
            nothing = np.empty(0, np.float64)
            return Shares(0.0, np.empty(0, np.int32), nothing, nothing, {}, trie)
        words = self._words
        slots = words.likeliest_listed(logprobs, costs.words, _MOST_LISTED)
        groups, shares = words.groups[slots], logprobs[slots]
        asks_for_name, form_of = caret.asks_for_name, self.model.form_of
        if asks_for_name:
            names = words.names
            shares += [LOWER_BIAS * form_of(names[slot])[0].islower() for slot in slots.tolist()]
        own: dict[str, Share] = {}
        marked = caret.typed.casefold() != caret.key
        for key, word, share, cost in words.likeliest_own(caret, logprobs, _MOST_OWN, whole=whole):
            if marked:
                cost = self._with_marks(word, caret, cost)
            if cost == math.inf or (not whole and key == caret.key and self._is_typed(word, caret)):
                continue
            own[word] = Share(share + LOWER_BIAS * (asks_for_name and form_of(word)[0].islower()), cost)
        return Shares(math.log(place.rest), groups, shares, costs.words[groups].astype(np.float64), own, trie)

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
        groups = frozenset(shares.groups.tolist())
        weighed: list[tuple[float, float, int | str]] = [(one.score, one.logprob, one.word) for one in [*found, *added]]
        for word, one in sorted(shares.own.items(), key=lambda item: (-item[1].score, item[0]))[: k + 1]:
            logprob = one.logprob + shares.rest
            weighed.append((logprob - one.cost, logprob, word))
        shown: dict[str, Reading] = {}
        for score, logprob, word in sorted(weighed, key=lambda one: -one[0]):
            if len(shown) == k:
                break
            # asked for those that are shown alone: the file may have to be read
            form = self.model.form_of(word) if isinstance(word, str) else self._form(word, groups)
            reading = Reading.of(form, caret, logprob, score)
            if whole or reading.word != caret.prefix:
                shown.setdefault(reading.word, reading)
        best = list(shown.values())
        if added and not whole:
            self._see_to(added[-1], best, caret, k)
        return best

    def respaced(
        self, readings: Sequence[Reading], caret: Caret, *, whole: bool, remember: bool = True
    ) -> list[Reading]:
        """Add readings with the user's own words to those whose spaces went wrong; leave out what is blocked."""
        return self.allowed([*readings, *self._spaces.readings(caret, whole=whole, remember=remember)])

    def allowed(self, readings: Sequence[Reading]) -> list[Reading]:
        """Leave out what the user blocked."""
        blocked = self.model.blocked
        return [one for one in readings if blocked.isdisjoint(map(fold, one.word.split()))]

    def literal(self, caret: Caret, logprob: float, *, remember: bool = True) -> float:
        """Weigh the logprob of the word as it was typed."""
        place = self._place(caret, remember).place
        share = self.model.share(fold(caret.typed), place)
        return math.log(max(_LEAST, place.rest * math.exp(logprob) + share))

    def clear(self) -> None:
        """Forget the place that was asked for last."""
        self._last = None

    # ---- the user's words that may be meant

    def _place(self, caret: Caret, remember: bool) -> _Place:
        """Look up the place of a caret, once for all keys of a word."""
        version = self.model.counts.version
        if self._last is None or self._last[:2] != (version, caret.context):
            words = self._words.follow()
            place = self.model.place(context_of(caret.context), remember)
            with np.errstate(divide="ignore"):
                shares = np.log(self.model.shares_by_slot(place, words.weights, words.added, words.is_own) / place.rest)
            self._last = (version, caret.context, _Place(place, shares))
        return self._last[2]

    def _with_marks(self, word: str, caret: Caret, cost: float) -> float:
        """Add what it costs that a word does not have the apostrophe or accent that was typed."""
        if word.startswith(caret.typed.casefold()):
            return cost
        return cost + (self._channel.cost_of_mark if self._channel.tolerant else math.inf)

    def _is_typed(self, word: str, caret: Caret) -> bool:
        """Tell whether a word of the key that is typed stands there already as it would be shown."""
        return (
            show(self.model.form_of(word), caret.prefix, sentence_start=caret.sentence_start, habits=caret.habits)
            == caret.prefix
        )

    def _form(self, word: int, groups: frozenset[int]) -> str:
        """Give the way a word of the lexicon is written: the user's, if it is of a group that the user writes."""
        form = self._lexicon.forms[word]
        return self.model.form_of(fold(form)) if int(self._lexicon.group[word]) in groups else form

    def _see_to(self, must: Hypothesis, best: list[Reading], caret: Caret, k: int) -> None:
        """Keep the word that is offered whatever its rank, unless the user's words do what it is there for."""
        form = self._lexicon.forms[must.word]
        reading = Reading.of(form, caret, must.logprob, must.score)
        begun = any(key_of(other.inside).startswith(caret.key) for other in best)
        if len(best) < k or k == 1 or reading.word in [other.word for other in best]:
            return
        if key_of(form) == caret.key or not begun:
            best[-1] = reading
