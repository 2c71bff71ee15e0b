"""The user's part in what is offered: words that were found are weighed with what this user writes, own words join in.

Owns the sum of `personal.py`'s docstring where words meet: P = (1 - w) P_lm + w P_user, each less the cost of the
errors that taking it for what is typed needs. Knows what the search found, not how.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from autocomplete.beam import Hypothesis
from autocomplete.caret import Caret
from autocomplete.channel import Channel
from autocomplete.lexicon import VARIANT, Lexicon, key_of
from autocomplete.own_words import OwnWords
from autocomplete.personal import PersonalModel, UsersPlace
from autocomplete.reading import Reading
from autocomplete.typed_words import context_of, fold

_LEAST: Final = 1e-12
"""Probability of a word that nobody expects."""
_MOST_LIKELY: Final = 12
"""The user's words that go on from what is typed, the likeliest."""
_MOST_NEAR: Final = 8
"""The user's own words that are looked at in spite of key errors, the cheapest."""


@dataclass(frozen=True)
class Place:
    """Where words are weighed."""

    caret: Caret
    users: UsersPlace
    """what the user wrote in such a place"""


@dataclass(frozen=True, slots=True)
class Blended:
    """A word with the user's part in its probability."""

    form: str
    """as it is written inside a sentence"""
    logprob: float
    score: float
    """the same less the cost of errors"""


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
        self._own: tuple[frozenset[str], OwnWords, Channel] | None = None

    def readings(
        self,
        found: Sequence[Hypothesis],
        filled: Sequence[Hypothesis],
        costs: NDArray[np.float32],
        caret: Caret,
        k: int,
        *,
        whole: bool = False,
        remember: bool = True,
    ) -> list[Reading]:
        """Weigh what a search found with what the user writes here.

        Parameters
        ----------
        found : sequence of Hypothesis
            What the language model holds likeliest, more than are offered.
        filled : sequence of Hypothesis
            What would be offered without a user.
        costs : float32 [n_words]
            What each listed word costs for what is typed, infinite for those not to be offered.
        caret : Caret
            Where.
        k : int
            How many are wanted.
        whole : bool
            All of the word is typed.
        remember : bool
            False in a private field: asking leaves nothing behind.

        Returns
        -------
        list of Reading
            At most k, best first.
        """
        place = Place(caret, self.model.place(context_of(caret.context), remember))
        added = [hypothesis for hypothesis in filled if hypothesis not in found]
        blended = self._weighed([*found, *added], place)
        for folded, share, cost in self._users_words(place, costs, whole=whole):
            if folded not in blended and cost < math.inf:
                logprob = math.log(max(_LEAST, share))
                blended[folded] = Blended(self.model.form_of(folded), logprob, logprob - cost)
        shown: dict[str, Reading] = {}
        for one in sorted(blended.values(), key=lambda one: (-one.score, one.form)):
            reading = Reading.of(one.form, caret, one.logprob, one.score)
            if whole or reading.word != caret.prefix:
                shown.setdefault(reading.word, reading)
        best = list(shown.values())[:k]
        if added and not whole:
            self._see_to(added[-1], best, caret, k)
        return best

    def finished(
        self, found: Sequence[Hypothesis], costs: NDArray[np.float32], caret: Caret, k: int, *, remember: bool = True
    ) -> list[Reading]:
        """Do the same for a finished word, which may be any of those found."""
        return self.readings(found, found, costs, caret, k, whole=True, remember=remember)

    def literal(self, caret: Caret, logprob: float, *, remember: bool = True) -> float:
        """Weigh the logprob of the word as it was typed."""
        place = self.model.place(context_of(caret.context), remember)
        return _mixed(logprob, self.model.share(fold(caret.typed), place), place)

    def _weighed(self, found: Sequence[Hypothesis], place: Place) -> dict[str, Blended]:
        blended: dict[str, Blended] = {}
        for hypothesis in found:
            form = self._lexicon.forms[hypothesis.word]
            folded = fold(form)
            if folded in self.model.blocked or folded in blended:
                continue
            share = self.model.share(folded, place.users)
            logprob = _mixed(hypothesis.logprob, share, place.users)
            written = self.model.form_of(folded) if share else form
            blended[folded] = Blended(written, logprob, logprob + hypothesis.score - hypothesis.logprob)
        return blended

    def _users_words(
        self, place: Place, costs: NDArray[np.float32], *, whole: bool
    ) -> Iterator[tuple[str, float, float]]:
        """Give the user's words that may be meant: folded, the user's part of the probability, cost of errors."""
        typed = place.caret.typed
        near = self._near(place.caret, whole=whole)
        if not whole:
            key, folded = place.caret.key, typed.casefold()
            shares = sorted(self.model.shares(place.users, key).items(), key=lambda item: (-item[1], item[0]))
            for word, share in shares[:_MOST_LIKELY]:
                if folded == key or word.startswith(folded):  # an apostrophe or an accent that was typed is meant
                    yield word, share, self._price(word, costs, near.pop(word, 0.0))
        for word, cost in near.items():
            yield word, self.model.share(word, place.users), cost

    def _price(self, folded: str, costs: NDArray[np.float32], otherwise: float) -> float:
        """Give the cost of a word, its own if it is listed."""
        lexicon = self._lexicon
        listed = [
            float(costs[word])
            for word in lexicon.exactly(key_of(folded))
            if lexicon.forms[word].lower() == folded and not lexicon.flags[word] & VARIANT
        ]
        return min(listed, default=otherwise)

    def _near(self, caret: Caret, *, whole: bool) -> dict[str, float]:
        """Price the user's own words for what is typed; the cheapest."""
        own, channel = self._own_words()
        if not caret.key or not len(own):
            return {}
        costs = channel.match(caret.key, caret.key_touches, whole=whole)
        finite = np.flatnonzero(np.isfinite(costs))
        cheapest = finite[np.argsort(costs[finite], kind="stable")[:_MOST_NEAR]]
        return {own.words[place]: float(costs[place]) for place in cheapest.tolist()}

    def _own_words(self) -> tuple[OwnWords, Channel]:
        words = self.model.own_words()
        if self._own is None or self._own[0] is not words:
            own = OwnWords(words, self._lexicon.letters.alphabet)
            self._own = (words, own, self._channel.over(own))
        return self._own[1:]

    def _see_to(self, must: Hypothesis, best: list[Reading], caret: Caret, k: int) -> None:
        """Keep the word that is offered whatever its rank, unless the user's words do what it is there for."""
        form = self._lexicon.forms[must.word]
        reading = Reading.of(form, caret, must.logprob, must.score)
        key = caret.key
        begun = any(key_of(other.inside).startswith(key) for other in best)
        if (
            len(best) < k
            or k == 1
            or reading.word in [other.word for other in best]
            or fold(form) in self.model.blocked
        ):
            return
        if key_of(form) == key or not begun:
            best[-1] = reading


def _mixed(logprob: float, share: float, place: UsersPlace) -> float:
    """Weigh a logprob of the language model with the user's part."""
    return math.log(max(_LEAST, place.rest * math.exp(logprob) + share))
