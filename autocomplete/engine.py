"""The engine: text in, suggestions out. The page to read first.

`suggest(text)` is five steps: take the text apart at the caret, read the context, price the words that what is typed
may mean, search them, write them as the place asks. `correct` weighs a finished word in the same way. Owns the order
of these steps and nothing else; each has a file of its own.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Unpack

import numpy as np

from autocomplete import text as rules
from autocomplete.attested import Attested
from autocomplete.beam import BeamSearch, DecodingOptions, boundary_logprobs
from autocomplete.calibration import Bar, Calibration
from autocomplete.caret import Caret, Carets, Touches, after
from autocomplete.casing import Suggestion
from autocomplete.channel import Channel, Costs
from autocomplete.correction import Correction, Evidence, decide, is_left_alone
from autocomplete.error_model import ErrorModel
from autocomplete.evidence import Scales
from autocomplete.extras import Extras, Wanted
from autocomplete.habits import writer_of
from autocomplete.hindsight import Hindsight, with_second
from autocomplete.hypotheses import Hypothesis
from autocomplete.layout import Layout, load_layout
from autocomplete.lexicon import Lexicon
from autocomplete.lm import LanguageModel, State
from autocomplete.matching import Matcher
from autocomplete.reading import Reading, best_of, written
from autocomplete.repeated import RepeatedWords
from autocomplete.respacing import Respacing
from autocomplete.session import Asking, TypingSession
from autocomplete.spaces import SpaceErrors
from autocomplete.tokenizer import Tokenizer

if TYPE_CHECKING:  # what follows a user: brought in by who has one, for it takes a fifth of a start
    from autocomplete.adaptation import Adaptation
    from autocomplete.learning import Observer
    from autocomplete.personal import PersonalModel
    from autocomplete.shares import Shares

_DOUBTFUL: Final = -8.0
"""Score of the best word below which the spaces are doubted too."""
_WIDE: Final = 4
"""Words looked at for what a finished word was meant to be: itself, another, the next other, and one to spare."""
_CONTEXTS: Final = 8
"""Contexts whose tokens are kept: the same one is read with each letter of a word."""
_TOKENS: Final = 24
"""Tokens of the longest word that is read as it was typed."""


class Autocompleter:
    """Offers words for what stands before a caret.

    Usage
    -----
    >>> engine = autocomplete.load()
    >>> engine.suggest("See you tomo")          # a list of Suggestion, best first
    >>> session = engine.session()              # a text field, one keystroke at a time

    May be used from several threads; they take turns.
    """

    def __init__(
        self,
        lm: LanguageModel,
        tokenizer: Tokenizer,
        lexicon: Lexicon,
        *,
        options: DecodingOptions | None = None,
        errors: ErrorModel | None = None,
        attested: Attested | None = None,
        offensive: bool = False,
        tolerant: bool = True,
        checksum: str = "",
        user: PersonalModel | None = None,
        adaptation: Adaptation | None = None,
        extras: Wanted | None = None,
        hindsight: bool = False,
    ) -> None:
        self.checksum = checksum
        """of the bundle it was loaded from, hex"""
        self.calibration = Calibration()
        """tells how sure what is offered is; fitting sets its own"""
        self._lm = lm
        self._tokenizer = tokenizer
        self._lexicon = lexicon
        self._errors = errors or ErrorModel(load_layout(), lexicon.letters)
        self._scales = Scales(lexicon, attested or Attested.from_bytes(None), self._errors)
        channel = Channel(lexicon, self._errors, tolerant=tolerant)
        self._carets = Carets(lexicon.usual)
        self._tokens = lru_cache(maxsize=_CONTEXTS)(self._encode)
        self._tolerant = tolerant
        self._matcher = Matcher(lexicon, tokenizer, channel, offensive=offensive)
        self._search = BeamSearch(lm, lexicon, tokenizer.is_boundary, options or DecodingOptions())
        self._respacing = Respacing(SpaceErrors(lm, lexicon, channel), lexicon, self._read)
        self._repeated = RepeatedWords(lexicon)
        self._continuing = np.flatnonzero(~tokenizer.is_boundary)
        self.user = user
        """what is learned from the user, if anything is"""
        self._blending = None
        if user:
            from autocomplete.blending import Blending

            self._blending = Blending(user, lexicon, channel)
        self._hindsight = None
        if hindsight and tolerant:
            self._hindsight = Hindsight(lm, lexicon, tokenizer, channel, self._read, user, attested)
        self._extras = None
        if extras:
            self._extras = Extras(lm, lexicon, tokenizer, extras, offensive=offensive, user=user)
        self.adaptation = adaptation
        """what trains the user's adapter, if anything does"""
        if user and adaptation:
            user.when_settled.append(adaptation.teach)
        self._lock = adaptation.lock if adaptation else threading.Lock()
        self._state: State | None = None

    def suggest(self, text: str, k: int = 3) -> list[Suggestion]:
        """Offer up to k words for the caret at the end of `text`, best first.

        After them stands what else there is to offer and was asked for in `load`: a phrase, a question mark, an emoji,
        one of each at most; in the place of words, where the name of an emoji is written, up to k of those.

        Raises
        ------
        ValueError
            If k is not positive.
        """
        suggestions, self._state = self.suggest_from(text, k, self._state)
        return suggestions

    def session(
        self,
        text: str = "",
        k: int = 3,
        *,
        autocorrect: bool = True,
        double_space: bool = False,
        private: bool = False,
        earlier: str = "",
    ) -> TypingSession:
        """Open a text field that holds `text`, offers k words and, unless told not to, corrects finished ones.

        With `double_space`, two spaces after a word become a full stop and a space. `earlier` is what the same person
        wrote before, in other fields: whoever used no capitals there is offered none from the first word on. From a
        private field nothing is learned, and once it is closed nothing of it is left in memory.
        """
        return TypingSession(
            self,
            text,
            k,
            autocorrect=autocorrect,
            double_space=double_space,
            observer=None if private else self.observer(text),
            private=private,
            earlier=earlier,
        )

    def observer(self, text: str = "") -> Observer | None:
        """Give what learns from a field that holds `text`; None if nothing is learned."""
        if not (self.user and self.user.data.learns):
            return None
        from autocomplete.learning import Observer

        return Observer(self.user, text, self._errors)

    @property
    def layout(self) -> Layout:
        """The keyboard that is typed on: touch points are told in its key widths."""
        return self._errors.layout

    def clear(self) -> None:
        """Forget every text that was read; what is learned stays."""
        with self._lock:
            self._state = None
            self._lm.clear()
            self._tokenizer.clear()
            self._errors.clear()
            self._lexicon.clear()
            self._carets.clear()
            self._repeated.clear()
            self._tokens.cache_clear()
            if self._blending:
                self._blending.clear()
            if self._hindsight:
                self._hindsight.clear()

    def close(self) -> None:
        """Save what was learned and stop learning."""
        if self.adaptation:
            self.adaptation.close()
        if self.user:
            self.user.data.close()

    def suggest_from(
        self, text: str, k: int, previous: State | None, touches: Touches = (), **asking: Unpack[Asking]
    ) -> tuple[list[Suggestion], State | None]:
        """Do what `suggest` does, reusing a state of an earlier call; give the new one too. The answer is the same.

        `touches` says where the fingers fell for the last characters of the text, None where that is not known.
        """
        if k < 1:
            raise ValueError(f"k={k}: ask for at least one word")
        # 1. take apart
        caret = self._caret(text, touches, asking)
        if caret is None:
            return self._extras.named(text, k) if self._extras else [], previous
        if self.adaptation:
            self.adaptation.pressed()
        remember = asking.get("remember", True)
        with self._lock:
            # 2. read, 3. price, 4. search
            state = self._read(caret.context, previous)
            found, costs, shares = self._found(caret, state, k, remember=remember)
            found = self._matcher.likely(found, costs)
            filled = self._matcher.filled(found, caret, costs, k)
            if self._blending and shares:
                readings = self._blending.readings(found, filled, shares, caret, k)
            else:
                readings = [Reading.of(self._lexicon.forms[h.word], caret, h.logprob, h.score) for h in filled]
            if self._tolerant and caret.prefix and self._doubts_spaces(caret, found):
                readings = best_of([*readings, *self._respaced(caret, state, whole=False, remember=remember)], k)
            if again := self._again(caret):
                readings = best_of([*readings, *again], k)
            # 5. write
            sure = self.calibration.words(self._bar(readings, caret, state, k, remember=remember))
            suggestions = written(readings, sure, caret)
            if self._hindsight:
                suggestions = self._hindsight.offered(suggestions, text, caret, state, k, self.calibration)
            if self._extras:
                suggestions += self._extras.beside(text, caret, state, suggestions)
        return suggestions, state

    def correct(self, text: str) -> Correction | None:
        """Decide whether the word that ends at the caret is to be replaced now that it is finished, and by what."""
        correction, self._state = self.correct_from(text, self._state)
        return correction

    def correct_from(
        self, text: str, previous: State | None, touches: Touches = (), **asking: Unpack[Asking]
    ) -> tuple[Correction | None, State | None]:
        """Do what `correct` does, reusing a state of an earlier call; give a new one too."""
        evidence, state = self.weigh(text, previous, touches, **asking)
        correction = decide(evidence)
        if self._hindsight is None:
            return correction, state
        corrected = text if correction is None else text[: len(text) - len(correction.typed)] + correction.word
        caret = self._caret(corrected, touches if correction is None else (), asking)
        if caret is None:
            return correction, state
        with self._lock:
            state = self._read(caret.context, state)
            return with_second(correction, self._hindsight.correction(corrected, caret, state)), state

    def weigh(
        self, text: str, previous: State | None = None, touches: Touches = (), **asking: Unpack[Asking]
    ) -> tuple[list[Evidence], State | None]:
        """Gather what speaks for other readings of the word at the caret; nothing where there is none."""
        caret = self._caret(text, touches, asking)
        if not self._tolerant or caret is None or is_left_alone(caret.prefix, stressed=caret.habits.stresses):
            return [], previous
        if self._lexicon.is_offensive(caret.key):
            return [], previous
        remember = asking.get("remember", True)
        with self._lock:
            state = self._read(caret.context, previous)
            found, _, shares = self._found(caret, state, _WIDE, whole=True, remember=remember)
            if self._blending and shares:
                readings = self._blending.readings(found, found, shares, caret, _WIDE, whole=True)
            else:
                readings = [Reading.of(self._lexicon.forms[h.word], caret, h.logprob, h.score) for h in found]
            same = [reading.score for reading in readings if reading.word == caret.prefix]
            literal = max(same) if same else self._literal(caret, state, remember=remember)
            if self._doubts_spaces(caret, found):
                readings += self._respaced(caret, state, whole=True, remember=remember)

        known = self.user is not None and self.user.is_known(caret.typed)
        exists = known or self._lexicon.lists(caret.typed) or self._repeated.holds(caret)
        before = after(asking.get("earlier", ""), caret.context)
        writer = writer_of(before, caret.typed, self._lexicon.lists, self._lexicon.lacks_mark)
        readings = best_of(readings, len(readings))
        return self._scales.weigh(readings, caret, literal, writer, exists=exists), state

    def _caret(self, text: str, touches: Touches, asking: Asking) -> Caret | None:
        return self._carets.at_end_of(text, touches, asking.get("earlier", ""))

    def _read(self, context: str, previous: State | None) -> State:
        return self._lm.start(self._tokens(context), previous)

    def _encode(self, context: str) -> tuple[int, ...]:
        return tuple(self._tokenizer.encode_context(rules.recase(context, self._lexicon.usual, self._lexicon.only)))

    def _found(
        self, caret: Caret, state: State, k: int, *, whole: bool = False, remember: bool
    ) -> tuple[list[Hypothesis], Costs, Shares | None]:
        """Price the words that the prefix may begin or, if `whole`, be all of, and search the k best.

        Costs, and the user's shares if there are any, are given too; costs are valid until the next call.
        """
        if self._blending:
            self._matcher.block(self._blending.blocked())
        costs = self._matcher.finished(caret) if whole else self._matcher.begun(caret)
        shares = self._blending.shares(caret, costs, whole=whole, remember=remember) if self._blending else None
        bias = None if whole else self._matcher.bias(caret)
        return self._search.run(state, costs, k, bias, shares), costs, shares

    def _bar(self, readings: Sequence[Reading], caret: Caret, state: State, k: int, *, remember: bool) -> Bar:
        if not caret.prefix:
            return Bar([reading.logprob for reading in readings], 0, len(readings) == k, -math.inf, True)
        typed, in_context = self._matcher.of_typed(caret, state.logprobs)
        if self._blending:
            typed = self._blending.literal(caret, typed, remember=remember)
        scores = [reading.score for reading in readings]
        return Bar(scores, len(caret.typed), len(readings) == k, typed, in_context)

    def _doubts_spaces(self, caret: Caret, found: list[Hypothesis]) -> bool:
        """Tell whether spaces may have gone wrong: nothing likely was found, or what stands before is no word."""
        return not found or found[0].score < _DOUBTFUL or self._respacing.follows_fragment(caret)

    def _respaced(self, caret: Caret, state: State, *, whole: bool, remember: bool) -> list[Reading]:
        readings = self._respacing.readings(caret, state, whole=whole)
        if self._blending:
            return self._blending.respaced(readings, caret, whole=whole, remember=remember)
        return readings

    def _again(self, caret: Caret) -> list[Reading]:
        readings = self._repeated.readings(caret)
        return self._blending.allowed(readings) if self._blending else readings

    def _literal(self, caret: Caret, state: State, *, remember: bool) -> float:
        """Give the score of the word as it was typed, known or not."""
        typed = rules.truecase(caret.typed, self._lexicon.usual) if caret.sentence_start else caret.typed
        tokens = self._tokenizer.encode(" " + typed)[:_TOKENS]
        rows = self._lm.follow(state, tokens)
        before = [state.logprobs, *rows[:-1]]
        ended = float(boundary_logprobs(rows[-1:], self._continuing)[0])
        logprob = ended + sum(float(row[token]) for row, token in zip(before, tokens, strict=True))
        if self._blending:
            logprob = self._blending.literal(caret, logprob, remember=remember)
        return logprob - self._matcher.cost_of_typed(caret)
