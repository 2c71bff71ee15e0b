"""A word is seen again once the next one is there: what is offered, what is corrected, and what is left alone."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

import autocomplete
from autocomplete import correction
from autocomplete.attested import Attested
from autocomplete.casing import Suggestion
from autocomplete.channel import Channel
from autocomplete.correction import Correction, Evidence
from autocomplete.engine import Autocompleter
from autocomplete.error_model import ErrorModel
from autocomplete.hindsight import CERTAIN, OFFERED, SURE, Hindsight
from autocomplete.layout import load_layout
from autocomplete.lexicon import Lexicon
from autocomplete.personal_data import PersonalData
from autocomplete.session import Edit
from autocomplete.tokenizer import Tokenizer
from tests.fakes import RandomModel


@pytest.fixture(scope="module")
def engine() -> Autocompleter:
    """The built-in engine."""
    return autocomplete.load()


def _second(engine: Autocompleter, text: str) -> Suggestion | None:
    found = [s for s in engine.suggest(text) if s.kind == "correction" and " " in text[len(text) - s.delete_left :]]
    return found[0] if found else None


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("re yo", "Are you "),
        ("re you", "Are you "),
        ("re you ", "Are you "),
        ("re you coming", "Are you coming "),
        ("Hello. this si the", "Hello. this is the "),
        ("I think og it", "I think of it "),
        ("what is yoir nam", "what is your name "),
    ],
)
def test_taking_it_replaces_both_words(engine: Autocompleter, text: str, taken: str) -> None:
    second = _second(engine, text)
    assert second is not None
    assert text[: len(text) - second.delete_left] + second.insert_text == taken
    assert len(engine.suggest(text)) == 3


@pytest.mark.parametrize(
    "text",
    [
        "re ",
        "re",
        "I see you",
        "this is the",
        "This SI the",
        "this si, the",
        "si\nthe",
        "this Si the",
        "si  the",
        "10 the",
    ],
)
def test_nothing_else_is_seen_again(engine: Autocompleter, text: str) -> None:
    assert _second(engine, text) is None


def test_a_sure_one_stands_first_and_any_other_last(engine: Autocompleter) -> None:
    bar = engine.suggest("re you coming")
    assert bar[0].word == "Are you coming"
    assert bar[0].confidence > sum(s.confidence for s in bar[1:])
    assert sum(s.confidence for s in bar) <= 1
    bar = engine.suggest("re they")
    assert [s.word for s in bar].index("Are they") == 2


def test_a_single_place_is_given_up_only_for_a_sure_one(engine: Autocompleter) -> None:
    assert engine.suggest("re they", k=1)[0].word != "Are they"
    assert engine.suggest("re you coming", k=1)[0].word == "Are you coming"


def _only(monkeypatch: pytest.MonkeyPatch, *typed: str) -> None:
    """Let no word but some be corrected when it is finished itself."""

    def decide(readings: list[Evidence]) -> Correction | None:
        return correction.decide([evidence for evidence in readings if evidence.typed in typed])

    monkeypatch.setattr("autocomplete.engine.decide", decide)


def test_the_word_before_is_corrected_when_the_next_is_finished(
    engine: Autocompleter, monkeypatch: pytest.MonkeyPatch
) -> None:
    _only(monkeypatch)
    session = engine.session("The weather ")
    session.type("is gettng worse")
    assert session.text == "The weather is gettng worse"
    session.type(" ")
    assert session.text == "The weather is getting worse "
    assert session.edit == Edit(delete_left=8, insert_text="ing worse ", kind="correction")
    assert session.correction is not None
    assert (session.correction.typed, session.correction.word) == ("gettng worse", "getting worse")
    session.backspace()
    assert session.text == "The weather is gettng worse "
    session.type("and it is gettng better ")
    assert session.text == "The weather is gettng worse and it is gettng better "


def test_both_words_may_be_corrected_at_once(engine: Autocompleter, monkeypatch: pytest.MonkeyPatch) -> None:
    _only(monkeypatch, "worsr")
    session = engine.session()
    session.type("The weather is gettng worsr")
    session.type(" ")
    assert session.text == "The weather is getting worse "
    assert session.correction is not None
    assert (session.correction.typed, session.correction.word) == ("gettng worsr", "getting worse")
    session.backspace()
    assert session.text == "The weather is gettng worsr "


def test_words_that_people_write_are_not_corrected(engine: Autocompleter, monkeypatch: pytest.MonkeyPatch) -> None:
    _only(monkeypatch)
    hindsight = engine._hindsight
    assert hindsight is not None
    monkeypatch.setattr(hindsight, "_attested", Attested.from_shares({"gettng": 1e-6}))
    session = engine.session("The weather ")
    session.type("is gettng worse ")
    assert session.text == "The weather is gettng worse "


def test_short_words_of_no_list_that_lack_a_letter_may_be_meant(
    engine: Autocompleter, monkeypatch: pytest.MonkeyPatch
) -> None:
    _only(monkeypatch)
    text = "what is your nme again "
    session = engine.session()
    session.type(text)
    assert session.text.lower() == text
    assert _second(engine, text) is not None  # offered all the same
    session = engine.session()
    session.type("what is your naem again ")
    assert session.text.lower() == "what is your name again "


def test_a_strict_engine_sees_nothing_again() -> None:
    engine = autocomplete.load(tolerant=False)
    assert _second(engine, "re you coming") is None
    session = engine.session("The weather ")
    session.type("is gettng worse ")
    assert session.text == "The weather is gettng worse "


def test_the_users_words_stay_and_blocked_ones_are_not_put_there() -> None:
    user = PersonalData()
    engine = autocomplete.load(user=user)
    try:
        assert _second(engine, "I think og it") is not None
        user.block("of")
        assert "of it" not in [s.word for s in engine.suggest("I think og it")]
        user.unblock("of")
        user.add_words(["og"])
        assert _second(engine, "I think og it") is None
    finally:
        engine.close()


def test_what_was_kept_from_the_letter_before_changes_nothing(engine: Autocompleter) -> None:
    fresh = autocomplete.load()
    text = "I think og it. re you coming"
    for end in [*range(len(text)), *range(len(text), 0, -3)]:
        fresh.clear()
        assert engine.suggest(text[:end]) == fresh.suggest(text[:end])


def test_clearing_forgets_the_words_that_were_seen(engine: Autocompleter) -> None:
    engine.suggest("I think og it")
    hindsight = engine._hindsight
    assert hindsight is not None
    assert hindsight._seen
    engine.clear()
    assert not hindsight._seen
    assert hindsight._doubts.cache_info().currsize == 0


def test_the_margin_is_what_two_sums_differ_by(tokenizer: Tokenizer, lexicon: Lexicon) -> None:
    """The slow twin: both texts read from the start, one word after the other."""
    lm = RandomModel(tokenizer.vocab_size)
    engine = Autocompleter(lm, tokenizer, lexicon)
    channel = Channel(lexicon, ErrorModel(load_layout(), lexicon.letters))
    hindsight = Hindsight(lm, lexicon, tokenizer, channel, engine._read)
    seen = 0
    for typed, following in (("tje", "door"), ("thw", "town"), ("anf", "you"), ("yoi", "are"), ("tp", "us")):
        caret = engine._caret(f"hello {typed} {following}", (), {})
        assert caret is not None
        others = hindsight._doubts(typed)
        if not others:
            continue
        start = tuple(tokenizer.encode_context("hello"))

        def total(tokens: list[int], start: tuple[int, ...] = start) -> float:
            path = [*start, *tokens]
            return sum(float(lm.row(tuple(path[:at]))[path[at]]) for at in range(len(start), len(path)))

        def ending(tokens: list[int], start: tuple[int, ...] = start, following: str = following) -> float:
            row = lm.row((*start, *tokens))
            words = [w for w in lexicon.exactly(following) if len(lexicon.pieces_of(w)) == 1]
            return float(np.logaddexp.reduce([row[lexicon.pieces_of(w)[0]] for w in words]))

        literal = tokenizer.encode(" " + typed)
        best = max(total(lexicon.pieces_of(o)) - cost + ending(lexicon.pieces_of(o)) for o, cost in others)
        wanted = best - total(literal) - ending(literal)
        doubted, _ = hindsight._doubted(caret.context)
        assert doubted is not None and doubted.word == typed
        second = hindsight._weigh(caret, engine._read(caret.context, None), doubted, whole=True)
        assert second is not None
        assert second.margin == pytest.approx(wanted, abs=1e-3)
        seen += 1
    assert seen >= 2


def test_margins_order_as_confidences() -> None:
    from autocomplete.hindsight import Second

    margins = [-3.0, 0.0, OFFERED, SURE, CERTAIN]
    confidences = [Second("a b", "c b", -1.0, margin).confidence for margin in margins]
    assert all(low < high for low, high in pairwise(confidences))
    assert confidences[1] == 0.5
