"""Runs and shards in parcels: what comes out goes on as if it had never left."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

from tests.trainer.conftest import Pipeline
from training.__main__ import main
from training.checkpoint import CheckpointError, load_model
from training.loop import Trainer
from training.parcels import INDEX, pack, unpack


def _trainer(pipeline: Pipeline, run: Path, shards: Path | None = None) -> Trainer:
    config = replace(pipeline.config(tokens=16_000), distill=None)
    return Trainer(config, shards=shards or pipeline.shards, run=run, made_from={})


def _command(*arguments: object, code: int = 0) -> str:
    done = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert done.exit_code == code, done.output
    return done.output


def test_a_run_goes_on_elsewhere(pipeline: Pipeline, tmp_path: Path) -> None:
    _trainer(pipeline, tmp_path / "whole").train()
    assert not _trainer(pipeline, tmp_path / "run").train(max_minutes=1e-4)
    pack(tmp_path / "run", tmp_path / "parcels", parcel_bytes=100_000)
    sizes = [path.stat().st_size for path in (tmp_path / "parcels").glob("parcel-*")]
    assert len(sizes) > 3 and max(sizes) == 100_000
    _command("unpack", tmp_path / "parcels", "--out", tmp_path / "elsewhere")
    _command("pack", pipeline.shards, "--out", tmp_path / "shards-parcels")
    _command("unpack", tmp_path / "shards-parcels", "--out", tmp_path / "shards")
    assert _trainer(pipeline, tmp_path / "elsewhere", tmp_path / "shards").train()
    whole, cut = (load_model(tmp_path / name)[0].state_dict() for name in ("whole", "elsewhere"))
    assert all(torch.equal(whole[name], cut[name]) for name in whole)
    lines = [(tmp_path / name / "metrics.jsonl").read_text().splitlines() for name in ("whole", "elsewhere")]
    assert [json.loads(line)["step"] for line in lines[0]] == [json.loads(line)["step"] for line in lines[1]]


def test_weights_alone_can_be_loaded(pipeline: Pipeline, tmp_path: Path) -> None:
    _trainer(pipeline, tmp_path / "run").train()
    pack(tmp_path / "run", tmp_path / "parcels", weights_only=True)
    names = unpack(tmp_path / "parcels", tmp_path / "back")
    assert not any("optimizer" in name for name in names)
    ours, theirs = (load_model(tmp_path / name)[0].state_dict() for name in ("run", "back"))
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_half_the_weights_teach_the_same(pipeline: Pipeline, tmp_path: Path) -> None:
    _trainer(pipeline, tmp_path / "run").train()
    pack(tmp_path / "run", tmp_path / "whole", weights_only=True)
    _command("pack", tmp_path / "run", "--out", tmp_path / "parcels", "--half")
    sizes = [sum(file.stat().st_size for file in (tmp_path / name).iterdir()) for name in ("parcels", "whole")]
    assert sizes[0] < 0.6 * sizes[1]
    names = unpack(tmp_path / "parcels", tmp_path / "back")
    assert not any("optimizer" in name for name in names)
    ours, theirs = (load_model(tmp_path / name)[0] for name in ("run", "back"))
    assert theirs.embedding.weight.dtype == torch.float32
    tokens = torch.arange(20)[None]
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        torch.testing.assert_close(ours(tokens), theirs(tokens), rtol=0.02, atol=0.02)


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    """A folder of a few bytes, packed."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a.bin").write_bytes(bytes(range(256)) * 9)
    pack(tmp_path / "folder", tmp_path / "parcels")
    return tmp_path / "parcels"


def test_damage_and_loss_are_seen_before_anything_is_written(packed: Path, tmp_path: Path) -> None:
    whole = (packed / "parcel-000").read_bytes()
    (packed / "parcel-000").write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(CheckpointError, match=r"parcel-000: found .* bring this parcel again"):
        unpack(packed, tmp_path / "back")
    (packed / "parcel-000").unlink()
    with pytest.raises(CheckpointError, match="found nothing"):
        unpack(packed, tmp_path / "back")
    (packed / INDEX).unlink()
    with pytest.raises(CheckpointError, match=r"holds no parcels\.json"):
        unpack(packed, tmp_path / "back")
    assert not (tmp_path / "back").exists()


def test_nothing_is_overwritten(packed: Path, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="exists already"):
        unpack(packed, tmp_path / "folder")
    assert "holds other files" in _command("pack", packed, "--out", tmp_path / "folder", code=1)
    pack(tmp_path / "folder", packed)  # parcels of before are replaced
    assert unpack(packed, tmp_path / "back") == ["a.bin"]


def test_what_cannot_be_packed_is_named(pipeline: Pipeline, packed: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "holds no files" in _command("pack", tmp_path / "empty", "--out", tmp_path / "x", code=1)
    assert "--piece-mb is at least 1" in _command(
        "pack", tmp_path / "folder", "--out", tmp_path / "x", "--piece-mb", 0, code=1
    )
    _trainer(pipeline, tmp_path / "fresh")
    assert "no finished checkpoint" in _command("pack", tmp_path / "fresh", "--out", tmp_path / "x", code=1)
