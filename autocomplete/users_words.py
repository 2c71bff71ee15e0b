"""The words that a user writes, made ready to be weighed with what is typed, with their weights.

Those that the lexicon lacks stand in a letter trie, so that `channel.py` prices them as it prices the listed ones. Of
those that it lists only the numbers are kept. Follows the counts as they change; knows nothing of places, which
`blending.py` adds.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import compress
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from autocomplete.caret import Caret
from autocomplete.channel import Channel
from autocomplete.counts import Counts
from autocomplete.increments import WordRow
from autocomplete.letter_trie import LETTER, LetterTrie
from autocomplete.lexicon import Lexicon, key_of

MOST: Final = 3000
"""words that the lexicon lacks and that are weighed wherever they stand; of more, the heaviest"""
_MOST_NEW: Final = 128
"""words that came since the trie was made, or that changed at once; beyond, it is made anew"""
_ADDED: Final = 50.0
"""what a word that the user added weighs among those of as many uses, nearly as `personal.py` has it"""
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


class _Listed:
    """Words that the lexicon lists, in no order: any number, since they are priced as the lexicon's."""

    def __init__(self, words: Iterable[tuple[str, int, float]]) -> None:
        """Hold folded words given with their groups in the lexicon and their weights."""
        self.words: list[str] = []
        self.place: dict[str, int] = {}
        self.groups = np.empty(0, np.int32)
        """int32 [n]"""
        self.weights = np.empty(0, np.float64)
        """float64 [n], natural log"""
        self.add(words)

    def add(self, words: Iterable[tuple[str, int, float]]) -> None:
        """Hold more."""
        table = list(words)
        if not table:
            return
        added, groups, weights = zip(*table, strict=True)
        self.place.update((word, place) for place, word in enumerate(added, len(self.words)))
        self.words += added
        self.groups = np.concatenate((self.groups, np.array(groups, np.int32)))
        with np.errstate(divide="ignore"):
            self.weights = np.concatenate((self.weights, np.log(np.array(weights, np.float64))))


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
        self.clear()
        counts.when_dropped.append(self.clear)

    def clear(self) -> None:
        """Hold nothing until the counts are followed again."""
        self.listed = _Listed(())
        self._own = [self._part(()), self._part(())]
        """the heaviest words that the lexicon lacks, and what came since"""
        self._groups: dict[str, int | None] = {}
        self._is_empty = True

    def follow(self) -> Self:
        """Take over what changed since the last call; give itself."""
        changed = self._counts.take_changed()
        if self._is_empty or len(changed) > _MOST_NEW:
            self._take_all()
        elif changed:
            fresh = [(word, row) for word in changed if not self._reweigh(word) and (row := self._counts.word(word))]
            groups = {word: self.group_of(word) for word, _ in fresh}
            self.listed.add((word, group, _weight(row)) for word, row in fresh if (group := groups[word]) is not None)
            self._add_own([word for word, row in fresh if groups[word] is None and _may_be_offered(row)])
        return self

    def match(self, caret: Caret, *, whole: bool) -> Matched:
        """Price the words that the lexicon lacks for what is typed."""
        parts = [part for part in self._own if len(part)]
        if not caret.key:
            return Matched([(part, np.zeros(len(part), np.float32)) for part in parts])
        return Matched([(part, part.channel.match(caret.key, caret.key_touches, whole=whole)) for part in parts])

    def own_starting(self, key: str, *, whole: bool) -> list[str]:
        """Give the words that the lexicon lacks and whose key begins with a key or, if `whole`, is that."""
        found = []
        for part in self._own:
            start = bisect_left(part.keys, key)
            end = bisect_right(part.keys, key, start) if whole else bisect_left(part.keys, key + _LAST, start)
            found += [word for word in part.words[start:end] if self._is_offered(word)]
        return found

    def is_own(self, word: str) -> bool:
        """Tell whether a folded word is not listed and may be offered."""
        return self.group_of(word) is None and self._is_offered(word)

    def group_of(self, word: str) -> int | None:
        """Give the number of a folded word's group in the lexicon, None if it is not listed."""
        if word not in self._groups:
            self._look_up([word])
        return self._groups[word]

    def _look_up(self, words: Sequence[str]) -> None:
        """Find the groups of some words, all of them at once."""
        lexicon, groups = self._lexicon, self._groups
        groups.update(dict.fromkeys(words))
        keys = [_quick_key(word) for word in words]
        words, keys = [word for word, key in zip(words, keys, strict=True) if key], list(filter(None, keys))
        starts, ends = lexicon.letters.exactly(keys)
        # most are the one form of their key, letter by letter: nothing to look at
        alike = (ends - starts == 1) & np.array([word is key for word, key in zip(words, keys, strict=True)], bool)
        alike &= (lexicon.forms.starts[starts] == lexicon.keys.starts[starts]) & ~lexicon.is_variant[starts]
        groups.update(zip(compress(words, alike.tolist()), lexicon.group[starts[alike]].tolist(), strict=True))
        for place in np.flatnonzero((ends > starts) & ~alike).tolist():
            for at in range(starts[place], ends[place]):
                if lexicon.forms[at].lower() == words[place] and not lexicon.is_variant[at]:
                    groups[words[place]] = int(lexicon.group[at])
                    break

    def _take_all(self) -> None:
        rows = self._counts.rows()
        self._look_up([word for word, _ in rows])
        groups = self._groups
        self.listed = _Listed((word, group, _weight(row)) for word, row in rows if (group := groups[word]) is not None)
        self._own = [self._part(()), self._part(())]
        self._is_empty = False
        self._add_own([word for word, row in rows if groups[word] is None and _may_be_offered(row)])

    def _add_own(self, words: list[str]) -> None:
        """Hold more of the words that the lexicon lacks."""
        held = [*self._own[1].words, *words]
        few = len(held) <= _MOST_NEW
        if not few:
            every = {*self._own[0].words, *held}
            held = sorted(every, key=lambda word: (-self._weight(word), word))[:MOST]
        if words:
            part = self._part((key_of(word), word, self._weight(word)) for word in held)
            self._own = [self._own[0], part] if few else [part, self._part(())]

    def _weight(self, word: str) -> float:
        row = self._counts.word(word)
        return _weight(row) if row else 0.0

    def _part(self, words: Iterable[tuple[str, str, float]]) -> _Part:
        return _Part(words, self._channel, self._lexicon.letters.alphabet)

    def _reweigh(self, word: str) -> bool:
        """Take over the weight of a word; tell whether it is among those held."""
        weight = self._weight(word)
        for part in (self.listed, *self._own):
            place = part.place.get(word)
            if place is not None:
                part.weights[place] = math.log(weight) if weight > 0 else -math.inf
                return True
        return weight <= 0


def _weight(row: WordRow) -> float:
    """Give what a word is worth among others, wherever it stands."""
    return row.weight * _ADDED if row.kept else row.weight


def _may_be_offered(row: WordRow) -> bool:
    """Tell at little cost whether it is worth asking if a word may be offered."""
    return row.uses > 1 or row.kept > 0


def _quick_key(word: str) -> str:
    """Give the key of a folded word; the word itself if it has letters only."""
    return word if word.isascii() and word.isalpha() else key_of(word)


def likeliest(scores: NDArray[np.floating], most: int) -> list[int]:
    """Give the places of the greatest finite scores, at most so many, in no order."""
    places = np.flatnonzero(scores > -np.inf)
    if len(places) > most:
        places = places[np.argpartition(-scores[places], most)[:most]]
    return places.tolist()
