"""A student against its teacher: the objective that differs from plain training.

Step 6 of the pipeline. The teacher reads the same rows on the fly, frozen, and the student learns its distribution
together with the true next token (`training.losses.distillation`). Owns nothing of the loop.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from training.checkpoint import CheckpointError, load_model
from training.config import DistillConfig
from training.loop import Objective
from training.losses import distillation
from training.model import Transformer


def load_teacher(run: Path, vocabulary_sha256: str, device: str = "cpu") -> tuple[Transformer, dict]:
    """Load a teacher, frozen, and what describes it.

    Raises
    ------
    CheckpointError
        If the teacher was trained on other pieces than the student will be.
    """
    model, config, made_from = load_model(run, device)
    if made_from.get("vocabulary_sha256") != vocabulary_sha256:
        raise CheckpointError(
            f"the teacher in {run} reads another vocabulary: train it on the same shards as the student"
        )
    facts = {
        "n_parameters": model.n_parameters,
        "model": config.model.as_dict(),
        **{key: made_from[key] for key in ("step", "tokens", "seconds", "bits_per_byte")},
    }
    return model.requires_grad_(False), facts


def distill_objective(teacher: Transformer, config: DistillConfig) -> Objective:
    """Give the objective of a student of `teacher`."""

    def objective(model: nn.Module, tokens: Tensor, segments: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        with torch.no_grad():
            soft = teacher(tokens, segments)
        return distillation(
            model(tokens, segments),
            soft,
            targets,
            temperature=config.temperature,
            soft_weight=config.soft_weight,
        )

    return objective
