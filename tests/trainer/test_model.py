"""The transformer: what it may see, and that its parts do what their names say."""

from __future__ import annotations

import pytest
import torch

from training.model import ModelConfig, Transformer, attend, rotary_tables, rotate, visible_tokens

CONFIG = ModelConfig(vocab_size=50, n_layer=2, n_head=2, n_embd=16, n_hidden=32)


@pytest.fixture(scope="module")
def model() -> Transformer:
    """A small model with no zero matrix, so that every part acts."""
    torch.manual_seed(0)
    model = Transformer(CONFIG)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return model.eval()


def _tokens(seed: int, length: int = 12) -> torch.Tensor:
    return torch.randint(4, 50, (2, length), generator=torch.Generator().manual_seed(seed))


@torch.no_grad()
def test_the_future_is_not_seen(model: Transformer) -> None:
    tokens = _tokens(1)
    changed = tokens.clone()
    changed[:, 7:] = _tokens(2)[:, 7:]
    ref, comp = model(tokens), model(changed)
    torch.testing.assert_close(comp[:, :7], ref[:, :7])
    assert not torch.allclose(comp[:, 7:], ref[:, 7:])


@torch.no_grad()
def test_messages_of_a_row_do_not_see_each_other(model: Transformer) -> None:
    tokens = _tokens(3)
    segments = torch.tensor([[0] * 5 + [1] * 7] * 2)
    torch.testing.assert_close(model(tokens, segments)[:, 5:], model(tokens[:, 5:]), atol=1e-5, rtol=1e-4)


@torch.no_grad()
def test_only_distances_between_tokens_matter() -> None:
    x = torch.randn(1, 1, 4, 8, generator=torch.Generator().manual_seed(4))
    products = []
    for offset in (0, 9):
        turned = rotate(x, *rotary_tables(torch.arange(4) + offset, 8, 10_000.0))
        products.append(turned @ turned.transpose(-1, -2))
    torch.testing.assert_close(products[0], products[1], atol=1e-5, rtol=1e-4)


def test_embedding_is_tied_and_nothing_has_a_bias(model: Transformer) -> None:
    names = [name for name, _ in model.named_parameters()]
    assert not any("bias" in name or "head" in name for name in names)
    block = 16 * 48 + 16 * 16 + 16 * 32 * 2 + 2 * 16
    assert model.n_parameters == 50 * 16 + 2 * block + 16


def test_an_untrained_model_is_close_to_uniform() -> None:
    torch.manual_seed(1)
    loss = torch.nn.functional.cross_entropy(Transformer(CONFIG)(_tokens(5)).flatten(0, 1), _tokens(6).flatten())
    assert loss.item() == pytest.approx(torch.log(torch.tensor(50.0)).item(), abs=0.1)


def test_sizes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="n_head"):
        ModelConfig(vocab_size=50, n_layer=1, n_head=3, n_embd=16, n_hidden=8)


def test_attention_written_out_is_the_fused_one() -> None:
    generator = torch.Generator().manual_seed(8)
    made = [torch.randn(2, 3, 9, 4, generator=generator, requires_grad=True) for _ in range(3)]
    visible = visible_tokens(_tokens(1, 9), torch.arange(9) // 4 + torch.tensor([[0], [1]]))
    results = []
    for function in (attend, lambda q, k, v, seen: torch.nn.functional.scaled_dot_product_attention(q, k, v, seen)):
        out = function(*made, visible)
        results.append([out, *torch.autograd.grad(out.square().sum(), made)])
    for ours, ref in zip(*results, strict=True):
        torch.testing.assert_close(ours, ref)


def test_dropout_thins_what_is_learned_and_nothing_that_is_measured() -> None:
    torch.manual_seed(0)
    model = Transformer(ModelConfig(vocab_size=30, n_layer=2, n_head=2, n_embd=16, n_hidden=32, dropout=0.5))
    for block in model.blocks:
        torch.nn.init.normal_(block.mlp.down.weight, std=0.5)
    tokens = torch.arange(10)[None]
    assert not torch.equal(model(tokens), model(tokens))
    model.eval()
    assert torch.equal(model(tokens), model(tokens))
    with pytest.raises(ValueError, match="dropout"):
        ModelConfig(vocab_size=30, n_layer=1, n_head=2, n_embd=16, n_hidden=32, dropout=1.0)
