"""Words that people write though no keyboard offers them: slang, names, rare words; and misspellings they keep making.

Owns a table of hashed words with how often each is seen, and its bytes in a bundle. A correction is surer where what
was typed is not among them, and surest where it is known to be misspelt (`correction.py`). Words cannot be read back
from it.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Mapping
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

_MAGIC: Final = b"ATT1"
_CLASS_BITS: Final = 4
_CLASSES: Final = 1 << _CLASS_BITS
_MISSPELT: Final = 0
"""the class of words that are no words"""
_STEP: Final = 0.5
"""powers of ten that one class of frequency spans"""
_RAREST: Final = 1e-9
"""share of running text that is zero on the scale"""
_FNV_OFFSET: Final = 2166136261
_FNV_PRIME: Final = 16777619


class Attested:
    """How often words are seen that a lexicon does not list.

    Parameters
    ----------
    entries : uint32 [n]
        Rising: the upper 28 bits are those of a word's hash, the lower 4 its class of frequency, from 1 on, or 0 for a
        misspelling. One in two thousand words that are not in the table is taken for one that is.
    """

    def __init__(self, entries: NDArray[np.uint32]) -> None:
        self._entries = entries

    def __len__(self) -> int:
        return len(self._entries)

    @classmethod
    def from_shares(cls, shares: Mapping[str, float], misspelt: Iterable[str] = ()) -> Self:
        """Make a table of lower-case words and their shares of running text, and of misspellings."""
        classes = {hash_of(word) >> _CLASS_BITS: _MISSPELT for word in misspelt}
        for word, share in shares.items():
            known = classes.get(hash_of(word) >> _CLASS_BITS, 1)
            classes[hash_of(word) >> _CLASS_BITS] = max(known, _class_of(share))
        entries = [hashed << _CLASS_BITS | number for hashed, number in classes.items()]
        return cls(np.array(sorted(entries), np.uint32))

    @classmethod
    def from_bytes(cls, data: bytes | None) -> Self:
        """Read what `to_bytes` gave; of a bundle without such a section, an empty table.

        Raises
        ------
        ValueError
            If the data are something else.
        """
        if data is None:
            return cls(np.zeros(0, np.uint32))
        if len(data) < 8 or data[:4] != _MAGIC or len(data) != 8 + 4 * struct.unpack_from("<I", data, 4)[0]:
            raise ValueError(f"the attested words begin with {data[:4]!r}, expected {_MAGIC!r}: make the bundle again")
        return cls(np.frombuffer(data, "<u4", offset=8).astype(np.uint32))

    def to_bytes(self) -> bytes:
        """Give the bytes a bundle holds: magic, u32 number of entries, entries u32, little-endian."""
        return _MAGIC + struct.pack("<I", len(self)) + self._entries.astype("<u4").tobytes()

    def frequency(self, word: str) -> float:
        """Give how often a lower-case word is meant: powers of ten above once in a billion words, 0 if never."""
        return (self._class(word) or 0) * _STEP

    def is_misspelt(self, word: str) -> bool:
        """Tell whether lower-case letters are a misspelling that people keep making."""
        return self._class(word) == _MISSPELT

    def _class(self, word: str) -> int | None:
        hashed = hash_of(word) & ~(_CLASSES - 1)
        at = int(np.searchsorted(self._entries, np.uint32(hashed)))
        if at == len(self) or int(self._entries[at]) & ~(_CLASSES - 1) != hashed:
            return None
        return int(self._entries[at]) & (_CLASSES - 1)


def hash_of(word: str) -> int:
    """Hash the UTF-8 bytes of a word to 32 bits: FNV-1a (Fowler, Noll and Vo)."""
    hashed = _FNV_OFFSET
    for byte in word.encode():
        hashed = (hashed ^ byte) * _FNV_PRIME & 0xFFFFFFFF
    return hashed


def _class_of(share: float) -> int:
    return min(_CLASSES - 1, max(1, round(math.log10(max(share, _RAREST) / _RAREST) / _STEP)))
