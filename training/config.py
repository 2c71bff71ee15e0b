"""Settings of a training run: a TOML preset, flags over it, and the resolved whole saved beside the weights.

Order of precedence: defaults here < preset < flag. Owns names, meanings and limits; nothing is trained here.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from training.model import ModelConfig

PRESETS = Path(__file__).with_name("presets")


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """How long, how fast and on what rows a model is trained."""

    tokens: int
    """tokens to read in all; the learning rate's schedule ends there"""
    batch_rows: int = 64
    """rows per optimiser step"""
    micro_rows: int = 32
    """rows per forward pass; gradients of `batch_rows / micro_rows` passes are summed"""
    row_len: int = 128
    """tokens per row"""
    matrix_lr: float = 0.02
    """peak learning rate of Muon, for the matrices inside the blocks"""
    vector_lr: float = 0.0015
    """peak learning rate of AdamW, for the embedding and the gains"""
    weight_decay: float = 0.01
    """decoupled weight decay of both optimisers"""
    warmup_steps: int = 100
    """steps of linear warm-up"""
    decay_share: float = 0.4
    """share of the run, at its end, over which the rate falls linearly to zero"""
    clip_norm: float = 1.0
    """largest norm of the whole gradient"""
    validate_every: int = 200
    """steps between two validations"""
    validation_rows: int = 512
    """rows of the validation split that are read each time"""
    save_minutes: float = 5.0
    """minutes between two checkpoints"""
    seed: int = 1
    """of weights and row order"""
    compile: bool = True
    """compile the forward and backward pass (needs a C++ compiler on CPU); the result is the same, the speed is not"""

    def __post_init__(self) -> None:
        if self.batch_rows % self.micro_rows:
            raise ValueError(f"batch_rows={self.batch_rows} must be a multiple of micro_rows={self.micro_rows}")
        if not 0 <= self.decay_share <= 1 or self.tokens <= 0:
            raise ValueError(f"tokens={self.tokens} must be positive and decay_share={self.decay_share} in [0, 1]")

    @property
    def steps(self) -> int:
        """Optimiser steps of the whole run."""
        return max(1, self.tokens // (self.batch_rows * self.row_len))

    def rate(self, step: int) -> float:
        """Multiplier of the learning rates at a step: warm-up, stay, decay (Hägele et al. 2024)."""
        decay_steps = max(1, round(self.steps * self.decay_share))
        return min(1.0, (step + 1) / max(1, self.warmup_steps), (self.steps - step) / decay_steps)


@dataclass(frozen=True, kw_only=True)
class DistillConfig:
    """How a student learns from its teacher."""

    temperature: float = 1.0
    """softens both distributions"""
    soft_weight: float = 0.8
    """share of the teacher's distribution in the loss; the rest is the true next token"""
    start_share: float = 0.0
    """share of the run, at its beginning, that learns from text alone: there the teacher's time buys more text"""
    word_start_weight: float = 1.0
    """how many times as much the teacher counts where a word begins (`training.losses.position_weights`)"""
    uncertainty: float = 0.0
    """power of the teacher's entropy that positions are weighted with; 0: all alike"""
    relation_weight: float = 0.0
    """weight of the last block's attention relations (`training.losses.relation_divergence`), beside the rest"""
    relation_heads: int = 4
    """parts that queries, keys and values are cut into for that, a divisor of both widths"""
    ngram_weight: float = 0.0
    """share of an n-gram of the same text in the teacher's distribution (`training/ngram.py`)"""
    ngram_order: int = 4
    """tokens of its longest n-grams"""

    def __post_init__(self) -> None:
        if min(self.uncertainty, self.relation_weight) < 0 or self.word_start_weight <= 0 or self.relation_heads < 1:
            raise ValueError(
                f"uncertainty={self.uncertainty} and relation_weight={self.relation_weight} must not be negative, "
                f"word_start_weight={self.word_start_weight} and relation_heads={self.relation_heads} be positive"
            )
        if not 0 <= self.ngram_weight < 1 or not 2 <= self.ngram_order <= 6:
            raise ValueError(
                f"ngram_weight={self.ngram_weight} must be in [0, 1), ngram_order={self.ngram_order} between 2 and 6"
            )
        if self.temperature <= 0 or not 0 <= self.soft_weight <= 1 or not 0 <= self.start_share < 1:
            raise ValueError(
                f"temperature={self.temperature} must be positive, soft_weight={self.soft_weight} in [0, 1], "
                f"start_share={self.start_share} in [0, 1)"
            )


@dataclass(frozen=True, kw_only=True)
class RunConfig:
    """All settings of one run."""

    model: ModelConfig
    train: TrainConfig
    distill: DistillConfig | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain values, as saved beside the weights."""
        return asdict(self)


def read_preset(name: str, vocab_size: int, changes: Mapping[str, Any] | None = None) -> RunConfig:
    """Read `presets/NAME.toml`, or a TOML file by its path, and lay `changes` (`"train.tokens": 5`) over it.

    Raises
    ------
    FileNotFoundError, ValueError
        If there is no such preset, or a setting has a name or value that does not exist.
    """
    path = Path(name) if name.endswith(".toml") else PRESETS / f"{name}.toml"
    if not path.exists():
        known = ", ".join(sorted(p.stem for p in PRESETS.glob("*.toml") if "." not in p.stem))
        raise FileNotFoundError(f'there is no preset "{name}": name one of {known}, or a .toml file')
    table = tomllib.loads(path.read_text(encoding="utf8"))
    for key, value in (changes or {}).items():
        section, _, field = key.partition(".")
        if value is not None:
            table.setdefault(section, {})[field] = value
    return from_dict({**table, "model": {**table.get("model", {}), "vocab_size": vocab_size}})


def from_dict(table: Mapping[str, Any]) -> RunConfig:
    """Build a run's settings from plain values, refusing names that do not exist."""
    sections = {"model": ModelConfig, "train": TrainConfig, "distill": DistillConfig}
    built = {}
    for name, values in table.items():
        if name not in sections:
            raise ValueError(f"[{name}] is no section of a preset: expected {', '.join(sections)}")
        if values is None:
            continue
        unknown = set(values) - {field.name for field in fields(sections[name])}
        if unknown:
            raise ValueError(f"[{name}] has no setting {', '.join(sorted(unknown))}")
        try:
            built[name] = sections[name](**values)
        except TypeError as error:
            raise ValueError(f"[{name}] is incomplete: {error}") from error
    return RunConfig(**built)


def same_run(before: RunConfig, now: RunConfig) -> bool:
    """Tell whether a run may go on under other settings: only its length, its pace and its memory use may change."""
    free = {"tokens": 1, "save_minutes": 1.0, "validate_every": 1, "micro_rows": 1, "compile": True}
    loose = [replace(config.train, **(free | {"micro_rows": config.train.batch_rows})) for config in (before, now)]
    return before.model == now.model and loose[0] == loose[1] and before.distill == now.distill
