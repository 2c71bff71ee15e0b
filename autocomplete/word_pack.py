"""The words of a store in one piece, so that opening a store of thousands of words takes a millisecond.

    8 bytes   AWORDS1\\n
    uint32    n, words; uint32 m, bytes of text
    uint8     [m] the words, UTF-8, a line feed between two, in the order of the alphabet
    int32     [5, n] uses, deliberate, against, kept, hour last used
    float64   [n] weights

Numbers are little-endian. It says nothing that the table of words does not say, and is deleted with any of them.
"""

from __future__ import annotations

import struct
from typing import Final

import numpy as np

from autocomplete.learned_words import Columns

_HEAD: Final = struct.Struct("<8sII")
_MAGIC: Final = b"AWORDS1\n"
_COUNTS: Final = 5
_MOST: Final = 2**31 - 1


def pack(columns: Columns) -> bytes | None:
    """Lay out words with their counts; None if one holds a line feed or has too many uses: none that was typed does."""
    text = "\n".join(columns.words).encode()
    if text.count(b"\n") != max(0, len(columns.words) - 1) or columns.counts.max(initial=0) > _MOST:
        return None
    counts, weights = columns.counts.astype("<i4"), columns.weights.astype("<f8")
    return _HEAD.pack(_MAGIC, len(columns.words), len(text)) + text + counts.tobytes() + weights.tobytes()


def unpack(content: bytes) -> Columns | None:
    """Read what `pack` gave; None if it is something else."""
    if len(content) < _HEAD.size:
        return None
    magic, n, length = _HEAD.unpack_from(content)
    at = _HEAD.size + length
    if magic != _MAGIC or len(content) != at + n * (4 * _COUNTS + 8):
        return None
    words = content[_HEAD.size : at].decode().split("\n") if n else []
    if len(words) != n:
        return None
    counts = np.frombuffer(content, "<i4", _COUNTS * n, at).reshape(_COUNTS, n)
    return Columns(words, counts, np.frombuffer(content, "<f8", n, at + 4 * _COUNTS * n))
