"""What a teacher said once is what it would say: kept, resumed, read back, learned from."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from tests.trainer.conftest import Pipeline
from training.__main__ import main
from training.checkpoint import load_model, read_config
from training.config import DistillConfig
from training.distill import cached_objective, distill_objective, load_teacher, word_beginnings
from training.loop import Trainer, inputs
from training.losses import interpolated
from training.ngram import NgramModel
from training.shards import Shards
from training.soft_targets import SoftTargets, SoftTargetsConfig, make

SMALL = SoftTargetsConfig(keep=8, row_len=64, rows_per_part=40)


@pytest.fixture(scope="module")
def teacher(pipeline: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A teacher that has read a little."""
    run = tmp_path_factory.mktemp("teacher")
    config = replace(pipeline.config(tokens=40_000), distill=None)
    Trainer(config, shards=pipeline.shards, run=run, made_from={}).train()
    return run


@pytest.fixture(scope="module")
def spoken(pipeline: Pipeline, teacher: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What it says, in parts."""
    out = tmp_path_factory.mktemp("spoken")
    make(SMALL, teacher=teacher, shards=pipeline.shards, out=out, workers=1)
    return out


def _logits(pipeline: Pipeline, teacher: Path, numbers: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Give what the teacher says now of some rows, and the rows."""
    data = Shards.open(pipeline.shards, "train")
    rows = torch.from_numpy(data.rows(numbers.numpy(), 64))
    model, _ = load_teacher(teacher, data.vocabulary_sha256)
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        return model(*inputs(rows)[:2]).float(), rows


def _open(pipeline: Pipeline, folder: Path, **distill: float) -> SoftTargets:
    return SoftTargets.open(folder, Shards.open(pipeline.shards, "train"), DistillConfig(**distill), 64)


def test_the_parts_hold_what_the_teacher_says(pipeline: Pipeline, teacher: Path, spoken: Path) -> None:
    total = Shards.open(pipeline.shards, "train").n_rows(64)
    numbers = torch.tensor([0, 39, 40, total - 1, 3])  # both sides of a part's edge, the last row, any order
    logits, rows = _logits(pipeline, teacher, numbers)
    ref = logits.softmax(-1)
    tokens, probabilities, entropies = _open(pipeline, spoken).prepare(rows, numbers)
    assert tokens.shape == probabilities.shape == (5, 64, 8)
    # float16 keeps 11 bits; the rows were read in batches of other sizes, in bfloat16
    torch.testing.assert_close(probabilities, ref.gather(-1, tokens), rtol=0.03, atol=1e-4)
    torch.testing.assert_close(probabilities, ref.topk(8).values, rtol=0.03, atol=1e-4)
    torch.testing.assert_close(entropies, -(ref * ref.log()).sum(-1), rtol=0.02, atol=0.01)


def test_a_softened_mixture_is_kept_as_the_student_would_meet_it(
    pipeline: Pipeline, teacher: Path, tmp_path: Path
) -> None:
    config = replace(SMALL, temperature=2.0, ngram_weight=0.3, ngram_order=3)
    make(config, teacher=teacher, shards=pipeline.shards, out=tmp_path, workers=1)
    numbers = torch.arange(4)
    logits, rows = _logits(pipeline, teacher, numbers)
    ngram = NgramModel.count(Shards.open(pipeline.shards, "train"), 3)
    mixed = interpolated(logits, ngram.probabilities(rows[:, :-1].contiguous(), rows[:, 1:]), 0.3)
    kept = _open(pipeline, tmp_path, temperature=2.0, ngram_weight=0.3, ngram_order=3).prepare(rows, numbers)
    torch.testing.assert_close(kept[1], (mixed / 2).softmax(-1).topk(8).values, rtol=0.03, atol=1e-4)
    torch.testing.assert_close(kept[2], -(mixed.exp() * mixed).sum(-1), rtol=0.02, atol=0.01)


def test_with_all_tokens_kept_the_student_learns_what_it_would_learn_live(
    pipeline: Pipeline, teacher: Path, tmp_path: Path
) -> None:
    """Same loss and gradient as from the live teacher, in every way of weighing positions."""
    data = Shards.open(pipeline.shards, "train")
    make(
        replace(SMALL, keep=data.vocab_size, rows_per_part=8),
        teacher=teacher,
        shards=pipeline.shards,
        out=tmp_path,
        workers=1,
    )
    model, _ = load_teacher(teacher, data.vocabulary_sha256)
    begins = word_beginnings(pipeline.vocabulary, data.vocabulary_sha256)
    numbers = torch.tensor([5, 11])
    rows = torch.from_numpy(data.rows(numbers.numpy(), 64))
    torch.manual_seed(2)
    student = type(model)(replace(model.config, n_layer=1))
    for config in (DistillConfig(), DistillConfig(uncertainty=0.5, word_start_weight=2.0, soft_weight=0.5)):
        found = []
        prepared = _open(pipeline, tmp_path).prepare(rows, numbers)
        for objective, extra in (
            (distill_objective(model, config, begins), ()),
            (cached_objective(config, begins), prepared),
        ):
            student.zero_grad()
            loss, hard = objective(student, *inputs(rows), *extra)
            loss.backward()
            gradient = student.embedding.weight.grad
            assert gradient is not None
            found.append((loss.item(), hard.item(), gradient.clone()))
        (live, live_hard, live_gradient), (kept, kept_hard, kept_gradient) = found
        assert kept == pytest.approx(live, rel=2e-3) and kept_hard == pytest.approx(live_hard, rel=1e-5)
        difference = (kept_gradient - live_gradient).norm() / live_gradient.norm()
        assert difference < 0.02


def _command(pipeline: Pipeline, *arguments: object, code: int = 0) -> str:
    done = CliRunner().invoke(main, [str(argument) for argument in (*arguments, "--shards", pipeline.shards)])
    assert done.exit_code == code, done.output
    return done.output


def test_students_learn_from_what_is_kept(
    pipeline: Pipeline, teacher: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Through the commands, and with a part that was lost made again by the same one, by two processes."""
    cache = ("cache", "--teacher", teacher, "--out", tmp_path / "soft", "--row-len", 64)
    _command(pipeline, *cache, "--workers", 1)
    parts = sorted((tmp_path / "soft").glob("part-*.bin"))
    before = [part.read_bytes() for part in parts]
    student = ("student", "--preset", "smoke", "--tokens", 12_000, "--cached", tmp_path / "soft")
    _command(pipeline, *student, "--out", tmp_path / "kept")
    _command(
        pipeline, "student", "--preset", "smoke", "--tokens", 12_000, "--teacher", teacher, "--out", tmp_path / "live"
    )
    kept, live = (load_model(tmp_path / name)[2]["bits_per_byte"] for name in ("kept", "live"))
    assert kept == pytest.approx(live, rel=0.01)
    made_from = read_config(tmp_path / "kept")[1]["teacher"]
    assert made_from["keep"] == 32 and made_from["n_parameters"] > 10_000

    parts[0].unlink()
    assert "run the same" in _command(pipeline, *student, "--out", tmp_path / "next", code=1)
    _command(pipeline, *cache, "--workers", 2)
    assert len(parts) == len(before) and [part.read_bytes() for part in parts] == before


def test_only_what_is_missing_is_made(pipeline: Pipeline, teacher: Path, tmp_path: Path) -> None:
    config = replace(SMALL, rows_per_part=100)
    index = make(config, teacher=teacher, shards=pipeline.shards, out=tmp_path, workers=1)
    parts = sorted(tmp_path.glob("part-*.bin"))
    assert len(parts) == -(-index["rows"] // 100) > 2
    before = [part.read_bytes() for part in parts]
    stamps = [part.stat().st_mtime_ns for part in parts]
    parts[1].unlink()
    said: list[str] = []
    make(config, teacher=teacher, shards=pipeline.shards, out=tmp_path, workers=2, progress=said.append)
    assert said == ["1 of 1 parts  0 min left"]
    assert [part.read_bytes() for part in parts] == before
    assert [part.stat().st_mtime_ns for number, part in enumerate(parts) if number != 1] == [stamps[0], *stamps[2:]]


def test_what_does_not_fit_is_refused(pipeline: Pipeline, teacher: Path, spoken: Path, tmp_path: Path) -> None:
    places = {"teacher": teacher, "shards": pipeline.shards, "workers": 1}
    with pytest.raises(ValueError, match="another teacher or text"):
        make(replace(SMALL, keep=9), out=spoken, **places)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="more than there are pieces"):
        make(replace(SMALL, keep=5000), out=tmp_path / "x", **places)  # type: ignore[arg-type]
    for name, settings in (
        ("temperature", {"temperature": 2.0}),
        ("ngram_weight", {"ngram_weight": 0.2}),
        ("teacher itself", {"relation_weight": 1.0}),
    ):
        with pytest.raises(ValueError, match=name):
            _open(pipeline, spoken, **settings)
    data = Shards.open(pipeline.shards, "train")
    with pytest.raises(ValueError, match="row_len=64"):
        SoftTargets.open(spoken, data, DistillConfig(), 128)
    with pytest.raises(FileNotFoundError, match="training cache"):
        SoftTargets.open(tmp_path, data, DistillConfig(), 64)
    with pytest.raises(ValueError, match="other text"):
        SoftTargets.open(spoken, replace(data, tokens=data.tokens[::-1]), DistillConfig(), 64)
    (tmp_path / "soft-targets.json").write_text(json.dumps({"format": 99}))
    with pytest.raises(ValueError, match="format 99"):
        SoftTargets.open(tmp_path, data, DistillConfig(), 64)


@pytest.mark.parametrize("settings", [{"keep": 0}, {"temperature": 0.0}, {"ngram_weight": 1.0}, {"ngram_order": 9}])
def test_settings_out_of_range_are_refused(settings: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(settings))):
        SoftTargetsConfig(**settings)  # type: ignore[arg-type]


def test_one_teacher_at_a_time(pipeline: Pipeline, tmp_path: Path) -> None:
    said = _command(pipeline, "student", "--cached", tmp_path, "--teacher", tmp_path, "--out", tmp_path / "run", code=2)
    assert "exclude each other" in said


def test_rows_are_read_without_the_whole_file(pipeline: Pipeline, spoken: Path) -> None:
    opened = _open(pipeline, spoken)
    assert all(isinstance(part, np.memmap) for part in opened._parts)
