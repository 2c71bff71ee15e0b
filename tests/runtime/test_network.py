"""A network gives what its weights say, and its table comes back as it was."""

from __future__ import annotations

import math

import numpy as np
import pytest

from autocomplete.network import Network

NAMES = ("one", "margin")


def network(shift: float = -0.5) -> Network:
    return Network(NAMES, np.array([[0.5, -1.0, 0.25], [2.0, 1.0, -3.0]]), np.array([1.5, -0.5, 0.75]), shift)


@pytest.mark.parametrize("features", [(1.0, 0.0), (1.0, 2.5), (1.0, -2.5), (0.0, 0.0)])
def test_it_gives_what_the_sum_over_its_units_gives(features: tuple[float, float]) -> None:
    one, margin = features
    units = [max(0.0, 0.5 * one + 2 * margin), max(0.0, margin - one), max(0.0, 0.25 * one - 3 * margin)]
    total = -0.5 + 1.5 * units[0] - 0.5 * units[1] + 0.75 * units[2]
    assert float(network().of(features)) == pytest.approx(1 / (1 + math.exp(-total)))


def test_many_rows_are_as_good_as_each(rng: np.random.Generator) -> None:
    rows = rng.standard_normal((20, 2))
    np.testing.assert_allclose(network().of(rows), [float(network().of(row)) for row in rows])


def test_its_table_is_read_back() -> None:
    again = Network.from_text(network().to_text())
    assert again.names == NAMES
    np.testing.assert_array_equal(again.hidden, network().hidden)
    assert (again.out.tolist(), again.shift) == (network().out.tolist(), -0.5)
    assert again.to_text() == network().to_text()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "one\t1\nout\t1\n",
        "one\t1\nshift\t0\n",
        "one\t1\t2\nout\t1\nshift\t0\n",
        "one\t1\ntwo\t1\t2\nout\t1\nshift\t0\n",
        "one\tx\nout\t1\nshift\t0\n",
        "one\tnan\nout\t1\nshift\t0\n",
        "one\t1\nout\t1\nshift\t0\t1\n",
        "out\nshift\t0\n",
    ],
)
def test_something_else_is_no_table(text: str) -> None:
    with pytest.raises(ValueError, match="no table of a network"):
        Network.from_text(text)
