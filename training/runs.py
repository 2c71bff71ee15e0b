"""What the commands `teacher` and `student` do: from what a user asked for to a trained run.

Resolves settings, first weights, teacher and objective, and hands them to the loop. `sweep.py` does the same for each
of its variants. Parses no flags and prints nothing.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from training.allocator import keep_freed_memory
from training.checkpoint import CheckpointError, latest, read_config
from training.compilation import by_region, compile_blocks, compiled
from training.config import RunConfig, read_preset, same_run
from training.distill import cached_objective, distill_objective, load_teacher, word_beginnings
from training.distributed import Group, joined
from training.growth import grown_from
from training.interpolation import measure
from training.loop import Trainer
from training.losses import distillation
from training.ngram import NgramModel, prepare_with
from training.outside_teacher import load_outside_teacher, outside_objective
from training.sampling import make as make_sampled
from training.shards import Shards
from training.soft_targets import SoftTargets
from training.tensorboard import watched


@dataclass(frozen=True, kw_only=True)
class RunRequest:
    """A run as it is asked for."""

    taught: bool
    """whether it learns from a teacher, or from text alone"""
    out: Path
    """the run's folder"""
    shards: Path
    """folder of token shards"""
    preset: str | None = None
    """name of a preset or a `.toml` file; the command's name by default"""
    tokens: int | None = None
    """tokens to read in all, instead of the preset's"""
    init_from: Path | None = None
    """run or bundle whose weights it begins with"""
    settings: tuple[str, ...] = ()
    """changes, each `section.name=value` with a TOML value"""
    tensorboard: bool = False
    """whether to write the metrics for TensorBoard too"""
    teacher: Path | None = None
    """run or bundle that teaches; `runs/teacher` by default"""
    teacher_hf: str | None = None
    """teacher from outside, instead"""
    cached: Path | None = None
    """what a teacher said before (`soft_targets.py`), instead"""
    vocabulary: Path = Path("runs/pieces.model")
    """the pieces of the shards"""


def carry_out(request: RunRequest, max_minutes: float) -> dict[str, Any] | None:
    """Train a run, or go on with it, for so long; give what it came to, None in a process that only helps.

    Raises
    ------
    CheckpointError, FileNotFoundError, TensorBoardMissing, ValueError
        Each says what to do.
    """
    keep_freed_memory()
    data = Shards.open(request.shards, "train")
    config = _configure(request, data.vocab_size)
    weights, made_from = _first(request, config, data.vocabulary_sha256)
    with joined() as group, watched(request.out, request.tensorboard and group.is_main) as watch:
        if request.taught:
            learning = _taught(request, config, data, group)
            made_from |= learning.pop("made_from")
        else:
            config, learning = replace(config, distill=None), {}
        trainer = Trainer(
            config,
            shards=request.shards,
            run=request.out,
            made_from=made_from,
            first_weights=weights,
            group=group,
            watch=watch,
            **learning,
        )
        finished = trainer.train(max_minutes)
    if not trainer.group.is_main:
        return None
    return {
        "run": str(trainer.run),
        "finished": finished,
        "step": trainer.step,
        "steps": trainer.config.train.steps,
        "bits_per_byte": trainer.bits_per_byte,
        "n_parameters": trainer.model.n_parameters,
    }


def is_finished(request: RunRequest) -> bool:
    """Tell, without loading anything large, whether a run is in its folder and has read all its tokens."""
    if not (request.out / "config.json").exists() or (saved := latest(request.out)) is None:
        return False
    config = _configure(request, Shards.open(request.shards, "validation").vocab_size)
    config = config if request.taught else replace(config, distill=None)
    return same_run(read_config(request.out)[0], config) and saved.step >= config.train.steps


