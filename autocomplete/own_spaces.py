"""The user's own words where a space was missed, hit beside, or typed by accident: `metzorblatt`, `zor blatt`.

Owns the same hypotheses as `spaces.py` for words that the lexicon lacks. The language model is not asked: what stands
beside an own word counts as often as it comes in running text, so that these readings cost no more of its calls.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import product
from typing import Final, NamedTuple

import numpy as np

from autocomplete.caret import Caret, caret_of
from autocomplete.casing import show
from autocomplete.channel import Channel
from autocomplete.lexicon import OFFENSIVE, VARIANT, Lexicon, key_of
from autocomplete.personal import PersonalModel
from autocomplete.reading import Reading
from autocomplete.typed_words import GAP, context_of, fold
from autocomplete.users_words import UsersWords

_UNKNOWN: Final = -14.0
"""natural log of the frequency of a word that is not known: rarer than any that is listed"""
_SHORTEST: Final = 2
"""letters of an own word, or of its beginning, that are looked for beside another word"""
_MOST: Final = 3
"""own words that letters may begin: the heaviest"""


class _Asked(NamedTuple):
    """What is asked for."""

    caret: Caret
    whole: bool
    """all of the last word is typed"""
    remember: bool
    """asking may leave something in memory"""


class OwnSpaces:
    """Finds own words whose spaces went wrong.

    Parameters
    ----------
    model : PersonalModel
        What the user writes.
    words : UsersWords
        The same, by letters.
    lexicon : Lexicon
        The words beside.
    channel : Channel
        What errors cost.
    """

    def __init__(self, model: PersonalModel, words: UsersWords, lexicon: Lexicon, channel: Channel) -> None:
        self._model = model
        self._words = words
        self._lexicon = lexicon
        self._errors, self._weight = channel.errors, channel.weight

    def readings(self, caret: Caret, *, whole: bool, remember: bool = True) -> list[Reading]:
        """Read what is typed with a space more or one less, an own word among what comes out.

        Parameters
        ----------
        caret : Caret
            Where.
        whole : bool
            All of the last word is typed.
        remember : bool
            False in a private field: asking leaves nothing behind.
        """
        asked = _Asked(caret, whole, remember)
        self._words.follow()
        return [*self._split(asked), *self._joined(asked)]

    def _split(self, asked: _Asked) -> Iterator[Reading]:
        """Read typed letters as two words."""
        key = asked.caret.key
        for end in range(1, len(key)):
            missed = -math.log(self._errors.rates.missed_space)
            for rest, cost in ((key[end:], missed), (key[end + 1 :], self._errors.cost_for_space(key[end]))):
                if rest and cost < math.inf:
                    for words in self._pairs(asked, key[:end], rest):
                        yield self._pair(asked, words, self._weight * cost)

    def _pairs(self, asked: _Asked, first: str, second: str) -> Iterator[tuple[str, str]]:
        """Give pairs of folded words that two keys spell, an own one in each pair."""
        own_first = self._words.own_starting(first, whole=True) if len(first) >= _SHORTEST else []
        own_second = self._own(asked, second) if len(second) >= _SHORTEST else []
        yield from product(own_first, own_second)
        if own_first:
            yield from product(own_first, self._listed(second, whole=asked.whole))
        if own_second:
            yield from product(self._listed(first, whole=True), own_second)

    def _pair(self, asked: _Asked, words: tuple[str, str], cost: float) -> Reading:
        caret, context = asked.caret, context_of(asked.caret.context)
        logprob = self._logprob(asked, words[0], context) + self._logprob(asked, words[1], (context[1], words[0]))
        first, second = (self._model.form_of(word) for word in words)
        shown = show(first, caret.prefix[:2], sentence_start=caret.sentence_start, habits=caret.habits)
        return Reading(f"{shown} {second}", caret.prefix, logprob, logprob - cost)

    def _joined(self, asked: _Asked) -> Iterator[Reading]:
        """Read a finished word and the letters after it as one own word."""
        caret = asked.caret
        before = caret_of(caret.context[:-1]) if caret.context[-1:] == " " else None
        if before is None or not before.prefix:
            return
        words = self._own(asked, before.key + caret.key)
        context = context_of(before.context) if words else (GAP, GAP)
        for word in words:
            # beside other readings of the last word, which go on from the one before it, only the ratio counts
            alone = self._logprob(asked, fold(before.typed), context)
            logprob = self._logprob(asked, word, context)
            score = logprob - alone + self._weight * math.log(self._errors.rates.accidental_space)
            shown = show(
                self._model.form_of(word), before.prefix, sentence_start=before.sentence_start, habits=caret.habits
            )
            yield Reading(shown, f"{before.prefix} {caret.prefix}", logprob, score)

    def _own(self, asked: _Asked, key: str) -> list[str]:
        found = self._words.own_starting(key, whole=asked.whole)
        return sorted(found, key=lambda word: (-self._model.counts.weight(word), word))[:_MOST]

    def _listed(self, key: str, *, whole: bool) -> list[str]:
        """Give the most frequent word of the lexicon that a key spells or begins, folded; none if there is none."""
        lexicon = self._lexicon
        span = lexicon.exactly(key) if whole else range(*lexicon.range_of(key))
        if not len(span):
            return []
        words = np.arange(span[0], span[-1] + 1)
        words = words[(lexicon.flags[words] & (OFFENSIVE | VARIANT)) == 0]
        found = [fold(lexicon.forms[int(words[np.argmax(lexicon.logprobs[words])])])] if len(words) else []
        return [word for word in found if word not in self._model.blocked]

    def _logprob(self, asked: _Asked, word: str, context: tuple[str, str]) -> float:
        """Give the natural log of a word's probability: the user's part, and how often anybody writes it."""
        place, lexicon = self._model.place(context, asked.remember), self._lexicon
        listed = [at for at in lexicon.exactly(key_of(word)) if lexicon.forms[at].lower() == word]
        general = max((float(lexicon.logprobs[at]) for at in listed), default=_UNKNOWN)
        return math.log(self._model.share(word, place) + place.rest * math.exp(general))
