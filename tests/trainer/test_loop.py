"""The loop: it learns, it stops and goes on exactly, and a kill costs nothing but time."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from tests.trainer.conftest import Pipeline
from training import checkpoint
from training.checkpoint import CheckpointError, load_model
from training.curves import draw
from training.distill import distill_objective, load_teacher
from training.loop import Trainer, inputs
from training.measures import measure
from training.next_word import foreteller
from training.report import table


def _trainer(pipeline: Pipeline, run: Path, **train: object) -> Trainer:
    config = replace(pipeline.config(**train), distill=None)
    return Trainer(config, shards=pipeline.shards, run=run, made_from={})


def _weights(run: Path) -> dict[str, torch.Tensor]:
    return load_model(run)[0].state_dict()


@pytest.fixture(scope="module")
def undisturbed(pipeline: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that nothing interrupted."""
    run = tmp_path_factory.mktemp("undisturbed")
    assert _trainer(pipeline, run).train()
    return run


def test_it_learns(pipeline: Pipeline, undisturbed: Path, tmp_path: Path) -> None:
    lines = [json.loads(line) for line in (undisturbed / "metrics.jsonl").read_text().splitlines()]
    untrained = _trainer(pipeline, tmp_path).validate()
    assert lines[-1]["bits_per_byte"] < 0.6 * untrained
    assert lines[-1]["loss"] < lines[0]["loss"] < math.log(500)


def test_bits_per_byte_is_what_the_definition_says(pipeline: Pipeline, undisturbed: Path) -> None:
    trainer = _trainer(pipeline, undisturbed, micro_rows=1)
    rows = min(trainer.validation.n_rows(64), trainer.config.train.validation_rows)
    total = count = 0.0
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        for row in range(rows):
            tokens, segments, targets = inputs(
                torch.from_numpy(trainer.validation.rows(torch.tensor([row]).numpy(), 64))
            )
            logprobs = trainer.model(tokens, segments).float().log_softmax(-1)
            total -= float(logprobs.gather(-1, targets[..., None]).sum())
            count += targets.numel()
    ref = total / count * len(trainer.validation.tokens) / trainer.validation.bytes / math.log(2)
    assert trainer.validate() == pytest.approx(ref, rel=1e-3)


def test_slices_give_the_same_run_bit_for_bit(pipeline: Pipeline, undisturbed: Path, tmp_path: Path) -> None:
    slices = 0
    while not _trainer(pipeline, tmp_path).train(max_minutes=0.004):
        slices += 1
    assert slices > 1
    for name, tensor in _weights(undisturbed).items():
        assert torch.equal(_weights(tmp_path)[name], tensor), name
    first, second = ((run / "metrics.jsonl").read_text().splitlines() for run in (undisturbed, tmp_path))
    assert json.loads(first[-1])["loss"] == json.loads(second[-1])["loss"]


