"""When a finished word is replaced, and when not."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from autocomplete.correction import FEATURES, Evidence, confidence, decide, features, is_left_alone

SLIP = Evidence(
    typed="tomprrow",
    word="tomorrow",
    margin=9.0,
    lead=8.0,
    exists=False,
    name=False,
    recased=False,
    slip=True,
    stray=False,
    cost=6.0,
)


def test_what_is_left_alone() -> None:
    for typed in ("", "x", "7", "iPhone", "NASA", "h2O", "cоde", "w" * 30):
        assert is_left_alone(typed), typed
    for typed in ("i", "teh", "Teh", "po8nt", "don't", "naïve", "w" * 24):
        assert not is_left_alone(typed), typed


def test_a_plain_slip_is_corrected_and_says_how_sure_it_is() -> None:
    correction = decide(SLIP)
    assert correction is not None
    assert (correction.typed, correction.word) == ("tomprrow", "tomorrow")
    assert correction.confidence == pytest.approx(confidence(SLIP))
    assert decide(SLIP, sure=0.9999) is None
    assert decide(None) is None


def test_more_evidence_makes_surer() -> None:
    assert confidence(replace(SLIP, margin=1.0)) < confidence(SLIP)
    assert confidence(replace(SLIP, lead=0.1)) < confidence(SLIP)
    assert confidence(replace(SLIP, slip=False)) < confidence(SLIP)
    assert confidence(replace(SLIP, slip=False)) < confidence(replace(SLIP, slip=False, stray=True))
    assert confidence(replace(SLIP, attested=2.0)) < confidence(SLIP) < confidence(replace(SLIP, misspelt=True))
    assert confidence(replace(SLIP, name=True)) < confidence(SLIP)


def test_words_that_exist_and_shorthand_stay_on_slight_evidence() -> None:
    assert decide(replace(SLIP, exists=True, margin=-1.0, lead=1.0)) is None
    assert decide(replace(SLIP, typed="hav", word="have", slip=False, margin=2.0, lead=2.0, cost=8.8)) is None


def test_the_features_are_those_named_and_stay_in_bounds() -> None:
    endless = replace(SLIP, margin=math.inf, lead=math.inf, exists=True)
    found = dict(zip(FEATURES, features(endless), strict=True))
    assert found["margin"] == found["lead"] == found["margin_if_exists"] == 12.0
    assert dict(zip(FEATURES, features(replace(SLIP, margin=-50.0)), strict=True))["margin"] == -12.0
    assert 0 < confidence(endless) <= 1
