"""Words of the corpus that are slips of other words, told by how often they would come about by mistake.

A word that no word list knows is kept out of the lexicon if its count is what key errors and misspellings of known,
more frequent words explain: `teh` is seen often, but not oftener than `the` is mistyped. The estimate is that of an
error model with rates of its own, held fixed so that the words do not change with how the runtime corrects. What may be
meant is spared: chat leaves letters out of short words (`jus`,
`hav`), and new words are made of old ones (`gamers`, `shoutout`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autocomplete.channel import no_spans
from autocomplete.compiled import kernel
from autocomplete.error_model import ErrorModel, ErrorRates
from autocomplete.layout import load_layout
from autocomplete.letter_trie import DEPTH, LetterTrie
from autocomplete.lexicon import key_of

_RATES = ErrorRates(
    neighbour=0.03,
    confusion=0.002,
    omission=0.004,
    omission_of_double=0.03,
    other=2e-5,
    insertion=0.0015,
    doubling=0.008,
    transposition=0.006,
)
_LIMIT = 12.0
"""nats of the least likely slip that is considered: two errors"""
_LIKELY = 8.0
"""nats of a single error"""
LONG = 6
"""letters of a word that seldom looks like another one by chance; of shorter ones only swapped letters tell"""
LONG_FACTOR = 10.0
"""a long word up to so many times as frequent as its explanation is a slip: some slips are habits (`definately`)"""
_VERY_LONG = 8
_RARE = 0.03
"""a very long word is a slip of one that it is so much rarer than (`definatly`): nothing but itself looks like it"""
_PART = 4
"""fewest letters of the two words that a new one is put together from: `begin` and `ing` are none"""


@dataclass(frozen=True)
class Likeliest:
    """The word that letters are most likely a slip of."""

    key: str
    frequency: float
    """its share of running text"""
    share: float
    """of the slips that give these letters, those of this word"""


class Explanations:
    """What slips of known words explain.

    Parameters
    ----------
    known : mapping of str to float
        Folded words and their probability in running text; one at least has a letter.
    """

    def __init__(self, known: Mapping[str, float]) -> None:
        self.chances: dict[str, float] = defaultdict(float)
        for word, chance in known.items():
            self.chances[key_of(word)] += chance
        self.chances.pop("", None)
        self._keys = sorted(self.chances)
        self._trie = LetterTrie(self._keys)
        self._errors = ErrorModel(load_layout(), self._trie, _RATES)
        self._frequency = np.array([self.chances[key] for key in self._keys])
        self._costs = np.full(len(self._keys), np.inf, np.float32)
        self._spans = no_spans()
        self._spelled_with: dict[str, list[int]] = defaultdict(list)
        for number, key in enumerate(self._keys):
            self._spelled_with[_letters(key)].append(number)

    def share(self, key: str, limit: float = _LIKELY) -> float:
        """Give the share of running text that a key would have if all it came from were slips."""
        near = self._near(key, limit)
        return float(self._frequency[near] @ np.exp(-self._costs[near]))

    def share_of_swaps(self, key: str) -> float:
        """Give the same of letters that changed places alone."""
        near = np.intersect1d(self._near(key, _LIKELY), np.array(self._spelled_with.get(_letters(key), []), np.intp))
        return float(self._frequency[near] @ np.exp(-self._costs[near]))

    def likeliest(self, key: str, limit: float) -> Likeliest | None:
        """Give the word that a key is most likely a slip of, None if there is none."""
        near = self._near(key, limit)
        if not len(near):
            return None
        chances = self._frequency[near] * np.exp(-self._costs[near])
        best = int(chances.argmax())
        return Likeliest(
            self._keys[near[best]], float(self._frequency[near[best]]), float(chances[best] / chances.sum())
        )

    def near(self, key: str, limit: float) -> list[str]:
        """Give the keys of the words that a key may be a slip of."""
        return [self._keys[place] for place in self._near(key, limit)]

    def are_neighbours(self, typed: str, meant: str) -> bool:
        """Tell whether a finger that falls beside a letter's key may hit another's."""
        return self._errors.are_neighbours(typed, meant)

    def most_frequent(self, key: str) -> float:
        """Give the share of the most frequent word that a key may be a slip of, in two errors at most."""
        return float(self._frequency[self._near(key, _LIMIT)].max(initial=0.0))

    def _near(self, key: str, limit: float) -> NDArray[np.intp]:
        errors, typed = self._errors, self._errors.costs(key)
        limits = np.array([errors.transposition, limit, 0.0, 1.0, True], np.float32)
        deepest = int(self._trie.nodes[-1, DEPTH])
        kernel("match_letters")(
            self._trie.nodes,
            typed.typed,
            typed.substitution,
            typed.insertion,
            errors.omission,
            limits,
            np.empty((deepest + 1, len(key) + 2), np.float32),
            np.empty(deepest + 1, np.int32),
            self._costs,
            self._spans,
        )
        parts = [np.arange(*span) for span in self._spans[1 : self._spans[0, 0] + 1].tolist()]
        near = np.concatenate([np.zeros(0, np.intp), *parts])
        return near[np.isfinite(self._costs[near])]


def find_slips(unknown: Mapping[str, float], explanations: Explanations) -> set[str]:
    """Find the slips among words that no list knows.

    Parameters
    ----------
    unknown : mapping of str to float
        Folded words and their probability in running text.
    explanations : Explanations
        Of the words that are known.
    """
    beginnings = {key[:-1] for key in explanations.chances}
    return {
        word
        for word, chance in unknown.items()
        if "'" not in word and _is_slip(key_of(word), chance, explanations, beginnings)
    }


def _is_slip(key: str, chance: float, explanations: Explanations, beginnings: set[str]) -> bool:
    chances = explanations.chances
    if len(key) < 3 or key in chances or key in beginnings:
        return False
    if len(key) < LONG:
        return chance < explanations.share_of_swaps(key)
    if _is_formed(key, chances):
        return False
    return chance < LONG_FACTOR * explanations.share(key) or (
        len(key) >= _VERY_LONG and chance < _RARE * explanations.most_frequent(key)
    )


def _letters(key: str) -> str:
    return "".join(sorted(key))


def _is_formed(key: str, known: Mapping[str, float]) -> bool:
    """Tell whether a key is a known word with one more letter at its end, or two known words."""
    cuts = range(_PART, len(key) - _PART + 1)
    return key[:-1] in known or any(key[:cut] in known and key[cut:] in known for cut in cuts)