@pytest.mark.slow
def test_killed_at_any_moment_it_goes_on_to_the_same_result(
    pipeline: Pipeline, undisturbed: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    command = [
        *(sys.executable, "-m", "training", "teacher", "--preset", "smoke", "--shards", str(pipeline.shards)),
        *("--out", str(run), "--set", "train.save_minutes=0.0"),
    ]
    root = Path(__file__).parents[2]
    for seconds in (0.3, 0.5):
        process = subprocess.Popen(command, cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        before = checkpoint.latest(run)
        while time.monotonic() < deadline and process.poll() is None:
            saved = checkpoint.latest(run)
            if saved and saved.step > (before.step if before else 0):
                break
            time.sleep(0.01)
        time.sleep(seconds / 10)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        saved = checkpoint.latest(run)
        assert saved is not None
    subprocess.run(command, cwd=root, check=True, capture_output=True)
    for name, tensor in _weights(undisturbed).items():
        torch.testing.assert_close(_weights(run)[name], tensor, atol=1e-5, rtol=1e-4, msg=name)


def test_accumulation_is_one_large_batch(pipeline: Pipeline, undisturbed: Path, tmp_path: Path) -> None:
    _trainer(pipeline, tmp_path, micro_rows=16).train()
    final = [
        json.loads((run / "metrics.jsonl").read_text().splitlines()[-1])["loss"] for run in (undisturbed, tmp_path)
    ]
    assert final[1] == pytest.approx(final[0], rel=0.02)


def test_other_settings_and_other_pieces_are_refused(pipeline: Pipeline, undisturbed: Path, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="other settings"):
        _trainer(pipeline, undisturbed, seed=9)
    config = pipeline.config()
    wrong = replace(config, model=replace(config.model, vocab_size=77))
    with pytest.raises(ValueError, match="pieces"):
        Trainer(wrong, shards=pipeline.shards, run=tmp_path, made_from={})


def test_a_student_comes_closer_to_its_teacher(pipeline: Pipeline, undisturbed: Path, tmp_path: Path) -> None:
    vocabulary = _trainer(pipeline, undisturbed).data.vocabulary_sha256
    teacher, facts = load_teacher(undisturbed, vocabulary)
    assert facts["tokens"] > 0
    assert not any(parameter.requires_grad for parameter in teacher.parameters())
    config = pipeline.config(seed=4, tokens=20_000)
    assert config.distill is not None
    distances = []
    for name, soft_weight in (("alone", 0.0), ("taught", 1.0)):
        distill = replace(config.distill, soft_weight=soft_weight)
        trainer = Trainer(
            replace(config, distill=distill),
            shards=pipeline.shards,
            run=tmp_path / name,
            made_from={"teacher": facts},
            objective=distill_objective(teacher, distill),
        )
        trainer.train()
        tokens, segments, _ = inputs(torch.from_numpy(trainer.validation.rows(torch.arange(8).numpy(), 64)))
        with torch.no_grad():
            target, found = (model(tokens, segments).log_softmax(-1) for model in (teacher, trainer.model))
        distances.append(float((target.exp() * (target - found)).sum(-1).mean()))
    assert distances[1] < distances[0]


def test_text_alone_comes_first_where_it_is_asked_for(pipeline: Pipeline, tmp_path: Path) -> None:
    config = pipeline.config()
    called_at = []

    def objective(model: torch.nn.Module, *batch: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        called_at.append(trainer.step)
        loss = torch.nn.functional.cross_entropy(model(*batch[:2]).flatten(0, 1), batch[2].flatten())
        return loss, loss

    trainer = Trainer(
        config, shards=pipeline.shards, run=tmp_path, made_from={}, objective=objective, objective_from=0.5
    )
    trainer.train()
    assert min(called_at) == round(config.train.steps / 2)


def test_a_teacher_of_another_vocabulary_is_refused(undisturbed: Path) -> None:
    with pytest.raises(CheckpointError, match="another vocabulary"):
        load_teacher(undisturbed, "0" * 64)


def test_the_report_names_each_run_with_its_figures(pipeline: Pipeline, undisturbed: Path) -> None:
    foretell = foreteller(corpus=pipeline.corpus, vocabulary=pipeline.vocabulary, lexicon=pipeline.lexicon, lines=40)
    lines = table([measure(undisturbed, foretell=foretell, repeats=1)] * 2).splitlines()
    model, _, facts = load_model(undisturbed)
    assert f"{foretell(model, facts['casing']).top3:.1%}" in lines[2]
    assert len(lines) == 4
    bits = load_model(undisturbed)[2]["bits_per_byte"]
    assert undisturbed.name in lines[2]
    assert f"{bits:.4f}" in lines[2]


def test_curves_are_drawn(undisturbed: Path, tmp_path: Path) -> None:
    draw([undisturbed, undisturbed], tmp_path / "curves.png")
    assert (tmp_path / "curves.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(CheckpointError, match="metrics"):
        draw([tmp_path], tmp_path / "none.png")
    assert not (tmp_path / "none.png").exists()
