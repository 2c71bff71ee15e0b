"""A model run by torch behind the engine's interface computes what its float graph does."""

from __future__ import annotations

import numpy as np
import pytest

from autocomplete.lm import CONTEXT
from tests.tiny import language_model as graph_model
from tests.tiny import transformer
from training.cached import language_model

pytestmark = [pytest.mark.tflite, pytest.mark.torch]


@pytest.mark.parametrize("length", [1, 9, 32, 50])
def test_torch_in_the_graph_s_place(rng: np.random.Generator, length: int) -> None:
    ours, graph = language_model(transformer()), graph_model("float")
    tokens = [2, *rng.integers(4, 61, length - 1).tolist()]
    searches = []
    for lm in (ours, graph):
        search = lm.search(lm.start(tokens))
        first = search.score(np.array([CONTEXT, CONTEXT], np.int32), np.array([7, 30], np.int32)).copy()
        searches.append((lm.start(tokens).logprobs, first))
    np.testing.assert_allclose(searches[0][0], searches[1][0], atol=2e-4)
    np.testing.assert_allclose(searches[0][1], searches[1][1], atol=2e-4)
    assert ours.runtime.startswith("torch")
