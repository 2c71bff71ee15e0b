"""Int8 graphs: as small as they should be, close to float, each variant as its runtime needs it."""

from __future__ import annotations

import numpy as np
import pytest

from export.quantize import FLOAT, VARIANTS, quantize
from tests.tiny import SHAPE, graph, language_model

pytestmark = pytest.mark.tflite


@pytest.mark.parametrize("variant", [variant for variant in VARIANTS if variant != FLOAT])
def test_int8_is_close_to_float_and_smaller(variant: str, rng: np.random.Generator) -> None:
    made = quantize(graph("float"), variant)
    assert made == graph(variant)
    assert len(made) < 0.6 * len(graph("float"))
    tokens = [2, *rng.integers(4, SHAPE.vocab_size, 31).tolist()]
    wanted = language_model("float").sequence_logprobs(tokens)
    found = language_model(variant).sequence_logprobs(tokens)
    assert 0 < np.abs(found - wanted).mean() < 0.1


def test_float_is_left_alone() -> None:
    assert quantize(graph("float"), FLOAT) == graph("float")


def test_an_unknown_variant() -> None:
    with pytest.raises(ValueError, match="choose one of default, tflite-runtime"):
        quantize(graph("float"), "gpu")
