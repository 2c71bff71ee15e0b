"""Checkpoints: a run's folder, what is saved in it, and how it is found again.

    RUN/config.json                 resolved settings and what the run was made from
    RUN/metrics.jsonl               one line per report
    RUN/step-00001200/              weights.safetensors, optimizer.safetensors, state.json

A step folder is written under another name and renamed when it is complete, so whatever carries the name is whole.
Safetensors hold numbers only: loading a checkpoint runs no code.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from training.config import RunConfig, from_dict
from training.files import atomic_write_text
from training.model import Transformer

KEEP = 2
CONFIG = "config.json"
METRICS = "metrics.jsonl"
WEIGHTS = "weights.safetensors"


class CheckpointError(Exception):
    """A run folder cannot be used; the message says what to do."""


@dataclass(frozen=True)
class Checkpoint:
    """One saved step."""

    folder: Path
    step: int
    state: dict[str, Any]

    def weights(self) -> dict[str, Tensor]:
        """Load the weights, float32, on the CPU."""
        return _load(self.folder / WEIGHTS)

    def optimizer(self) -> dict[str, Tensor]:
        """Load the optimisers' state by name."""
        return _load(self.folder / "optimizer.safetensors")


def save(run: Path, step: int, weights: dict[str, Tensor], optimizer: dict[str, Tensor], state: dict[str, Any]) -> Path:
    """Save a step whole or not at all, and drop all but the newest ones."""
    final = run / f"step-{step:08d}"
    temporary = run / f".{final.name}.{os.getpid()}.tmp"
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    try:
        save_file(
            {name: tensor.detach().contiguous().cpu() for name, tensor in weights.items()},
            temporary / WEIGHTS,
        )
        save_file(
            {name: tensor.detach().contiguous().cpu() for name, tensor in optimizer.items()},
            temporary / "optimizer.safetensors",
        )
        (temporary / "state.json").write_text(json.dumps({**state, "step": step}))
        for file in temporary.iterdir():
            with file.open("rb") as opened:
                os.fsync(opened.fileno())
        shutil.rmtree(final, ignore_errors=True)
        temporary.rename(final)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    for old in _steps(run)[:-KEEP]:
        shutil.rmtree(old)
    return final


def latest(run: Path) -> Checkpoint | None:
    """Find the newest whole checkpoint of a run; None where nothing was saved yet."""
    steps = _steps(run)
    if not steps:
        return None
    state = json.loads((steps[-1] / "state.json").read_text())
    return Checkpoint(steps[-1], state["step"], state)


def write_config(run: Path, config: RunConfig, made_from: dict[str, Any]) -> None:
    """Save the resolved settings beside the weights."""
    run.mkdir(parents=True, exist_ok=True)
    atomic_write_text(run / CONFIG, json.dumps({**config.as_dict(), "made_from": made_from}, indent=1))


def read_config(run: Path) -> tuple[RunConfig, dict[str, Any]]:
    """Read a run's settings and what it was made from.

    Raises
    ------
    CheckpointError
        If the folder holds no run.
    """
    path = run / CONFIG
    if not path.exists():
        raise CheckpointError(
            f"{run} holds no {CONFIG}: it is not a run's folder; train one with `python -m training teacher`"
        )
    table = json.loads(path.read_text())
    made_from = table.pop("made_from", {})
    return from_dict(table), made_from


def load_model(run: Path, device: str = "cpu") -> tuple[Transformer, RunConfig, dict[str, Any]]:
    """Build a run's model with its newest weights; give the settings and what it was made from too.

    Raises
    ------
    CheckpointError
        If nothing was saved, or the weights have other names or shapes than the settings say.
    """
    config, made_from = read_config(run)
    checkpoint = latest(run)
    if checkpoint is None:
        raise CheckpointError(f"{run} holds no finished checkpoint: let the run go on until it saved one")
    model = Transformer(config.model)
    load_weights(model, checkpoint)
    return model.to(device).eval(), config, made_from | {"step": checkpoint.step, **checkpoint.state}


def load_weights(model: Transformer, checkpoint: Checkpoint) -> None:
    """Put a checkpoint's weights into a model.

    Raises
    ------
    CheckpointError
        If names or shapes differ.
    """
    weights = checkpoint.weights()
    expected = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    found = {name: tuple(tensor.shape) for name, tensor in weights.items()}
    for name in sorted(expected.keys() | found.keys()):
        if expected.get(name) != found.get(name):
            raise CheckpointError(
                f"{checkpoint.folder}: {name} has shape {found.get(name)}, the settings call for {expected.get(name)}: "
                "use the settings the checkpoint was trained with, or another run folder"
            )
    model.load_state_dict(weights)


def _steps(run: Path) -> list[Path]:
    return sorted(path for path in run.glob("step-*") if (path / "state.json").exists())


def _load(path: Path) -> dict[str, Tensor]:
    try:
        return load_file(path)
    except (SafetensorError, OSError) as error:
        raise CheckpointError(
            f"{path} cannot be read ({error}): delete its folder to go back to the step before"
        ) from error


def flatten_optimizer(optimizers: dict[str, torch.optim.Optimizer], names: dict[Tensor, str]) -> dict[str, Tensor]:
    """Name every tensor of the optimisers' state `optimizer/parameter/key`."""
    flat = {}
    for label, optimizer in optimizers.items():
        for parameter, state in optimizer.state.items():
            for key, value in state.items():
                flat[f"{label}/{names[parameter]}/{key}"] = torch.as_tensor(value)
    return flat


def restore_optimizer(
    flat: dict[str, Tensor], optimizers: dict[str, torch.optim.Optimizer], names: dict[Tensor, str]
) -> None:
    """Put named state back; the inverse of `flatten_optimizer`."""
    parameters = {name: parameter for parameter, name in names.items()}
    for key, value in flat.items():
        label, name, field = key.split("/")
        parameter = parameters[name]
        # AdamW keeps its step counter on the CPU
        place = value if field == "step" else value.to(parameter.device)
        optimizers[label].state[parameter][field] = place
