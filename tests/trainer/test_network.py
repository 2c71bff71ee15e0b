"""Fits find the weights that made the data, and give probabilities whatever rows count."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from training.network import fit_network, fit_regression, logistic

NAMES = ("one", "x", "y")


def test_the_regression_finds_the_weights_that_made_the_data(rng: np.random.Generator) -> None:
    weights = np.array([-1.0, 2.0, 0.0])
    table = np.column_stack([np.ones(20_000), rng.standard_normal((20_000, 2))])
    right = rng.random(20_000) < 1 / (1 + np.exp(-table @ weights))
    np.testing.assert_allclose(logistic(table, right.astype(float)), weights, atol=0.1)


def test_rows_that_count_twice_are_as_good_as_two(rng: np.random.Generator) -> None:
    table = np.column_stack([np.ones(300), rng.standard_normal((300, 2))])
    right = (rng.random(300) < 0.4).astype(float)
    counts = np.where(np.arange(300) < 100, 2.0, 1.0)
    twice = logistic(np.vstack([table, table[:100]]), np.concatenate([right, right[:100]]))
    np.testing.assert_allclose(logistic(table, right, counts), twice, atol=1e-6)


def made(rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give rows, their chances and outcomes: two features matter only together."""
    rows = np.column_stack([np.ones(count), rng.standard_normal((count, 2))])
    chances = 1 / (1 + np.exp(-4 * rows[:, 1] * rows[:, 2]))
    return rows, chances, (rng.random(count) < chances).astype(float)


def test_a_network_finds_what_no_sum_of_features_tells(rng: np.random.Generator) -> None:
    rows, chances, right = made(rng, 4_000)
    network = fit_network(NAMES, rows, right, np.ones(len(rows)), units=8, seed=1)
    assert network.names == NAMES
    assert np.abs(network.of(rows) - chances).mean() < 0.1
    line = fit_regression(NAMES, rows, right, np.ones(len(rows)))
    assert np.abs(line.of(rows) - chances).mean() > 0.25


def test_it_gives_probabilities_though_some_rows_count_more(rng: np.random.Generator) -> None:
    rows, _, right = made(rng, 4_000)
    network = fit_network(NAMES, rows, right, np.where(right == 0, 5.0, 1.0), units=8, seed=1)
    assert float(network.of(rows).mean()) == pytest.approx(right.mean(), abs=0.01)


def test_a_regression_is_a_network_of_two_units(rng: np.random.Generator) -> None:
    rows, _, right = made(rng, 300)
    line = fit_regression(NAMES, rows, right, np.ones(300))
    np.testing.assert_allclose(line.of(rows), 1 / (1 + np.exp(-rows @ logistic(rows, right))), atol=0.03)
    counted = fit_regression(NAMES, rows, right, np.where(right == 0, 5.0, 1.0))
    assert float(counted.of(rows).mean()) == pytest.approx(right.mean(), abs=0.01)


def test_the_same_seed_gives_the_same_network_and_leaves_torch_as_it_was(rng: np.random.Generator) -> None:
    rows, _, right = made(rng, 300)
    before = torch.get_rng_state(), torch.get_num_threads()
    one, again, other = (
        fit_network(NAMES, rows, right, np.ones(300), units=4, seed=seed).to_text() for seed in (1, 1, 2)
    )
    assert one == again != other
    assert torch.equal(torch.get_rng_state(), before[0])
    assert torch.get_num_threads() == before[1]


def test_a_feature_that_never_changes_is_no_trouble(rng: np.random.Generator) -> None:
    rows, _, right = made(rng, 300)
    rows[:, 2] = 0.0
    assert np.isfinite(fit_network(NAMES, rows, right, np.ones(300), units=4, seed=1).of(rows)).all()
