"""The words by their pieces: a trie in flat arrays, which a search walks with the model's logprobs."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from autocomplete.compiled import kernel

TOKEN, CHILD_START, CHILD_END, WORD_START, WORD_END, END_HERE = range(6)
"""Columns of `PieceTrie.nodes`."""
_COLUMNS: Final = 6


class PieceTrie:
    """All words by their pieces, nodes numbered breadth first, children in token order.

    Parameters
    ----------
    order : int32 [n_words]
        The words in the order of their pieces, of which each has one at least.
    starts : int32 [n_words + 1]
        Where the pieces of each word begin.
    pieces : uint16 [n]
        The pieces of the words, one word after the other.

    Attributes
    ----------
    nodes : int32 [n_nodes, 6]
        `TOKEN` is the piece that leads to a node, its children are the nodes of the range `CHILD_START` to
        `CHILD_END`, the words below it `order[WORD_START:WORD_END]`; those that end at it come first, up to `END_HERE`.
    order : int32 [n_words]
        Words in the order of their pieces.
    roots : int
        Nodes 0 to `roots` are the first pieces.
    first : int32 [n_words]
        The first piece of each word, as a node.
    first_tokens : int32 [roots]
        The first pieces.
    ends : int32 [n_words]
        The node each word ends at.
    parents : int32 [n_nodes]
        The node above each, -1 for first pieces.
    deepest : int
        Pieces of the longest word.
    """

    def __init__(self, order: NDArray[np.int32], starts: NDArray[np.int32], pieces: NDArray[np.uint16]) -> None:
        self.order = np.ascontiguousarray(order, np.int32)
        tokens, deepest = pieces.astype(np.int32), int(np.diff(starts).max(initial=1))
        self.deepest = deepest
        shared, counts = np.empty(len(order), np.int32), np.zeros(deepest, np.int32)
        size = kernel("count_pieces")(self.order, starts, tokens, shared, counts)
        following = np.concatenate(([0], np.cumsum(counts)), dtype=np.int32)
        self.roots = int(counts[0])
        self.nodes = np.empty((size, _COLUMNS), np.int32)
        self.parents, self.ends = np.empty(size, np.int32), np.empty(len(order), np.int32)
        room = np.empty(deepest, np.int32)
        kernel("build_pieces")(self.order, starts, tokens, shared, following, room, self.nodes, self.parents, self.ends)
        self.first_tokens = self.nodes[: self.roots, TOKEN].copy()
        self.first = np.empty(len(order), np.int32)
        below_each = self.nodes[: self.roots, WORD_END] - self.nodes[: self.roots, WORD_START]
        self.first[self.order] = np.repeat(np.arange(self.roots, dtype=np.int32), below_each)
