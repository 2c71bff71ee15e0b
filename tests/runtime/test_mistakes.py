"""What went wrong is named, and everything that may go wrong has a name."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from autocomplete.error_model import CONFUSED, ErrorModel
from autocomplete.layout import load_layout
from autocomplete.letter_trie import LetterTrie
from autocomplete.mistakes import MISTAKES, may_be_shorthand, mistake_of


@pytest.fixture(scope="module")
def errors() -> ErrorModel:
    return ErrorModel(load_layout(), LetterTrie(sorted("abcdefghijklmnopqrstuvwxyz")))


@pytest.mark.parametrize(
    ("typed", "meant", "mistake"),
    [
        ("dont", "dont", "case"),
        ("knoe", "know", "neighbour"),
        ("om", "im", "neighbour_confusion"),
        ("knie", "know", "neighbours"),
        ("definately", "definitely", "confusion"),
        ("fat", "hat", "other"),
        ("teh", "the", "transposition"),
        ("kno", "know", "omission_of_end"),
        ("now", "know", "omission"),
        ("hve", "have", "omission_of_vowel"),
        ("helo", "hello", "omission_of_double"),
        ("helo", "helloo", "several"),
        ("bigf", "big", "insertion_beside"),
        ("tomorrrow", "tomorrow", "doubling"),
        ("soo", "so", "insertion"),
        ("gamers", "games", "insertion_beside"),
        ("gampes", "games", "insertion"),
        ("qqqq", "know", "several"),
    ],
)
def test_what_went_wrong_is_named(errors: ErrorModel, typed: str, meant: str, mistake: str) -> None:
    assert mistake_of(typed, meant, errors) == mistake


@pytest.mark.parametrize("typed", ["nme", "chec", "kood", "tomoro", "mee"])
def test_shorthand_is_told_from_slips(errors: ErrorModel, typed: str) -> None:
    meant = {"nme": "name", "chec": "check", "kood": "cood", "tomoro": "tomorow", "mee": "me"}[typed]
    assert may_be_shorthand(typed, mistake_of(typed, meant, errors)) == (typed in ("nme", "chec", "kood"))


def test_names_say_what_they_say(errors: ErrorModel) -> None:
    """Against what each name says of letters, put more slowly."""
    rng = random.Random(3)
    seen = set()
    for _ in range(20_000):
        meant, typed = ("".join(rng.choices("aeoitrn", k=rng.randint(1, 5))) for _ in range(2))
        mistake = mistake_of(typed, meant, errors)
        seen.add(mistake)
        longer = len(typed) - len(meant)
        pairs = [pair for pair in zip(typed, meant, strict=False) if pair[0] != pair[1]]
        alike = [any(a in group and b in group for group in CONFUSED) for a, b in pairs]
        beside = [errors.are_neighbours(a, b) for a, b in pairs]
        shorter = [meant[:at] + meant[at + 1 :] for at in range(len(meant))]
        fuller = [typed[:at] + typed[at + 1 :] for at in range(len(typed))]
        expected = {
            "case": typed == meant,
            "neighbour": longer == 0 and (beside, alike) == ([True], [False]),
            "neighbour_confusion": longer == 0 and (beside, alike) == ([True], [True]),
            "confusion": longer == 0 and (beside, alike) == ([False], [True]),
            "other": longer == 0 and (beside, alike) == ([False], [False]),
            "neighbours": longer == 0 and len(beside) > 1 and all(beside) and mistake != "transposition",
            "transposition": typed != meant
            and any(meant[:at] + meant[at : at + 2][::-1] + meant[at + 2 :] == typed for at in range(len(meant) - 1)),
        }
        left_out = longer == -1 and typed in shorter
        added = longer == 1 and meant in fuller
        assert expected.get(mistake, True), (typed, meant, mistake)
        assert [name for name, holds in expected.items() if holds] == [mistake][: mistake in expected], (typed, meant)
        assert mistake.startswith("omission") == left_out
        assert (mistake in ("insertion_beside", "doubling", "insertion")) == added
        assert (mistake == "omission_of_end") <= (meant[:-1] == typed)
        assert (mistake == "omission_of_double") <= any(a == b for a, b in pairwise(meant))
        assert (mistake == "doubling") <= any(a == b for a, b in pairwise(typed))
    assert seen == set(MISTAKES) - {"missed_space", "missed_space_and_more", "accidental_space", "space_for_letter"}
