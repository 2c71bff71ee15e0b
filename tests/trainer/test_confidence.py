"""The regression finds weights it is given data of; hands write as described."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

import autocomplete
from autocomplete.correction import FEATURES
from training.attested import Written
from training.confidence import Hand, fit, logistic, shorthand


def test_the_regression_finds_the_weights_that_made_the_data(rng: np.random.Generator) -> None:
    weights = np.array([-1.0, 2.0, 0.0])
    table = np.column_stack([np.ones(20_000), rng.standard_normal((20_000, 2))])
    right = rng.random(20_000) < 1 / (1 + np.exp(-table @ weights))
    np.testing.assert_allclose(logistic(table, right.astype(float)), weights, atol=0.1)


def test_a_line_is_written_by_hand() -> None:
    rng = random.Random(1)
    line = "I'm going to London on Monday, that's something good"
    hand = Hand(Written({"tlkin": 1e-6, "goin": 1e-6, "zimbra": 1e-7}, {"somthing": ("something", 1e-6)}), seed=1)
    hands = [hand.write(line) for _ in range(1500)]
    words = {word for written, _ in hands for word in written.replace(",", "").split()}
    assert words - set(line.replace(",", "").split()) >= {"goin", "zimbra", "monday"}
    assert not words & {"mondy", "mnday", "sumething"}  # nobody writes so
    assert words >= {"somthing", "Zimbra"}
    assert all(meant[7] == "something" for written, meant in hands if "somthing" in written)
    assert any("im" in written.lower().split() for written, _ in hands)
    assert any("monday" in written for written, _ in hands)
    for written, meant in hands:
        assert len(meant) == 9
        assert meant[3] != "london"
        assert written.count(",") == 1
    assert {shorthand("good", rng) for _ in range(100)} >= {"gud", "god", "goo"}


def test_weights_are_fitted_on_typed_text(tmp_path: Path) -> None:
    text = tmp_path / "validation.txt"
    text.write_text("I will see you tomorrow morning then\nthank you for the long letter\ncan you bring the book\n" * 3)
    done: list[int] = []
    options = {"attested": Written({"nite": 1e-6}, {}), "lines": 9, "rate": 0.1, "seed": 1}
    found = fit(autocomplete.load(), text, progress=done.append, **options)
    assert found["weights"].keys() == {"respelled", "recased"}
    assert tuple(found["weights"]["respelled"]) == FEATURES
    assert found["words"] > 40
    assert done
    assert all(0 <= row["put_right"] <= 1 for row in found["with_present_weights"])
    (tmp_path / "empty.txt").write_text("one two\n")
    with pytest.raises(ValueError, match="3 to 25 words"):
        fit(autocomplete.load(), tmp_path / "empty.txt", progress=done.append, **options)
