"""The bytes of an adapter, as a file for a subject or as what a personal store keeps; the only code that knows them.

    0   8 bytes  magic                     16  32 bytes  SHA-256 of what follows
    8   u32      format version            48  header (JSON, UTF-8), then the arrays, little-endian, one after another:
    12  u32      length of the header          anchors i32 [a], matrix f32 [r, a], offset f32 [r], active i32 [n],
                                               bias f32 [n], squares f32 [n], use f32 [n], weights f16 [n, r]

The header names the model it was made for (`model`, see `bundle.py`), the sizes (`anchors`, `rank`,
`active`), what was learned (`pieces`, `record`) and, for people, a `card`. An adapter holds numbers of pieces, no text.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from autocomplete.adapter import Adapter, Features
from autocomplete.adapter_header import FORMAT_VERSION, HEADER, MAGIC
from autocomplete.adapter_trainer import Record, Snapshot
from autocomplete.errors import (
    AdapterDamaged,
    AdapterMismatch,
    AdapterNotFound,
    AdapterNotWritten,
    AdapterTooNew,
    NotAnAdapter,
)

_AGAIN: Final = "fetch the file again, or make it again with `python -m training adapter`"


@dataclass(frozen=True, kw_only=True, eq=False)
class AdapterFile:
    """What the bytes of an adapter hold."""

    model: str
    """names the model it belongs to; with the checksums of the adapters beneath it, if there are any"""
    snapshot: Snapshot
    card: dict[str, Any] = field(default_factory=dict)
    """for people"""
    checksum: str = ""
    """of the file it was read from, hex"""


def to_bytes(content: AdapterFile) -> bytes:
    """Lay an adapter out; the same one gives the same bytes."""
    snapshot = content.snapshot
    adapter, features = snapshot.adapter, snapshot.adapter.features
    rank, anchors = features.matrix.shape
    header = {
        "model": content.model,
        "anchors": anchors,
        "rank": rank,
        "active": len(adapter.active),
        "pieces": snapshot.pieces,
        "record": asdict(snapshot.record),
        "card": content.card,
    }
    text = json.dumps(header, ensure_ascii=False, allow_nan=False).encode()
    arrays = [
        (features.anchors, "<i4"),
        (features.matrix, "<f4"),
        (features.offset, "<f4"),
        (adapter.active, "<i4"),
        (adapter.bias, "<f4"),
        (snapshot.squares, "<f4"),
        (snapshot.use, "<f4"),
        (adapter.weights, "<f2"),
    ]
    body = text + b"".join(array.astype(kind).tobytes() for array, kind in arrays)
    return HEADER.pack(MAGIC, FORMAT_VERSION, len(text), hashlib.sha256(body).digest()) + body


def from_bytes(data: bytes, name: str, *, model: str, vocab_size: int, formerly: str = "") -> AdapterFile:
    """Read an adapter for a model; `name` says in errors where it is from.

    `formerly` is the name by which adapters of earlier releases have the same model: the checksum of its bundle.

    Raises
    ------
    NotAnAdapter, AdapterTooNew, AdapterDamaged, AdapterMismatch
        Each says what to do.
    """
    if len(data) < HEADER.size or data[: len(MAGIC)] != MAGIC:
        raise NotAnAdapter(f"{name} begins with {data[:8]!r}, not with {MAGIC!r}: it is no adapter, or was altered")
    _, version, length, digest = HEADER.unpack_from(data)
    if version > FORMAT_VERSION:
        raise AdapterTooNew(f"{name} has version {version}, this release knows up to {FORMAT_VERSION}: upgrade")
    body = data[HEADER.size :]
    if hashlib.sha256(body).digest() != digest:
        raise AdapterDamaged(f"{name} is not what was written, or ends too soon: {_AGAIN}")
    try:
        header = json.loads(body[:length])
        snapshot = _snapshot(header, body[length:])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise NotAnAdapter(f"{name} has a header that lacks or misstates {error}: {_AGAIN}") from error
    if header["model"] not in (model, formerly or model):
        raise AdapterMismatch(
            f"{name} was made for the model {str(header['model'])[:12]}, this one is {model[:12]}: load a "
            "bundle of that model, or make it again with `python -m training adapter --bundle ...`"
        )
    for numbers in (snapshot.adapter.active, snapshot.adapter.features.anchors):
        if len(numbers) and not 0 <= numbers.min() <= numbers.max() < vocab_size:
            raise NotAnAdapter(f"{name} changes pieces that the model does not have: {_AGAIN}")
    return AdapterFile(model=model, snapshot=snapshot, card=header.get("card", {}))


def read(path: str | os.PathLike[str], *, model: str, vocab_size: int, formerly: str = "") -> AdapterFile:
    """Read the file of an adapter for a model.

    Raises
    ------
    AdapterNotFound
        If it cannot be opened.
    NotAnAdapter, AdapterTooNew, AdapterDamaged, AdapterMismatch
        Each says what to do.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise AdapterNotFound(f"{path} cannot be opened ({error.strerror}): name an adapter, or none") from error
    content = from_bytes(data, str(path), model=model, vocab_size=vocab_size, formerly=formerly)
    return replace(content, checksum=hashlib.sha256(data).hexdigest())


def write(path: Path, content: AdapterFile) -> None:
    """Write the file of an adapter whole or not at all.

    Raises
    ------
    AdapterNotWritten
        If the disk is full or refuses. What stood at `path` stays.
    """
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as file:
            file.write(to_bytes(content))
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        raise AdapterNotWritten(
            f"cannot write {path} ({error.strerror or error}): make room or name another place; "
            "what was there is unchanged"
        ) from error


def _snapshot(header: Mapping[str, Any], data: bytes) -> Snapshot:
    """Cut the arrays out of the bytes that follow the header."""
    n_anchors, rank, n = (int(header[name]) for name in ("anchors", "rank", "active"))
    shapes = [
        ("<i4", (n_anchors,)),
        ("<f4", (rank, n_anchors)),
        ("<f4", (rank,)),
        ("<i4", (n,)),
        ("<f4", (n,)),
        ("<f4", (n,)),
        ("<f4", (n,)),
        ("<f2", (n, rank)),
    ]
    arrays, at = [], 0
    for kind, shape in shapes:
        count = int(np.prod(shape))
        array = np.frombuffer(data, kind, count, at).reshape(shape)
        arrays.append(array.astype(np.int32 if kind == "<i4" else np.float32))
        at += array.nbytes
    if at != len(data):
        raise ValueError("its sizes")
    anchors, matrix, offset, active, bias, squares, use, weights = arrays
    adapter = Adapter(Features(anchors, matrix, offset), active, bias, weights)
    record = Record(**header["record"])
    return Snapshot(adapter=adapter, squares=squares, use=use, record=record, pieces=int(header["pieces"]))
