"""The regression finds weights it is given data of, and weighs what it is told to weigh."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import autocomplete
from autocomplete.correction import FEATURES
from training.attested import Written
from training.confidence import fit, logistic


def test_the_regression_finds_the_weights_that_made_the_data(rng: np.random.Generator) -> None:
    weights = np.array([-1.0, 2.0, 0.0])
    table = np.column_stack([np.ones(20_000), rng.standard_normal((20_000, 2))])
    right = rng.random(20_000) < 1 / (1 + np.exp(-table @ weights))
    np.testing.assert_allclose(logistic(table, right.astype(float)), weights, atol=0.1)


def test_rows_that_count_twice_are_as_good_as_two(rng: np.random.Generator) -> None:
    table = np.column_stack([np.ones(300), rng.standard_normal((300, 2))])
    right = (rng.random(300) < 0.4).astype(float)
    counts = np.where(np.arange(300) < 100, 2.0, 1.0)
    twice = logistic(np.vstack([table, table[:100]]), np.concatenate([right, right[:100]]))
    np.testing.assert_allclose(logistic(table, right, counts), twice, atol=1e-6)


def test_weights_are_fitted_on_typed_text(tmp_path: Path) -> None:
    text = tmp_path / "validation.txt"
    lines = "I will see you tomorrow morning then\nthank you for the long letter\ncan you bring the book\n"
    text.write_text(lines * 3 + "Is that what you didn't want to know about it\nWell\n" * 6)
    done: list[int] = []
    options = {"attested": Written({"nite": 1e-6}, {}), "known": {"morning": 1e-4}, "lines": 15, "rate": 0.1, "seed": 1}
    found = fit(autocomplete.load(), [text], progress=done.append, **options)
    assert tuple(found["weights"]) == FEATURES
    assert {len(pair) for pair in found["weights"].values()} == {2}
    assert found["words"] > 60
    assert len(done) == 15
    kinds = {(row["small"], row["touched"]) for row in found["outcomes"]}
    assert kinds == {(False, False), (False, True), (True, False), (True, True), (None, None)}
    assert all(0 <= row["put_right"] <= 1 for row in found["outcomes"])
    shares = [row["put_right"] for row in found["outcomes"] if row["small"] and not row["touched"]]
    assert shares == sorted(shares, reverse=True)
    (tmp_path / "empty.txt").write_text("one two\n")
    with pytest.raises(ValueError, match="3 to 25 words"):
        fit(autocomplete.load(), [tmp_path / "empty.txt"], progress=done.append, **options)
