"""What the graph found for tokens after all before them: a store of bounded size, in which the oldest give way.

Owns what is kept, where, and for how long. What is found again by its tokens is right only for graphs whose rows depend
on these alone, to the last bit (`Manifest.placeless`). Knows nothing of slots, masks and calls.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from autocomplete.lm import Logprobs
from autocomplete.manifest import ModelShape

ROWS: Final = 48
"""Rows that are kept: 2.4 MB of 12,288 pieces. On validation text 64 would save half a percent of the calls of the
graph, and any number 2 %; without any there are three quarters more."""

Path: TypeAlias = tuple[int, ...]
"""All tokens that a row sees, from the first that is read to its own."""


class KeptRows:
    """Logprobs, keys and values of tokens, each in a place.

    Parameters
    ----------
    shape : ModelShape
        Sizes of the graph.
    rows : int
        Places there are, at least as many as are ever needed at a time and as a call of the graph has rows.
    """

    def __init__(self, shape: ModelShape, rows: int = ROWS) -> None:
        self._sizes = rows, shape.n_layer, shape.n_head, shape.head_dim
        self._vocab_size = shape.vocab_size
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        rows = self._sizes[0]
        self.logprobs: Logprobs = np.empty((rows, self._vocab_size), np.float32)
        """what may follow each token"""
        self.notes: NDArray[np.float32] = np.empty(rows, np.float32)
        """as in `Rows`"""
        self.k: NDArray[np.float32] = np.empty(self._sizes, np.float32)
        self.v: NDArray[np.float32] = np.empty(self._sizes, np.float32)
        """keys and values, float32 [rows, n_layer, n_head, head_dim]"""
        self._places: dict[Path, int] = {}
        self._paths: list[Path | None] = [None] * rows
        self._next = 0

    def find(self, path: Path) -> int | None:
        """Give the place of the last token of a path, None if it is not kept."""
        return self._places.get(path)

    def keep(
        self,
        paths: Sequence[Path | None],
        k: NDArray[np.float32],
        v: NDArray[np.float32],
        logprobs: Logprobs,
        needed: Collection[int] = (),
    ) -> list[int]:
        """Keep what a call of the graph found; give the places.

        Parameters
        ----------
        paths : sequence of n paths
            Those of its rows; None for one that is not to be found again.
        k, v : float32 [n_layer, n_head, n, head_dim]
            Keys and values; copied, like the logprobs.
        logprobs : float32 [n, vocab_size]
            What may follow.
        needed : collection of int
            Places that stay as they are, so many less than all that the rest has room.
        """
        places = self._oldest(len(paths), needed)
        for place, path in zip(places, paths, strict=True):
            old = self._paths[place]
            if old is not None and self._places[old] == place:
                del self._places[old]
            self._paths[place] = path
            if path is not None:
                self._places[path] = place
        in_a_row = places[-1] - places[0] == len(places) - 1
        where = slice(places[0], places[-1] + 1) if in_a_row else places
        self.logprobs[where], self.notes[where] = logprobs, np.nan
        self.k[where], self.v[where] = k.transpose(2, 0, 1, 3), v.transpose(2, 0, 1, 3)
        return places

    def _oldest(self, n: int, needed: Collection[int]) -> list[int]:
        places: list[int] = []
        while len(places) < n:
            if self._next not in needed:
                places.append(self._next)
            self._next = (self._next + 1) % len(self._paths)
        return places
