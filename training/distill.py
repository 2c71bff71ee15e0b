"""A student against its teacher: the objective that differs from plain training.

Step 6 of the pipeline. The teacher reads the same rows on the fly, frozen, or has read them before
(`training/soft_targets.py`), and the student learns its distribution together with the true next token. Positions may
be weighted, the last block's attention relations matched, and the teacher interpolated with an n-gram; all that is off
by default (`training.config.DistillConfig`). Owns nothing of the loop.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from autocomplete.tokenizer import SPACE, Tokenizer
from training.checkpoint import CheckpointError, load_model
from training.config import DistillConfig
from training.from_bundle import read_model
from training.loop import Objective
from training.losses import (
    distillation,
    entropy,
    interpolated,
    position_weights,
    relation_divergence,
    top_distillation,
)
from training.model import Transformer, visible_tokens


def load_teacher(run: Path, vocabulary_sha256: str, device: str = "cpu") -> tuple[Transformer, dict[str, Any]]:
    """Load a teacher from a run's folder, or from a bundle, frozen, and what describes it.

    Raises
    ------
    CheckpointError
        If the teacher was trained on other pieces than the student will be.
    """
    if run.is_file():
        model, made_from = read_model(run)
        facts = {"bundle": made_from["bundle"]}
    else:
        model, _, made_from = load_model(run, device)
        facts = {key: made_from[key] for key in ("step", "tokens", "seconds", "bits_per_byte")}
    if made_from.get("vocabulary_sha256") != vocabulary_sha256:
        raise CheckpointError(
            f"the teacher in {run} reads another vocabulary: train it on the same shards as the student"
        )
    facts = {"n_parameters": model.n_parameters, "model": model.config.as_dict(), **facts}
    return model.to(device).eval().requires_grad_(False), facts


def word_beginnings(vocabulary: Path, vocabulary_sha256: str) -> Tensor:
    """Tell which pieces begin a word, bool [vocab_size].

    Raises
    ------
    CheckpointError
        If the file holds other pieces than the shards were made with.
    """
    pieces = vocabulary.read_bytes()
    if hashlib.sha256(pieces).hexdigest() != vocabulary_sha256:
        raise CheckpointError(f"{vocabulary} is not the vocabulary of the shards: name theirs with --vocabulary")
    return torch.tensor(
        [piece.startswith(SPACE) and piece[1:2].isalpha() for piece in Tokenizer(pieces).pieces], dtype=torch.bool
    )


def distill_objective(
    teacher: Transformer,
    config: DistillConfig,
    begins_word: Tensor | None = None,
    distillation: Callable[..., tuple[Tensor, Tensor]] = distillation,
) -> Objective:
    """Give the objective of a student of `teacher`; `distillation` may be a compiled one.

    With `ngram_weight` it takes one thing more than the rows: an n-gram's probabilities, float32 [B, T, vocab_size].
    `begins_word` bool [vocab_size] is needed only where word starts are to count more.

    Raises
    ------
    ValueError
        If word starts are to count more and `begins_word` is missing, or the relations' parts do not fit the teacher.
    """
    if config.relation_weight and teacher.config.n_embd % config.relation_heads:
        raise ValueError(f"relation_heads={config.relation_heads} must divide n_embd={teacher.config.n_embd}")
    weigh = _weighing(config, begins_word, teacher.embedding.weight.device)
    relating = config.relation_weight > 0

    def objective(
        model: nn.Module, tokens: Tensor, segments: Tensor, targets: Tensor, *ngram: Tensor
    ) -> tuple[Tensor, Tensor]:
        read = model(tokens, segments, with_vectors=relating)
        with torch.no_grad():
            taught = teacher(tokens, segments, with_vectors=relating)
        logits, soft = (read[0], taught[0]) if relating else (read, taught)
        if ngram:
            soft = interpolated(soft, ngram[0], config.ngram_weight)
        loss, hard = distillation(
            logits,
            soft,
            targets,
            temperature=config.temperature,
            soft_weight=config.soft_weight,
            position_weights=weigh(lambda: entropy(soft), targets),
        )
        if relating:
            visible = visible_tokens(tokens, segments)
            loss = loss + config.relation_weight * relation_divergence(
                read[1], taught[1], visible, config.relation_heads
            )
        return loss, hard

    return objective


def cached_objective(config: DistillConfig, begins_word: Tensor | None = None, device: str = "cpu") -> Objective:
    """Give the objective of a student whose teacher has spoken before: `SoftTargets.prepare` brings what it said.

    Raises
    ------
    ValueError
        If word starts are to count more and `begins_word` is missing.
    """
    weigh = _weighing(config, begins_word, torch.device(device))

    def objective(
        model: nn.Module,
        tokens: Tensor,
        segments: Tensor,
        targets: Tensor,
        top_tokens: Tensor,
        probabilities: Tensor,
        entropies: Tensor,
    ) -> tuple[Tensor, Tensor]:
        return top_distillation(
            model(tokens, segments),
            targets,
            top_tokens.to(targets.device),
            probabilities.to(targets.device),
            temperature=config.temperature,
            soft_weight=config.soft_weight,
            position_weights=weigh(lambda: entropies.to(targets.device), targets),
        )

    return objective


def _weighing(
    config: DistillConfig, begins_word: Tensor | None, device: torch.device
) -> Callable[[Callable[[], Tensor], Tensor], Tensor | None]:
    """Give what weighs positions by the teacher's entropy, which is asked for only where it is needed, and targets."""
    if begins_word is None and config.word_start_weight != 1:
        raise ValueError("word_start_weight needs to know which pieces begin a word: give begins_word")
    starts = None if begins_word is None else begins_word.to(device)

    def weigh(entropies: Callable[[], Tensor], targets: Tensor) -> Tensor | None:
        if config.word_start_weight == 1 and config.uncertainty == 0:
            return None
        return position_weights(
            entropies(),
            targets,
            starts,
            word_start_weight=config.word_start_weight,
            uncertainty=config.uncertainty,
        )

    return weigh
