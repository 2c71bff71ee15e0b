"""Several processes train as one: the same loss curve, and a run that goes on with another number of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.trainer.conftest import Pipeline
from training.checkpoint import load_model
from training.distributed import Group
from training.shards import Shards

ROOT = Path(__file__).parents[2]


def _train(pipeline: Pipeline, run: Path, processes: int, *options: str) -> None:
    launcher = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"] * (processes > 1)
    command = [sys.executable, *launcher, "-m", "training", "teacher", "--preset", "smoke"]
    subprocess.run(
        [*command, "--shards", str(pipeline.shards), "--out", str(run), *options],
        cwd=ROOT,
        check=True,
        capture_output=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )


def _curve(run: Path) -> list[tuple[int, float, float]]:
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    return [(line["step"], line["loss"], line["bits_per_byte"]) for line in lines]


@pytest.fixture(scope="module")
def alone(pipeline: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of one process."""
    run = tmp_path_factory.mktemp("alone")
    _train(pipeline, run, 1)
    return run


@pytest.mark.slow
def test_two_processes_have_the_curve_of_one(pipeline: Pipeline, alone: Path, tmp_path: Path) -> None:
    _train(pipeline, tmp_path, 2)
    assert len(_curve(alone)) >= 4
    np.testing.assert_allclose(_curve(tmp_path), _curve(alone), rtol=5e-3)


@pytest.mark.slow
def test_another_number_of_processes_goes_on(pipeline: Pipeline, alone: Path, tmp_path: Path) -> None:
    _train(pipeline, tmp_path, 2, "--max-minutes", "0.0001")
    stopped_at = load_model(tmp_path)[2]["step"]
    assert 0 < stopped_at < load_model(alone)[2]["step"]
    _train(pipeline, tmp_path, 1)
    np.testing.assert_allclose(_curve(tmp_path), _curve(alone), rtol=5e-3)
    for name, weights in load_model(alone)[0].state_dict().items():
        torch.testing.assert_close(load_model(tmp_path)[0].state_dict()[name], weights, atol=2e-2, rtol=0.1, msg=name)


def test_the_parts_make_up_the_batch(pipeline: Pipeline) -> None:
    data = Shards.open(pipeline.shards, "train")
    whole = data.batch(3, rows=12, row_len=16, seed=5)
    parts = [data.batch(3, rows=12, row_len=16, seed=5, part=(rank, 3)) for rank in range(3)]
    assert sorted(map(bytes, np.concatenate(parts))) == sorted(map(bytes, whole))


def test_a_batch_that_cannot_be_shared_out_is_refused() -> None:
    assert Group(world_size=4).share(16) == 4
    with pytest.raises(ValueError, match="3 processes"):
        Group(world_size=3).share(16)
