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

from autocomplete import kernels
from autocomplete.caret import Touches
from autocomplete.error_model import ErrorModel, TypingCosts
from autocomplete.letter_trie import LetterTrie
from autocomplete.lexicon import Lexicon

_LIMITS: Final = (7.0, 9.0, 11.0, 12.5)
"""Greatest cost of a match in nats by the number of typed letters, from one on; the last holds for longer ones."""
_FAR_LIMIT: Final = 19.0
"""The same where nothing nearer was found: three errors of a long word."""
_FAR_LETTERS: Final = 4
"""Letters from which on a search goes as far."""
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
    nodes: NDArray[np.float32]
    """float32 [n_nodes]: the least of the words below each node of the piece trie"""

    @classmethod
    def of(cls, lexicon: Lexicon, words: NDArray[np.float32]) -> Costs:
        """Add the least costs of the piece trie's nodes to those of the words."""
        trie = lexicon.trie
        nodes = np.empty(len(trie.nodes), np.float32)
        kernels.spread_costs(words, trie.ends, trie.parents, nodes)
        return cls(words, nodes)


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

    def over(self, words: Spelled) -> Channel:
        """Give the same for other words, whose letters are numbered as those of the lexicon."""
        return Channel(words, self.errors, weight=self.weight, tolerant=self.tolerant)

    def match(self, typed: str, touches: Touches = (), *, whole: bool = False) -> NDArray[np.float32]:
        """Price words by letters.

        Parameters
        ----------
        typed : str
            The letters as a key of the lexicon has them (`key_of`), at least one.
        touches : sequence of points
            Where the fingers fell for them, None where that is not known; or empty.
        whole : bool
            All of the word is typed.

        Returns
        -------
        float32 [n_words]
            Nats; infinite for words that the letters cannot mean.
        """
        prices = self.errors.costs(typed, touches)
        word_costs = np.empty(len(self._lexicon), np.float32)
        limit = _LIMITS[min(len(typed), len(_LIMITS)) - 1] if self.tolerant else 0.0
        self._match(prices, limit, whole, word_costs)
        if self.tolerant and len(typed) >= _FAR_LETTERS and not np.isfinite(word_costs).any():
            self._match(prices, _FAR_LIMIT, whole, word_costs)
        word_costs *= self.weight
        return word_costs

    def _match(self, prices: TypingCosts, limit: float, whole: bool, word_costs: NDArray[np.float32]) -> None:
        limits = (self.errors.transposition, limit, 0.0 if whole else _FINISHED / self.weight)
        kernels.match_letters(
            self._lexicon.letters.nodes,
            prices.typed,
            prices.substitution,
            prices.insertion,
            self.errors.omission,
            np.array(limits, np.float32),
            whole,
            word_costs,
        )
