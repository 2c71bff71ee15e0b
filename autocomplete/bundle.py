"""The bundle: everything a keyboard needs in one file, and the only code that knows its bytes.

Owns the layout, in both directions. What the manifest means is `manifest.py`'s; what the sections hold, their
readers'.

    0   8 bytes  magic              16  u64  length of the manifest
    8   u32      format version     24  32 bytes  SHA-256 of the manifest
    12  u32      1 once complete    56  manifest (JSON, UTF-8), then the sections, each at a multiple of 4096
"""

from __future__ import annotations

import hashlib
import json
import mmap
import os
import struct
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from autocomplete.errors import (
    BundleNotFound,
    BundleNotWritten,
    ChecksumMismatch,
    NotABundle,
    TruncatedBundle,
    UnsupportedVersion,
)
from autocomplete.manifest import Manifest

FORMAT_VERSION: Final = 1
GRAPH: Final = "graph"
PIECES: Final = "pieces"
LEXICON: Final = "lexicon"
ATTESTED: Final = "attested"
"""Sections; only the last may be missing."""

_MAGIC: Final = b"\x89ACB\r\n\x1a\n"  # as in PNG: a transfer that rewrites line ends or strips bit 7 is noticed
_HEADER: Final = struct.Struct("<8sIIQ32s")
_COMPLETE_AT: Final = 12
_ALIGNMENT: Final = 4096  # a section can be mapped alone, whatever the page size up to this
_AGAIN: Final = "fetch the file again, or make it again with `python -m export`"


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """A bundle in memory."""

    path: Path
    """where it was read"""
    manifest: Manifest
    """what it says about itself"""
    sections: dict[str, bytes]
    """the sections by name"""
    size: int
    """bytes on disk"""
    digests: dict[str, str]
    """SHA-256 of each section, hex"""
    checksum: str
    """SHA-256 of the manifest, hex; it names the whole file, because the manifest holds the sections' sums"""

    @property
    def model(self) -> str:
        """Names the language model by what decides its numbers, graph and pieces; a new word list is no new model."""
        return hashlib.sha256("".join(self.digests[name] for name in (GRAPH, PIECES)).encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class _Place:
    """Where a section stands."""

    offset: int
    length: int
    sha256: str


def write(path: Path, manifest: Manifest, sections: Mapping[str, bytes], *, max_size: int | None = None) -> Bundle:
    """Write a bundle whole or not at all, and give it as read back from the disk.

    The same arguments give the same bytes. A writing that was killed leaves a `.part` file, which the next
    one replaces.

    Raises
    ------
    BundleNotWritten
        If it is larger than `max_size` bytes, or the disk is full or refuses. What stood at `path` stays.
    """
    header, body = _lay_out(manifest, sections)
    size = max([len(header), *(offset + len(data) for offset, data in body)])
    if max_size is not None and size > max_size:
        raise BundleNotWritten(
            f"the bundle would have {size} bytes, at most {max_size} are wanted: "
            "train a smaller model, or list fewer words"
        )
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as file:
            file.write(header)
            for offset, data in body:
                file.seek(offset)
                file.write(data)
            file.truncate(size)  # an empty last section has no byte of its own
            _flush(file)
            file.seek(_COMPLETE_AT)
            file.write(struct.pack("<I", 1))
            _flush(file)
        read(part)
        part.replace(path)
        _flush_folder(path.parent)
    except OSError as error:
        _discard(part)
        raise BundleNotWritten(
            f"cannot write {path} ({size / 1e6:.1f} MB): {error.strerror or error}; "
            "make room or name another place; what was there is unchanged"
        ) from error
    return read(path)


def read(path: Path) -> Bundle:
    """Read and verify a bundle.

    Raises
    ------
    BundleNotFound, NotABundle, UnsupportedVersion, TruncatedBundle, ChecksumMismatch
        Each says what to do.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise BundleNotFound(
            f"{path} cannot be opened ({error.strerror}): name a bundle, or none for the built-in one"
        ) from error
    with file:
        size = os.fstat(file.fileno()).st_size
        if size < _HEADER.size:
            raise NotABundle(f"{path} has {size} bytes, fewer than a bundle's header: {_AGAIN}")
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
            text, digest = _read_manifest(path, view, size)
            try:
                values = json.loads(text)
                manifest = Manifest.from_dict(values)
                places = {name: _Place(**entry) for name, entry in values["sections"].items()}
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                raise NotABundle(f"{path} has a manifest that lacks or misstates {error}: {_AGAIN}") from error
            sections = {name: _read_section(path, view, size, name, place) for name, place in places.items()}
    digests = {name: place.sha256 for name, place in places.items()}
    return Bundle(path=path, manifest=manifest, sections=sections, size=size, digests=digests, checksum=digest)


def _read_manifest(path: Path, view: mmap.mmap, size: int) -> tuple[bytes, str]:
    magic, version, complete, length, digest = _HEADER.unpack_from(view)
    if magic != _MAGIC:
        raise NotABundle(f"{path} begins with {magic!r}, not with {_MAGIC!r}: it is no bundle, or was sent as text")
    if version != FORMAT_VERSION:
        remedy = "upgrade autocomplete" if version > FORMAT_VERSION else "make it again with `python -m export`"
        raise UnsupportedVersion(f"{path} has format version {version}, this release reads {FORMAT_VERSION}: {remedy}")
    if complete != 1:
        raise TruncatedBundle(f"{path} was never finished: {_AGAIN}")
    if size < _HEADER.size + length:
        raise TruncatedBundle(f"{path} has {size} bytes and ends inside its manifest: {_AGAIN}")
    text = view[_HEADER.size : _HEADER.size + length]
    if hashlib.sha256(text).digest() != digest:
        raise ChecksumMismatch(f"the manifest of {path} was altered after it was written: {_AGAIN}")
    return text, digest.hex()


def _read_section(path: Path, view: mmap.mmap, size: int, name: str, place: _Place) -> bytes:
    end = place.offset + place.length
    if size < end:
        raise TruncatedBundle(f"{path} has {size} bytes, its section {name!r} ends at {end}: {_AGAIN}")
    data = view[place.offset : end]
    if hashlib.sha256(data).hexdigest() != place.sha256:
        raise ChecksumMismatch(f"section {name!r} of {path} was altered after it was written: {_AGAIN}")
    return data


def _lay_out(manifest: Manifest, sections: Mapping[str, bytes]) -> tuple[bytes, list[tuple[int, bytes]]]:
    """Give header with manifest, and the sections with their offsets.

    Offsets depend on the manifest's length and stand in it: room is taken for more digits than can be needed.
    """
    values = {"format_version": FORMAT_VERSION, **asdict(manifest)}
    entries: dict[str, dict[str, int | str]] = {
        name: {"offset": 0, "length": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for name, data in sections.items()
    }
    offset = _aligned(_HEADER.size + len(_encode(values, entries)) + 16 * len(entries))
    body = []
    for name, data in sections.items():
        entries[name]["offset"] = offset
        body.append((offset, data))
        offset = _aligned(offset + len(data))
    text = _encode(values, entries)
    header = _HEADER.pack(_MAGIC, FORMAT_VERSION, 0, len(text), hashlib.sha256(text).digest())
    return header + text, body


def _encode(values: Mapping[str, Any], entries: Mapping[str, Any]) -> bytes:
    return json.dumps({**values, "sections": entries}, indent=1, ensure_ascii=False, allow_nan=False).encode()


def _aligned(offset: int) -> int:
    return -(-offset // _ALIGNMENT) * _ALIGNMENT


def _flush(file: Any) -> None:
    file.flush()
    os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    """Make a rename durable; only POSIX lets a folder be opened."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _discard(part: Path) -> None:
    # On a full or vanished disk the removal may fail as well; the first error is the one to tell.
    try:
        part.unlink(missing_ok=True)
    except OSError:
        return
