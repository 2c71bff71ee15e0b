"""What the model would write next: several words it is sure of, and whether the sentence ends in a question here.

Owns the thresholds of both. Follows one path of tokens from a context that was read; most of the time the first row of
logprobs settles that there is nothing to offer, and nothing is computed. Knows nothing of casing or edits.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from autocomplete.lexicon import OFFENSIVE, VARIANT, Lexicon, key_of
from autocomplete.lm import CONTEXT, LanguageModel, Logprobs, Search, State
from autocomplete.tokenizer import SPACE, Tokenizer

SURE_OF_WORDS: Final = 0.5
"""Least probability of a phrase that is offered. Both were chosen on validation text, where `python -m
tests.benchmarks.extras --within` tells how often what is offered is right: for phrases, so that four of five are."""
SURE_OF_QUESTION: Final = 0.75
"""Least probability of a question mark that is offered."""
_MOST_WORDS: Final = 3
_MOST_TOKENS: Final = 24
"""Tokens of the longest path, what was typed of a word included: what a search has room for."""
_QUESTION_MARK: Final = re.compile(r"▁?\?")
_ASKING: Final = re.compile(
    r"(?:^|[.!?,;:\n]\s*|\b(?:and|but|so|or|ok|okay|hey|hi|well|btw|then|now)\s+)"
    r"(?:who|whom|whose|what|which|when|where|why|how|wat|wen|wht|whats|hows|wheres|who's|what's|how's|where's|when's"
    r"|is|are|am|was|were|do|does|did|have|has|had|can|could|will|would|shall|should|may|might|must|any|r|u|you"
    r"|isn't|aren't|wasn't|don't|doesn't|didn't|haven't|hasn't|can't|couldn't|won't|wouldn't|shouldn't|got)\b[^.!?\n]*\Z",
    re.IGNORECASE,
)
"""The last sentence begins as questions do: only then is it worth a call of the model before its last word is ended."""


@dataclass(frozen=True)
class Phrase:
    """Words that follow each other."""

    words: tuple[str, ...]
    """as they are written inside a sentence"""
    logprob: float
    """natural log of the probability that the text goes on with all of them"""


class Path:
    """One path of tokens after a context."""

    def __init__(self, lm: LanguageModel, state: State) -> None:
        self._lm, self._state = lm, state
        self._search: Search | None = None
        self._node = CONTEXT
        self.row: Logprobs = state.logprobs
        """float32 [vocab_size]: logprobs of the token after the path; read it before the next `append`"""
        self.length = 0

    def append(self, token: int) -> None:
        """Go on with a token."""
        if self._search is None:  # most paths end before they begin
            self._search = self._lm.search(self._state)
        self.row = self._search.score(np.array([self._node], np.int32), np.array([token], np.int32))[0]
        self._node = self.length
        self.length += 1

    def follow(self, tokens: Sequence[int]) -> bool:
        """Go on with several, if there is room for them and more; tell whether there was."""
        if self.length + len(tokens) > _MOST_TOKENS // 2:
            return False
        for token in tokens:
            self.append(token)
        return True


class Ahead:
    """Looks ahead.

    Parameters
    ----------
    lexicon : Lexicon
        Only its words are offered, and no offensive ones unless they are asked for.
    """

    def __init__(self, lexicon: Lexicon, tokenizer: Tokenizer, *, offensive: bool = False) -> None:
        self._lexicon = lexicon
        self._tokenizer = tokenizer
        self._offensive = offensive
        boundary = tokenizer.is_boundary
        self._continuing = np.flatnonzero(~boundary)
        self._question = np.array([i for i, piece in enumerate(tokenizer.pieces) if _QUESTION_MARK.match(piece)], int)

    def question(self, path: Path) -> float:
        """Give the probability that a question mark comes next."""
        return float(np.exp(path.row[self._question]).sum()) if len(self._question) else 0.0

    def phrase(
        self,
        path: Path,
        allowed: Callable[[str], bool],
        *,
        begun: Sequence[str] = (),
        logprob: float = 0.0,
        sure: float = SURE_OF_WORDS,
    ) -> Phrase | None:
        """Give the longest run of two or three words whose probability is at least `sure`; None if there is none.

        Parameters
        ----------
        path : Path
            Where the run goes on.
        allowed : callable
            Tells of a folded word whether it may be offered.
        begun : sequence of str
            Words of the run that the path has behind it already.
        logprob : float
            Natural log of their probability.
        """
        least = math.log(sure)
        words, best = list(begun), None
        spelled = ""
        while path.length < _MOST_TOKENS:
            token = int(path.row.argmax())
            logprob += float(path.row[token])
            ended = self._ended(path.row)
            if spelled and not self._is_continuing(token):
                word = self._listed(spelled)
                if word is None or not allowed(word.lower()):
                    return best
                words.append(word)
                spelled = ""
                before = logprob - float(path.row[token]) + ended
                if len(words) >= 2 and before >= least:
                    best = Phrase(tuple(words), before)
            if len(words) == _MOST_WORDS or logprob < least:
                return best
            piece = self._tokenizer.pieces[token]
            begins = piece.startswith(SPACE) and piece[1:2].isalpha()
            if not (begins if not spelled else self._is_continuing(token)):
                return best
            spelled += piece.removeprefix(SPACE)
            path.append(token)
        return best

    def asks(self, text: str) -> bool:
        """Tell whether the last sentence of a text begins as questions do."""
        return _ASKING.search(text[-160:]) is not None

    def _is_continuing(self, token: int) -> bool:
        return not self._tokenizer.is_boundary[token]

    def _ended(self, row: Logprobs) -> float:
        """Give the log-probability that no piece goes on with a word."""
        return math.log(max(1e-6, 1.0 - float(np.exp(row[self._continuing]).sum())))

    def _listed(self, spelled: str) -> str | None:
        """Give the form of the lexicon that is spelled so, None if there is none that may be offered."""
        lexicon = self._lexicon
        for word in lexicon.exactly(key_of(spelled)):
            if lexicon.forms[word] == spelled and (self._offensive or not lexicon.flags[word] & OFFENSIVE):
                return lexicon.forms[lexicon.group[word]] if lexicon.flags[word] & VARIANT else spelled
        return None
