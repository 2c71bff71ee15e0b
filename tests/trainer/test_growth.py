"""A grown model computes what the smaller one did, and learns on from there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from tests.trainer.conftest import Pipeline
from training.checkpoint import CheckpointError
from training.growth import grow, grown_from, shrink
from training.loop import Trainer
from training.model import ModelConfig, Transformer

SMALL = ModelConfig(vocab_size=40, n_layer=2, n_head=2, n_embd=16, n_hidden=24)


@pytest.fixture
def small() -> Transformer:
    """A model whose every weight does something."""
    torch.manual_seed(1)
    model = Transformer(SMALL)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return model


@pytest.mark.parametrize("sizes", [{}, {"n_layer": 5}, {"n_hidden": 40}, {"n_layer": 3, "n_hidden": 32}])
def test_it_computes_the_same(small: Transformer, sizes: dict[str, int]) -> None:
    grown = grow(small, replace(SMALL, **sizes))
    tokens = torch.randint(0, 40, (3, 9))
    torch.testing.assert_close(grown(tokens), small(tokens))
    assert grown.n_parameters - small.n_parameters >= 500 * bool(sizes)


@pytest.mark.parametrize("sizes", [{"n_layer": 1}, {"n_hidden": 8}, {"n_embd": 32}, {"n_head": 1}])
def test_what_cannot_be_kept_is_refused(small: Transformer, sizes: dict[str, int]) -> None:
    with pytest.raises(CheckpointError, match="only n_layer and n_hidden"):
        grow(small, replace(SMALL, **sizes))


@pytest.mark.parametrize("sizes", [{}, {"n_layer": 5}, {"n_hidden": 40}, {"n_layer": 3, "n_hidden": 32}])
def test_shrinking_undoes_growing(small: Transformer, sizes: dict[str, int]) -> None:
    back = shrink(grow(small, replace(SMALL, **sizes)), SMALL)
    for name, tensor in small.state_dict().items():
        assert torch.equal(back.state_dict()[name], tensor), name


def test_every_second_block_and_the_strongest_units_stay(small: Transformer) -> None:
    deep = grow(small, replace(SMALL, n_layer=4)).requires_grad_(False)
    torch.nn.init.normal_(deep.blocks[1].mlp.up.weight, std=0.2)
    torch.nn.init.normal_(deep.blocks[1].mlp.down.weight, std=0.2)
    half = shrink(deep, replace(SMALL, n_hidden=10))
    for layer, origin in ((0, 1), (1, 3)):
        taken, block = half.blocks[layer], deep.blocks[origin]
        assert torch.equal(taken.attention.qkv.weight, block.attention.qkv.weight)
        worth = [
            float(block.mlp.up.weight[unit].square().sum() * block.mlp.down.weight[:, unit].norm())
            for unit in range(24)
        ]
        best = sorted(sorted(range(24), key=lambda unit: -worth[unit])[:10])
        assert torch.equal(taken.mlp.up.weight, block.mlp.up.weight[best])
        assert torch.equal(taken.mlp.down.weight, block.mlp.down.weight[:, best])


@pytest.mark.parametrize("sizes", [{"n_layer": 3}, {"n_hidden": 48}, {"n_embd": 32}, {"n_head": 1}])
def test_what_is_no_part_of_it_is_refused(small: Transformer, sizes: dict[str, int]) -> None:
    with pytest.raises(CheckpointError, match="must not be larger"):
        shrink(small, replace(SMALL, **sizes))


def test_a_run_begins_where_the_smaller_one_ended(pipeline: Pipeline, tmp_path: Path) -> None:
    config = replace(pipeline.config(), distill=None)
    small = Trainer(config, shards=pipeline.shards, run=tmp_path / "small", made_from={})
    small.train()
    larger = replace(config, model=replace(config.model, n_layer=config.model.n_layer + 2))
    weights, facts = grown_from(tmp_path / "small", larger.model, seed=3)
    again, _ = grown_from(tmp_path / "small", larger.model, seed=3)
    assert all(torch.equal(again[name], tensor) for name, tensor in weights.items())
    made = {"shards": pipeline.shards, "run": tmp_path / "larger", "made_from": {"grown_from": facts}}
    trainer = Trainer(larger, **made, first_weights=weights)
    assert trainer.validate() == pytest.approx(small.bits_per_byte, rel=1e-3)
    trainer.train()
    assert trainer.bits_per_byte is not None
    assert small.bits_per_byte is not None
    assert trainer.bits_per_byte < small.bits_per_byte
