"""Words of the field that no list knows: which are found, and that a growing text is read as one read at once."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autocomplete.caret import Caret, caret_of
from autocomplete.repeated import RATE, RepeatedWords
from tests.fakes import WordList

LISTED = {"we": -3.0, "the": -2.0, "know": -6.0, "trees": -8.0, "there": -5.0, "of": -3.0, "batman": -9.0}


def words() -> RepeatedWords:
    return RepeatedWords(WordList(LISTED))  # type: ignore[arg-type]


def caret(text: str) -> Caret:
    found = caret_of(text)
    assert found is not None
    return found


def offered(text: str) -> list[str]:
    return [reading.word for reading in words().readings(caret(text))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("we know Mahonia trees. the ma", ["Mahonia"]),
        ("we know Mahonia trees. the Mah", ["Mahonia"]),
        ("we know Karthik's trees, Kar", ["Karthik"]),
        ("we know Zoë of zo", ["Zoë"]),
        ("quetzal of the trees, que", ["quetzal"]),
        ("Quetzal of the trees, que", ["Quetzal"]),
        ("we know Theree of The", ["Theree"]),  # a name, though one letter away from a common word
        ("we know theree of the", []),  # a slip
        ("Theree of the", []),  # where a sentence begins the capital says nothing
        ("we know trees of tre", []),  # listed
        ("we know Xu of X", []),  # two letters
        ("we know Mahonia ", []),  # nothing is typed
        ("we know Mahonia of ho", []),
        ("we know Mahonia Mahonia", []),  # there already
        ("write to anna@mahonia.com of mah", []),
        ("we know www.mahonia.com of mah", []),
        ("we know mahonia-trees of mah", []),
    ],
)
def test_what_is_offered_again(text: str, expected: list[str]) -> None:
    assert offered(text) == expected


def test_what_is_written_more_often_is_likelier() -> None:
    found = words().readings(caret("Mahonia and Mahler and Mahler, Ma"))
    assert {reading.word: reading.score for reading in found} == {
        "Mahonia": pytest.approx(math.log(RATE)),
        "Mahler": pytest.approx(math.log(2 * RATE)),
    }


def test_what_was_written_before_is_no_slip() -> None:
    assert words().holds(caret("we know Mahonia, mahonia"))
    assert not words().holds(caret("we know Mahonia, mahoni"))
    assert not words().holds(caret("we know theree, theree"))


TEXT = st.lists(
    st.sampled_from(["Mahonia", "mahonia", "the", "quetzal", " ", " ", ". ", "\n", "@", "-", "'s", "a.b", "Zoë", "1"])
)


@given(TEXT, TEXT)
def test_a_growing_text_is_read_as_one_read_at_once(first: list[str], second: list[str]) -> None:
    growing = words()
    for text in ("".join(first) + " ma", "".join(first + second) + " ma", "".join(second) + " q"):
        place = caret_of(text)
        if place is not None:
            assert growing.readings(place) == words().readings(place)


def test_nothing_is_left_of_a_text() -> None:
    found = words()
    found.readings(caret("we know Mahonia, ma"))
    assert "Mahonia" in repr(vars(found))
    found.clear()
    assert "Mahonia" not in repr(vars(found))
