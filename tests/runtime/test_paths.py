"""Paths followed side by side say what each says alone."""

from __future__ import annotations

import numpy as np
import pytest

from autocomplete.paths import follow_paths
from tests.fakes import RandomModel


def test_paths_are_followed_as_if_each_were_alone() -> None:
    lm = RandomModel(40)
    state = lm.start([2, 7])
    paths = [[5, 6, 7], [5], [], [9, 9], [5, 6, 7]]
    sums, rows = follow_paths(lm, state, paths)
    assert lm.calls == 3
    for path, logprob, row in zip(paths, sums, rows, strict=True):
        before = [state.logprobs, *lm.follow(state, path)] if path else [state.logprobs]
        alone = sum(float(one[token]) for one, token in zip(before, path, strict=False))
        assert logprob == pytest.approx(alone, abs=1e-4)
        assert np.array_equal(row, before[-1])