def measure_interpolation(teacher: Path, shards: Path, order: int, rows: int) -> dict[str, Any]:
    """Count an n-gram of the training split and measure a teacher with it, see `training/interpolation.py`."""
    if not 2 <= order <= 6:
        raise ValueError(f"--order {order} is out of range: choose 2 to 6")
    device = "cuda" if torch.cuda.is_available() else "cpu"
    data = Shards.open(shards, "train")
    model, facts = load_teacher(teacher, data.vocabulary_sha256, device)
    validation = Shards.open(shards, "validation")
    measured = measure(model, NgramModel.count(data, order, device), validation, rows=rows)
    return {"teacher": {"n_parameters": facts["n_parameters"]}, **measured}


def sample_from(teacher: Path, *, shards: Path, **options: Any) -> dict[str, Any]:
    """Write shards of text sampled from a run or bundle, see `training/sampling.py`; give what was drawn."""
    keep_freed_memory()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model, _ = load_teacher(teacher, Shards.open(shards, "train").vocabulary_sha256, device)
    index = make_sampled(model, shards=shards, **options)
    return {"sampled": index["sampled"], "train": {key: index["splits"]["train"][key] for key in ("tokens", "bytes")}}


def parse_settings(settings: tuple[str, ...]) -> dict[str, Any]:
    """Parse `section.name=value` with TOML values."""
    changes = {}
    for setting in settings:
        name, _, value = setting.partition("=")
        try:
            changes[name] = tomllib.loads(f"value = {value}")["value"]
        except tomllib.TOMLDecodeError as error:
            raise ValueError(f'--set {setting}: "{value}" is no TOML value') from error
    return changes


def _configure(request: RunRequest, vocab_size: int) -> RunConfig:
    changes = {"train.tokens": request.tokens} | parse_settings(request.settings)
    config = read_preset(request.preset or ("student" if request.taught else "teacher"), vocab_size, changes)
    if request.taught and config.distill is None:
        raise ValueError("the preset has no [distill] section: add one, or train without a teacher by `teacher`")
    return config


def _first(
    request: RunRequest, config: RunConfig, vocabulary_sha256: str
) -> tuple[dict[str, Tensor] | None, dict[str, Any]]:
    """Give what a run begins with: the weights of another one, grown or shrunk, or none."""
    if request.init_from is None:
        return None, {}
    weights, facts = grown_from(request.init_from, config.model, config.train.seed)
    if facts.pop("vocabulary_sha256") != vocabulary_sha256:
        raise CheckpointError(f"{request.init_from} reads another vocabulary: name a run trained on the same shards")
    return weights, {"grown_from": facts}


def _taught(request: RunRequest, config: RunConfig, data: Shards, group: Group) -> dict[str, Any]:
    """Give what the loop needs of a teacher."""
    distill = config.distill
    assert distill is not None
    learning: dict[str, Any] = {"objective_from": distill.start_share}
    if request.teacher_hf:
        outside, facts = load_outside_teacher(
            request.teacher_hf, request.vocabulary, data.vocabulary_sha256, group.device
        )
        objective, prepare = outside_objective(outside, distill)
        return learning | {"objective": objective, "prepare": prepare, "made_from": {"teacher": facts}}
    begins_word = None
    if distill.word_start_weight != 1:
        begins_word = word_beginnings(request.vocabulary, data.vocabulary_sha256)
    if request.cached:
        spoken = SoftTargets.open(request.cached, data, distill, config.train.row_len)
        learning["objective"] = cached_objective(distill, begins_word, group.device)
        kept = {name: spoken.index[name] for name in ("keep", "rows")}
        return learning | {"prepare": spoken.prepare, "made_from": {"teacher": spoken.index["teacher"] | kept}}
    model, facts = load_teacher(request.teacher or Path("runs/teacher"), data.vocabulary_sha256, group.device)
    loss = distillation
    if by_region(config.train.compile, group.device):
        compile_blocks(model)
        loss = compiled(distillation)
    learning["objective"] = distill_objective(model, distill, begins_word, loss)
    if distill.ngram_weight:
        learning["prepare"] = prepare_with(NgramModel.count(data, distill.ngram_order, group.device))
    return learning | {"made_from": {"teacher": facts}}
