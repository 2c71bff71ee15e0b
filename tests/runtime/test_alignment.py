"""Words are paired as a person would pair them; the distance is the plain recursion's."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autocomplete.alignment import align, distance, fold, is_of_word, words_in


@pytest.mark.parametrize(
    ("meant", "found", "stands"),
    [
        ("the cat sat", "the cat sat", ["the", "cat", "sat"]),
        ("the cat sat", "thecat sat", ["thecat", "thecat", "sat"]),
        ("good morning all", "good mo rning all", ["good", "mo rning", "all"]),
        ("good morning all", "goof mo rning all", ["goof", "mo rning", "all"]),
        ("a b c", "b c", ["", "b", "c"]),
        ("see you then", "see you then now", ["see", "you", "then"]),
        ("is it a go", "isita go", ["isita", "isita", "isita", "go"]),
        ("nevertheless yes", "never the less yes", ["never the less", "yes"]),
        ("one", "", [""]),
        ("", "one two", []),
        ("very very good", "very good", ["", "very", "good"]),
    ],
)
def test_words_stand_for_words(meant: str, found: str, stands: list[str]) -> None:
    assert align(meant.split(), found.split()) == stands


@given(st.lists(st.sampled_from(["the", "cat", "sat", "on", "a"]), max_size=30), st.data())
def test_a_word_changed_beyond_likeness_leaves_the_others_alone(words: list[str], data: st.DataObject) -> None:
    assert align(words, words) == words
    if words:
        place = data.draw(st.integers(0, len(words) - 1))
        changed = [*words[:place], "zzzzzzz", *words[place + 1 :]]
        assert align(words, changed) == changed


@given(st.text("abc", max_size=6), st.text("abc", max_size=6))
def test_the_distance_is_the_recursion(a: str, b: str) -> None:
    @cache
    def plain(i: int, j: int) -> int:
        if not i or not j:
            return i + j
        best = min(plain(i - 1, j) + 1, plain(i, j - 1) + 1, plain(i - 1, j - 1) + (a[i - 1] != b[j - 1]))
        if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
            best = min(best, plain(i - 2, j - 2) + 1)
        return best

    assert distance(a, b) == plain(len(a), len(b))


def test_folding_keeps_every_place() -> None:
    text = "İstanbul’s STRASSE ẞ"
    assert len(fold(text)) == len(text)
    assert fold("Don’t") == "don't"


def test_words_have_inner_marks_only() -> None:
    assert words_in("'tis the well-known dog's 2nd.") == ["tis", "the", "well-known", "dog's", "2nd"]
    assert [letter for letter in "a9'-’ .,\n" if is_of_word(letter)] == ["a", "9", "'", "-", "’"]
