"""Rates of slips are found again in text that was made with them."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from training.rates import _explained, kind_of, maximise, opportunities
from training.slips import Explanations

WORDS = ["remember", "something", "tomorrow", "question", "different", "morning", "because", "working", "little"]
EXPLANATIONS = Explanations(dict.fromkeys(WORDS, 1.0))


@pytest.mark.parametrize(
    ("typed", "meant", "kind"),
    [
        ("remeber", "remember", "omission"),
        ("tomorow", "tomorrow", "omission_of_double"),
        ("remmember", "remember", "doubling"),
        ("remebmer", "remember", "transposition"),
        ("remamber", "remember", "confusion"),
        ("rememver", "remember", "neighbour"),
        ("remewber", "remember", "other"),
        ("remezmber", "remember", "insertion"),
        ("workin", "working", None),
        ("workings", "working", None),
        ("emember", "remember", None),
        ("rebemmer", "remember", None),
        ("remember", "tomorrow", None),
    ],
)
def test_single_errors_are_named(typed: str, meant: str, kind: str | None) -> None:
    assert kind_of(typed, meant, EXPLANATIONS) == kind


def test_rates_are_found_again() -> None:
    rng = random.Random(1)
    known, unknown = Counter(), Counter()
    for _ in range(60_000):
        word = rng.choice(WORDS)
        known[word] += 1
        at = rng.randrange(1, len(word) - 2)
        if rng.random() < 0.02:
            unknown[word[:at] + word[at + 1] + word[at] + word[at + 2 :]] += word[at] != word[at + 1]
        elif rng.random() < 0.01:
            unknown[word[:at] + word[at + 1 :]] += 1
    unknown.update({"zqxzqv": 300, "kkvzzx": 500})  # words of their own
    rates, slips = maximise(_explained(+unknown, known), opportunities(known))
    assert rates["transposition"] == pytest.approx(0.02 / 6.7, rel=0.15)
    assert rates["omission"] == pytest.approx(0.01 / 6.0, rel=0.25)
    assert slips["other"] + slips["insertion"] < 5
