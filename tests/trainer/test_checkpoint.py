"""Checkpoints: whole or absent, read back exactly, and clear about what does not fit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from training import checkpoint
from training.checkpoint import CheckpointError
from training.config import RunConfig, TrainConfig
from training.files import atomic_path, atomic_write_text
from training.model import ModelConfig, Transformer

SIZES = ModelConfig(vocab_size=20, n_layer=1, n_head=2, n_embd=8, n_hidden=16)
CONFIG = RunConfig(model=SIZES, train=TrainConfig(tokens=1000))


def _save(run: Path, step: int) -> Transformer:
    torch.manual_seed(step)
    model = Transformer(SIZES)
    checkpoint.write_config(run, CONFIG, {"vocabulary_sha256": "abc"})
    checkpoint.save(
        run,
        step,
        model.state_dict(),
        {"adamw/x/step": torch.tensor(3.0)},
        {"seconds": 1.0, "bits_per_byte": 2.5, "tokens": 7},
    )
    return model


def test_what_is_saved_is_read_back(tmp_path: Path) -> None:
    model = _save(tmp_path, 5)
    loaded, config, facts = checkpoint.load_model(tmp_path)
    assert config == CONFIG
    assert facts["vocabulary_sha256"] == "abc"
    assert facts["step"] == 5
    assert facts["bits_per_byte"] == 2.5
    for name, tensor in model.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], tensor)
    saved = checkpoint.latest(tmp_path)
    assert saved is not None
    assert saved.optimizer() == {"adamw/x/step": torch.tensor(3.0)}


def test_only_the_newest_are_kept_and_the_newest_is_found(tmp_path: Path) -> None:
    for step in (5, 900, 20, 1000):
        _save(tmp_path, step)
    assert sorted(path.name for path in tmp_path.glob("step-*")) == ["step-00000900", "step-00001000"]
    saved = checkpoint.latest(tmp_path)
    assert saved is not None
    assert saved.step == 1000


def test_a_half_written_checkpoint_is_never_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _save(tmp_path, 5)

    def full_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoint, "save_file", full_disk)
    with pytest.raises(OSError, match="No space left"):
        _save(tmp_path, 6)
    saved = checkpoint.latest(tmp_path)
    assert saved is not None
    assert saved.step == 5
    assert not list(tmp_path.glob(".step*"))


def test_a_folder_left_by_a_kill_is_ignored(tmp_path: Path) -> None:
    _save(tmp_path, 5)
    (tmp_path / ".step-00000009.123.tmp").mkdir()
    (tmp_path / "step-00000009").mkdir()
    saved = checkpoint.latest(tmp_path)
    assert saved is not None
    assert saved.step == 5


def test_another_shape_is_refused_by_name(tmp_path: Path) -> None:
    _save(tmp_path, 5)
    table = json.loads((tmp_path / "config.json").read_text())
    table["model"]["n_hidden"] = 32
    (tmp_path / "config.json").write_text(json.dumps(table))
    with pytest.raises(CheckpointError, match=r"mlp.*\(8, 16\).*\(8, 32\)"):
        checkpoint.load_model(tmp_path)


def test_no_run_no_checkpoint_and_a_broken_file_say_so(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="not a run's folder"):
        checkpoint.load_model(tmp_path)
    checkpoint.write_config(tmp_path, CONFIG, {})
    with pytest.raises(CheckpointError, match="no finished checkpoint"):
        checkpoint.load_model(tmp_path)
    _save(tmp_path, 5)
    (tmp_path / "step-00000005" / "weights.safetensors").write_bytes(b"nonsense")
    with pytest.raises(CheckpointError, match="delete its folder"):
        checkpoint.load_model(tmp_path)


def test_a_file_is_whole_or_absent(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    atomic_write_text(path, "old")

    def stop_halfway() -> None:
        with atomic_path(path) as temporary:
            temporary.write_text("half of the ne")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        stop_halfway()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
