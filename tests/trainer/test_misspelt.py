"""Misspellings that people keep making are told from words made anew and from spellings that are meant."""

from __future__ import annotations

import pytest

from training.misspelt import meant_by, way_of
from training.slips import Explanations

EXPLANATIONS = Explanations(
    {
        "definitely": 1e-4,
        "receive": 1e-4,
        "tomorrow": 1e-4,
        "games": 1e-4,
        "remember": 1e-4,
        "just": 1e-2,
        "polos": 1e-6,
    }
)


@pytest.mark.parametrize(
    ("typed", "meant", "way"),
    [
        ("recieve", "receive", "transposition"),
        ("definately", "definitely", "vowel"),
        ("tommorow", "tomorrow", "doubling"),
        ("untill", "until", "doubling"),
        ("remeber", "remember", "omission"),
        ("talkin", "talking", None),
        ("rremember", "remember", None),
        ("yeaah", "yeah", None),
        ("sooo", "so", None),
        ("nahh", "nah", None),
        ("gamers", "games", None),
        ("texted", "tested", None),
        ("cant", "cant", None),
    ],
)
def test_ways_to_misspell(typed: str, meant: str, way: str | None) -> None:
    assert way_of(typed, meant) == way


def test_a_misspelling_is_much_rarer_than_its_word_and_seen_more_than_by_chance() -> None:
    assert meant_by("definately", 1e-6, 100, EXPLANATIONS) == "definitely"
    assert meant_by("definately", 1e-5, 100, EXPLANATIONS) is None
    assert meant_by("definately", 1e-6, 3, EXPLANATIONS) is None
    assert meant_by("remeber", 1e-6, 7, EXPLANATIONS) is None
    assert meant_by("remeber", 1e-6, 8, EXPLANATIONS) == "remember"


def test_of_short_words_more_is_asked() -> None:
    assert meant_by("jsut", 4e-6, 20, EXPLANATIONS) == "just"
    assert meant_by("jsut", 6e-6, 20, EXPLANATIONS) is None


def test_words_that_are_known_or_like_no_other_are_none() -> None:
    assert meant_by("polos", 1e-9, 20, EXPLANATIONS) is None
    assert meant_by("zzzzzz", 1e-9, 20, EXPLANATIONS) is None
    assert meant_by("gamers", 1e-9, 20, EXPLANATIONS) is None
