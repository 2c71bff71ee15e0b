"""Settings: presets, flags over them, and refusals that name what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from training.config import DistillConfig, TrainConfig, from_dict, read_preset, same_run
from training.model import Transformer


@pytest.mark.parametrize("name", ["smoke", "student", "student-gpu", "teacher", "teacher-large"])
def test_presets_are_complete(name: str) -> None:
    config = read_preset(name, 12_288)
    assert config.model.vocab_size == 12_288
    assert from_dict(config.as_dict()) == config


def test_the_teachers_are_three_and_ten_times_the_student() -> None:
    with torch.device("meta"):
        student, teacher, large = (
            Transformer(read_preset(name, 12_288).model).n_parameters
            for name in ("student", "teacher", "teacher-large")
        )
    assert 5e6 <= student <= 12e6
    assert read_preset("student-gpu", 12_288).model == read_preset("student", 12_288).model
    assert teacher >= 3 * student and large >= 10 * student


def test_flags_lie_over_the_preset_and_none_changes_nothing() -> None:
    config = read_preset("smoke", 300, {"train.tokens": 77, "train.seed": None, "distill.temperature": 2.0})
    assert config.train.tokens == 77
    assert config.train.seed == 1
    assert config.distill == DistillConfig(temperature=2.0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"train.tokenz": 5}, "no setting tokenz"),
        ({"trian.tokens": 5}, "no section"),
        ({"train.micro_rows": 7}, "multiple of micro_rows"),
        ({"train.tokens": 0}, "positive"),
        ({"distill.temperature": 0.0}, "temperature"),
        ({"model.n_head": 3}, "n_head"),
    ],
)
def test_wrong_settings_are_named(changes: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_preset("smoke", 300, changes)


def test_missing_presets_and_settings_are_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="smoke, student, student-gpu, teacher"):
        read_preset("huge", 300)
    (tmp_path / "mine.toml").write_text("[model]\nn_layer = 1\n[train]\ntokens = 1\n")
    with pytest.raises(ValueError, match="incomplete"):
        read_preset(str(tmp_path / "mine.toml"), 300)


def test_the_rate_rises_stays_and_falls() -> None:
    train = TrainConfig(tokens=8192 * 1000, warmup_steps=100, decay_share=0.4)
    assert train.steps == 1000
    rates = [train.rate(step) for step in range(1000)]
    assert rates[0] == pytest.approx(0.01)
    assert rates[99:600] == [1.0] * 501
    assert rates[800] == pytest.approx(0.5)
    assert 0 < rates[999] < 0.01


def test_a_run_may_change_its_length_but_not_its_nature() -> None:
    before = read_preset("smoke", 300)
    assert same_run(before, read_preset("smoke", 300, {"train.tokens": 99_000, "train.micro_rows": 4}))
    assert not same_run(before, read_preset("smoke", 300, {"train.seed": 2}))
    assert not same_run(before, read_preset("smoke", 301))
