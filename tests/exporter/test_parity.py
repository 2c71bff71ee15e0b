"""Parity: the figures are right where they can be worked out by hand, and a graph too far off is refused."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from export.parity import FLOAT_TOLERANCE, Parity, ParityError, Tolerance, compare
from tests.tiny import SHAPE, language_model, transformer

pytestmark = [pytest.mark.tflite, pytest.mark.torch]

EQUAL = Parity(
    tokens=9,
    bits_per_token=4.0,
    bits_per_token_rise=0.0,
    mean_difference=0.0,
    max_difference=0.0,
    top1_agreement=1.0,
    top3_agreement=1.0,
)


class TwoRows:
    """Stands for both sides: gives the same hand-written logprobs whatever it is asked."""

    def __init__(self, *rows: list[float]) -> None:
        self.rows = np.log(np.array(rows, np.float32))

    def sequence_logprobs(self, tokens: object) -> np.ndarray:
        return self.rows

    def __call__(self, tokens: torch.Tensor) -> torch.Tensor:
        return torch.from_numpy(self.rows)[None]


def test_figures_of_a_case_worked_by_hand() -> None:
    last = [0.25, 0.25, 0.25, 0.25]  # the prediction after the last token is not judged
    wanted = TwoRows([0.5, 0.25, 0.125, 0.125], [0.1, 0.2, 0.3, 0.4], last)
    found = TwoRows([0.25, 0.5, 0.125, 0.125], [0.4, 0.3, 0.1, 0.2], last)
    parity = compare(wanted, found, [[2, 0, 3]])  # type: ignore[arg-type]
    assert parity.tokens == 2
    assert parity.bits_per_token == pytest.approx((1 + math.log2(1 / 0.4)) / 2)
    assert parity.bits_per_token_rise == pytest.approx((1 + 1) / 2)
    assert parity.mean_difference == pytest.approx(math.log(2), rel=1e-5)
    assert parity.max_difference == pytest.approx(math.log(2), rel=1e-5)
    assert parity.top1_agreement == 0
    assert parity.top3_agreement == pytest.approx((3 / 3 + 2 / 3) / 2)


def test_the_graphs_of_the_tiny_model_pass(rng: np.random.Generator) -> None:
    windows = [[2, *rng.integers(4, SHAPE.vocab_size, n).tolist()] for n in (5, 31, 0, 17)]
    exact = compare(transformer(), language_model("float"), windows)
    assert exact.tokens == 5 + 31 + 17
    FLOAT_TOLERANCE.verify(exact, "float")
    rounded = compare(transformer(), language_model("default"), windows)
    assert exact.max_difference < 1e-4 < rounded.mean_difference < 0.1


def test_a_graph_of_other_weights_is_refused(rng: np.random.Generator) -> None:
    windows = [[2, *rng.integers(4, SHAPE.vocab_size, 31).tolist()]]
    other = transformer(sharpness=0.7)
    with pytest.raises(ParityError, match=r"the float graph is not the checkpoint's model: .*Nothing was written"):
        FLOAT_TOLERANCE.verify(compare(other, language_model("float"), windows), "float")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("bits_per_token_rise", 0.2),
        ("bits_per_token_rise", -0.2),
        ("bits_per_token_rise", math.nan),
        ("top1_agreement", 0.8),
        ("top3_agreement", 0.8),
    ],
)
def test_each_figure_past_its_tolerance_is_named(name: str, value: float) -> None:
    tolerance = Tolerance(bits_per_token_rise=0.1, agreement=0.9)
    tolerance.verify(EQUAL, "int8")
    with pytest.raises(ParityError, match=f"{name} is {value:.4g}, at "):
        tolerance.verify(replace(EQUAL, **{name: value}), "int8")


def test_without_text_there_is_no_parity() -> None:
    with pytest.raises(ValueError, match="one line of two words"):
        compare(transformer(), language_model("float"), [[2]])
