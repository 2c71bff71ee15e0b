"""How words are written by their place, typed on the built-in bundle."""

from __future__ import annotations

import pytest

from autocomplete.engine import Autocompleter


def _words(engine: Autocompleter, text: str) -> list[str]:
    return [suggestion.word for suggestion in engine.suggest(text)]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("mon", "Monday"),
        ("see you on mon", "Monday"),
        ("every wednes", "Wednesday"),
        ("in janu", "January"),
        ("she lives in lon", "London"),
        ("I got a new iph", "iPhone"),
        ("Iph", "iPhone"),
        ("on youtu", "YouTube"),
        ("sold it on eba", "eBay"),
        ("turn on the t", "TV"),
        ("call the fb", "FBI"),
        ("I love ib", "IBM"),
        ("Mr. sm", "Smith"),
    ],
)
def test_names_weekdays_brands_and_acronyms(engine: Autocompleter, text: str, written: str) -> None:
    words = _words(engine, text)
    assert written in words
    assert written.lower() not in words


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("I AM COMING TOMORROW AND WGAT", "WHAT"),
        ("WHAT ARE YOU SWTILL", "STILL"),
        ("THIS IS ALL I HAVE TO SAY AND I DONT", "DON'T"),
        ("At WHAT TIMR", "TIME"),
        ("I am coming tomorrow and WGAT", None),  # an abbreviation, for all that is known
        ("WE ALL WORK FOR THE IBM", None),
    ],
)
def test_who_shouts_is_corrected_too(engine: Autocompleter, text: str, written: str | None) -> None:
    correction = engine.correct(text)
    assert (correction and correction.word) == written


@pytest.mark.parametrize(
    ("text", "large"),
    [
        ("Hello. th", True),
        ("Really? th", True),
        ("hi\nth", True),
        ("- th", True),
        ("* th", True),
        ("1) th", True),
        ("2. th", True),
        ("a) th", True),
        ("Shopping:\n1) bread\n2) th", True),
        ("Shopping:\n- th", True),
        ("hello, th", False),
        ("Note: th", False),
        ("I need three things: th", False),
        ("e.g. th", False),
        ("we leave at 5 p.m. th", False),
        ("in the U.S. th", False),
        ("is it 5 p.m.? th", True),
        ('"Ok." th', True),
        ("[th", True),
        ("he said (th", False),
        ('he said "th', False),
        ("Shopping: th", False),
        ("Shopping:\n* th", True),
        ("at 5) th", False),
        ("this - th", False),
        ("well... th", False),
    ],
)
def test_where_a_capital_begins_a_word(engine: Autocompleter, text: str, large: bool) -> None:
    words = [
        word for word in _words(engine, text) if word.lower() in ("the", "that", "this", "they", "there", "thanks")
    ]
    assert words
    assert all(word[0].isupper() is large for word in words)


@pytest.mark.parametrize(
    ("text", "written"),
    [("I work in the us", "US"), ("they told us they moved to the us", "US"), ("the party is in may", "May")],
)
def test_a_word_that_is_another_with_a_capital_is_offered_where_that_fits(
    engine: Autocompleter, text: str, written: str
) -> None:
    assert written in _words(engine, text)


@pytest.mark.parametrize("text", ["tell us", "they gave us", "is it", "you will"])
def test_and_nowhere_else(engine: Autocompleter, text: str) -> None:
    last = text.split(" ")[-1]
    assert not {last.upper(), last.title()} & set(_words(engine, text))


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("he lives in the us ", "he lives in the US "),
        ("tell us ", "tell us "),
        ("I may ", "I may "),
        ("on monday ", "on Monday "),
        ("they and i ", "they and I "),
    ],
)
def test_what_a_space_makes_of_it(engine: Autocompleter, typed: str, text: str) -> None:
    session = engine.session("Well, ")
    session.type(typed)
    assert session.text == f"Well, {text}"


def test_capitals_that_were_typed_stay(engine: Autocompleter) -> None:
    assert all(word.isupper() for word in _words(engine, "HAPPY BIRTHD")[:1])
    assert _words(engine, "my Birthd")[0] == "Birthday"
    session = engine.session()
    session.type("the WiFi and McDonalds and ABC ")
    assert session.text == "the WiFi and McDonalds and ABC "
