"""The words a user writes with their counts, in columns as the file gives them; a row is made when it is asked for.

Owns the slot of each word, a number that stays its own as long as this object lives, so that others may keep arrays
beside the columns.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from autocomplete.increments import HOUR, Row, WordRow

USES, DELIBERATE, AGAINST, KEPT, LAST_USED = range(5)
"""Rows of `Columns.counts`; the last in hours since 1970."""
_NONE: Final = ""
"""Stands in the place of a word that went."""


class Columns(NamedTuple):
    """Words with their counts."""

    words: list[str]
    counts: NDArray[np.integer]
    """[5, n], rows `USES` to `LAST_USED`"""
    weights: NDArray[np.float64]
    """float64 [n], uses faded, relative to the epoch"""

    @classmethod
    def of(cls, rows: Sequence[Row]) -> Columns:
        """Take rows of word, uses, deliberate, against, kept, weight, last_used (seconds)."""
        words, uses, deliberate, against, kept, weights, last = zip(*rows, strict=True) if rows else ((),) * 7
        hours = np.array(last, np.int64) // HOUR
        counts = np.array((uses, deliberate, against, kept, hours), np.int64)
        return cls(list(words), counts, np.array(weights, np.float64))


class LearnedWords(MutableMapping[str, WordRow]):
    """Rows by word.

    Parameters
    ----------
    columns : Columns, optional
        What is known; none by default.
    """

    def __init__(self, columns: Columns | None = None) -> None:
        self.columns = columns or Columns.of(())
        self.names = list(self.columns.words)
        """words by their slots; "" where one went"""
        self.slots = dict(zip(self.names, range(len(self.names)), strict=True))
        self.gone = 0
        """how many words have lost their slots"""
        self._rows: dict[str, WordRow] = {}
        """those that were asked for; what they say holds, not what stands in the columns"""

    def __len__(self) -> int:
        return len(self.slots)

    def __iter__(self) -> Iterator[str]:
        return iter(self.slots)

    def __contains__(self, word: object) -> bool:
        return word in self.slots

    def get(self, word: str, default: Any = None) -> Any:
        """Give the row of a word, or something else."""
        return self[word] if word in self.slots else default

    def __getitem__(self, word: str) -> WordRow:
        row = self._rows.get(word)
        if row is None:
            uses, deliberate, against, kept, hour = self.columns.counts[:, self.slots[word]].tolist()
            weight = self.columns.weights.item(self.slots[word])
            row = self._rows[word] = WordRow(uses, deliberate, against, kept, weight, hour * HOUR)
        return row

    def __setitem__(self, word: str, row: WordRow) -> None:
        if word not in self.slots:
            self.slots[word] = len(self.names)
            self.names.append(word)
        self._rows[word] = row

    def __delitem__(self, word: str) -> None:
        self.names[self.slots.pop(word)] = _NONE
        self.gone += 1
        self._rows.pop(word, None)

    def table(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Give uses and times added int64 [slots] and weights float64 [slots], by slot; zero where a word went."""
        columns, size = self.columns, len(self.names)
        uses, kept, weights = np.zeros(size, np.int64), np.zeros(size, np.int64), np.zeros(size, np.float64)
        known = len(columns.words)
        uses[:known], kept[:known], weights[:known] = columns.counts[USES], columns.counts[KEPT], columns.weights
        for word, row in list(self._rows.items()):
            slot = self.slots[word]
            uses[slot], kept[slot], weights[slot] = row.uses, row.kept, row.weight
        if self.gone:
            gone = np.array([name == _NONE for name in self.names])
            uses[gone], kept[gone], weights[gone] = 0, 0, 0.0
        return uses, kept, weights
