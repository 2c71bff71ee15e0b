"""Which unknown words may be slips, and which look like a key."""

from __future__ import annotations

import random
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autocomplete
from autocomplete.unknown_words import UnknownWords, one_edit_away
from tests.fakes import WordList


def _distance(a: str, b: str) -> int:
    """Optimal string alignment distance, by the table."""
    table = [[i + j if i * j == 0 else 0 for j in range(len(b) + 1)] for i in range(len(a) + 1)]
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            changed = table[i - 1][j - 1] + (a[i - 1] != b[j - 1])
            table[i][j] = min(changed, table[i - 1][j] + 1, table[i][j - 1] + 1)
            if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                table[i][j] = min(table[i][j], table[i - 2][j - 2] + 1)
    return table[-1][-1]


WORDS = st.text(st.sampled_from("abc"), max_size=6)


@given(WORDS, WORDS)
def test_one_edit_is_a_distance_of_one(a: str, b: str) -> None:
    assert (b in set(one_edit_away(a, "abc")) - {a}) == (_distance(a, b) == 1)


@given(
    st.lists(st.text(st.sampled_from("abcd"), min_size=4, max_size=7), min_size=1),
    st.text(st.sampled_from("abcd"), min_size=4),
)
def test_slips_are_the_words_one_edit_from_a_common_one(common: list[str], word: str) -> None:
    judge = UnknownWords(WordList(dict.fromkeys(common, -5.0)))
    assert judge.may_be_slip(word) == any(_distance(word, other) == 1 for other in common)


def test_rare_words_are_not_what_a_slip_is_measured_by() -> None:
    judge = UnknownWords(WordList({"tomorrow": -9.0, "annelid": -16.0}))
    assert judge.may_be_slip("tomorow")
    assert judge.may_be_slip("Tomorrwo")
    assert not judge.may_be_slip("annelie")
    assert judge.may_be_slip("lah")  # so short that it is near to anything


@pytest.fixture(scope="module")
def english() -> UnknownWords:
    """The judge over the built-in word list."""
    return UnknownWords(autocomplete.load()._lexicon)


def test_random_letters_look_random_and_words_do_not(english: UnknownWords) -> None:
    rng = random.Random(5)
    keys = ["".join(rng.choices(string.ascii_lowercase, k=10)) for _ in range(300)]
    assert sum(map(english.looks_random, keys)) > 230
    keys = english._lexicon.keys
    listed = [keys[place] for place in rng.sample(range(len(keys)), 3000)]
    assert sum(map(english.looks_random, listed)) < 15


@pytest.mark.parametrize(
    "word", ["Katarzyna", "Hohenschönhausen", "hahahahaha", "Nguyen", "Thiruvananthapuram", "привет-привет"]
)
def test_names_do_not_look_random(english: UnknownWords, word: str) -> None:
    assert not english.looks_random(word)
