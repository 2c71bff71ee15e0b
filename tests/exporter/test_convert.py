"""The float graph against torch: same logprobs read in blocks, same through a search tree."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from autocomplete.interpreter import open_graph
from autocomplete.lm import CONTEXT
from autocomplete.manifest import ModelShape
from autocomplete.tflite_lm import TFLiteModel
from export.convert import convert
from tests.tiny import SHAPE, config, language_model, transformer
from training.cached import CachedStep, shape_of

pytestmark = [pytest.mark.tflite, pytest.mark.torch]


def in_torch(tokens: list[int]) -> np.ndarray:
    with torch.no_grad():
        return torch.log_softmax(transformer()(torch.tensor([tokens]))[0], dim=-1).numpy()


def context(rng: np.random.Generator, length: int) -> list[int]:
    return [2, *rng.integers(4, SHAPE.vocab_size, length - 1).tolist()]


def test_the_layout_follows_from_the_model() -> None:
    assert shape_of(config()) == SHAPE


def test_float_graph_equals_torch(rng: np.random.Generator) -> None:
    lm = language_model("float")
    for length in (1, 8, 9, 32):
        tokens = context(rng, length)
        np.testing.assert_allclose(lm.sequence_logprobs(tokens), in_torch(tokens), atol=2e-5)


def test_search_over_the_float_graph_equals_torch(rng: np.random.Generator) -> None:
    lm, tokens = language_model("float"), context(rng, 21)
    search = lm.search(lm.start(tokens))
    first = search.score(np.array([CONTEXT, CONTEXT], np.int32), np.array([7, 30], np.int32)).copy()
    second = search.score(np.array([1, 0], np.int32), np.array([9, 9], np.int32))
    np.testing.assert_allclose(first[1], in_torch([*tokens, 30])[-1], atol=2e-5)
    np.testing.assert_allclose(second[0], in_torch([*tokens, 30, 9])[-1], atol=2e-5)
    np.testing.assert_allclose(second[1], in_torch([*tokens, 7, 9])[-1], atol=2e-5)


def test_the_cached_step_equals_the_model_before_any_conversion(rng: np.random.Generator) -> None:
    tokens, n = context(rng, 8), 8
    mask = torch.full((1, 1, n, SHAPE.slots + n), -1e4)
    mask[0, 0, :, SHAPE.slots :] = torch.where(torch.tril(torch.ones(n, n)) > 0, 0.0, -1e4)
    cache = torch.randn(SHAPE.n_layer, SHAPE.n_head, SHAPE.slots, SHAPE.head_dim)
    with torch.no_grad():
        out = CachedStep(transformer())(torch.tensor([tokens]), torch.arange(n)[None], mask, cache, cache.clone())
    np.testing.assert_allclose(out["logprobs"][0].numpy(), in_torch(tokens), atol=2e-5)
    assert out["new_k"].shape == (SHAPE.n_layer, SHAPE.n_head, n, SHAPE.head_dim)


@pytest.mark.slow
def test_the_same_weights_give_the_same_bytes_and_the_golden_numbers(
    rng: np.random.Generator,
) -> None:
    made = convert(transformer(), SHAPE)
    assert made == convert(transformer(), SHAPE)
    tokens = context(rng, 32)
    found = TFLiteModel(open_graph(made), SHAPE).sequence_logprobs(tokens)
    # Other processors may fold constants to another last bit; past that, look, then `make golden`.
    np.testing.assert_allclose(found, language_model("float").sequence_logprobs(tokens), atol=2e-5)


@pytest.mark.slow
def test_several_buckets_make_several_signatures(rng: np.random.Generator) -> None:
    shape = ModelShape(**{**vars(SHAPE), "buckets": (4, 16)})
    lm = TFLiteModel(open_graph(convert(transformer(), shape)), shape)
    assert lm.beam_size == 4
    tokens = context(rng, 27)
    np.testing.assert_allclose(lm.sequence_logprobs(tokens), in_torch(tokens), atol=2e-5)
    scored = lm.search(lm.start(tokens)).score(np.array([CONTEXT], np.int32), np.array([9], np.int32))
    np.testing.assert_allclose(scored[0], in_torch([*tokens, 9])[-1], atol=2e-5)
