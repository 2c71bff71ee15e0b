"""The bytes of an adapter: read back as written, and every way they can be wrong."""

from __future__ import annotations

import errno
import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from autocomplete import adapter_file, errors
from autocomplete.adapter import Adapter, features_of
from autocomplete.adapter_file import AdapterFile, from_bytes, read, to_bytes, write
from autocomplete.adapter_header import summary_of
from autocomplete.adapter_trainer import Record, Snapshot
from tests.fakes import RandomModel

VOCAB, MODEL = 70, "ab" * 32


@pytest.fixture
def content() -> AdapterFile:
    """An adapter that changes five pieces."""
    rng = np.random.default_rng(5)
    features = features_of(RandomModel(VOCAB), np.arange(4, 40, dtype=np.int32), 3)
    active = np.array([4, 9, 10, 33, 69], np.int32)
    bias, squares, use = rng.random((3, 5)).astype(np.float32)
    weights = rng.standard_normal((5, 3)).astype(np.float16).astype(np.float32)
    snapshot = Snapshot(
        adapter=Adapter(features, active, bias, weights),
        squares=squares,
        use=use,
        record=Record(pieces=40.5, plain=120.25, adapted=99.0),
        pieces=812,
    )
    return AdapterFile(model=MODEL, snapshot=snapshot, card={"name": "café"})


def _read(data: bytes, **changes: object) -> AdapterFile:
    return from_bytes(data, "x.adapter", **{"model": MODEL, "vocab_size": VOCAB, **changes})


def _with_header(data: bytes, **changes: object) -> bytes:
    """Change the header, with a sum that fits."""
    length = int.from_bytes(data[12:16], "little")
    header = json.loads(data[48 : 48 + length])
    text = json.dumps({name: value for name, value in {**header, **changes}.items() if value is not None}).encode()
    body = text + data[48 + length :]
    return data[:12] + len(text).to_bytes(4, "little") + hashlib.sha256(body).digest() + body


def test_what_is_written_is_read_back(content: AdapterFile, tmp_path: Path) -> None:
    path = tmp_path / "x.adapter"
    write(path, content)
    comp = read(path, model=MODEL, vocab_size=VOCAB)
    assert (comp.model, comp.card) == (MODEL, {"name": "café"})
    assert comp.checksum == hashlib.sha256(path.read_bytes()).hexdigest()
    found, wanted = comp.snapshot, content.snapshot
    assert (found.record, found.pieces) == (wanted.record, wanted.pieces)
    for name in ("active", "bias", "weights"):
        np.testing.assert_array_equal(getattr(found.adapter, name), getattr(wanted.adapter, name))
    for name in ("anchors", "matrix", "offset"):
        np.testing.assert_array_equal(getattr(found.adapter.features, name), getattr(wanted.adapter.features, name))
    np.testing.assert_array_equal(found.squares, wanted.squares)
    np.testing.assert_array_equal(found.use, wanted.use)
    rows = RandomModel(VOCAB).row((2, 3))[None]
    np.testing.assert_array_equal(found.adapter.apply(rows), wanted.adapter.apply(rows))
    assert to_bytes(comp) == path.read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["x.adapter"]


def test_the_header_says_whether_the_rest_is_worth_it(content: AdapterFile) -> None:
    data, record = to_bytes(content), content.snapshot.record
    assert summary_of(data) == (MODEL, record.pieces, pytest.approx(record.gain))
    assert summary_of(data[:500]) == summary_of(data)
    later = bytearray(data)
    later[8] = adapter_file.FORMAT_VERSION + 1
    for odd in (
        b"",
        data[:60],
        data[1:],
        bytes(later),
        _with_header(data, record=None),
        _with_header(data, model=None),
    ):
        assert summary_of(odd) is None
    assert summary_of(_with_header(data, record={"pieces": 0, "plain": 0, "adapted": 0})) == (MODEL, 0.0, 0.0)


def test_another_kind_of_file(content: AdapterFile) -> None:
    for data in (b"", b"PK\3\4 something else", to_bytes(content).replace(b"\r\n", b"\n"), to_bytes(content)[:20]):
        with pytest.raises(errors.NotAnAdapter, match="it is no adapter"):
            _read(data)


def test_a_later_version(content: AdapterFile) -> None:
    data = bytearray(to_bytes(content))
    data[8] = adapter_file.FORMAT_VERSION + 1
    with pytest.raises(errors.AdapterTooNew, match="upgrade"):
        _read(bytes(data))


def test_every_changed_byte_and_every_cut_is_noticed(content: AdapterFile) -> None:
    data = to_bytes(content)
    for place in range(0, len(data), 97):
        broken = bytearray(data)
        broken[place] ^= 0x10
        with pytest.raises(errors.AdapterError):
            _read(bytes(broken))
    for end in range(48, len(data), 211):
        with pytest.raises(errors.AdapterDamaged, match="make it again"):
            _read(data[:end])


def test_another_model(content: AdapterFile) -> None:
    with pytest.raises(errors.AdapterMismatch, match=r"made for the model abababababab, this one is cdcd"):
        _read(to_bytes(content), model="cd" * 32)


def test_a_name_of_earlier_releases_stands_for_the_same_model(content: AdapterFile) -> None:
    data = to_bytes(content)
    known = from_bytes(data, "it", model="cd" * 32, vocab_size=VOCAB, formerly=content.model)
    assert known.model == "cd" * 32
    assert to_bytes(known) != data
    with pytest.raises(errors.AdapterMismatch):
        from_bytes(data, "it", model="cd" * 32, vocab_size=VOCAB, formerly="ef" * 32)


@pytest.mark.parametrize(
    "changes", [{"active": 4}, {"rank": "three"}, {"record": None}, {"record": {"bits": 3}}, {"anchors": 10**6}]
)
def test_a_header_that_misstates_something(content: AdapterFile, changes: dict[str, object]) -> None:
    with pytest.raises(errors.NotAnAdapter, match="lacks or misstates"):
        _read(_with_header(to_bytes(content), **changes))


def test_pieces_that_the_model_does_not_have(content: AdapterFile) -> None:
    with pytest.raises(errors.NotAnAdapter, match="pieces that the model does not have"):
        _read(to_bytes(content), vocab_size=69)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(errors.AdapterNotFound, match=r"No such file.*name an adapter, or none"):
        read(tmp_path / "none.adapter", model=MODEL, vocab_size=VOCAB)


def test_a_full_disk_leaves_what_was_there(
    content: AdapterFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.adapter"
    path.write_bytes(b"before")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(errors.AdapterNotWritten, match=r"No space left.*unchanged"):
        write(path, content)
    assert path.read_bytes() == b"before"
