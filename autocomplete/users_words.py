"""The words that a user writes, made ready to be weighed with what is typed.

Of those that the lexicon lists only the numbers are kept, by slot (`learned_words.py`). The others stand in a letter
trie, so that `channel.py` prices them as it prices the listed ones. Follows the counts as they change; knows nothing of
places, which `blending.py` adds.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from autocomplete.caret import Caret
from autocomplete.channel import Channel
from autocomplete.compiled import kernel
from autocomplete.counts import Counts
from autocomplete.increments import WordRow
from autocomplete.learned_words import LearnedWords
from autocomplete.letter_trie import LETTER, LetterTrie
from autocomplete.lexicon import Lexicon, key_of
from autocomplete.listed_words import NOT_LISTED, ListedWords

MOST: Final = 3000
"""words that the lexicon lacks and that are held, the heaviest"""
_MOST_NEW: Final = 128
"""words that came since the trie was made, or that changed at once; beyond, it is made anew"""
_LAST: Final = "\U0010ffff"


class _Part:
    """Some words that the lexicon lacks, rising by key, with their letters."""

    def __init__(self, words: Iterable[tuple[str, str, int]], channel: Channel, alphabet: dict[str, int]) -> None:
        """Hold words given as key, folded word and slot; one with a letter that the lexicon lacks is left out."""
        table = sorted(words)
        strange = frozenset("".join([key for key, *_ in table])) - alphabet.keys()
        table = [row for row in table if row[0] and strange.isdisjoint(row[0])]
        self.keys = [key for key, _, _ in table]
        self.words = [word for _, word, _ in table]
        self.slots = np.array([slot for *_, slot in table], np.intp)
        self.place = {slot: place for place, (*_, slot) in enumerate(table)}
        self.is_hidden = np.zeros(len(table), np.bool_)
        """those that were found not to be offered"""
        self.every = np.arange(len(table), dtype=np.int32)
        self.letters = LetterTrie(self.keys)
        places = np.array([alphabet[letter] for letter in self.letters.alphabet], np.int32)
        nodes = self.letters.nodes
        if len(places):
            nodes[:-1, LETTER] = places[nodes[:-1, LETTER]]
        self.channel = channel.over(self)

    def __len__(self) -> int:
        return len(self.words)


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
        self._listed = ListedWords(lexicon)
        self._channel = channel
        self._is_offered = is_offered
        self._blocked: frozenset[str] = frozenset()
        self._best = kernel("best_shares")
        self.clear()
        counts.when_dropped.append(self.clear)

    def clear(self) -> None:
        """Hold nothing until the counts are followed again."""
        self._followed: LearnedWords | None = None
        self.groups = np.empty(0, np.int32)
        """int32 [slots], of the lexicon; `NOT_LISTED` for other words, and where one went"""
        self.weights = np.empty(0, np.float64)
        """float64 [slots], uses faded, relative to the epoch; zero where a word went"""
        self.added = np.empty(0, np.int64)
        """int64 [slots], how often each was added by hand or put back"""
        self._own = [self._part(()), self._part(())]
        """the heaviest words that the lexicon lacks, and what came since"""

    @property
    def is_own(self) -> NDArray[np.bool_]:
        """Whether the lexicon lacks a word, bool [slots]."""
        return self.groups == NOT_LISTED

    @property
    def names(self) -> list[str]:
        """Folded words by slot."""
        return self._followed.names if self._followed else []

    def follow(self) -> Self:
        """Take over what changed since the last call; give itself."""
        words, changed = self._counts.words, self._counts.take_changed()
        if words is not self._followed or len(changed) > _MOST_NEW:
            self._take_all(words)
        elif changed:
            self._take(words, sorted(changed))
        if self._counts.blocked is not self._blocked:
            self._blocked = self._counts.blocked
            for part in self._own:
                part.is_hidden[:] = False
        return self

    def likeliest_listed(self, shares: NDArray[np.float64], costs: NDArray[np.float32], most: int) -> NDArray[np.int32]:
        """Give the slots of the listed words with the greatest shares for what they cost, at most so many, best first.

        `shares` float64 [slots] are natural logs, `costs` float32 [n_words] those of the lexicon's words.
        """
        return self._likeliest(shares, costs, self.groups, most)

    def likeliest_own(
        self, caret: Caret, shares: NDArray[np.float64], most: int, *, whole: bool
    ) -> Iterator[tuple[str, str, float, float]]:
        """Give the words that the lexicon lacks, that may be offered and are likeliest for what is typed.

        `shares` are as above. Yields key, word, share and cost, at most so many of what was held before and of what is
        new.
        """
        for part in filter(len, self._own):
            costs = np.zeros(len(part), np.float32)
            if caret.key:
                costs = part.channel.match(caret.key, caret.key_touches, whole=whole)
            mine = shares[part.slots]
            while True:
                mine[part.is_hidden] = -np.inf
                chosen = self._likeliest(mine, costs, part.every, most).tolist()
                hidden = [at for at in chosen if not self._is_offered(part.words[at])]
                if not hidden:
                    break
                part.is_hidden[hidden] = True
            for at in chosen:
                yield part.keys[at], part.words[at], mine.item(at), costs.item(at)

    def _likeliest(
        self, shares: NDArray[np.float64], costs: NDArray[np.float32], places: NDArray[np.int32], most: int
    ) -> NDArray[np.int32]:
        chosen, scores = np.empty(most, np.int32), np.empty(most, np.float64)
        return chosen[: self._best(shares, costs, places, chosen, scores)]

    def own_starting(self, key: str, *, whole: bool) -> list[str]:
        """Give the words that the lexicon lacks and whose key begins with a key or, if `whole`, is that."""
        found = []
        for part in self._own:
            start = bisect_left(part.keys, key)
            end = bisect_right(part.keys, key, start) if whole else bisect_left(part.keys, key + _LAST, start)
            found += [word for word in part.words[start:end] if self._is_offered(word)]
        return found

    def group_of(self, word: str) -> int | None:
        """Give the number of a folded word's group in the lexicon, None if it is not listed."""
        return self._listed.group_of(word)

    def _take_all(self, words: LearnedWords) -> None:
        uses, self.added, self.weights = words.table()
        self.groups = self._listed.groups_of(words.names)
        self._followed = words
        self._own = [self._part(()), self._part(())]
        may_be = (self.groups == NOT_LISTED) & ((uses > 1) | (self.added > 0))
        self._add_own(np.flatnonzero(may_be).tolist())

    def _take(self, words: LearnedWords, slots: list[int]) -> None:
        """Take over some words; those that are new have the last slots."""
        known, size = len(self.groups), len(words.names)
        if size > known:
            new = words.names[known:size]
            self.groups = np.concatenate((self.groups, self._listed.groups_of(new)))
            self.weights = np.concatenate((self.weights, np.zeros(len(new))))
            self.added = np.concatenate((self.added, np.zeros(len(new), np.int64)))
        fresh = []
        for slot in slots:
            row = words.get(words.names[slot])
            self.weights[slot], self.added[slot] = (row.weight, row.kept) if row else (0.0, 0)
            if row is None:
                self.groups[slot] = NOT_LISTED
            elif self.groups[slot] == NOT_LISTED and not self._is_held(slot) and _may_be_offered(row):
                fresh.append(slot)
        self._add_own(fresh)

    def _is_held(self, slot: int) -> bool:
        """Tell whether a word that the lexicon lacks is held; it changed, and has to be judged anew."""
        for part in self._own:
            place = part.place.get(slot)
            if place is not None:
                part.is_hidden[place] = False
                return True
        return False

    def _add_own(self, slots: list[int]) -> None:
        """Hold more of the words that the lexicon lacks."""
        if not slots:
            return
        held = [*self._own[1].slots.tolist(), *slots]
        few = len(held) <= _MOST_NEW
        if not few:
            every = np.unique(np.array([*self._own[0].slots.tolist(), *held], np.intp))
            heavy = np.lexsort((every, -self.weights[every], self.added[every] == 0))[:MOST]
            held = every[heavy].tolist()
        names = self.names
        part = self._part((key_of(names[slot]), names[slot], slot) for slot in held if names[slot])
        self._own = [self._own[0], part] if few else [part, self._part(())]

    def _part(self, words: Iterable[tuple[str, str, int]]) -> _Part:
        return _Part(words, self._channel, self._lexicon.letters.alphabet)


def _may_be_offered(row: WordRow) -> bool:
    """Tell at little cost whether it is worth asking if a word may be offered."""
    return row.uses > 1 or row.kept > 0
