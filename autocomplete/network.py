"""A small neural network over named features: one layer of rectified units, and the logistic function of their sum.

Owns the table that its weights are kept in. What the features are, and what is asked, is said by who reads one:
`correction.py`. Written by `python -m training confidence`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from importlib.resources import files
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

_OUT: Final = "out"
_SHIFT: Final = "shift"
_DIGITS: Final = 4
"""decimals of a weight"""


class Network:
    """Weights of a network.

    Parameters
    ----------
    names : sequence of str
        Of the features.
    hidden : float64 [n_features, n_units]
        What each feature adds to each unit, before that is cut off below zero.
    out : float64 [n_units]
        What each unit adds to the sum.
    shift : float
        What the sum begins with.

    Raises
    ------
    ValueError
        If the shapes do not fit together or a weight is no number.
    """

    def __init__(
        self, names: Sequence[str], hidden: NDArray[np.float64], out: NDArray[np.float64], shift: float
    ) -> None:
        if hidden.shape != (len(names), len(out)) or not len(out):
            raise ValueError(
                f"weights of {hidden.shape} for {len(names)} features and {len(out)} units: give one for each pair"
            )
        if not (np.isfinite(hidden).all() and np.isfinite(out).all() and math.isfinite(shift)):
            raise ValueError("a weight is no number: fit the network again")
        self.names = tuple(names)
        self.hidden, self.out, self.shift = hidden, out, shift

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read what `to_text` gave.

        Raises
        ------
        ValueError
            If it is something else.
        """
        try:
            lines = [line.split("\t") for line in text.splitlines()]
            table = {name: list(map(float, values)) for name, *values in lines}
            out, shift = table.pop(_OUT), table.pop(_SHIFT)
            return cls(list(table), np.array(list(table.values())), np.array(out), *shift)
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"no table of a network: {error}; write it again, by `python -m training`") from error

    @classmethod
    def read(cls, name: str) -> Self:
        """Read one that lies beside this file."""
        return cls.from_text(files("autocomplete").joinpath(name).read_text(encoding="utf8"))

    def to_text(self) -> str:
        """Give a table: a line for each feature, its name and its weight in each unit, tabs between; `out`; `shift`."""
        rows = [*zip(self.names, self.hidden, strict=True), (_OUT, self.out), (_SHIFT, np.array([self.shift]))]
        return "".join("\t".join([name, *(f"{value:.{_DIGITS}f}" for value in values)]) + "\n" for name, values in rows)

    def of(self, features: NDArray[np.float64] | Sequence[float]) -> NDArray[np.float64]:
        """Give the probability for features, float64 [..., n_features], as float64 [...]."""
        units = np.maximum(np.asarray(features, np.float64) @ self.hidden, 0)
        return 1 / (1 + np.exp(-(units @ self.out + self.shift)))
