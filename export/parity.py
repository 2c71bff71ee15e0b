"""Step 3: does the graph still say what the checkpoint says? On real text, or nothing is shipped.

Owns what is compared and how much difference is tolerated. Float and int8 graph are run as the product runs
them, through `TFLiteModel`; torch reads each window at once.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from autocomplete.errors import AutocompleteError
from autocomplete.tflite_lm import TFLiteModel
from training.model import Transformer


class ParityError(AutocompleteError):
    """A graph computes too much else than the checkpoint."""


@dataclass(frozen=True, kw_only=True)
class Parity:
    """How close a graph is to torch, over the tokens of some windows."""

    tokens: int
    """tokens predicted"""
    bits_per_token: float
    """of the true next token, in torch"""
    bits_per_token_rise: float
    """how much more it is in the graph"""
    mean_difference: float
    """mean |difference| of the true next token's logprob"""
    max_difference: float
    """greatest of these differences"""
    top1_agreement: float
    """share of places where the likeliest token is the same"""
    top3_agreement: float
    """mean share of torch's three likeliest tokens that are among the graph's three"""

    def as_dict(self) -> dict[str, float]:
        """Rounded, for the model card and the screen."""
        return {name: round(value, 5) for name, value in asdict(self).items()}


@dataclass(frozen=True, kw_only=True)
class Tolerance:
    """What is still the same model."""

    bits_per_token_rise: float = 0.03
    """greatest rise of the bits per token; positive or negative, more is another model"""
    agreement: float = 0.95
    """least top-1 and top-3 agreement; rounding swaps choices that are nearly tied"""

    def verify(self, parity: Parity, what: str) -> None:
        """Raise `ParityError` if a graph is further off than this."""
        rise, allowed = parity.bits_per_token_rise, self.bits_per_token_rise
        # Comparisons are written so that not-a-number is a fault.
        faults = [f"bits_per_token_rise is {rise:.4g}, at most {allowed:g} is tolerated"] * (not abs(rise) <= allowed)
        faults += [
            f"{name} is {getattr(parity, name):.4g}, at least {self.agreement:g} is tolerated"
            for name in ("top1_agreement", "top3_agreement")
            if not getattr(parity, name) >= self.agreement
        ]
        if faults:
            raise ParityError(
                f"the {what} graph is not the checkpoint's model: {'; '.join(faults)}. Nothing was written. "
                "Train longer (weights near their start choose between near-ties), or allow more with "
                "--max-bits-rise and --min-agreement"
            )


FLOAT_TOLERANCE = Tolerance(bits_per_token_rise=1e-3, agreement=0.995)
"""The float graph sums in another order than torch, nothing more."""


def compare(model: Transformer, graph: TFLiteModel, windows: Iterable[Sequence[int]]) -> Parity:
    """Run the checkpoint and a graph over windows of tokens and measure their difference.

    Parameters
    ----------
    model : Transformer
        The checkpoint.
    graph : TFLiteModel
        What was made of it.
    windows : iterable of token sequences
        Each at least two and at most `context_len` tokens long.
    """
    pairs = [_next_logprobs(model, graph, window) for window in windows if len(window) > 1]
    if not pairs:
        raise ValueError("parity needs text: give a file with at least one line of two words")
    torch_true, graph_true, top1, top3 = map(np.concatenate, zip(*pairs, strict=True))
    difference = np.abs(graph_true - torch_true)
    return Parity(
        tokens=len(difference),
        bits_per_token=float(-torch_true.mean() / math.log(2)),
        bits_per_token_rise=float((torch_true.mean() - graph_true.mean()) / math.log(2)),
        mean_difference=float(difference.mean()),
        max_difference=float(difference.max()),
        top1_agreement=float(top1.mean()),
        top3_agreement=float(top3.mean()),
    )


@torch.no_grad()
def _next_logprobs(model: Transformer, graph: TFLiteModel, window: Sequence[int]) -> tuple[NDArray[np.float32], ...]:
    """Give for each place the next token's logprob in torch and graph, and top-1 and top-3 agreement."""
    wanted = torch.log_softmax(model(torch.tensor([list(window)]))[0, :-1], dim=-1).numpy()  # (n - 1, V)
    found = graph.sequence_logprobs(window)[:-1]
    places, true = np.arange(len(wanted)), np.array(window[1:])
    top_wanted, top_found = _top3(wanted), _top3(found)
    shared = (top_wanted[:, :, None] == top_found[:, None, :]).any(-1).mean(-1)
    return wanted[places, true], found[places, true], top_wanted[:, 0] == top_found[:, 0], shared


def _top3(logprobs: NDArray[np.float32]) -> NDArray[np.int64]:
    return np.argsort(-logprobs, axis=-1, kind="stable")[:, :3]
