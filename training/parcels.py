"""A run or a folder of shards as compressed parcels of bounded size, and back: for machines that are lent for minutes.

Owns the parcels' format: an xz-compressed tar, cut into files, with an index of their checksums. Of a run, settings,
metrics and the newest checkpoint go along, so that the same command goes on elsewhere; of other folders, all files.
"""

from __future__ import annotations

import hashlib
import io
import json
import lzma
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, cast

from safetensors.torch import load_file, save

from training.checkpoint import CONFIG, METRICS, WEIGHTS, CheckpointError, latest
from training.files import atomic_write_text

INDEX = "parcels.json"
_PRESET = 1  # weights hardly shrink whatever is tried; tokens do at once


def pack(
    folder: Path, out: Path, *, parcel_bytes: int = 15 * 2**20, weights_only: bool = False, half: bool = False
) -> dict:
    """Write a folder as parcels of at most `parcel_bytes` into `out`, the index last; give the index.

    `weights_only` leaves a run's optimiser behind: enough to teach, to measure and to export, not to go on. `half`
    does so too and rounds the weights to bfloat16, which is what they are multiplied in.

    Raises
    ------
    CheckpointError, FileNotFoundError, ValueError
        If a run has no checkpoint yet, the folder holds no files, or `out` holds other things.
    """
    files = list(_files(folder, weights_only or half))
    if not files:
        raise FileNotFoundError(f"{folder} holds no files: name a run's folder, or one of shards")
    if parcel_bytes < 1:
        raise ValueError(f"parcels of {parcel_bytes} bytes are too small: --piece-mb is at least 1")
    if out.exists() and any(not path.name.startswith("parcel-") and path.name != INDEX for path in out.iterdir()):
        raise ValueError(f"{out} holds other files: name a new folder")
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    with (
        _Parcels(out, parcel_bytes) as parcels,
        lzma.open(cast("IO[bytes]", parcels), "wb", preset=_PRESET) as compressed,
        tarfile.open(fileobj=compressed, mode="w|") as tar,
    ):
        for path in files:
            entry = tarfile.TarInfo(path.relative_to(folder).as_posix())
            with _content(path, half) as content:
                entry.size = content.seek(0, io.SEEK_END)
                content.seek(0)
                tar.addfile(entry, content)
    index = {"folder": folder.name, "parcels": parcels.written}
    atomic_write_text(out / INDEX, json.dumps(index, indent=1))
    return index


def unpack(parcels: Path, out: Path) -> list[str]:
    """Bring the folder back as `out`; give the names of its files.

    Raises
    ------
    CheckpointError
        If a parcel is missing or damaged, or `out` exists already.
    """
    if out.exists():
        raise CheckpointError(f"{out} exists already: name a new folder, or remove it first")
    if not (parcels / INDEX).exists():
        raise CheckpointError(f"{parcels} holds no {INDEX}: name a folder that `python -m training pack` made")
    index = json.loads((parcels / INDEX).read_text())
    for entry in index["parcels"]:
        path = parcels / entry["name"]
        found = hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else "nothing"
        if found != entry["sha256"]:
            raise CheckpointError(f"{path}: found {found}, expected {entry['sha256']}: bring this parcel again")
    temporary = out.with_name(f".{out.name}.unpacking")
    shutil.rmtree(temporary, ignore_errors=True)
    joined = io.BufferedReader(_Joined([parcels / entry["name"] for entry in index["parcels"]]))
    with lzma.open(joined) as plain, tarfile.open(fileobj=plain, mode="r|") as tar:
        tar.extractall(temporary, filter="data")
    temporary.rename(out)
    return sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file())


def _content(path: Path, half: bool) -> IO[bytes]:
    if half and path.name == WEIGHTS:
        return io.BytesIO(save({name: weight.bfloat16() for name, weight in load_file(path).items()}))
    return path.open("rb")


def _files(folder: Path, weights_only: bool) -> Iterator[Path]:
    if not (folder / CONFIG).exists():
        yield from sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
        return
    newest = latest(folder)
    if newest is None:
        raise CheckpointError(f"{folder} holds no finished checkpoint: let the run go on until it saved one")
    yield from (path for name in (CONFIG, METRICS) if (path := folder / name).exists())
    for path in sorted(newest.folder.iterdir()):
        if not (weights_only and path.name.startswith("optimizer")):
            yield path


class _Parcels(io.RawIOBase):
    """A stream that is cut into files."""

    def __init__(self, out: Path, size: int) -> None:
        self.written: list[dict] = []
        self._out, self._size, self._held = out, size, bytearray()

    def writable(self) -> bool:
        """Tell that it can be written to."""
        return True

    def write(self, data: Any) -> int:
        """Take bytes in, and write out what fills a file."""
        self._held += data
        while len(self._held) > self._size:
            self._flush_one()
        return len(data)

    def close(self) -> None:
        """Write out what is left."""
        if not self.closed and self._held:
            self._flush_one()
        super().close()

    def _flush_one(self) -> None:
        data = bytes(self._held[: self._size])
        del self._held[: self._size]
        name = f"parcel-{len(self.written):03d}"
        (self._out / name).write_bytes(data)
        self.written.append({"name": name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()})


class _Joined(io.RawIOBase):
    """Files read as one stream."""

    def __init__(self, paths: list[Path]) -> None:
        self._left = iter(paths)
        self._current = io.BytesIO()

    def readable(self) -> bool:
        """Tell that it can be read from."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read on, over the end of a file."""
        while not (count := self._current.readinto(buffer)):
            following = next(self._left, None)
            if following is None:
                return 0
            self._current = io.BytesIO(following.read_bytes())
        return count
