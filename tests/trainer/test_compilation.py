"""Compiled by its blocks, a model computes what it does otherwise."""

from __future__ import annotations

import torch

from training.compilation import by_region, compile_blocks, compiled
from training.losses import distillation
from training.model import ModelConfig, Transformer


def _model() -> Transformer:
    torch.manual_seed(3)
    model = Transformer(ModelConfig(vocab_size=40, n_layer=2, n_head=2, n_embd=16, n_hidden=32))
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return model


def test_only_a_gpu_compiles_by_region() -> None:
    assert by_region(True, "cuda:1")
    assert not by_region(False, "cuda")
    assert not by_region(True, "cpu")


def test_compiled_blocks_and_loss_give_the_same_gradients() -> None:
    tokens = torch.randint(0, 40, (3, 12), generator=torch.Generator().manual_seed(1))
    segments = (tokens < 5).cumsum(1)
    teacher = torch.randn(3, 12, 40, generator=torch.Generator().manual_seed(2))
    plain, by_block = _model(), _model()
    compile_blocks(by_block)
    for model, loss_of in ((plain, distillation), (by_block, compiled(distillation))):
        loss, _ = loss_of(model(tokens, segments), teacher, tokens, temperature=1.5, soft_weight=0.7)
        loss.backward()
    for ours, ref in zip(by_block.parameters(), plain.parameters(), strict=True):
        assert ours.grad is not None and ref.grad is not None
        torch.testing.assert_close(ours.grad, ref.grad, rtol=1e-4, atol=1e-6)
