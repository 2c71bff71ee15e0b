"""Whole-number graphs: as small as they should be, close to float, each variant as its runtime needs it."""

from __future__ import annotations

import numpy as np
import pytest

from export.__main__ import main
from export.quantize import VARIANTS, quantize
from tests.tiny import SHAPE, graph, language_model

pytestmark = pytest.mark.tflite


@pytest.mark.parametrize(("variant", "difference"), [("default", 0.1), ("tflite-runtime", 0.1), ("small", 1.5)])
def test_it_is_close_to_float_and_smaller(variant: str, difference: float, rng: np.random.Generator) -> None:
    made = quantize(graph("float"), variant)
    assert made == graph(variant)
    assert len(made) < 0.6 * len(graph("float"))
    tokens = [2, *rng.integers(4, SHAPE.vocab_size, 31).tolist()]
    wanted = language_model("float").sequence_logprobs(tokens)
    found = language_model(variant).sequence_logprobs(tokens)
    assert 0 < np.abs(found - wanted).mean() < difference


def test_four_bits_are_smaller_than_eight_and_further_from_float(rng: np.random.Generator) -> None:
    tokens = [2, *rng.integers(4, SHAPE.vocab_size, 31).tolist()]
    wanted = language_model("float").sequence_logprobs(tokens)
    away = {
        kind: np.abs(language_model(kind).sequence_logprobs(tokens) - wanted).mean() for kind in ("small", "default")
    }
    assert away["small"] > 3 * away["default"]
    assert len(graph("small")) < len(graph("default")) - 8_000
    assert quantize(graph("float"), "few-words") == graph("default")


def test_float_is_left_alone() -> None:
    assert quantize(graph("float"), "float") == graph("float")


def test_the_command_knows_the_variants() -> None:
    options = {option.name: option for option in main.params}
    assert list(options["variant"].type.choices) == list(VARIANTS)  # type: ignore[attr-defined]


def test_an_unknown_variant() -> None:
    with pytest.raises(ValueError, match="choose one of default, small, tflite-runtime"):
        quantize(graph("float"), "gpu")
