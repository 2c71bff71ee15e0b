"""A larger model that begins as a smaller one: deeper blocks and wider MLPs that change nothing until they learn.

Function-preserving growth after Chen, Goodfellow & Shlens 2016, "Net2Net". A fresh block writes nothing into the
residual stream, so blocks may be put between trained ones; a fresh hidden unit whose way out is zero likewise.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from training.checkpoint import CheckpointError, load_model
from training.from_bundle import read_model
from training.model import ModelConfig, Transformer


def grow(model: Transformer, config: ModelConfig) -> Transformer:
    """Make a model of sizes `config` that computes what `model` does.

    Trained blocks are spread evenly over the new depth; the last one stays last.

    Raises
    ------
    CheckpointError
        If `config` differs in more than depth and MLP width, or is smaller in one of them.
    """
    old = model.config
    grown_only = replace(config, n_layer=old.n_layer, n_hidden=old.n_hidden) == old
    if not grown_only or config.n_layer < old.n_layer or config.n_hidden < old.n_hidden:
        raise CheckpointError(
            f"a model of {old.as_dict()} cannot begin one of {config.as_dict()}: "
            "only n_layer and n_hidden may differ, and must not be smaller"
        )
    grown = Transformer(config)
    places = {number: (number + 1) * config.n_layer // old.n_layer - 1 for number in range(old.n_layer)}
    weights = grown.state_dict()
    for name, tensor in model.state_dict().items():
        _copy(weights[_renamed(name, places)], tensor)
    return grown


def _renamed(name: str, places: dict[int, int]) -> str:
    if not name.startswith("blocks."):
        return name
    _, number, rest = name.split(".", 2)
    return f"blocks.{places[int(number)]}.{rest}"


@torch.no_grad()
def _copy(into: Tensor, trained: Tensor) -> None:
    """Copy into the corner that a smaller tensor fills; what `mlp.down` has beyond it is zero already."""
    into[tuple(slice(size) for size in trained.shape)] = trained


def grown_from(run: Path, config: ModelConfig, seed: int) -> tuple[dict[str, Tensor], dict]:
    """Give the first weights of a model that begins as another run's, or a bundle's, and what describes that one.

    `seed` draws the weights of what is fresh.

    Raises
    ------
    CheckpointError
        As `grow`, or if the folder holds no run.
    """
    if run.is_file():
        model, facts = read_model(run)
    else:
        model, _, made_from = load_model(run)
        facts = {key: made_from[key] for key in ("step", "tokens", "seconds", "bits_per_byte", "vocabulary_sha256")}
    torch.manual_seed(seed)
    return grow(model, config).state_dict(), {"model": model.config.as_dict(), **facts}
