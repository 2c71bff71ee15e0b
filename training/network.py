"""Fits small networks and logistic regressions to rows of features.

The network is that of `autocomplete/network.py`; it learns by AdamW (Loshchilov & Hutter 2019, "Decoupled weight decay
regularization"), in float32, on one thread, so that a seed gives the same weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from autocomplete.network import Network

_EPOCHS: Final = 60
_BATCH: Final = 256
_RATE: Final = 8e-3
_DECAY: Final = 0.1
_RIDGE: Final = 0.3
_STEPS: Final = 50


def fit_network(
    names: Sequence[str],
    rows: NDArray[np.float64],
    right: NDArray[np.float64],
    counts: NDArray[np.float64],
    *,
    units: int,
    seed: int,
) -> Network:
    """Fit a network to rows, each counted so often; what it gives is a probability in spite of what they count.

    Parameters
    ----------
    names : sequence of str
        Of the features.
    rows : float64 [n, n_features]
    right : float64 [n]
        Outcomes, 0 or 1.
    counts : float64 [n]
    units : int
        Of the hidden layer.
    """
    middle, spread = rows.mean(axis=0), rows.std(axis=0)
    spread[spread == 0] = 1.0  # of what is the same in all rows nothing is learned
    hidden, out = _learn((rows - middle) / spread, right, counts, units, seed)
    weights, shifts, last, base = (_numbers(part) for part in (hidden.weight.T, hidden.bias, out.weight[0], out.bias))
    weights /= spread[:, None]
    weights[names.index("one")] += shifts - middle @ weights
    sums = np.maximum(rows @ weights, 0) @ last + base
    shift, scale = _calibrated(sums, right)
    return Network(names, weights, scale * last, float(shift + scale * base[0]))


def fit_regression(
    names: Sequence[str], rows: NDArray[np.float64], right: NDArray[np.float64], counts: NDArray[np.float64]
) -> Network:
    """Fit a logistic regression in the same way, as a network of two units: the sum, and what it is below zero."""
    weights = logistic(rows, right, counts)
    shift, scale = _calibrated(rows @ weights, right)
    return Network(names, np.column_stack([weights, -weights]), np.array([scale, -scale]), float(shift))


def _calibrated(sums: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give shift and scale that make probabilities of sums fitted to rows that count more or less.

    Platt 1999, "Probabilistic outputs for support vector machines".
    """
    return logistic(np.column_stack([np.ones(len(sums)), sums]), right)


def _numbers(part: Tensor) -> NDArray[np.float64]:
    return part.detach().double().numpy()


def _learn(
    rows: NDArray[np.float64], right: NDArray[np.float64], counts: NDArray[np.float64], units: int, seed: int
) -> tuple[nn.Linear, nn.Linear]:
    """Learn hidden and last layer from rows of mean 0 and spread 1."""
    given, wanted, weight = (torch.tensor(part, dtype=torch.float32) for part in (rows, right, counts))
    before = torch.get_num_threads()
    torch.set_num_threads(1)  # small products: more threads only wait for each other
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            hidden, out = nn.Linear(rows.shape[1], units), nn.Linear(units, 1)
            parameters = [*hidden.parameters(), *out.parameters()]
            optimiser = torch.optim.AdamW(parameters, lr=_RATE, weight_decay=_DECAY)
            steps = _EPOCHS * -(-len(rows) // _BATCH)
            schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, _RATE, total_steps=steps)
            for _ in range(_EPOCHS):
                for batch in torch.randperm(len(rows)).split(_BATCH):
                    optimiser.zero_grad()
                    _loss(hidden, out, given[batch], wanted[batch], weight[batch]).backward()
                    optimiser.step()
                    schedule.step()
    finally:
        torch.set_num_threads(before)
    return hidden, out


def _loss(hidden: nn.Linear, out: nn.Linear, rows: Tensor, right: Tensor, counts: Tensor) -> Tensor:
    sums = out(functional.relu(hidden(rows))).squeeze(1)
    return functional.binary_cross_entropy_with_logits(sums, right, counts)


def logistic(
    table: NDArray[np.float64], right: NDArray[np.float64], counts: NDArray[np.float64] | float = 1.0
) -> NDArray[np.float64]:
    """Fit weights float64 [n_features] of rows [n, n_features], each counted so often, to outcomes [n] of 0 or 1.

    By Newton's method, with a small ridge.
    """
    weights = np.zeros(table.shape[1])
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-table @ weights))
        curvature = table.T @ (table * (counts * chance * (1 - chance))[:, None]) + _RIDGE * np.eye(len(weights))
        step = np.linalg.solve(curvature, table.T @ (counts * (right - chance)) - _RIDGE * weights)
        weights += step
        if np.abs(step).max() < 1e-6:
            break
    return weights
