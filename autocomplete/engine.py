"""The engine: text in, suggestions out. The page to read first.

`suggest(text)` is five steps: split the text at the caret, read the context, choose the words that match what is
typed, search them, write them as the place asks. Owns nothing else; each step has a file of its own.
"""

from __future__ import annotations

import os
import threading
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from autocomplete import text as rules
from autocomplete.beam import BeamSearch, DecodingOptions, Hypothesis
from autocomplete.bundle import LEXICON, PIECES
from autocomplete.bundle import read as read_bundle
from autocomplete.casing import Suggestion, show, suggest
from autocomplete.lexicon import OFFENSIVE, VARIANT, Lexicon, key_of
from autocomplete.lm import LanguageModel, State
from autocomplete.session import TypingSession
from autocomplete.tflite_lm import TFLiteModel
from autocomplete.tokenizer import Tokenizer

_BUILT_IN = "en.bundle"
_LOWER_BIAS = -4.0
"""Log-probability that a capital typed inside a sentence begins a word that is not usually written with one."""
_SPACED_AFTER = frozenset(".,!?;:)]\"'…")


def load(bundle: str | os.PathLike[str] | None = None, *, offensive: bool = False) -> Autocompleter:
    """Load a bundle and make an engine of it.

    Parameters
    ----------
    bundle : path, optional
        The bundle to load; the English one of the package by default.
    offensive : bool
        Offer offensive words too.

    Raises
    ------
    BundleError, RuntimeMissing
        Each says what was found and what to do.
    """
    opened = read_bundle(built_in_bundle() if bundle is None else Path(bundle))
    tokenizer = Tokenizer(opened.sections[PIECES])
    lexicon = Lexicon.from_bytes(opened.sections[LEXICON])
    lm = TFLiteModel.from_bundle(opened)
    return Autocompleter(lm, tokenizer, lexicon, offensive=offensive, checksum=opened.checksum)


def built_in_bundle() -> Path:
    """Give the path of the English bundle inside the package."""
    return Path(str(files("autocomplete") / _BUILT_IN))


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
        offensive: bool = False,
        checksum: str = "",
    ) -> None:
        self.checksum = checksum
        """of the bundle it was loaded from, hex"""
        self._lm = lm
        self._tokenizer = tokenizer
        self._lexicon = lexicon
        self._search = BeamSearch(lm, lexicon, tokenizer.is_boundary, options or DecodingOptions())
        self._offered = np.ones(len(lexicon), bool) if offensive else (lexicon.flags & OFFENSIVE) == 0
        self._lower_bias = np.array([_LOWER_BIAS * piece[1:2].islower() for piece in tokenizer.pieces], np.float32)
        self._lock = threading.Lock()
        self._state: State | None = None

    def suggest(self, text: str, k: int = 3) -> list[Suggestion]:
        """Offer up to k words for the caret at the end of `text`, best first.

        Raises
        ------
        ValueError
            If k is not positive.
        """
        suggestions, self._state = self.suggest_from(text, k, self._state)
        return suggestions

    def session(self, text: str = "", k: int = 3) -> TypingSession:
        """Open a text field that holds `text` and offers k words."""
        return TypingSession(self, text, k)

    def suggest_from(self, text: str, k: int, previous: State | None) -> tuple[list[Suggestion], State | None]:
        """Do what `suggest` does, reusing a state of an earlier call; give the new one too. The answer is the same."""
        if k < 1:
            raise ValueError(f"k={k}: ask for at least one word")
        # 1. split
        raw_context, prefix = rules.split(text)
        too_long = not prefix and raw_context[-1:].isalnum()
        if too_long or rules.in_literal(text) or any(letter.isdigit() for letter in prefix):
            return [], previous
        needs_space = not prefix and raw_context[-1:] in _SPACED_AFTER and raw_context[-2:-1].isalnum()
        context = rules.normalise(rules.window(raw_context)) + " " * needs_space
        sentence_start = rules.at_sentence_start(context)
        with self._lock:
            # 2. read
            tokens = self._tokenizer.encode_context(rules.truecase(context, self._lexicon.usual))
            state = self._lm.start(tokens, previous)
            # 3. match
            match, start, end = self._matching(prefix, sentence_start)
            if not match[start:end].any():
                return [], state
            # 4. search
            meant_capital = not sentence_start and prefix[:1].isupper() and not prefix[1:2].isupper()
            bias = self._lower_bias if meant_capital else None
            found = self._search.run(state, match, start, end, k, bias)
        found = self._complete(self._with_meant(found, prefix, match, k), match, start, end, k)
        # 5. write
        shown = [(show(self._lexicon.forms[h.word], prefix, sentence_start=sentence_start), h.logprob) for h in found]
        return [suggest(word, prefix, logprob, needs_space=needs_space) for word, logprob in shown], state

    def _matching(self, prefix: str, sentence_start: bool) -> tuple[NDArray[np.bool_], int, int]:
        """Mark the words that the prefix may become and the range they lie in; not what is typed already."""
        lexicon = self._lexicon
        match = np.zeros(len(lexicon), bool)
        if not prefix:
            match[:] = self._offered
            return match, 0, len(lexicon)
        typed = rules.normalise(prefix)
        key = key_of(typed)
        start, end = lexicon.range_of(key)
        match[start:end] = self._offered[start:end]
        folded = typed.casefold()
        if folded != key:  # an apostrophe or an accent was typed: it is meant
            for word in range(start, end):
                match[word] &= lexicon.forms[word].casefold().startswith(folded)
        for word in lexicon.exactly(key):
            form = lexicon.forms[lexicon.group[word]]
            match[word] &= show(form, prefix, sentence_start=sentence_start) != prefix
        return match, start, end

    def _with_meant(self, found: list[Hypothesis], prefix: str, match: NDArray[np.bool_], k: int) -> list[Hypothesis]:
        """See to it that a word spelled by all of the typed letters, but for an apostrophe or accent, is offered.

        `im` may become a hundred words that fit the place better than "I'm"; who typed it is still likely to mean that.
        """
        lexicon = self._lexicon
        folded = rules.normalise(prefix).casefold()
        meant = [
            word
            for word in lexicon.exactly(key_of(folded))
            if match[word] and not lexicon.flags[word] & VARIANT and lexicon.forms[word].casefold() != folded
        ]
        if not meant or k == 1 or {h.word for h in found} & set(meant):
            return found
        likeliest = max(meant, key=lambda word: (lexicon.logprobs[word], -word))
        return self._appended(found[: k - 1], likeliest)

    def _appended(self, found: list[Hypothesis], word: int) -> list[Hypothesis]:
        """Put a word that the search did not find behind those it did; its frequency stands for its logprob."""
        logprob = float(self._lexicon.logprobs[word])
        return [*found, Hypothesis(word, min(logprob, found[-1].logprob) if found else logprob)]

    def _complete(
        self, found: list[Hypothesis], match: NDArray[np.bool_], start: int, end: int, k: int
    ) -> list[Hypothesis]:
        """Fill up with the most frequent matching words where the search found fewer than k."""
        lexicon = self._lexicon
        if len(found) >= k:
            return found
        rest = match[start:end] & ((lexicon.flags[start:end] & VARIANT) == 0)
        taken = {int(lexicon.group[hypothesis.word]) for hypothesis in found}
        words = np.flatnonzero(rest) + start
        for word in words[np.lexsort((words, -lexicon.logprobs[words]))].tolist():
            if len(found) == k:
                break
            group = int(lexicon.group[word])
            if group not in taken:
                taken.add(group)
                found = self._appended(found, word)
        return found
