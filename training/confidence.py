"""How sure a correction is: fitted on words typed with simulated mistakes.

A small network where letters change (`autocomplete/network.py`), written to a table for the runtime; where case alone
does, a logistic regression, whose weights are written into `autocomplete/correction.py` by hand after a look at what
this prints. What there is to decide on comes from `decisions.py`.

A word typed right that is changed weighs as much as five that stay wrong. What weights do is shown by cross validation:
lines are decided on by weights that did not see them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from autocomplete.correction import RECASED, Evidence, features
from autocomplete.engine import Autocompleter
from autocomplete.network import Network
from training.decisions import Decision, Typing, gather
from training.network import fit_network, fit_regression, logistic

_SPOILED: Final = 5.0
"""weight of a word typed right in the fit, against one of another"""
_FOLDS: Final = 5
_SURE: Final = tuple(step / 20 for step in range(8, 20))


def fit(
    engine: Autocompleter, texts: Sequence[Path], how: Typing, *, units: int, progress: Callable[[int], None]
) -> tuple[Network, dict[str, Any]]:
    """Fit the weights and show what they would do.

    Parameters
    ----------
    units : int
        Of the network; with 0 it is a logistic regression.
    progress : callable
        Is given the number of lines typed.

    Returns
    -------
    Network
        For readings whose letters are others than those typed.
    dict
        "recased": the weights for readings of the same letters, by feature. "outcomes": for lines that begin small and
        with a capital, typed with touches and without, and for all (None), by least confidence: the share of mistyped
        words put right, of mistyped words made otherwise wrong, and of words typed right that were changed, with the
        text's own slips and without.

    Raises
    ------
    ValueError
        If the texts have too few lines of 3 to 25 words.
    """
    decisions = list(gather(engine, texts, how, progress))
    told = {decision.line for decision in decisions if decision.readings}
    if len(told) < _FOLDS:
        raise ValueError(f"{len(told)} lines have a word that may be another one, {_FOLDS} are needed: give more text")
    table = _Table(decisions, units, how.seed)
    respelled, recased = table.fit(np.ones(len(table.lines), bool))
    found = {
        "words": len(decisions),
        "recased": {name: round(float(weight), 2) for name, weight in zip(RECASED, recased, strict=True)},
        "outcomes": _outcomes(decisions, table.confidences()),
    }
    return respelled, found


class _Table:
    """All readings of all decisions, one a row."""

    def __init__(self, decisions: Sequence[Decision], units: int, seed: int) -> None:
        rows = [(decision, reading) for decision in decisions for reading in decision.readings]
        found = [features(reading) for _, reading in rows]
        self._names = tuple(found[0])
        self._units, self._seed = units, seed
        self._rows = np.array([list(row.values()) for row in found], np.float64)
        self._tells = np.array([_tells(decision, reading) for decision, reading in rows], bool)
        self._right = np.array([decision.is_meant(reading) for decision, reading in rows], np.float64)
        self._recased = np.array([reading.mistake == "case" for _, reading in rows], bool)
        self._counts = np.where([decision.is_right for decision, _ in rows], _SPOILED, 1.0)
        self._of_case = [self._names.index(name) for name in RECASED]
        self.lines = np.array([decision.line for decision, _ in rows], np.intp)

    def fit(self, chosen: NDArray[np.bool_]) -> tuple[Network, NDArray[np.float64]]:
        """Fit to chosen rows: a network to those where letters change, weights float64 [n_features] to the others."""
        respelled, recased = (chosen & self._tells & part for part in (~self._recased, self._recased))
        rows = self._names, self._rows[respelled], self._right[respelled], self._counts[respelled]
        network = fit_network(*rows, units=self._units, seed=self._seed) if self._units else fit_regression(*rows)
        return network, logistic(self._rows[recased][:, self._of_case], self._right[recased])

    def confidences(self) -> NDArray[np.float64]:
        """Give the confidence of each row, by weights fitted to the lines of other folds."""
        found = np.zeros(len(self.lines))
        for fold in range(_FOLDS):
            held_out = self.lines % _FOLDS == fold
            network, weights = self.fit(~held_out)
            found[held_out] = network.of(self._rows[held_out])
            recased = held_out & self._recased
            found[recased] = 1 / (1 + np.exp(-self._rows[recased][:, self._of_case] @ weights))
        return found


def _tells(decision: Decision, reading: Evidence) -> bool:
    """Tell whether weights are to be fitted on a reading.

    Not on slips of the text; nor, where case alone would change, on lines that begin small: whether who writes so wants
    capitals is for `autocomplete/habits.py` to say.
    """
    brings = "'" in reading.word and "'" not in reading.typed
    return not decision.is_slip and (not decision.small or reading.mistake != "case" or brings)


def _outcomes(decisions: Sequence[Decision], confidences: NDArray[np.float64]) -> list[dict[str, Any]]:
    """Tell what would be decided, by the kind of line."""
    decided, at = [], 0
    for decision in decisions:
        sure = confidences[at : at + len(decision.readings)]
        at += len(sure)
        best = int(sure.argmax()) if len(sure) else None
        decided.append(
            (decision, None if best is None else decision.readings[best], 0.0 if best is None else sure[best])
        )
    kinds = [(small, touched) for small in (False, True) for touched in (False, True)]
    parts = {kind: [one for one in decided if (one[0].small, one[0].touched) == kind] for kind in kinds}
    return [
        {"small": small, "touched": touched, **_outcome(part, sure)}
        for (small, touched), part in {**parts, (None, None): decided}.items()
        if part
        for sure in _SURE
    ]


def _outcome(decided: Iterable[tuple[Decision, Evidence | None, float]], sure: float) -> dict[str, float]:
    right = mistyped = fixed = otherwise = spoiled = slips = 0
    for decision, reading, confidence in decided:
        right += decision.is_right
        mistyped += not decision.is_right
        if reading is None or confidence < sure or reading.word.lower() == decision.typed.lower():
            continue
        meant = reading.word.lower() == decision.meant.lower()
        fixed += meant
        otherwise += not decision.is_right and not meant
        spoiled += decision.is_right
        slips += decision.is_right and decision.is_slip
    shares = {
        "sure": sure,
        "put_right": fixed / max(1, mistyped),
        "made_otherwise_wrong": otherwise / max(1, mistyped),
        "right_changed": spoiled / max(1, right),
        "right_changed_but_slips": (spoiled - slips) / max(1, right),
    }
    return {name: round(float(share), 5) for name, share in shares.items()}
