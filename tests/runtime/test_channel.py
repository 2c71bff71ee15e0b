"""What words cost for typed letters: the same, however few are asked for."""

from __future__ import annotations

import numpy as np
import pytest

from autocomplete.channel import Channel
from autocomplete.error_model import ErrorModel
from autocomplete.layout import load_layout
from autocomplete.lexicon import Lexicon


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("tolerant", [False, True])
@pytest.mark.parametrize("dearest", [0.0, 4.0, 12.5, 25.0])
def test_dear_words_may_be_missing_where_they_are_not_asked_for(
    lexicon: Lexicon, dearest: float, tolerant: bool, whole: bool
) -> None:
    channel = Channel(lexicon, ErrorModel(load_layout(), lexicon.letters), tolerant=tolerant)
    missing = 0
    for typed in ("t", "to", "tomprrow", "tmorow", "thw", "wether", "hlep", "zzqx", "qwerty", "xanimal"):
        every = channel.match(typed, whole=whole).copy()
        cheap = channel.match(typed, whole=whole, dearest=dearest)
        asked = every <= dearest
        np.testing.assert_array_equal(cheap[asked], every[asked])
        assert (cheap[~asked] > dearest).all()
        assert set(np.flatnonzero(asked).tolist()) <= set(channel.matched().tolist())
        missing += int((np.isinf(cheap) & np.isfinite(every)).sum())
    assert (missing > 0) == (tolerant and dearest < 25.0)
