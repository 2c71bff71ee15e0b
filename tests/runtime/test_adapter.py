"""An adapter: its sum against the slow one, and what it reads off logprobs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from autocomplete.adapter import Adapter, Features, features_of, find_features
from tests.fakes import RandomModel
from tests.reference import adapted_row

VOCAB, RANK = 90, 5


def _logprobs(logits: np.ndarray) -> np.ndarray:
    return (logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))).astype(np.float32)


@pytest.fixture
def features(rng: np.random.Generator) -> Features:
    """Features of a model made up for tests."""
    return features_of(RandomModel(VOCAB), np.arange(4, 40, dtype=np.int32), RANK)


def _adapter(features: Features, rng: np.random.Generator, n: int = 30) -> Adapter:
    active = np.sort(rng.choice(VOCAB, n, replace=False)).astype(np.int32)
    bias, weights = rng.standard_normal(n), rng.standard_normal((n, RANK))
    return Adapter(features, active, bias.astype(np.float32), weights.astype(np.float32))


def test_the_sum_is_the_slow_ones(features: Features, rng: np.random.Generator) -> None:
    rows = _logprobs(3 * rng.standard_normal((6, VOCAB)))
    before = rows.copy()
    for n in (1, 30, VOCAB):
        adapter = _adapter(features, rng, n)
        comp = adapter.apply(rows)
        assert comp.dtype == np.float32
        for row, found in zip(rows, comp, strict=True):
            np.testing.assert_allclose(found, adapted_row(row, adapter), atol=2e-5)
        np.testing.assert_allclose(np.exp(comp.astype(np.float64)).sum(axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(rows, before)


def test_a_row_that_is_sure_of_pieces_that_change_stays_a_distribution(
    features: Features, rng: np.random.Generator
) -> None:
    adapter = _adapter(features, rng)
    logits = np.zeros((1, VOCAB))
    logits[0, adapter.active] = 40.0  # all of the probability, as far as float32 can tell
    row = _logprobs(logits)
    np.testing.assert_allclose(np.exp(adapter.apply(row).astype(np.float64)).sum(), 1, atol=1e-5)


def test_an_adapter_that_changes_no_piece_changes_nothing(features: Features, rng: np.random.Generator) -> None:
    rows = _logprobs(rng.standard_normal((2, VOCAB)))
    nothing = Adapter(features, np.zeros(0, np.int32), np.zeros(0, np.float32), np.zeros((0, RANK), np.float32))
    np.testing.assert_array_equal(nothing.apply(rows), rows)


def test_features_are_linear_in_the_hidden_state_whatever_the_sum_is(
    features: Features, rng: np.random.Generator
) -> None:
    output, state = rng.standard_normal((VOCAB, 12)), rng.standard_normal((3, 12))
    state[2] = 0.3 * state[0] + 0.7 * state[1]
    first, second, between = features.read(_logprobs(state @ output.T))
    np.testing.assert_allclose(between, 0.3 * first + 0.7 * second, atol=1e-4)


def test_features_are_about_one_long_and_the_same_again(features: Features) -> None:
    lm = RandomModel(VOCAB)
    again = features_of(lm, np.arange(4, 40, dtype=np.int32), RANK)
    np.testing.assert_array_equal(again.matrix, features.matrix)
    np.testing.assert_array_equal(again.offset, features.offset)
    rows = np.stack([lm.row((2, piece)) for piece in range(60)])
    assert 0.5 < np.linalg.norm(features.read(rows), axis=1).mean() < 2


def test_looking_for_features_takes_one_call_of_the_model_a_step(rng: np.random.Generator) -> None:
    lm = RandomModel(VOCAB)
    calls: list[int] = []
    rows = lm.rows

    def counted(tokens: list[int]) -> Iterator[np.ndarray]:
        for part in rows(tokens):
            calls.append(len(part))
            yield part

    lm.rows = counted
    for steps, found in enumerate(find_features(lm, np.arange(4, 40, dtype=np.int32), RANK), 1):
        assert len(calls) == steps or found is not None
        assert max(calls) <= lm.beam_size
    assert steps == len(calls) + 1


def test_rows_may_be_changed_where_they_stand(features: Features, rng: np.random.Generator) -> None:
    rows = _logprobs(3 * rng.standard_normal((6, VOCAB)))
    adapter = _adapter(features, rng)
    apart = adapter.apply(rows)
    assert adapter.apply(rows, rows) is rows
    np.testing.assert_array_equal(rows, apart)


def test_pieces_that_cannot_be_stay_so(features: Features, rng: np.random.Generator) -> None:
    """Far below what the kernel's exponential reaches."""
    logits = rng.standard_normal((2, VOCAB))
    logits[:, ::2] = -300
    adapter = _adapter(features, rng, VOCAB)
    rows = _logprobs(logits)
    for row, found in zip(rows, adapter.apply(rows), strict=True):
        np.testing.assert_allclose(found, adapted_row(row, adapter), rtol=1e-5, atol=2e-5)
