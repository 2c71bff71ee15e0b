"""What stands before the arrays of an adapter's bytes (`adapter_file.py`), read alone: whether the rest is worth it."""

from __future__ import annotations

import json
import struct
from typing import Final, NamedTuple

FORMAT_VERSION: Final = 1
MAGIC: Final = b"\x89ACA\r\n\x1a\n"  # as a bundle's, one letter apart
HEADER: Final = struct.Struct("<8sII32s")
"""magic, format version, length of the header, SHA-256 of what follows"""


class Summary(NamedTuple):
    """What the header of an adapter says."""

    model: str
    pieces: float
    """that the record was taken over, faded"""
    gain: float
    """bits saved a piece"""


def summary_of(data: bytes) -> Summary | None:
    """Read the header of an adapter; None if anything about it is odd, which reading all of it will tell."""
    if len(data) < HEADER.size or data[: len(MAGIC)] != MAGIC:
        return None
    _, version, length, _ = HEADER.unpack_from(data)
    try:
        header = json.loads(data[HEADER.size : HEADER.size + length])
        record = header["record"]
        pieces, saved = float(record["pieces"]), float(record["plain"]) - float(record["adapted"])
        model = str(header["model"])
    except (KeyError, TypeError, ValueError):
        return None
    return Summary(model, pieces, saved / pieces if pieces else 0.0) if version == FORMAT_VERSION else None
