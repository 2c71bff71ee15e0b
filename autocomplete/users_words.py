"""The words that a user writes, made ready to be weighed with what is typed: by their letters, with their weights.

Owns a letter trie of the heaviest, so that `channel.py` prices them as it prices the listed ones, whether the lexicon
has them or not. Follows the counts as they change; knows nothing of places, which `blending.py` adds.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from autocomplete.caret import Caret
from autocomplete.channel import Channel
from autocomplete.counts import Counts
from autocomplete.letter_trie import LETTER, LetterTrie
from autocomplete.lexicon import VARIANT, Lexicon, key_of

MOST: Final = 3000
"""words that are weighed wherever they stand; of more, the heaviest. The others count where they followed"""
_MOST_NEW: Final = 128
"""words that came since the trie was made; beyond, it is made anew"""
_LAST: Final = "\U0010ffff"


class _Part:
    """Some words, rising by key, with their letters and weights."""

    def __init__(self, words: Iterable[tuple[str, str, float]], channel: Channel, alphabet: dict[str, int]) -> None:
        """Hold words given as key, folded word and weight; one with a letter that the lexicon lacks is left out."""
        table = sorted(words)
        strange = frozenset("".join([key for key, *_ in table])) - alphabet.keys()
        table = [row for row in table if row[0] and strange.isdisjoint(row[0])]
        self.keys = [key for key, _, _ in table]
        self.words = [word for _, word, _ in table]
        self.place = {word: place for place, word in enumerate(self.words)}
        with np.errstate(divide="ignore"):
            self.weights = np.log(np.array([weight for *_, weight in table], np.float64))
        self.letters = LetterTrie(self.keys)
        places = np.array([alphabet[letter] for letter in self.letters.alphabet], np.int32)
        nodes = self.letters.nodes
        if len(places):
            nodes[:-1, LETTER] = places[nodes[:-1, LETTER]]
        self.channel = channel.over(self)

    def __len__(self) -> int:
        return len(self.words)


class Matched:
    """Words with what it costs to take what is typed for them."""

    def __init__(self, parts: list[tuple[_Part, NDArray[np.float32]]]) -> None:
        self._parts = parts

    def likeliest(self, most: int) -> Iterator[tuple[str, float]]:
        """Give the words of the greatest weights for their costs, with these; at most so many of each part."""
        for part, costs in self._parts:
            for at in likeliest(part.weights - costs, most):
                yield part.words[at], float(costs[at])

    def cost(self, word: str) -> float | None:
        """Give the cost of a word, None if it is not held."""
        for part, costs in self._parts:
            place = part.place.get(word)
            if place is not None:
                return float(costs[place])
        return None


class UsersWords:
    """The words of a user's counts.

    Parameters
    ----------
    counts : Counts
        What was learned.
    lexicon : Lexicon
        What is listed.
    channel : Channel
        What errors cost.
    is_offered : callable
        Tells of a folded word that the lexicon lacks whether it may be offered.
    """

    def __init__(self, counts: Counts, lexicon: Lexicon, channel: Channel, is_offered: Callable[[str], bool]) -> None:
        self._counts = counts
        self._lexicon = lexicon
        self._channel = channel
        self._is_offered = is_offered
        self._groups: dict[str, int | None] = {}
        self._parts = [self._part(()), self._part(())]
        """the heaviest words, and what came since"""

    def follow(self) -> Self:
        """Take over what changed since the last call; give itself."""
        changed = self._counts.take_changed()
        many = len(changed) > _MOST_NEW
        fresh = [] if many else [word for word in changed if not self._reweigh(word)]
        if many or len(fresh) + len(self._parts[1]) > _MOST_NEW:
            self._parts = [self._part(self._counts.heaviest(MOST)), self._part(())]
        elif fresh:
            new = [*self._parts[1].words, *fresh]
            self._parts[1] = self._part((key_of(word), word, self._counts.weight(word)) for word in new)
        return self

    def match(self, caret: Caret, *, whole: bool) -> Matched:
        """Price the words for what is typed."""
        if not caret.key:
            return Matched([(part, np.zeros(len(part), np.float32)) for part in self._parts])
        return Matched(
            [(part, part.channel.match(caret.key, caret.key_touches, whole=whole)) for part in self._parts if len(part)]
        )

    def own_starting(self, key: str, *, whole: bool) -> list[str]:
        """Give the words that the lexicon lacks and whose key begins with a key or, if `whole`, is that."""
        found = []
        for part in self._parts:
            start = bisect_left(part.keys, key)
            end = bisect_right(part.keys, key, start) if whole else bisect_left(part.keys, key + _LAST, start)
            found += [word for word in part.words[start:end] if self.is_own(word)]
        return found

    def is_own(self, word: str) -> bool:
        """Tell whether a folded word is not listed and may be offered."""
        return self.group_of(word) is None and self._is_offered(word)

    def group_of(self, word: str) -> int | None:
        """Give the number of a folded word's group in the lexicon, None if it is not listed."""
        if word not in self._groups:
            self._groups[word] = self._look_up(word)
        return self._groups[word]

    def _look_up(self, word: str) -> int | None:
        lexicon = self._lexicon
        for at in lexicon.exactly(key_of(word)):
            if lexicon.forms[at].lower() == word and not lexicon.flags[at] & VARIANT:
                return int(lexicon.group[at])
        return None

    def _part(self, words: Iterable[tuple[str, str, float]]) -> _Part:
        return _Part(words, self._channel, self._lexicon.letters.alphabet)

    def _reweigh(self, word: str) -> bool:
        """Take over the weight of a word; tell whether it is among those held."""
        weight = self._counts.weight(word)
        for part in self._parts:
            place = part.place.get(word)
            if place is not None:
                part.weights[place] = math.log(weight) if weight > 0 else -math.inf
                return True
        return weight <= 0


def likeliest(scores: NDArray[np.floating], most: int) -> list[int]:
    """Give the places of the greatest finite scores, at most so many, in no order."""
    places = np.flatnonzero(scores > -np.inf)
    if len(places) > most:
        places = places[np.argpartition(-scores[places], most)[:most]]
    return places.tolist()
