"""The self-check: known values of a model, recorded where its bundle is made, looked at where it is loaded.

A runtime may load a graph and compute garbage without an error (`tflite-runtime` 2.14 does so with int8
weights that have a scale per channel); numbers that must come out are the only thing that shows it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autocomplete.lm import CONTEXT, LanguageModel, Logprobs
from autocomplete.manifest import SelfCheck


def record(model: LanguageModel, tokens: Sequence[int], *, tolerance: float, top: int = 8) -> SelfCheck:
    """Record the `top` likeliest tokens after a context and after its likeliest next token."""
    best = int(np.argmax(model.start(tokens).logprobs))
    rows = _rows(model, tokens, best)
    tops = [np.argsort(-row, kind="stable")[:top].tolist() for row in rows]
    return SelfCheck(
        tokens=tuple(map(int, tokens)),
        top_tokens=tuple(map(tuple, tops)),
        top_logprobs=tuple(tuple(round(float(row[i]), 5) for i in ids) for row, ids in zip(rows, tops, strict=True)),
        tolerance=tolerance,
    )


def largest_difference(model: LanguageModel, check: SelfCheck) -> float:
    """Give the greatest difference between a model's logprobs and the known ones."""
    rows = _rows(model, check.tokens, check.top_tokens[0][0])
    found = [row[list(ids)] for row, ids in zip(rows, check.top_tokens, strict=True)]
    return float(np.abs(np.concatenate(found) - np.concatenate(check.top_logprobs)).max())


def _rows(model: LanguageModel, context: Sequence[int], following: int) -> tuple[Logprobs, Logprobs]:
    state = model.start(context)
    scored = model.search(state).score(np.array([CONTEXT], np.int32), np.array([following], np.int32))
    return state.logprobs, scored[0]
