"""Calibration counted by hand."""

from __future__ import annotations

import pytest

from autocomplete.reliability import Reliability


def test_bins_and_error_by_hand() -> None:
    found = Reliability()
    for confidence, right in [(0.95, True), (0.95, True), (0.95, False), (0.15, False), (1.0, True), (0.15, True)]:
        found.add(confidence, right)
    found.add(None, False)
    low, high = found.bins()
    assert (low["from"], low["count"], low["said"], low["right"]) == (0.1, 2, pytest.approx(0.15), 0.5)
    assert (high["from"], high["count"], high["said"], high["right"]) == (0.9, 4, pytest.approx(0.9625), 0.75)
    assert found.error == pytest.approx((2 * 0.35 + 4 * 0.2125) / 6)
    assert found.as_dict()["count"] == 6
    table = "\n".join(found.table("words"))
    assert "6, expected calibration error 25.8 points" in table
    assert "96.2 %" in table


def test_nothing_said_is_no_error_and_no_number() -> None:
    assert Reliability().as_dict() == {"error": None, "count": 0, "bins": []}
    assert "none was stated" in Reliability().table("words")[0]


@pytest.mark.parametrize("wrong", [-0.1, 1.1, float("nan")])
def test_a_confidence_is_a_probability(wrong: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        Reliability().add(wrong, right=True)
