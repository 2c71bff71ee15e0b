"""Each rule of text on its own: normalising, chunks, prefixes, sentence starts, truecasing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autocomplete import text as rules

USUAL = {
    "the": "the",
    "i": "I",
    "i'm": "I'm",
    "tom": "Tom",
    "don't": "don't",
    "a": "a",
    "stop": "stop",
    "now": "now",
}.get


@pytest.mark.parametrize(
    ("raw", "normal"),
    [
        ("it’s", "it's"),
        ("“so”…", '"so"...'),
        ("a\u00a0b\t c", "a b c"),
        ("one \r\n\r\n two", "one\ntwo"),
        ("cafe\u0301", "café"),
        ("a\u200bb\u0000c", "abc"),
        ("", ""),
    ],
)
def test_normalise(raw: str, normal: str) -> None:
    assert rules.normalise(raw) == normal


@given(st.text())
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    once = rules.normalise(text)
    assert rules.normalise(once) == once


@given(st.text())
def test_chunks_joined_are_the_text(text: str) -> None:
    assert "".join(rules.chunks(text)) == text


def test_chunks_are_words_digits_marks_and_breaks() -> None:
    assert list(rules.chunks(" don't, ok? 42\n x-y")) == [" don't", ",", " ok", "?", " 4", "2", "\n", " x", "-", "y"]


@pytest.mark.parametrize(
    ("text", "prefix"),
    [
        ("", ""),
        ("see you tomo", "tomo"),
        ("see you ", ""),
        ("I don't", "don't"),
        ("I don'", "don'"),
        ("it’s", "it’s"),
        ("well-kn", "well-kn"),
        ("(hel", "hel"),
        ("wait--no", "no"),
        ("at 5p", "5p"),
        ("naï", "naï"),
        ("cafe\u0301", "cafe\u0301"),
        ("ok.", ""),
        ("😀", ""),
        ("a\n", ""),
        ("x" * 60, ""),
    ],
)
def test_split(text: str, prefix: str) -> None:
    assert rules.split(text) == (text[: len(text) - len(prefix)], prefix)


@given(st.text())
def test_split_loses_nothing(text: str) -> None:
    context, prefix = rules.split(text)
    assert context + prefix == text
    assert not any(letter.isspace() for letter in prefix)


@pytest.mark.parametrize(
    "text",
    ["see https://exa", "write to ann@ex", "www.exa", "/usr/lo", "a/b/c", "@some", "#tag", "c:\\win", "my_na", "~/do"],
)
def test_literals(text: str) -> None:
    assert rules.in_literal(text)


@pytest.mark.parametrize("text", ["", "hello", "and/or", "see http then", "a@b done", "wow (yes", "don't"])
def test_no_literals(text: str) -> None:
    assert not rules.in_literal(text)


@pytest.mark.parametrize(
    "context",
    ["", "  ", "Hi. ", "What?! ", "a\n", 'He said. "', "Yes.) ", "(", "- ", "ok!\n- ", "at 5 p.m.? ", "so...! "],
)
def test_sentence_starts(context: str) -> None:
    assert rules.at_sentence_start(context)


@pytest.mark.parametrize(
    "context",
    [
        "see you ",
        "Mr. ",
        "mrs. ",
        "Prof. ",
        "so... ",
        "e.g. ",
        "at 5 p.m. ",
        "the U.S. ",
        "a Ph.D. ",
        "King Jr. ",
        "3.",
        "ok.",
        "then: ",
        "a, ",
    ],
)
def test_no_sentence_starts(context: str) -> None:
    assert not rules.at_sentence_start(context)


@pytest.mark.parametrize(
    ("text", "cased"),
    [
        ("The end. The Tom", "the end. the Tom"),
        ("I'm here. Tom is", "I'm here. Tom is"),
        ("Don't stop! A", "don't stop! a"),
        ("Zorblax. The", "Zorblax. the"),
        ("STOP NOW TOM", "stop now Tom"),
        ("OK", "OK"),
        ("say STOP now", "say STOP now"),
        ("see\nThe", "see\nthe"),
        ("", ""),
    ],
)
def test_truecase(text: str, cased: str) -> None:
    assert rules.truecase(text, USUAL) == cased


@pytest.mark.parametrize(
    ("text", "cased"),
    [
        ("i'm in a pub with tom", "I'm in a pub with Tom"),
        ("The end. i may", "the end. I may"),
        ("i.e. see tom.com, /tom, @tom #tom tom-tom", "i.e. see tom.com, /tom, @tom #tom tom-tom"),
        ("(tom) tom's tom, tom.", "(Tom) tom's Tom, Tom."),
        ("ToM TOM", "ToM TOM"),
        ("STOP NOW TOM", "stop now Tom"),
        ("", ""),
    ],
)
def test_words_that_always_have_capitals_get_them_back(text: str, cased: str) -> None:
    only = {"i": "I", "i'm": "I'm", "tom": "Tom"}.get
    assert rules.recase(text, USUAL, only) == cased


@pytest.mark.parametrize("prefix", ["", "point", "po8nt", "th8s", "8he", "wor4", "to-do", "don't", "Th8s", "PO8NT"])
def test_what_may_be_a_word(prefix: str) -> None:
    assert rules.is_wordlike(prefix)


@pytest.mark.parametrize(
    "prefix",
    [
        "5",
        "10",
        "5pm",
        "b4",
        "m8",
        "A4",
        "i5",
        "4u",
        "MP3",
        "H2O",
        "B2B",
        "covid-1",
        "9-",
        "7-ish",
        "6ft",
        "5lbs",
        "9yrs",
    ],
)
def test_what_is_a_code_or_a_measure(prefix: str) -> None:
    assert not rules.is_wordlike(prefix)


@pytest.mark.parametrize(
    ("text", "goes_on"), [("at 5:", True), ("$", True), ("for €", True), ("a:", False), ("5: ", False)]
)
def test_where_a_number_goes_on(text: str, goes_on: bool) -> None:
    assert rules.in_number(text) is goes_on


@given(st.text(alphabet="Ta .!?\n'he", max_size=40))
def test_truecasing_changes_case_only(text: str) -> None:
    assert rules.truecase(text, USUAL).lower() == text.lower()


def test_a_long_text_is_cut_in_hops_at_words() -> None:
    text = "".join(f"word{i} " for i in range(2000))
    cuts = [rules.window(text[:length]) for length in range(3000, 3200)]
    assert len({text.find(cut) for cut in cuts}) <= 2
    assert all(cut.startswith("word") and 1024 <= len(cut) + 10 < 2100 for cut in cuts)
    assert rules.window(text[:1500]) == text[:1500]


def test_a_megabyte_without_a_space_is_cut_all_the_same() -> None:
    assert 1000 < len(rules.window("x" * 1_000_000)) < 2100
