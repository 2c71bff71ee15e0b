"""A model that begins as another one of other depth and MLP width: grown, shrunk, or both.

Function-preserving growth after Chen, Goodfellow & Shlens 2016, "Net2Net". A fresh block writes nothing into the
residual stream, so blocks may be put between trained ones; a fresh hidden unit whose way out is zero likewise.
Shrinking takes every n-th block, as students begin in Sanh et al. 2019, "DistilBERT" (section 3), and of each MLP the
hidden units with the largest weights. What is grown and then shrunk back is what it was.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from training.checkpoint import CheckpointError, load_model
from training.from_bundle import read_model
from training.model import ModelConfig, Transformer


def shrink(model: Transformer, config: ModelConfig) -> Transformer:
    """Make a model of sizes `config` from evenly spaced blocks of `model`, the last one among them.

    A hidden unit's worth is the product of the squared length of its weights in, since its activation is squared, and
    the length of those out.

    Raises
    ------
    CheckpointError
        If `config` differs in more than depth and MLP width, or is larger in one of them.
    """
    old = model.config
    shrunk_only = replace(config, n_layer=old.n_layer, n_hidden=old.n_hidden) == old
    if not shrunk_only or config.n_layer > old.n_layer or config.n_hidden > old.n_hidden:
        raise _no_beginning(old, config, "larger")
    weights = {name: tensor for name, tensor in model.state_dict().items() if not name.startswith("blocks.")}
    for layer in range(config.n_layer):
        block = model.blocks[(layer + 1) * old.n_layer // config.n_layer - 1]
        kept = block.state_dict()
        up, down = kept["mlp.up.weight"], kept["mlp.down.weight"]
        worth = up.square().sum(1) * down.norm(dim=0)
        chosen = worth.sort(descending=True, stable=True).indices[: config.n_hidden].sort().values
        kept |= {"mlp.up.weight": up[chosen], "mlp.down.weight": down[:, chosen]}
        weights |= {f"blocks.{layer}.{name}": tensor for name, tensor in kept.items()}
    shrunk = Transformer(config)
    shrunk.load_state_dict(weights)
    return shrunk


def _no_beginning(old: ModelConfig, config: ModelConfig, excess: str) -> CheckpointError:
    return CheckpointError(
        f"a model of {old.as_dict()} cannot begin one of {config.as_dict()}: "
        f"only n_layer and n_hidden may differ, and must not be {excess}"
    )


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
        raise _no_beginning(old, config, "smaller")
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

    It may be larger in some sizes and smaller in others. `seed` draws the weights of what is fresh.

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
    old = model.config
    kept = replace(old, n_layer=min(old.n_layer, config.n_layer), n_hidden=min(old.n_hidden, config.n_hidden))
    shrunk = shrink(model, kept)
    torch.manual_seed(seed)
    return grow(shrunk, config).state_dict(), {"model": old.as_dict(), **facts}
