"""A session offers what a fresh engine offers, after every key, whatever came before."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autocomplete
from autocomplete.casing import Suggestion
from autocomplete.engine import Autocompleter
from autocomplete.lexicon import Lexicon
from autocomplete.tokenizer import Tokenizer
from tests.fakes import RandomModel

KEYS = st.one_of(
    st.sampled_from([*"tomrwhei'. \n", "!", "é", "😀", "\u0301", "5", "the ", "Hello. "]),
    st.characters(),
    st.integers(0, 2),
    st.just(-1),
)


@pytest.fixture(scope="module")
def engine(tokenizer: Tokenizer, lexicon: Lexicon) -> Autocompleter:
    """An engine over a made-up model."""
    return Autocompleter(RandomModel(tokenizer.vocab_size), tokenizer, lexicon)


@settings(max_examples=60, deadline=None)
@given(st.lists(KEYS, max_size=25))
def test_every_step_equals_a_fresh_start(tokenizer: Tokenizer, lexicon: Lexicon, keys: list[str | int]) -> None:
    lm = RandomModel(tokenizer.vocab_size)
    session = Autocompleter(lm, tokenizer, lexicon).session()
    text, pressed = "", 0
    for key in keys:
        if isinstance(key, str):
            session.type(key)
            text, pressed = text + key, pressed + len(key)
        elif key < 0:
            session.backspace()
            text, pressed = text[:-1], pressed + 1
        elif key < len(session.suggestions):
            taken = session.suggestions[key]
            session.accept(taken)
            text, pressed = text[: len(text) - taken.delete_left] + taken.insert_text, pressed + 1
        assert session.text == text
        assert session.keystrokes == pressed
        assert session.suggestions == Autocompleter(lm, tokenizer, lexicon).suggest(text)


def test_the_built_in_engine_keeps_the_promise_too() -> None:
    engine, other = autocomplete.load(), autocomplete.load()
    session = engine.session()
    for step, letter in enumerate("I'll be there tomorrow. Could you bring the tickets, please? Thanks so much"):
        session.type(letter)
        if step % 7 == 6:
            session.backspace()
            session.type(letter)
        assert session.suggestions == other.suggest(session.text)
    long = "We talked about it again and again until it was late. " * 12
    session = engine.session(long)
    for letter in "then we went home":
        session.type(letter)
        assert session.suggestions == other.suggest(session.text)
    for _ in range(40):
        session.backspace()
        assert session.suggestions == other.suggest(session.text)


def test_backspace_deletes_what_is_there(engine: Autocompleter) -> None:
    session = engine.session("tom")
    assert session.backspace(2) == engine.suggest("t")
    session.backspace(5)
    assert session.text == ""
    with pytest.raises(ValueError, match="count=-1"):
        session.backspace(-1)


def test_only_what_is_shown_can_be_taken(engine: Autocompleter) -> None:
    session = engine.session("and tom")
    old = session.suggestions[0]
    session.type("x")
    with pytest.raises(ValueError, match="not among the suggestions"):
        session.accept(old)
    made_up = Suggestion(word="zebra", insert_text="zebra ", delete_left=0, logprob=-1.0, kind="prediction")
    with pytest.raises(ValueError, match="zebra"):
        session.accept(made_up)


def test_two_sessions_do_not_disturb_each_other(engine: Autocompleter) -> None:
    one, two = engine.session(), engine.session("Hello. ")
    for letter in "the do":
        one.type(letter)
        two.type(letter)
    assert one.suggestions == engine.suggest("the do")
    assert two.suggestions == engine.suggest("Hello. the do")


def test_the_list_given_out_is_a_copy(engine: Autocompleter) -> None:
    session = engine.session("and tom")
    session.suggestions.clear()
    assert session.suggestions == engine.suggest("and tom")


def test_k_is_kept(engine: Autocompleter) -> None:
    assert len(engine.session("t", k=5).suggestions) == 5
