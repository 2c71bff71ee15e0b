"""The engine: sensible words for any text, the same ones every time."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autocomplete.engine import Autocompleter
from autocomplete.errors import BundleError
from autocomplete.lexicon import Lexicon
from autocomplete.loading import load
from autocomplete.tokenizer import Tokenizer
from tests.fakes import RandomModel


@pytest.fixture(scope="module")
def engine(tokenizer: Tokenizer, lexicon: Lexicon) -> Autocompleter:
    """An engine over a made-up model that takes every letter at its word."""
    return Autocompleter(RandomModel(tokenizer.vocab_size), tokenizer, lexicon, tolerant=False)


@pytest.fixture(scope="module")
def tolerant(tokenizer: Tokenizer, lexicon: Lexicon) -> Autocompleter:
    """An engine over a made-up model that allows for key errors."""
    return Autocompleter(RandomModel(tokenizer.vocab_size), tokenizer, lexicon)


def _words(engine: Autocompleter, text: str, k: int = 3) -> list[str]:
    return [suggestion.word for suggestion in engine.suggest(text, k)]


@pytest.mark.parametrize(("typed", "meant"), [("im", "I'm"), ("dont", "don't"), ("ill", "I'll"), ("were", "we're")])
def test_apostrophes_are_put_in(engine: Autocompleter, typed: str, meant: str) -> None:
    for context in ("", "and ", "the door. ", "then "):
        shown = [word.casefold() for word in _words(engine, context + typed)]
        assert meant.casefold() in shown


def test_apostrophes_are_offered_beside_any_number_of_likelier_words(tokenizer: Tokenizer, lexicon: Lexicon) -> None:
    rows = [("im" + letter, -2.0, "") for letter in "bcdfgklp"] + [("I'm", -15.0, ""), ("im", -15.0, "variant")]
    engine = Autocompleter(
        RandomModel(tokenizer.vocab_size), tokenizer, Lexicon.from_rows(rows, tokenizer), tolerant=False
    )
    for context in ("he was ", "the ", "and then ", "to "):
        found = engine.suggest(context + "im")
        assert len(found) == 3
        assert "I'm" in [s.word for s in found]
        assert [s.logprob for s in found] == sorted((s.logprob for s in found), reverse=True)


def test_a_capital_typed_inside_a_sentence_favours_names(engine: Autocompleter) -> None:
    contexts = [f"{word} and " for word in ("to", "door", "town", "help", "us", "today", "then", "hello")]

    def place(prefix: str) -> int:
        return sum(
            next(place for place, word in enumerate(_words(engine, context + prefix, 9)) if word[:3].lower() == "ann")
            for context in contexts
        )

    assert place("A") < place("a")
    for context in contexts:
        assert sorted(_words(engine, context + "A", 20)) == sorted(
            w.capitalize() for w in _words(engine, context + "a", 20)
        )
        assert _words(engine, context + "TH") == [word.upper() for word in _words(engine, context + "th")]


def test_words_the_search_did_not_reach_have_their_frequency_for_a_probability(
    tokenizer: Tokenizer, lexicon: Lexicon
) -> None:
    engine = Autocompleter(
        RandomModel(tokenizer.vocab_size, beam_size=1, max_rounds=1), tokenizer, lexicon, tolerant=False
    )
    word = max(range(len(lexicon)), key=lambda word: len(lexicon.pieces_of(word)))
    assert len(lexicon.pieces_of(word)) > 1
    found = engine.suggest("and " + lexicon.forms[word][:-1])
    assert found[-1].word == lexicon.forms[word]
    assert found[-1].logprob == pytest.approx(float(lexicon.logprobs[word]))


def test_an_apostrophe_or_accent_that_was_typed_is_meant(engine: Autocompleter) -> None:
    assert _words(engine, "and i'l", 9) == ["I'll"]
    assert _words(engine, "and caf", 9) and set(_words(engine, "and caf", 9)) == {"café", "cafeteria"}
    assert _words(engine, "and caf\u00e9", 9) == []
    assert _words(engine, "and na\u00ef", 9) == ["naïve"]
    assert _words(engine, "and i\u2019l", 9) == ["I'll"]


def test_all_words_offered_go_on_from_what_is_typed(engine: Autocompleter) -> None:
    assert set(_words(engine, "and tom", 9)) == {"tomorrow", "tomato", "tomatoes", "tomography"}
    assert set(_words(engine, "and Tom", 9)) == {"Tomorrow", "Tomato", "Tomatoes", "Tomography"}
    assert set(_words(engine, "and TOM", 9)) == {"TOMORROW", "TOMATO", "TOMATOES", "TOMOGRAPHY"}


def test_what_is_typed_already_is_not_offered(engine: Autocompleter) -> None:
    assert "door" not in _words(engine, "the door", 9)
    assert "doors" in _words(engine, "the door", 9)
    assert "Door" in _words(engine, "door", 9)


def test_sentences_start_with_a_capital_and_names_have_theirs(engine: Autocompleter) -> None:
    assert all(word[0].isupper() or word == "iPhone" for word in _words(engine, "Hello. ", 20))
    assert "Monday" in _words(engine, "see you on mon", 3)
    assert "iPhone" in _words(engine, "ipho")


def test_offensive_words_are_offered_only_on_request(tokenizer: Tokenizer, lexicon: Lexicon) -> None:
    lm = RandomModel(tokenizer.vocab_size)
    polite, frank = (
        Autocompleter(lm, tokenizer, lexicon, offensive=wanted, tolerant=False) for wanted in (False, True)
    )
    assert set(_words(polite, "a slu", 9)) == {"slurp"}
    assert set(_words(frank, "a slu", 9)) == {"slurp", "slur", "slurs"}
    assert not {"slur", "slurs"} & set(_words(polite, "a ", 100))


def test_sloppy_spellings_and_doubles_are_never_offered(engine: Autocompleter) -> None:
    for text in ("", "and ", "i", "do", "m", "a u"):
        words = _words(engine, text, 60)
        folded = [word.casefold() for word in words]
        assert len(folded) == len(set(folded))
        assert not {"dont", "im", "i", "monday"} & set(words)


def test_no_single_stray_letters(engine: Autocompleter) -> None:
    for text in ("", "and ", "x"):
        assert {word for word in _words(engine, text, 100) if len(word) == 1} <= {"a", "I", "A"}


def test_the_bar_is_full_as_long_as_the_lexicon_is(engine: Autocompleter) -> None:
    for prefix in ("t", "th", "tom", "he", "d"):
        found = engine.suggest("and " + prefix, 4)
        assert len(found) == 4
        assert [s.logprob for s in found] == sorted((s.logprob for s in found), reverse=True)


@pytest.mark.parametrize(
    "text",
    ["see https://exa", "write to ann@the", "#tom", "/usr/the", "at 5", "10t", "привет", "日本", "zzzz", "x" * 70],
)
def test_nothing_is_offered_where_nothing_helps(engine: Autocompleter, text: str) -> None:
    assert engine.suggest(text) == []


def test_after_punctuation_the_space_comes_with_the_word(engine: Autocompleter) -> None:
    assert all(s.insert_text == f" {s.word} " for s in engine.suggest("hello,"))
    assert all(
        (s.insert_text == f" {s.word} " and s.word[0].isupper()) or s.word == "iPhone" for s in engine.suggest("ok.")
    )
    assert all(s.insert_text == f"{s.word} " for s in engine.suggest("hello, "))
    for closed in ("wow!!", '"hello,"', "hello...", "(hello)", "hello :)", "don't!", "5'.", "well…"):
        assert all(s.insert_text == f" {s.word} " for s in engine.suggest(closed))
    for opened in ("hello (", "(", 'hello "', '"', "hello :", "hello ['", "hello ('"):
        assert all(s.insert_text == f"{s.word} " for s in engine.suggest(opened))


@pytest.mark.parametrize(
    "text", ["at 5", "5p", "5pm", "$20", "$5k", "10:30", "2nd", "3x", "12.50", "1,00", "7/8", "+49"]
)
def test_numbers_times_and_prices_are_let_be(tolerant: Autocompleter, text: str) -> None:
    for context in ("", "and ", "the door at ", "("):
        assert tolerant.suggest(context + text) == []
        assert tolerant.correct(context + text) is None


@settings(max_examples=200, deadline=None)
@given(st.text())
def test_any_text_is_answered_and_always_alike(tokenizer: Tokenizer, lexicon: Lexicon, text: str) -> None:
    lm = RandomModel(tokenizer.vocab_size)
    first = Autocompleter(lm, tokenizer, lexicon)
    first.suggest("something else ")
    found = first.suggest(text)
    assert found == first.suggest(text) == Autocompleter(lm, tokenizer, lexicon).suggest(text)
    for suggestion in found:
        assert 0 <= suggestion.delete_left <= len(text)
        assert np.isfinite(suggestion.logprob)


def test_a_megabyte_is_answered_soon(engine: Autocompleter) -> None:
    text = "the door and the town. " * 45_000 + "tom"
    engine.suggest(text)
    begun = time.perf_counter()
    assert _words(engine, text + "o")
    assert time.perf_counter() - begun < 0.5
    assert engine.suggest("x" * 1_000_000) == []


@pytest.mark.parametrize("typed", ["tomprrow", "tomorow", "tmoorrow", "tomorrrow", "romorrow", "omorrow", "tom9rrow"])
def test_key_errors_are_seen_through(tolerant: Autocompleter, typed: str) -> None:
    assert "tomorrow" in _words(tolerant, "and " + typed)
    assert "tomorrow" in _words(tolerant, "and " + typed[:-1])
    assert _words(tolerant, "and " + typed.upper()) == [w.upper() for w in _words(tolerant, "and " + typed)]


def test_offensive_words_are_no_corrections_either(tokenizer: Tokenizer, lexicon: Lexicon) -> None:
    engine = Autocompleter(RandomModel(tokenizer.vocab_size), tokenizer, lexicon)
    for text in ("a slue", "a sljr", "a slurd", "a dlur"):
        assert not {"slur", "slurs"} & set(_words(engine, text, 9))
        correction = engine.correct(text)
        assert correction is None or correction.word not in ("slur", "slurs")


@pytest.mark.parametrize("offensive", [False, True])
def test_an_offensive_word_that_was_typed_is_meant(tokenizer: Tokenizer, lexicon: Lexicon, offensive: bool) -> None:
    engine = Autocompleter(RandomModel(tokenizer.vocab_size), tokenizer, lexicon, offensive=offensive)
    assert engine.weigh("a slur")[0] == engine.weigh("a Slurs")[0] == []
    assert engine.weigh("a slurd")[0] != []


def test_somebody_who_types_on_is_believed(tolerant: Autocompleter) -> None:
    for letters in ("therm", "xylo", "tomog"):
        words = _words(tolerant, "and " + letters)
        assert any(word.startswith(letters) for word in words)


def test_missed_spaces_are_put_in(tolerant: Autocompleter) -> None:
    for typed in ("thedoor", "thebdoor"):
        assert any(word.startswith("the door") for word in _words(tolerant, "and " + typed))


def test_without_tolerance_nothing_is_corrected(engine: Autocompleter, tolerant: Autocompleter) -> None:
    assert tolerant.correct("and tomprrow") is not None
    assert engine.correct("and tomprrow") is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "and ",
        "and x",
        "and tOmorow",
        "and 12",
        "ann@teh",
        "see http://teh",
        "and t\u043em",
        "and " + "teh" * 20,
        "7",
    ],
)
def test_what_is_left_alone(tolerant: Autocompleter, text: str) -> None:
    assert tolerant.correct(text) is None


def test_threads_take_turns(engine: Autocompleter) -> None:
    texts = ["and tom", "the do", "Hello. ", "i", "then he"]
    ref = [engine.suggest(text) for text in texts]
    found: list[object] = []

    def ask() -> None:
        found.extend([engine.suggest(text) for text in texts] == ref for _ in range(5))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 20


def test_wrong_arguments_are_refused(engine: Autocompleter) -> None:
    with pytest.raises(ValueError, match="k=0"):
        engine.suggest("x", k=0)
    with pytest.raises(BundleError, match="no/such"):
        load("no/such.bundle")
