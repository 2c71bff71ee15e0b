"""Many short strings in one buffer: a tenth of the memory of a list of `str`, and nothing to build when it is read.

Owns the buffer and the places in it; a string is decoded when it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray


class StringTable:
    """A read-only sequence of strings.

    Parameters
    ----------
    data : bytes
        UTF-8.
    starts, ends : int32 [n]
        Where in the data each string begins and ends, in bytes.
    """

    def __init__(self, data: bytes, starts: NDArray[np.int32], ends: NDArray[np.int32]) -> None:
        self._data = data
        # a memoryview gives plain integers, several times faster than an array does
        self._starts, self._ends = starts.data, ends.data
        self._places = starts, ends

    def __len__(self) -> int:
        return len(self._starts)

    def __getitem__(self, index: int) -> str:
        return self._data[self._starts[index] : self._ends[index]].decode()

    @property
    def bytes(self) -> NDArray[np.uint8]:
        """The buffer, uint8 [bytes]."""
        return np.frombuffer(self._data, np.uint8)

    @property
    def bounds(self) -> NDArray[np.int32]:
        """Where each string begins and ends in the buffer, int32 [2, n]."""
        return np.stack(self._places)

    def take(self, places: NDArray[np.integer]) -> list[str]:
        """Give the strings at some places; many of them sooner than one by one."""
        if not self._data:
            return [""] * len(places)
        starts, ends = (bounds[places] for bounds in self._places)
        lengths = ends - starts + 1  # with what stands between it and the next
        after = np.cumsum(lengths)
        taken = np.repeat(starts - after + lengths, lengths) + np.arange(int(lengths.sum()))
        taken[after - 1] = 0
        letters = np.frombuffer(self._data, np.uint8)[taken]
        letters[after - 1] = ord("\n")
        return letters.tobytes().decode().split("\n")[:-1]

    def points(self) -> tuple[NDArray[np.unsignedinteger], NDArray[np.int32]]:
        """Give the code points of the strings, one string after the other, and their lengths."""
        letters, (starts, ends) = np.frombuffer(self._data, np.uint8), self._places
        if not self._data.isascii():
            begun = np.concatenate(([0], np.cumsum((letters & 0xC0) != 0x80)))  # characters before each byte
            starts, ends = begun[starts], begun[ends]
            letters = np.frombuffer(self._data.decode().encode("utf-32-le"), np.uint32)
        inside = np.zeros(len(letters) + 1, np.int8)
        np.add.at(inside, starts, 1)
        np.subtract.at(inside, ends, 1)
        return letters[np.cumsum(inside[:-1], dtype=np.int8) > 0], (ends - starts).astype(np.int32)

    def __iter__(self) -> Iterator[str]:
        data, places = self._data, zip(self._starts, self._ends, strict=True)
        if not data.isascii():
            return (data[start:end].decode() for start, end in places)
        text = data.decode()  # a byte a letter: decoded once, not string by string
        return (text[start:end] for start, end in places)


def parse_lines(data: bytes) -> tuple[StringTable, StringTable]:
    """Read lines that hold one string, or two with a tab between: the first of each line, and the last of each."""
    letters = np.frombuffer(data, np.uint8)
    breaks = np.flatnonzero(letters == ord("\n")).astype(np.int32)
    starts, ends = np.append(0, breaks + 1).astype(np.int32), np.append(breaks, len(data)).astype(np.int32)
    tabs = np.flatnonzero(letters == ord("\t")).astype(np.int32)
    lines = np.searchsorted(ends, tabs)
    first_ends, last_starts = ends.copy(), starts.copy()
    first_ends[lines], last_starts[lines] = tabs, tabs + 1
    return StringTable(data, starts, first_ends), StringTable(data, last_starts, ends)
