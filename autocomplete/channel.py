"""Which words the typed letters may mean, and at what cost: the error model let loose on the lexicon.

Owns the limits of the search for spellings and the costs that `beam.py` weighs words by. The search itself is
`kernels.match_letters`; what an error costs is `error_model.py`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from autocomplete.caret import Touches
from autocomplete.compiled import kernel
from autocomplete.error_model import ErrorModel, TypingCosts
from autocomplete.letter_trie import DEPTH, UNKNOWN, LetterTrie
from autocomplete.lexicon import Lexicon

_LIMITS: Final = (7.0, 9.0, 11.0, 12.5)
"""Greatest cost of a match in nats by the number of typed letters, from one on; the last holds for longer ones."""
_NEAR_LIMIT: Final = 8.0
"""The same where the letters as typed are a word's, or begin one: a single error. More are far-fetched there, and most
of the time a search takes goes into them."""
_FAR_LIMIT: Final = 19.0
"""The same where nothing nearer was found: three errors of a long word."""
_FAR_LETTERS: Final = 4
"""Letters from which on a search goes as far."""
_ROUNDING: Final = 0.01
"""nats by which costs in float32 may be off, at most"""
_SPANS: Final = 1024
"""Ranges of matching words that are told apart."""
_WEIGHT: Final = 1.6
"""What costs are multiplied by. Chosen with `_FINISHED` on validation text, for the most mistyped words among three
where no more than 0.2 points of the keystroke savings on text without mistakes are lost."""
_FINISHED: Final = 3.5
"""Nats in favour of a word that the typed letters are all of: whoever meant a longer one would have been offered it."""


@dataclass(frozen=True, eq=False)
class Costs:
    """What it costs to take what is typed for each word; infinite where that cannot be."""

    words: NDArray[np.float32]
    """float32 [n_words], nats"""
    first: NDArray[np.float32]
    """float32 [roots]: the least of the words below each first piece of the piece trie"""

    @classmethod
    def of(cls, lexicon: Lexicon, words: NDArray[np.float32]) -> Costs:
        """Add the least costs of first pieces to those of the words."""
        return FirstCosts(lexicon).under(words, np.array([[1, 0], [0, len(words)]], np.int32))


class FirstCosts:
    """Prices the first pieces of a lexicon, keeping one array for all searches."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._first = lexicon.trie.first
        self._costs = np.empty(lexicon.trie.roots, np.float32)
        self._kernel = kernel("first_costs")

    def under(self, words: NDArray[np.float32], spans: NDArray[np.int32]) -> Costs:
        """Give costs of words and first pieces, valid until the next call; `spans` as `match_letters` writes them."""
        self._kernel(words, spans, self._first, self._costs)
        return Costs(words, self._costs)


def no_spans() -> NDArray[np.int32]:
    """Give room for the ranges of words that match, none yet: int32 [m + 1, 2]."""
    return np.zeros((_SPANS + 1, 2), np.int32)


class Spelled(Protocol):
    """Words by their letters: a `Lexicon`, or what is searched beside it."""

    @property
    def letters(self) -> LetterTrie:
        """The trie of their keys."""
        ...

    def __len__(self) -> int: ...


class Channel:
    """Prices the words of a lexicon for typed letters.

    Parameters
    ----------
    lexicon : Lexicon, or other words
        The words.
    errors : ErrorModel
        What errors cost.
    weight : float
        What costs are multiplied by, to be weighed against the language model's logprobs.
    tolerant : bool
        Allow errors at all; without it only words that the letters spell or begin match.
    """

    def __init__(self, lexicon: Spelled, errors: ErrorModel, *, weight: float = _WEIGHT, tolerant: bool = True) -> None:
        self.errors = errors
        self.weight = weight
        self.tolerant = tolerant
        self.cost_of_mark = -weight * math.log(errors.rates.mark)
        """nats of an apostrophe or accent that was typed and is not meant"""
        self._lexicon = lexicon
        self._words = np.full(len(lexicon), np.inf, np.float32)
        self.spans = no_spans()
        """ranges outside which no word matched the last time, as `kernels.match_letters` writes them"""
        self._match_letters = kernel("match_letters")
        self._path = np.empty(int(lexicon.letters.nodes[-1, DEPTH]) + 1, np.int32)

    def over(self, words: Spelled) -> Channel:
        """Give the same for other words, whose letters are numbered as those of the lexicon."""
        return Channel(words, self.errors, weight=self.weight, tolerant=self.tolerant)

    def match(
        self, typed: str, touches: Touches = (), *, whole: bool = False, dearest: float = math.inf
    ) -> NDArray[np.float32]:
        """Price words by letters.

        Parameters
        ----------
        typed : str
            The letters as a key of the lexicon has them (`key_of`), at least one.
        touches : sequence of points
            Where the fingers fell for them, None where that is not known; or empty.
        whole : bool
            All of the word is typed.
        dearest : float
            Greatest cost in nats that is asked for; of what costs more some is given as infinite. Most of the time that
            a search takes goes into far-fetched words.

        Returns
        -------
        float32 [n_words]
            Nats; infinite for words that the letters cannot mean. Valid until the next call; may be written to, within
            `spans`.
        """
        prices = self.errors.costs(typed, touches)
        limit = _LIMITS[min(len(typed), len(_LIMITS)) - 1] if self.tolerant else 0.0
        start, end, below = self._lexicon.letters.words_of(typed)
        if start < (end if whole else below):
            limit = min(limit, _NEAR_LIMIT)
        asked = (dearest + _ROUNDING + (0.0 if whole else _FINISHED)) / self.weight
        self._match(prices, min(limit, asked), whole)
        if self.tolerant and limit < asked and len(typed) >= _FAR_LETTERS and not self.spans[0, 0]:
            self._match(prices, _FAR_LIMIT, whole)
        return self._words

    def matched(self) -> NDArray[np.intp]:
        """Give the words that matched the last time, rising."""
        count = int(self.spans[0, 0])
        start, end = (int(self.spans[1, 0]), int(self.spans[count, 1])) if count else (0, 0)
        return np.flatnonzero(self._words[start:end] < np.inf) + start

    def cost_of_typed(self, typed: str, touches: Touches = ()) -> float:
        """Give nats of having typed letters for themselves: nothing, but for touches off the middle of their keys."""
        prices = self.errors.costs(typed, touches)
        known = prices.typed != UNKNOWN
        return self.weight * float(prices.substitution[known, prices.typed[known]].sum())

    def _match(self, prices: TypingCosts, limit: float, whole: bool) -> None:
        limits = (self.errors.transposition, limit, 0.0 if whole else _FINISHED / self.weight, self.weight, whole)
        self._match_letters(
            self._lexicon.letters.nodes,
            prices.typed,
            prices.substitution,
            prices.insertion,
            self.errors.omission,
            np.array(limits, np.float32),
            np.empty((len(self._path), len(prices.typed) + 2), np.float32),
            self._path,
            self._words,
            self.spans,
        )
