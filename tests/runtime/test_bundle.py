"""The bundle file: what is written is read back, and every way it can be damaged has its own error."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from autocomplete import bundle
from autocomplete.bundle import GRAPH, LEXICON, PIECES
from autocomplete.errors import (
    BundleNotFound,
    BundleNotWritten,
    ChecksumMismatch,
    NotABundle,
    TruncatedBundle,
    UnsupportedVersion,
)
from tests.tiny import manifest

SECTIONS = {GRAPH: bytes(range(256)) * 40, PIECES: b"pieces", LEXICON: b"words " * 2000}


@pytest.fixture
def written(tmp_path: Path) -> Path:
    path = tmp_path / "xx.bundle"
    bundle.write(path, manifest(model_card={"licence": "naïve ✓"}), SECTIONS)
    return path


def test_reads_back_what_was_written(written: Path) -> None:
    read = bundle.read(written)
    assert read.manifest == manifest(model_card={"licence": "naïve ✓"})
    assert read.sections == SECTIONS
    assert read.size == written.stat().st_size
    assert os.listdir(written.parent) == [written.name]


def test_same_arguments_give_the_same_bytes_and_checksum(written: Path, tmp_path: Path) -> None:
    again = bundle.write(tmp_path / "again", manifest(model_card={"licence": "naïve ✓"}), SECTIONS)
    assert (tmp_path / "again").read_bytes() == written.read_bytes()
    assert again.checksum == bundle.read(written).checksum
    other = bundle.write(
        tmp_path / "other", manifest(model_card={"licence": "naïve ✓"}), {**SECTIONS, PIECES: b"Pieces"}
    )
    assert other.checksum != again.checksum


def test_a_new_word_list_is_no_new_model(written: Path, tmp_path: Path) -> None:
    first = bundle.read(written)
    for changed, same in ((bundle.LEXICON, True), (bundle.GRAPH, False), (bundle.PIECES, False)):
        sections = {**first.sections, changed: first.sections[changed] + b"more"}
        other = bundle.write(tmp_path / "other.bundle", first.manifest, sections)
        assert other.checksum != first.checksum
        assert (other.model == first.model) == same


def test_sections_are_aligned_and_the_graph_is_stored_raw(written: Path) -> None:
    data = written.read_bytes()
    (length,) = struct.unpack_from("<Q", data, 16)
    entries = json.loads(data[56 : 56 + length])["sections"]
    assert all(entry["offset"] % 4096 == 0 for entry in entries.values())
    start = entries[GRAPH]["offset"]
    assert data[start : start + entries[GRAPH]["length"]] == SECTIONS[GRAPH]


@pytest.mark.parametrize("length", [0, 55])
def test_a_file_shorter_than_a_header(tmp_path: Path, length: int) -> None:
    path = tmp_path / "short"
    path.write_bytes(bytes(length))
    with pytest.raises(NotABundle, match=f"{length} bytes"):
        bundle.read(path)


def test_a_foreign_file(tmp_path: Path) -> None:
    path = tmp_path / "foreign"
    path.write_bytes(b"PK\x03\x04" + bytes(5000))
    with pytest.raises(NotABundle, match="begins with b'PK"):
        bundle.read(path)


def test_no_file(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing", tmp_path):
        with pytest.raises(BundleNotFound, match="name a bundle"):
            bundle.read(path)


@pytest.mark.parametrize(("version", "advice"), [(bundle.FORMAT_VERSION + 1, "upgrade"), (0, "make it again")])
def test_another_format_version(written: Path, version: int, advice: str) -> None:
    patch(written, 8, struct.pack("<I", version))
    with pytest.raises(UnsupportedVersion, match=advice):
        bundle.read(written)


def test_a_writing_that_never_finished(written: Path) -> None:
    patch(written, 12, bytes(4))
    with pytest.raises(TruncatedBundle, match="never finished"):
        bundle.read(written)


def test_every_truncation_is_noticed(written: Path) -> None:
    data = written.read_bytes()
    for length in {*range(56, len(data), 997), len(data) - 1}:
        written.write_bytes(data[:length])
        with pytest.raises(TruncatedBundle, match="fetch the file again"):
            bundle.read(written)


def test_every_altered_byte_of_manifest_and_sections_is_noticed(written: Path) -> None:
    data = written.read_bytes()
    (length,) = struct.unpack_from("<Q", data, 16)
    entries = json.loads(data[56 : 56 + length])["sections"]
    places = [24, 56, 56 + length - 1]
    places += [entry["offset"] + where for entry in entries.values() for where in (0, entry["length"] - 1)]
    for place in places:
        written.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        with pytest.raises(ChecksumMismatch, match="altered"):
            bundle.read(written)


def without_shape(values: dict) -> None:
    del values["shape"]


def without_length(values: dict) -> None:
    del values["sections"][GRAPH]["length"]


@pytest.mark.parametrize(("damage", "named"), [(without_shape, "shape"), (without_length, "length")])
def test_a_manifest_that_lacks_something(written: Path, damage: Callable[[dict], None], named: str) -> None:
    data = written.read_bytes()
    (length,) = struct.unpack_from("<Q", data, 16)
    values = json.loads(data[56 : 56 + length])
    damage(values)
    text = json.dumps(values).encode()
    head = data[:16] + struct.pack("<Q32s", len(text), hashlib.sha256(text).digest())
    written.write_bytes(head + text + data[56 + len(text) :])
    with pytest.raises(NotABundle, match=f"lacks or misstates .*{named}"):
        bundle.read(written)


def test_a_bundle_too_large(written: Path) -> None:
    before = written.read_bytes()
    with pytest.raises(BundleNotWritten, match="at most 9000"):
        bundle.write(written, manifest(), SECTIONS, max_size=9000)
    assert written.read_bytes() == before


@pytest.mark.parametrize("fails_at", [1, 2])
def test_a_full_disk_leaves_the_old_bundle(written: Path, monkeypatch: pytest.MonkeyPatch, fails_at: int) -> None:
    before, calls = written.read_bytes(), []

    def full(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == fails_at:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(bundle.os, "fsync", full)
    with pytest.raises(BundleNotWritten, match=r"cannot write .*No space left on device; make room"):
        bundle.write(written, manifest(language="yy"), SECTIONS)
    assert written.read_bytes() == before
    assert os.listdir(written.parent) == [written.name]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_really_full_device(tmp_path: Path) -> None:
    (tmp_path / "xx.bundle.part").symlink_to("/dev/full")
    with pytest.raises(BundleNotWritten, match="No space left"):
        bundle.write(tmp_path / "xx.bundle", manifest(), SECTIONS)
    assert os.listdir(tmp_path) == []


def test_a_folder_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(BundleNotWritten, match="No such file or directory"):
        bundle.write(tmp_path / "no" / "xx.bundle", manifest(), SECTIONS)


KILLED = """
import sys
from pathlib import Path
from autocomplete import bundle
from tests.tiny import manifest
print("go", flush=True)
sections = {"graph": bytes(3_000_000), "lexicon": bytes(3_000_000)}
while True:
    bundle.write(Path(sys.argv[1]), manifest(language="yy"), sections)
"""


def test_killed_at_any_moment_leaves_a_whole_bundle(written: Path) -> None:
    for wait in (0.0, 0.004, 0.013, 0.03):
        process = subprocess.Popen([sys.executable, "-c", KILLED, str(written)], stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(wait)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        assert bundle.read(written).manifest.language in ("xx", "yy")
    bundle.write(written, manifest(), SECTIONS)
    assert os.listdir(written.parent) == [written.name]  # the next writing clears what a killed one left


def patch(path: Path, offset: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(data)
