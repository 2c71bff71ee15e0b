"""The sum of `adapter.py`, compiled: a keystroke needs it for every row of logprobs.

Written so that inner loops vectorise, and for one thread: a matrix product of NumPy would take every core for a
millisecond, also where another is busy. What is asked of compiled functions stands in `kernels.py`.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True)
def exponential(x):
    """Give e^x to five digits, for -60 <= x <= 0: Taylor's series near zero, squared six times."""
    y = max(x, np.float32(-60)) * np.float32(1 / 64)
    power = np.float32(1 / 5040)
    power = power * y + np.float32(1 / 720)
    power = power * y + np.float32(1 / 120)
    power = power * y + np.float32(1 / 24)
    power = power * y + np.float32(1 / 6)
    power = power * y + np.float32(1 / 2)
    power = power * y + np.float32(1)
    power = power * y + np.float32(1)
    power *= power
    power *= power
    power *= power
    power *= power
    power *= power
    return power * power


@njit(cache=True)
def exponential_sum(work, place, shift):
    """Give the sum of e^(x - shift) over work[place]; work[0] is written."""
    total = np.float64(0)
    for i in range(work.shape[1]):
        work[0, i] = exponential(work[place, i] - shift)
    for i in range(work.shape[1]):
        total += work[0, i]
    return total


@njit(cache=True)
def read_features(logprobs, row, anchors, matrix, offset, z):
    """Write z(h) of a row; arrays as in `adapt_rows`."""
    for r in range(len(offset)):
        z[r] = -offset[r]
    for a in range(len(anchors)):
        x = logprobs[row, anchors[a]]
        for r in range(len(offset)):
            z[r] += x * matrix[a, r]


@njit(cache=True)
def add_products(weights, z, work):
    """Add w . z to work[1], four at once, for fewer passes over what is written."""
    n, rank = work.shape[1], len(z)
    four = rank - rank % 4
    for r in range(0, four, 4):
        z0, z1, z2, z3 = z[r], z[r + 1], z[r + 2], z[r + 3]
        for i in range(n):
            work[1, i] += z0 * weights[r, i] + z1 * weights[r + 1, i] + z2 * weights[r + 2, i] + z3 * weights[r + 3, i]
    for r in range(four, rank):
        for i in range(n):
            work[1, i] += z[r] * weights[r, i]


@njit(cache=True)
def adapt_rows(logprobs, anchors, matrix, offset, active, bias, weights, work, z, changed):
    """Change rows of logprobs by an adapter; give how many there are.

    logprobs : float32 [m, vocab_size]; anchors : int32 [a]; matrix : float32 [a, rank]; offset : float32 [rank]; active
    : int32 [n]; bias : float32 [n]; weights : float32 [rank, n]; work : float32 [2, n] and z : float32 [rank], written;
    changed : float32 [m, vocab_size], written, may be `logprobs`.
    """
    n = len(active)
    for row in range(len(logprobs)):
        read_features(logprobs, row, anchors, matrix, offset, z)
        for i in range(n):
            work[0, i] = logprobs[row, active[i]]
            work[1, i] = work[0, i] + bias[i]
        add_products(weights, z, work)
        highest = np.float32(0)
        for i in range(n):
            highest = max(highest, work[1, i])
        rest = max(1 - exponential_sum(work, 0, np.float32(0)), 0) * np.exp(-np.float64(highest))
        log_z = highest + np.float32(np.log(rest + exponential_sum(work, 1, highest))) if n else np.float32(0)
        for token in range(logprobs.shape[1]):
            changed[row, token] = logprobs[row, token] - log_z
        for i in range(n):
            changed[row, active[i]] = work[1, i] - log_z
    return len(logprobs)
