"""A word seen again once the next one is there: `re you` was `are you`.

Owns which finished words are in doubt, and how much likelier the sentence is with another in their place. Only words
one error away take part, three at most, and only where frequencies alone leave room for doubt: of most words nothing is
asked. What was worked out for one word serves every letter of the next.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

import numpy as np

from autocomplete import text as rules
from autocomplete.attested import Attested
from autocomplete.calibration import Calibration
from autocomplete.caret import Caret, caret_of
from autocomplete.casing import Suggestion, show, suggest
from autocomplete.channel import Channel
from autocomplete.correction import Correction, is_left_alone
from autocomplete.lexicon import OFFENSIVE, UNLISTED, VARIANT, Lexicon, key_of
from autocomplete.lm import LanguageModel, Logprobs, State
from autocomplete.mistakes import NEIGHBOURS, may_be_shorthand, mistake_of
from autocomplete.paths import follow_paths
from autocomplete.single_pieces import SinglePieces
from autocomplete.tokenizer import Tokenizer
from autocomplete.user import User

_OTHERS: Final = 3
"""other words that are weighed"""
_FURTHEST: Final = 12.0
"""Greatest cost of another word in nats: one error."""
_DOUBT: Final = -6.0
"""Nats by which another word must at least exceed the one typed, of their frequencies less the cost of the error: two
of a hundred words in running text leave that much room, and seven of ten slips that were not corrected."""
OFFERED: Final = 1.0
"""Least margin of a second reading that is offered."""
SURE: Final = 3.0
"""Least margin of one that is offered first, and of one that is made without being asked once the next word is
finished if fingers fell beside keys. Of slips that were not corrected before, simulated on validation text, half exceed
it; hardly any word typed right does, shorthand apart, which seldom looks like such a slip."""
CERTAIN: Final = 4.5
"""Least margin of one that is made so if letters were left out or came in, which looks like shorthand (`thnk`)."""

_TOKENS: Final = 30
"""tokens of all readings together: what fits into a search"""
_WORDS_SEEN: Final = 2
"""Words whose readings are kept: both of those that are weighed at each letter of the next."""
_REACH: Final = 96
"""characters looked at"""
_WORDS: Final = re.compile(r"(?<!\S)(\S+)(?: (\S+))? \Z")


@dataclass(frozen=True)
class Second:
    """What stood there if the word before was another."""

    word: str
    """it and what follows, as it is shown"""
    typed: str
    """the characters that it replaces"""
    logprob: float
    """natural log of its probability"""
    margin: float
    """nats by which it is likelier than what was typed, the cost of the error taken off"""

    @property
    def confidence(self) -> float:
        """Estimate the probability that it was meant."""
        return 1 / (1 + math.exp(-self.margin))


@dataclass(frozen=True)
class _Doubted:
    """A finished word that may have been another."""

    word: str
    following: str
    """the word after it, if it is not the last"""
    typed: str
    """both, with their spaces"""
    others: tuple[tuple[int, float], ...]
    """words that may have been meant, with the cost of the error"""
    before: Caret
    """where it was begun"""


@dataclass(frozen=True)
class _Branch:
    """One way the text before the next word may read."""

    form: str
    score: float
    """natural log of its probability less the cost of the error"""
    cost: float
    row: Logprobs
    """logprobs of the token after it"""


class Hindsight:
    """Weighs words again.

    Parameters
    ----------
    read : callable
        Reads a context, reusing a state.
    user : PersonalModel, optional
        Whose words stay as they are.
    attested : Attested, optional
        Words that are not listed and yet written: they are not corrected.
    """

    def __init__(
        self,
        lm: LanguageModel,
        lexicon: Lexicon,
        tokenizer: Tokenizer,
        channel: Channel,
        read: Callable[[str, State | None], State],
        user: User | None = None,
        attested: Attested | None = None,
    ) -> None:
        self._lm = lm
        self._lexicon = lexicon
        self._tokenizer = tokenizer
        self._channel = channel
        self._read = read
        self._user = user
        self._attested = attested or Attested.from_bytes(None)
        self._single = SinglePieces(lexicon, without=OFFENSIVE)
        self._doubted = lru_cache(maxsize=_WORDS_SEEN)(self._doubted_uncached)
        self._doubts = lru_cache(maxsize=1024)(self._doubts_uncached)
        self._seen: dict[tuple[str, str, str], list[_Branch]] = {}

    def clear(self) -> None:
        """Forget the words that were seen."""
        self._doubts.cache_clear()
        self._doubted.cache_clear()
        self._seen.clear()

    def offered(
        self, words: list[Suggestion], text: str, caret: Caret, state: State, k: int, calibration: Calibration
    ) -> list[Suggestion]:
        """Put another reading of the words before among k words: first if it is sure, else in the last place."""
        second = self._begun(caret, state)
        if second is None or not text.endswith(second.typed) or (k == 1 and second.margin < SURE):
            return words
        sure = calibration.second(second.margin)
        offer = suggest(second.word, second.typed, second.logprob, confidence=sure, needs_space=caret.needs_space)
        words = [replace(word, confidence=(1 - sure) * word.confidence) for word in words[: k - 1]]
        return [offer, *words] if second.margin >= SURE else [*words, offer]

    def correction(self, text: str, caret: Caret, state: State) -> Correction | None:
        """Give the correction of the word before the one that is finished, with that, if it surely was another."""
        doubted, _ = self._doubted(caret.context)
        if doubted is None or not caret.prefix or self._attested.frequency(doubted.word.lower()) > 0:
            return None
        second = self._weigh(caret, state, doubted, whole=True)
        if second is None or not text.endswith(second.typed):
            return None
        typed, errors = key_of(doubted.word), self._channel.errors
        mistake = mistake_of(typed, key_of(second.word.split(" ")[0]), errors)
        if second.margin < (SURE if mistake in NEIGHBOURS else CERTAIN):
            return None
        if not self._lexicon.lists(doubted.word) and may_be_shorthand(typed, mistake):
            return None
        return Correction(typed=second.typed, word=second.word, confidence=second.confidence)

    def _begun(self, caret: Caret, state: State) -> Second | None:
        """Give another reading of one of the two words before the one that is begun, or before the caret if none is."""
        last, first = self._doubted(caret.context)
        found = []
        if last is not None and caret.prefix:
            found.append(self._weigh(caret, state, last, whole=False))
        if first is not None:
            found.append(self._weigh(caret, state, first, whole=False))
        likely = [second for second in found if second is not None and second.margin >= OFFERED]
        return max(likely, key=lambda second: second.margin, default=None)

    def _weigh(self, caret: Caret, state: State, doubted: _Doubted, *, whole: bool) -> Second | None:
        """Weigh a word before the caret anew."""
        word, following, before = doubted.word, doubted.following, doubted.before
        if self._user is not None and self._user.is_offered(word):
            return None
        branches = self._branches(before.context, word, following, doubted.others, state)
        scored = [(branch, *self._goes_on(branch, caret, whole)) for branch in branches]
        if len(scored) < 2:
            return None
        (_, literal, _), *rest = scored
        branch, score, ending = max(rest, key=lambda item: item[1])
        if ending is None:
            return None
        shown = show(branch.form, word, sentence_start=before.sentence_start, habits=caret.habits)
        # what follows stays as it was typed, but for a word that is still to be completed
        words = [shown, following, caret.prefix if whole else caret.habits.follow(ending)]
        if self._user is not None and {rules.normalise(word).lower() for word in words} & self._user.blocked:
            return None
        return Second(
            word=" ".join(filter(None, words)),
            typed=doubted.typed + caret.prefix,
            logprob=score + branch.cost,
            margin=score - literal,
        )

    def _goes_on(self, branch: _Branch, caret: Caret, whole: bool) -> tuple[float, str | None]:
        """Give the score of a branch with what is typed of the next word, and the likeliest form of that."""
        if not caret.prefix:
            return branch.score, ""
        words = self._single.of(caret.key, whole=whole)
        if not len(words) and whole:  # the beginning of a longer word tells nearly as much
            return branch.score + float(branch.row[self._tokenizer.encode(f" {caret.typed}")[0]]), caret.prefix
        if not len(words):
            return branch.score, None
        logprobs = branch.row[self._single.token[words]]
        best = int(words[logprobs.argmax()])
        form = self._lexicon.forms[self._lexicon.group[best]]
        return branch.score + float(np.logaddexp.reduce(logprobs)), form

    def _branches(
        self, context: str, word: str, following: str, others: Sequence[tuple[int, float]], state: State
    ) -> list[_Branch]:
        """Give the ways the text may read, what was typed first; fewer than two if there is no room to weigh them."""
        asked = (context, word, following)
        if asked in self._seen:
            return self._seen[asked]
        lexicon, tokenizer = self._lexicon, self._tokenizer
        after = tokenizer.encode(" " + (lexicon.only(following) or following)) if following else []
        typed = rules.recase(word, lexicon.usual, lexicon.only)  # lower case, if it begins a sentence
        paths = [tokenizer.encode(" " + typed) + after, *(lexicon.pieces_of(other) + after for other, _ in others)]
        branches = []
        if sum(map(len, paths)) <= _TOKENS:
            sums, rows = follow_paths(self._lm, self._read(context, state), paths)
            forms = [word, *(lexicon.forms[other] for other, _ in others)]
            costs = [0.0, *(cost for _, cost in others)]
            branches = [
                _Branch(form, total - cost, cost, row)
                for form, cost, total, row in zip(forms, costs, sums, rows, strict=True)
            ]
        while len(self._seen) >= _WORDS_SEEN:
            del self._seen[next(iter(self._seen))]
        self._seen[asked] = branches
        return branches

    def _doubted_uncached(self, context: str) -> tuple[_Doubted | None, _Doubted | None]:
        """Give the last word of a context, and the one before that, if they are in doubt at all."""
        match = _WORDS.search(context[-_REACH:])
        if match is None:
            return None, None
        first, last = match.groups()
        return self._in_doubt(context, last or first, ""), self._in_doubt(context, first, last) if last else None

    def _in_doubt(self, context: str, word: str, following: str) -> _Doubted | None:
        short = len(word) < 2 and word != "i"
        if short or not word.isalpha() or not (following or "a").isalpha() or is_left_alone(word):
            return None
        others = self._doubts(key_of(word))
        if not others:
            return None
        typed = f"{word} {following} " if following else f"{word} "
        before = caret_of(context[: -len(typed)])
        if before is None or before.prefix or (word[0].isupper() and not before.sentence_start):
            return None
        return _Doubted(word, following, typed, others, before)

    def _doubts_uncached(self, key: str) -> tuple[tuple[int, float], ...]:
        """Give the words that may have been meant, with the cost of the error, the likeliest first."""
        lexicon = self._lexicon
        costs = self._channel.match(key, whole=True, dearest=_FURTHEST)
        fit = (costs > 0) & (costs <= _FURTHEST) & ((lexicon.flags & (OFFENSIVE | VARIANT)) == 0)
        words = np.flatnonzero(fit)
        words = words[[lexicon.keys[word] != key for word in words.tolist()]] if len(words) else words
        priors = lexicon.logprobs[words] - costs[words]
        typed = max((float(lexicon.logprobs[word]) for word in lexicon.exactly(key)), default=UNLISTED)
        ranked = np.lexsort((words, -priors))[:_OTHERS]
        return tuple(
            (int(words[place]), float(costs[words[place]])) for place in ranked if priors[place] - typed >= _DOUBT
        )


def with_second(correction: Correction | None, second: Correction | None) -> Correction | None:
    """Join the correction of a word with that of the word before it, which was made for the corrected word."""
    if correction is None or second is None:
        return correction or second
    return Correction(
        typed=second.typed[: len(second.typed) - len(correction.word)] + correction.typed,
        word=second.word,
        confidence=min(correction.confidence, second.confidence),
    )
