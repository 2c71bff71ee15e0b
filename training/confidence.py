"""How sure a correction is: logistic regression on words typed with simulated mistakes.

Fits the weights of `autocomplete/correction.py`, which are written there by hand after a look at what this prints.
Every word of some validation text is typed by `autocomplete/typist.py`, now and then without its capital or apostrophe,
and the engine's evidence for another reading is set against what was meant.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autocomplete.correction import FEATURES, Evidence, confidence, features
from autocomplete.engine import Autocompleter
from autocomplete.layout import load_layout
from autocomplete.typist import Slips, Typist

_RIDGE = 0.01
_SLOPPY = 0.3
"""share of capitals and apostrophes that are left out, as hurried writers do"""
_STEPS = 50


def fit(
    engine: Autocompleter, text: Path, *, lines: int, rate: float, seed: int, progress: Callable[[int], None]
) -> dict[str, Any]:
    """Fit the weights and show what they would do.

    Returns
    -------
    dict
        For "respelled" and "recased" words the weights by feature, and for all words by least confidence: the share of
        mistyped words put right, of mistyped words made otherwise wrong, and of words typed right that were changed.
    """
    chosen = [line.strip() for line in text.read_text(encoding="utf8").splitlines() if 3 <= len(line.split()) <= 25]
    if not chosen:
        raise ValueError(f"{text} has no line of 3 to 25 words: give validation text, one message a line")
    random.Random(seed).shuffle(chosen)
    words = list(_weigh(engine, chosen[:lines], rate, seed, progress))
    weights = {}
    for name, recased in (("respelled", False), ("recased", True)):
        part = [(evidence, meant) for evidence, meant, _ in words if evidence and evidence.recased == recased]
        table = np.array([features(evidence) for evidence, _ in part], np.float64).reshape(-1, len(FEATURES))
        right = np.array([evidence.word == meant for evidence, meant in part], np.float64)
        found = logistic(table, right)
        weights[name] = dict(zip(FEATURES, np.round(found, 2).tolist(), strict=True))
    return {
        "words": len(words),
        "weights": weights,
        "with_present_weights": [_outcome(words, s / 20) for s in range(8, 20)],
    }


def logistic(table: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    """Fit weights float64 [n_features] of rows [n, n_features] to outcomes [n] of 0 or 1, by Newton's method."""
    weights = np.zeros(table.shape[1])
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-table @ weights))
        curvature = table.T @ (table * (chance * (1 - chance))[:, None]) + _RIDGE * np.eye(len(weights))
        weights += np.linalg.solve(curvature, table.T @ (right - chance) - _RIDGE * weights)
    return weights


def _weigh(
    engine: Autocompleter, lines: Sequence[str], rate: float, seed: int, progress: Callable[[int], None]
) -> Iterator[tuple[Evidence | None, str, str]]:
    """Yield evidence, word meant and word typed for each word of the lines."""
    typist = Typist(load_layout(), lines, Slips(rate=rate), seed=seed)
    rng = random.Random(seed)
    for number, line in enumerate(lines, 1):
        for word in typist.type(line).words():
            typed = word.typed
            if word.end and not word.mistyped and rng.random() < _SLOPPY:
                typed = typed.replace("'", "") if word.start == 0 else typed.replace("'", "").lower()
            if word.end:
                yield engine.weigh(line[: word.start] + typed)[0], word.word, typed
        progress(number)


def _outcome(words: Sequence[tuple[Evidence | None, str, str]], sure: float) -> dict[str, float]:
    changed = [(e.word, meant, typed) for e, meant, typed in words if e is not None and confidence(e) >= sure]
    mistyped = sum(meant != typed for _, meant, typed in words)
    fixed = sum(word == meant != typed for word, meant, typed in changed)
    otherwise = sum(word != meant != typed for word, meant, typed in changed)
    spoiled = sum(meant == typed for _, meant, typed in changed)
    shares = {
        "sure": sure,
        "put_right": fixed / max(1, mistyped),
        "made_otherwise_wrong": otherwise / max(1, mistyped),
        "right_made_wrong": spoiled / max(1, len(words) - mistyped),
    }
    return {name: round(share, 5) for name, share in shares.items()}
