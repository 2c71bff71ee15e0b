"""Own words whose spaces went wrong, priced by hand."""

from __future__ import annotations

import math

import pytest

from autocomplete.caret import Caret, caret_of
from autocomplete.channel import Channel
from autocomplete.error_model import ErrorModel
from autocomplete.followers import Contexts
from autocomplete.layout import load_layout
from autocomplete.learning import learn_lines
from autocomplete.lexicon import Lexicon
from autocomplete.own_spaces import OwnSpaces
from autocomplete.personal import PersonalModel
from autocomplete.personal_data import PersonalData
from autocomplete.reading import Reading
from autocomplete.users_words import UsersWords


@pytest.fixture
def channel(lexicon: Lexicon) -> Channel:
    """On a QWERTY keyboard, costs as they are."""
    return Channel(lexicon, ErrorModel(load_layout(), lexicon.letters), weight=1.0)


@pytest.fixture
def model(lexicon: Lexicon) -> PersonalModel:
    """A user who writes of Annette."""
    model = PersonalModel(PersonalData(), lexicon)
    learn_lines(model, ["to Annette", "to Annette", "to us"])
    return model


def _caret(text: str) -> Caret:
    caret = caret_of(text)
    assert caret is not None
    return caret


def _readings(
    model: PersonalModel, lexicon: Lexicon, channel: Channel, text: str, *, whole: bool = False
) -> dict[str, Reading]:
    found = _spaces(model, lexicon, channel).readings(_caret(text), whole=whole)
    return {reading.word: reading for reading in found}


def _spaces(model: PersonalModel, lexicon: Lexicon, channel: Channel) -> OwnSpaces:
    return OwnSpaces(model, UsersWords(model.counts, lexicon, channel, model.is_offered), lexicon, channel)


def _logprob(model: PersonalModel, lexicon: Lexicon, word: str, context: tuple[str, str]) -> float:
    general = -14.0 if word == "annette" else float(lexicon.logprobs[list(lexicon.forms).index(word)])
    place = model.place(context)
    return math.log(model.share(word, place) + place.rest * math.exp(general))


@pytest.mark.parametrize(("text", "whole"), [("we toannette", True), ("we toannette", False), ("we toann", False)])
def test_a_space_before_an_own_word(
    model: PersonalModel, lexicon: Lexicon, channel: Channel, text: str, whole: bool
) -> None:
    reading = _readings(model, lexicon, channel, text, whole=whole)["to Annette"]
    to, annette = _logprob(model, lexicon, "to", ("", "we")), _logprob(model, lexicon, "annette", ("we", "to"))
    assert reading.typed == text[3:]
    assert reading.logprob == pytest.approx(to + annette)
    assert reading.score == pytest.approx(to + annette + math.log(channel.errors.rates.missed_space))


def test_a_key_beside_the_space_bar(model: PersonalModel, lexicon: Lexicon, channel: Channel) -> None:
    reading = _readings(model, lexicon, channel, "tobannette", whole=True)["To Annette"]
    assert reading.score == pytest.approx(reading.logprob - channel.errors.cost_for_space("b"))
    assert "To Annette" not in _readings(model, lexicon, channel, "toqannette", whole=True)


def test_a_space_after_an_own_word(model: PersonalModel, lexicon: Lexicon, channel: Channel) -> None:
    found = _readings(model, lexicon, channel, "we annettewil")
    annette, will = _logprob(model, lexicon, "annette", ("", "we")), _logprob(model, lexicon, "will", ("we", "annette"))
    assert found["Annette will"].logprob == pytest.approx(annette + will)
    assert _readings(model, lexicon, channel, "we annettewil", whole=True) == {}


@pytest.mark.parametrize(
    ("text", "whole"), [("we to ann ette", True), ("we to ann ette", False), ("we to an net", False)]
)
def test_a_space_inside_an_own_word(
    model: PersonalModel, lexicon: Lexicon, channel: Channel, text: str, whole: bool
) -> None:
    reading = _readings(model, lexicon, channel, text, whole=whole)["Annette"]
    first = text.split()[2]
    alone = _logprob(model, lexicon, "Ann" if first == "ann" else first, ("we", "to")) if first == "ann" else None
    assert reading.typed == text[6:]
    assert reading.logprob == pytest.approx(_logprob(model, lexicon, "annette", ("we", "to")))
    if alone is not None:
        expected = reading.logprob - alone + math.log(channel.errors.rates.accidental_space)
        assert reading.score == pytest.approx(expected)


def test_without_own_words_nothing_is_read(model: PersonalModel, lexicon: Lexicon, channel: Channel) -> None:
    assert _readings(model, lexicon, channel, "we totown") == {}
    model.data.forget("annette")
    assert _readings(model, lexicon, channel, "toannette", whole=True) == {}


def test_what_is_blocked_has_no_part(model: PersonalModel, lexicon: Lexicon, channel: Channel) -> None:
    model.data.block("to")
    assert "To Annette" not in _readings(model, lexicon, channel, "toannette", whole=True)


def test_asking_for_a_private_field_leaves_nothing(model: PersonalModel, lexicon: Lexicon, channel: Channel) -> None:
    model.counts._contexts = Contexts()
    caret = _caret("we qwertz toannette")
    assert _spaces(model, lexicon, channel).readings(caret, whole=True, remember=False)
    assert not any("qwertz" in context for context in model.counts._contexts)
