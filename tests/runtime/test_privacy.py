"""What is never learned, and what must be."""

from __future__ import annotations

import random
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autocomplete.privacy import may_learn, may_learn_from
from autocomplete.typed_words import GAP, START, context_of, words_of


@pytest.mark.parametrize(
    "run",
    [
        "anna@example.com", "mailto:anna@example", "https://bank.example/reset?t=1", "www.example", "example.com",
        "example.org/path", "C:\\Users\\anna", "/home/anna/notes", "~/notes", "+491711234567", "4111-1111-1111-1111",
        "DE89370400440532013000", "12/05/1987", "$1250", "pa$$word", "hunter2!x9", "a1b2c3", "tr0ub4d0r&3", "k=v",
        "ghp_16C7e42F292c6912E7", "10.0.0.17",
    ],
)  # fmt: skip
def test_nothing_is_learned_from(run: str) -> None:
    assert not may_learn_from(run) or not any(word for word in words_of(run)[0])


@pytest.mark.parametrize(
    "run", ["Anneke", "don't", "(hello)", "well-known", "what?!Really", "b4", "7pm", "haha!!", "C'est", ":)"]
)
def test_ordinary_writing_is_learned_from(run: str) -> None:
    assert may_learn_from(run)


@pytest.mark.parametrize(
    "word", ["Anneke", "iPhone", "McDonald's", "b4", "gr8", "2day", "LOL", "naïve", "Łódź", "привет"]
)
def test_a_word_may_be_learned(word: str) -> None:
    assert may_learn(word)


@pytest.mark.parametrize("word", ["1234", "7", "x7Kq9", "abc123", "aXbYcZd", "a" * 25, "4c1d9e", ""])
def test_a_word_may_not_be_learned(word: str) -> None:
    assert not may_learn(word)


def test_groups_of_letters_and_digits_are_a_key() -> None:
    assert may_learn("b4")
    assert not may_learn("c7", before="b4")
    words, _ = words_of("my code is a1 b2 c3 ok")
    assert [word.word for word in words] == ["my", "code", "is", "a1", "ok"]


def test_random_passwords_are_not_learned() -> None:
    rng = random.Random(3)
    letters = string.ascii_letters + string.digits + "!$%&*+-_#"
    learned = 0
    for _ in range(500):
        password = "".join(rng.choices(letters, k=12))
        learned += any(len(word.form) > 5 for word in words_of(f"it is {password} ok")[0][2:-1])
    assert learned <= 25  # what has no digit and few capitals looks like a word here; `unknown_words` sees more


def test_what_is_not_learned_leaves_a_gap() -> None:
    words, after = words_of("mail anna@example.com today please")
    assert [(word.word, word.context) for word in words] == [
        ("mail", (START, START)),
        ("today", (GAP, GAP)),
        ("please", (GAP, "today")),
    ]
    assert after == ("today", "please")


def test_a_sentence_begins_anew() -> None:
    words, after = words_of("See you. Then, Anna’s in!\nOk")
    assert [(word.form, word.context, word.starts_sentence) for word in words] == [
        ("See", (START, START), True),
        ("you", (START, "see"), False),
        ("Then", (START, START), True),
        ("Anna's", (START, "then"), False),
        ("in", ("then", "anna's"), False),
        ("Ok", (START, START), True),
    ]
    assert after == (START, "ok")


@given(st.text(st.sampled_from("ab .,!\n'-1@x"), max_size=60))
def test_the_context_of_a_text_is_that_after_its_words(text: str) -> None:
    assert context_of(text) == words_of(text)[1]


def test_the_context_of_a_long_text_is_that_of_its_end() -> None:
    text = "We talked about it again and again until it was late " * 50
    assert context_of(text) == words_of(text)[1] == ("was", "late")
    assert context_of("x" * 1000) == (GAP, GAP)
    assert context_of(text + "a" * 500) == (GAP, GAP)
