"""The words by their letters: a trie in flat arrays, so that a search with errors can walk it in one pass.

Owns the arrays and the alphabet. Nodes stand in depth-first order: what follows a node is below it until a place it
names, so that a walk is a loop which now and then jumps. Knows nothing of errors; `kernels.match_letters` walks it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from autocomplete.compiled import kernel
from autocomplete.string_table import StringTable

LETTER, DEPTH, AFTER, FIRST_WORD = range(4)
"""Columns of `LetterTrie.nodes`."""
UNKNOWN: Final = -1
"""Stands for a typed character that no word has."""


class LetterTrie:
    """All keys of a lexicon by their letters.

    Parameters
    ----------
    keys : iterable of str
        Rising, none empty; equal ones may follow each other.

    Attributes
    ----------
    nodes : int32 [n_nodes + 1, 4]
        `LETTER` is the letter (a place in the alphabet) that leads to a node, `DEPTH` counts letters from 1, `AFTER` is
        the next node that is not below it, `FIRST_WORD` the first word below it. The words that end at node i are those
        from `FIRST_WORD` of i to that of i + 1, those below it go to that of `AFTER`. A last row closes both; its depth
        is the greatest of all.
    alphabet : dict of str to int
        Place of each letter.
    """

    def __init__(self, keys: Iterable[str]) -> None:
        points, lengths = keys.points() if isinstance(keys, StringTable) else _points(keys)
        alphabet = np.flatnonzero(np.bincount(points)) if len(points) else np.zeros(0, np.intp)
        self.alphabet = {chr(point): place for place, point in enumerate(alphabet.tolist())}
        place_of = np.zeros(int(alphabet.max(initial=0)) + 1, np.int32)
        place_of[alphabet] = np.arange(len(alphabet))
        bounds = np.concatenate(([0], np.cumsum(lengths)), dtype=np.int32)
        deepest = int(lengths.max(initial=1))
        path, build = np.empty(deepest + 1, np.int32), kernel("build_letters")
        table = (place_of[points], bounds[:-1], bounds[1:], path)
        size = build(*table, np.empty((0, 4), np.int32))
        self.nodes = np.empty((size + 1, 4), np.int32)
        build(*table, self.nodes)
        self.nodes[-1] = (UNKNOWN, deepest, size, len(lengths))
        self._find = kernel("find_letters")

    def encode(self, letters: str) -> NDArray[np.int32]:
        """Give the places of typed letters in the alphabet, int32 [n]; `UNKNOWN` for those that no word has."""
        return np.array([self.alphabet.get(letter, UNKNOWN) for letter in letters], np.int32)

    def words_of(self, letters: str) -> tuple[int, int, int]:
        """Give the first word that begins with some letters, and the ends of those that are them and that begin so.

        At least one letter; all zero if no word begins so.
        """
        node = self._find(self.nodes, self.encode(letters))
        if node < 0:
            return 0, 0, 0
        item = self.nodes.item
        return item(node, FIRST_WORD), item(node + 1, FIRST_WORD), item(item(node, AFTER), FIRST_WORD)


def _points(keys: Iterable[str]) -> tuple[NDArray[np.uint32], NDArray[np.int32]]:
    """Give the code points of strings, one string after the other, and their lengths."""
    listed = list(keys)
    points = np.frombuffer("".join(listed).encode("utf-32-le"), np.uint32)
    return points, np.fromiter(map(len, listed), np.int32, len(listed))
