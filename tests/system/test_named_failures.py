"""What users of other keyboards report as failures, typed on the built-in bundle."""

from __future__ import annotations

import pytest

import autocomplete
from autocomplete.engine import Autocompleter


def _words(engine: Autocompleter, text: str) -> list[str]:
    return [suggestion.word for suggestion in engine.suggest(text)]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("I'm not sure bit", "but"),  # a word that does not fit
        ("I want nother", "another"),  # the first letter is missing
        ("what is the po8nt", "point"),  # the number row
        ("ibwant", "I want"),  # a letter for the space bar
        ("I am here withvedison", "with Edison"),
        ("thankyou", "Thank you"),
        ("see you to morrow", "tomorrow"),
        ("please check outrhe", "out the"),  # no space, and a letter
        ("I want tovgey", "to get"),  # a letter for the space bar, and another
        ("I forgot someth ing", "something"),
        ("that is differe t", "different"),  # the space bar for a letter
        ("I'll see you tomprrow mor", "morning"),  # an error further back does not hide the next word
        ("let me knoe", "know"),
        ("see you tomorow", "tomorrow"),
        ("I said helllo", "hello"),
        ("I am oing", "going"),
        ("they said definately", "definitely"),
        ("keep them seperate", "separate"),
    ],
)
def test_what_is_meant_is_among_the_three(engine: Autocompleter, text: str, meant: str) -> None:
    assert meant in _words(engine, text)


@pytest.mark.parametrize(
    ("text", "name"),
    [("Ask Karthik about it and tell Kar", "Karthik"), ("is Mahonia open? meet me at mah", "Mahonia")],
)
def test_a_name_is_offered_again_where_it_was_written(engine: Autocompleter, text: str, name: str) -> None:
    assert _words(engine, text)[0] == name
    assert engine.correct(text[: text.rindex(" ") + 1] + name.lower()) is None


@pytest.mark.parametrize(
    ("text", "meant"),
    [("they said definately", "definitely"), ("please recieve", "receive"), ("keep them seperate", "separate")],
)
def test_misspellings_that_the_model_learned_are_put_right(engine: Autocompleter, text: str, meant: str) -> None:
    correction = engine.correct(text)
    assert correction is not None
    assert correction.word == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [("is there s", "is there a"), ("I will ha e", "I will have"), ("he was givi g", "he was giving")],
)
def test_a_letter_alone_may_be_a_slip(engine: Autocompleter, text: str, meant: str) -> None:
    correction = engine.correct(text)
    assert correction is not None
    assert text[: len(text) - len(correction.typed)] + correction.word == meant


@pytest.mark.parametrize("text", ["plan b", "vitamin c", "I give you an x", "what do u", "r u", "k", "how r", "miss u"])
def test_letters_that_are_meant_stay(engine: Autocompleter, text: str) -> None:
    assert engine.correct(text) is None


def test_other_layouts_are_not_forgotten() -> None:
    engine = autocomplete.load(layout="dvorak")
    assert _words(engine, "my slingsoht")[0] == "slingshot"
    assert _words(engine, "my kuybeord")[0] == "keyboard"
    for typed, meant in (("my slingsoht ", "my slingshot "), ("my kuybeord ", "my keyboard ")):
        session = engine.session()
        session.type(typed)
        assert session.text == meant


def test_common_words_come_before_rare_names_and_nothing_is_invented(engine: Autocompleter) -> None:
    words = _words(engine, "Anim")
    assert any(word in ("Animal", "Animals") for word in words)
    assert "Anime" not in words[:1]
    assert _words(engine, "Excell")[0] == "Excellent"


@pytest.mark.parametrize("typed", ["re yo", "re you", "re you ", "re you coming"])
def test_a_first_letter_that_is_missing_is_seen_when_the_next_word_comes(engine: Autocompleter, typed: str) -> None:
    meant = next(suggestion for suggestion in engine.suggest(typed) if suggestion.word.startswith("Are you"))
    assert (typed[: len(typed) - meant.delete_left] + meant.insert_text).startswith("Are you")


def test_no_word_is_invented(engine: Autocompleter) -> None:
    words = _words(engine, "that is excell")
    assert words[0] == "excellent"
    assert all(word.startswith("excel") for word in words)
    assert "excelle" not in words


def test_a_word_that_exists_and_was_put_back_stays(engine: Autocompleter) -> None:
    session = engine.session()
    session.type("I heard a low hum ")
    assert session.text == "I heard a low hum "
    session.type("and hum along ")
    assert session.text == "I heard a low hum and hum along "
    session = engine.session("I heard a low ")
    session.type("humm")
    taken = session.suggestions[0]
    session.accept(taken)
    while session.text != "I heard a low ":
        session.backspace()
    session.type("hum and the hum ")
    assert session.text == "I heard a low hum and the hum "


def test_a_word_put_back_stays(engine: Autocompleter) -> None:
    session = engine.session()
    session.type("what is the po8nt ")
    assert session.text == "what is the point "
    session.backspace()
    assert session.text == "what is the po8nt "
    session.type("and po8nt ")
    assert session.text == "what is the po8nt and po8nt "


def test_apostrophes_are_put_in_for_who_uses_them(engine: Autocompleter) -> None:
    session = engine.session()
    session.type("I dont know. ")
    assert session.text == "I don't know. "
    session = engine.session("i dont know and ")
    session.type("i cant say ")
    assert session.text == "i dont know and i cant say "
    session = engine.session("I dont know. ")  # what stands there already was left so
    session.type("I dont care ")
    assert session.text == "I dont know. I dont care "
    session = engine.session("I don't know. ")
    session.type("I didnt ask ")
    assert session.text == "I don't know. I didn't ask "
