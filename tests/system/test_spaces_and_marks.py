"""Spaces and marks around words, typed and taken on the built-in bundle, one clause after the other."""

from __future__ import annotations

import pytest

from autocomplete.engine import Autocompleter


def _first(engine: Autocompleter, text: str) -> str:
    """Take the first suggestion for a text; give what stands then."""
    taken = engine.suggest(text)[0]
    return text[: len(text) - taken.delete_left] + taken.insert_text


@pytest.mark.parametrize("text", ["see you tomo", "see you ", "hello", "", "the next day, ", "im"])
def test_taking_a_suggestion_adds_the_space(engine: Autocompleter, text: str) -> None:
    after = _first(engine, text)
    assert after.endswith(" ")
    assert not after.endswith("  ")


@pytest.mark.parametrize("mark", [".", ",", "!", "?", ";", ":", ")", "…"])
def test_a_mark_after_it_removes_that_space(engine: Autocompleter, mark: str) -> None:
    session = engine.session("see you tomo")
    session.accept(session.suggestions[0])
    session.type(mark)
    assert session.text == f"see you tomorrow{mark}"


@pytest.mark.parametrize("opening", ["(", "[", '"', "“"])
@pytest.mark.parametrize("begun", ["", "tomo"])
def test_no_space_after_an_opening_bracket_or_quote(engine: Autocompleter, opening: str, begun: str) -> None:
    text = f"we meet {opening}{begun}"
    after = _first(engine, text)
    assert after.startswith(f"we meet {opening}")
    assert after[len(f"we meet {opening}")].isalpha()


def test_a_closed_bracket_or_quote_is_followed_by_one(engine: Autocompleter) -> None:
    for text in ("we met (twice)", 'she said "no"', "well,"):
        assert _first(engine, text).startswith(f"{text} ")


def test_two_spaces_give_a_full_stop_only_where_an_app_asks_for_it(engine: Autocompleter) -> None:
    for asked, text in ((True, "I see. "), (False, "I see  ")):
        session = engine.session(double_space=asked)
        session.type("I see  ")
        assert session.text == text


@pytest.mark.parametrize(
    "text",
    [
        "at 10:30",
        "at 10:3",
        "for $20",
        "for €5.9",
        "3.14",
        "call 555-12",
        "in 1999",
        "on 3/4",
        "v2.0",
        "#12",
        "12:30:4",
        "at 5:",
        "for $",
        "it was £",
        "1,250",
        "24/7",
        "+44 7",
        "10-12",
        "9-",
        "room 12b",
        "covid-1",
        "192.168.0.1",
    ],
)
def test_nothing_is_offered_inside_numbers_times_and_prices_nor_done_to_them(engine: Autocompleter, text: str) -> None:
    assert engine.suggest(text) == []
    session = engine.session()
    session.type(f"{text} ")
    assert (session.text, session.correction) == (f"{text} ", None)


@pytest.mark.parametrize("text", ["at 10:30 ", "for $20 ", "3.14 ", "in 1999 ", "50% "])
def test_after_them_words_are_offered_and_no_question(engine: Autocompleter, text: str) -> None:
    assert {suggestion.kind for suggestion in engine.suggest(text)} == {"prediction"}


@pytest.mark.parametrize(
    "text",
    ["5pm", "10am", "3rd", "2nd", "20kg", "6ft", "90s", "24hr", "2x4", "H2O", "MP3", "b4", "m8", "A4", "7-ish", "'90s"],
)
def test_measures_stay(engine: Autocompleter, text: str) -> None:
    session = engine.session()
    session.type(f"at {text} ")
    assert session.text == f"at {text} "
