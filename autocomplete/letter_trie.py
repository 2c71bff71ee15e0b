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
        letters, lengths = _matrix(keys)
        depth_of_fork = np.zeros(len(lengths), np.int32)
        if len(lengths) > 1:
            same = letters[1:] == letters[:-1]
            depth_of_fork[1:] = np.where(same.all(axis=1), letters.shape[1], same.argmin(axis=1))
        fresh = np.maximum(lengths - depth_of_fork, 0)  # nodes that each word adds to those before it
        first_node = np.concatenate(([0], np.cumsum(fresh)))
        words = np.repeat(np.arange(len(lengths), dtype=np.int32), fresh)
        depths = np.arange(len(words)) - first_node[words] + depth_of_fork[words] + 1
        self.nodes = np.empty((len(words) + 1, 4), np.int32)
        points = letters[words, depths - 1]
        alphabet = np.flatnonzero(np.bincount(points))
        self.alphabet = {chr(point): place for place, point in enumerate(alphabet.tolist())}
        self.nodes[:-1, LETTER], self.nodes[:-1, DEPTH] = np.searchsorted(alphabet, points), depths
        self.nodes[:-1, FIRST_WORD] = words
        for depth in range(1, letters.shape[1] + 1):
            here = np.flatnonzero(depths == depth)
            # the next word that shares fewer letters starts what comes after
            forks = np.append(np.flatnonzero(depth_of_fork < depth), len(lengths))
            self.nodes[here, AFTER] = first_node[forks[np.searchsorted(forks, words[here], side="right")]]
        self.nodes[-1] = (UNKNOWN, letters.shape[1], len(words), len(lengths))
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


def _matrix(keys: Iterable[str]) -> tuple[NDArray[np.unsignedinteger], NDArray[np.int32]]:
    """Give code points uint8 or uint32 [n_words, longest], zero past the end, and lengths int32 [n_words]."""
    text = "\n".join(keys)
    # a byte a letter where that is enough: a fraction of the time at every start
    points = (
        np.frombuffer(text.encode(), np.uint8) if text.isascii() else np.frombuffer(text.encode("utf-32-le"), np.uint32)
    )
    breaks = np.flatnonzero(points == ord("\n"))
    starts, ends = np.append(0, breaks + 1), np.append(breaks, len(points))
    lengths = (ends - starts).astype(np.int32)
    letters = np.zeros((len(lengths), int(lengths.max(initial=1))), points.dtype)
    inside = np.arange(letters.shape[1]) < lengths[:, None]
    letters[inside] = points[points != ord("\n")]
    return letters, lengths
