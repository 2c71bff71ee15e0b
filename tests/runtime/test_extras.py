"""What is offered beside words, on the built-in bundle: kinds, edits, and that it can be switched off."""

from __future__ import annotations

import pytest

import autocomplete
from autocomplete.casing import Suggestion
from autocomplete.engine import Autocompleter
from autocomplete.personal_data import PersonalData


@pytest.fixture(scope="module")
def engine() -> Autocompleter:
    """An engine that offers all there is."""
    return autocomplete.load(phrases=True)


def _extra(engine: Autocompleter, text: str, kind: str) -> Suggestion | None:
    offered = engine.suggest(text)
    found = [suggestion for suggestion in offered if suggestion.kind == kind]
    assert len(found) <= 1
    words = [s for s in offered if s.kind not in ("phrase", "punctuation", "emoji")]
    assert offered[: len(words)] == words, "something stands in the place of a word"
    return found[0] if found else None


def _taken(text: str, suggestion: Suggestion) -> str:
    return text[: len(text) - suggestion.delete_left] + suggestion.insert_text


def test_an_emoji_comes_after_three_words_and_adds_to_the_text(engine: Autocompleter) -> None:
    for text in ("I had pizza", "I had pizza "):
        assert [s.word for s in engine.suggest(text)][3] == "🍕"
        emoji = _extra(engine, text, "emoji")
        assert emoji is not None
        assert _taken(text, emoji) == "I had pizza 🍕 "


def test_a_name_becomes_an_emoji_and_is_no_word(engine: Autocompleter) -> None:
    offered = engine.suggest("that is :jo")
    assert {s.kind for s in offered} == {"emoji"}
    assert len(offered) == 3
    assert _taken("that is :jo", next(s for s in offered if s.word == "😂")) == "that is 😂 "
    session = engine.session()
    session.type("that is :definately ")
    assert (session.text, session.correction) == ("that is :definately ", None)


@pytest.mark.parametrize(
    "text", ["at 10:30", "see 5:ab", "https://joy", "ok :)", "ok :-)", "ok :D", "10:3", "$5:", ":30", "at :15", ":123"]
)
def test_times_links_and_smileys_are_no_names(engine: Autocompleter, text: str) -> None:
    assert all(s.kind != "emoji" for s in engine.suggest(text))


def test_a_question_is_closed_in_the_place_of_the_space(engine: Autocompleter) -> None:
    for text in ("What are you doing tonight", "What are you doing tonight "):
        mark = _extra(engine, text, "punctuation")
        assert mark is not None
        assert mark.word == "?"
        assert _taken(text, mark) == "What are you doing tonight? "
    session = engine.session("What are you doing tonight ")
    session.accept(next(s for s in session.suggestions if s.kind == "punctuation"))
    session.type("!")
    assert session.text == "What are you doing tonight?!"


@pytest.mark.parametrize(
    "text", ["I think so ", "I think so", "See you at 5 ", "Hello, ", "How are you? ", "How are you  "]
)
def test_what_is_no_question_is_not_closed(engine: Autocompleter, text: str) -> None:
    assert _extra(engine, text, "punctuation") is None


def test_a_phrase_follows_what_is_finished_or_begun(engine: Autocompleter) -> None:
    text = "Thanks for your help. Please let me know if you have any"
    phrase = _extra(engine, "Looking forw", "phrase")
    assert phrase is not None
    assert _taken("Looking forw", phrase) == "Looking forward to "
    assert " " in phrase.word
    for end in (text, text + " "):
        for suggestion in engine.suggest(end):
            if suggestion.kind == "phrase":
                goes_on, begins_with_it = f"{text} {suggestion.word} ", f"{text.removesuffix('any')}{suggestion.word} "
                assert _taken(end, suggestion) in {goes_on, begins_with_it}


def test_no_phrase_begins_with_a_longer_word_where_the_typed_one_may_be_finished(engine: Autocompleter) -> None:
    assert _extra(engine, "as soon", "phrase") is None  # not "sooner or later"
    assert _extra(engine, "I'm looking forw", "phrase") is not None


def test_no_phrase_ends_in_a_mark_or_goes_past_a_sentence(engine: Autocompleter) -> None:
    session = engine.session()
    for letter in "Thank you so much for your help. I am looking forward to seeing you as soon as possible":
        session.type(letter)
        for suggestion in session.suggestions:
            if suggestion.kind == "phrase":
                assert 2 <= len(suggestion.word.split(" ")) <= 3
                assert suggestion.word.replace(" ", "").replace("'", "").isalpha()


def test_each_is_switched_off_alone() -> None:
    plain = autocomplete.load(emoji=False, questions=False)
    assert [s.kind for s in plain.suggest("I had pizza ")] == ["prediction"] * 3
    assert [s.kind for s in plain.suggest("What are you doing tonight ")] == ["prediction"] * 3
    assert plain.suggest(":jo") == []
    usual = autocomplete.load()
    assert all(s.kind != "phrase" for s in usual.suggest("Looking forw"))
    assert usual.suggest("I had pizza ")[:3] == plain.suggest("I had pizza ")


def test_blocked_words_are_in_no_phrase() -> None:
    with_user = autocomplete.load(phrases=True, user=PersonalData())
    try:
        assert any(s.kind == "phrase" for s in with_user.suggest("Looking forw"))
        with_user.user.data.block("to")
        assert not any(s.kind == "phrase" and " to" in s.word for s in with_user.suggest("Looking forw"))
    finally:
        with_user.close()


def test_what_is_added_after_a_word_is_not_learned_as_its_correction() -> None:
    user = PersonalData()
    engine = autocomplete.load(phrases=True, user=user)
    with engine.session() as session:
        session.type("I had pizza")
        session.accept(next(s for s in session.suggestions if s.kind == "emoji"))
        for _ in range(3):
            session.backspace()
        session.type(" ")
    assert "pizza" in [known.form for known in user.known()]
    engine.close()


def test_the_last_letters_decide_and_nothing_else(engine: Autocompleter) -> None:
    other = autocomplete.load(phrases=True)
    session = engine.session()
    for letter in "Do you know what time it is? I had pizza :joy looking forward to it 👍🏽 how are you":
        session.type(letter)
        assert session.suggestions == other.suggest(session.text)
    for _ in range(8):
        session.backspace()
        assert session.suggestions == other.suggest(session.text)
