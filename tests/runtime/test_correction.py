"""When a finished word is replaced, and when not."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from autocomplete.correction import RECASED, Evidence, confidence, decide, features, is_left_alone
from autocomplete.mistakes import MISTAKES
from autocomplete.network import Network

SLIP = Evidence(
    typed="tomprrow",
    word="tomorrow",
    logprob=-4.0,
    literal=-19.0,
    margin=9.0,
    lead=8.0,
    frequency=-9.0,
    exists=False,
    name=False,
    mistake="neighbour",
    cost=6.0,
    touched=False,
    attested=0.0,
    misspelt=False,
    capitals=0,
    unlisted=-3.0,
)
BARE = replace(SLIP, typed="dont", word="don't", mistake="case", cost=0.0, margin=math.inf, lead=18.0)


def test_what_is_left_alone() -> None:
    for typed in ("", "7", "iPhone", "NASA", "h2O", "cоde", "w" * 30):
        assert is_left_alone(typed), typed
    for typed in ("i", "x", "teh", "Teh", "po8nt", "don't", "naïve", "w" * 24):
        assert not is_left_alone(typed), typed


def test_capitals_throughout_are_no_abbreviation_where_words_are_stressed() -> None:
    assert not is_left_alone("WGAT", stressed=True)
    for typed in ("wGAT", "iPhone", "7", "WG\u0410T"):
        assert is_left_alone(typed, stressed=True), typed


def test_a_plain_slip_is_corrected_and_says_how_sure_it_is() -> None:
    correction = decide([SLIP])
    assert correction is not None
    assert (correction.typed, correction.word) == ("tomprrow", "tomorrow")
    assert correction.confidence == pytest.approx(confidence(SLIP))
    assert decide([SLIP], sure=0.9999) is None
    assert decide([]) is None


def test_the_surest_reading_is_taken_the_first_of_equals() -> None:
    less, other = replace(SLIP, word="tomorrows", margin=2.0, lead=0.5), replace(SLIP, word="tumorrow")
    for readings in ([SLIP, less], [less, SLIP], [SLIP, other]):
        correction = decide(readings)
        assert correction is not None
        assert correction.word == "tomorrow"


def test_more_evidence_makes_surer() -> None:
    assert confidence(replace(SLIP, margin=1.0, literal=-11.0)) < confidence(SLIP)
    assert confidence(replace(SLIP, lead=0.1)) < confidence(SLIP)
    for mistake in ("omission_of_vowel", "confusion", "insertion", "several"):
        assert confidence(replace(SLIP, mistake=mistake)) < confidence(SLIP), mistake
    assert confidence(replace(SLIP, attested=2.0)) < confidence(SLIP)
    learned = replace(SLIP, margin=-6.0, literal=-12.0)  # the model takes it for a word
    assert confidence(learned) < confidence(replace(learned, misspelt=True))
    assert confidence(replace(SLIP, frequency=-15.0)) < confidence(SLIP)
    assert confidence(replace(SLIP, name=True)) < confidence(SLIP)


def test_a_long_word_that_nobody_writes_is_a_slip_even_of_a_word_the_model_thinks_little_of() -> None:
    rare = replace(
        SLIP,
        typed="slingsoht",
        word="slingshot",
        mistake="transposition",
        logprob=-26.3,
        literal=-38.1,
        margin=2.0,
        lead=math.inf,
        frequency=-15.1,
        cost=9.8,
    )
    assert decide([rare]) is not None
    assert decide([replace(rare, attested=2.0)]) is None
    shorter = replace(rare, typed="sogn", word="sign")
    assert confidence(shorter) < confidence(rare)
    assert decide([shorter]) is None


def test_words_that_exist_and_shorthand_stay_on_slight_evidence() -> None:
    form = replace(
        SLIP, typed="form", word="from", mistake="transposition", exists=True, cost=9.8, margin=-1.0, lead=1.0
    )
    assert decide([replace(form, logprob=-4.0, literal=-12.8)]) is None
    hav = replace(
        SLIP,
        typed="hav",
        word="have",
        mistake="omission_of_end",
        margin=2.0,
        lead=2.0,
        cost=8.8,
        literal=-14.8,
        attested=3.0,
    )
    assert decide([hav]) is None


def test_apostrophes_are_put_right_for_who_uses_them() -> None:
    assert decide([BARE]) is not None
    assert decide([replace(BARE, capitals=1)]) is not None
    assert decide([replace(BARE, capitals=-1)]) is None


def test_the_weights_are_those_of_the_features() -> None:
    assert Network.read("respelling.tsv").names == tuple(features(SLIP))
    assert RECASED.keys() <= features(SLIP).keys()


def test_the_features_stay_in_bounds() -> None:
    endless = replace(
        SLIP, margin=math.inf, lead=math.inf, exists=True, logprob=-math.inf, literal=-90.0, typed="n" * 20
    )
    found = features(endless)
    assert found["margin"] == found["lead"] == found["margin_if_exists"] == 12.0
    assert (found["lead_near"], found["letters"]) == (2.0, 12.0)
    assert found["logprob"] == found["literal"] == -40.0
    assert found["unseen"] == 0.0
    assert features(replace(SLIP, margin=-50.0))["margin"] == -12.0
    assert 0 < confidence(endless) <= 1


def test_what_the_features_tell_of_letters() -> None:
    found = features(replace(SLIP, typed="n"))
    assert (found["unseen"], found["single"], found["no_vowel"], found["vowels"]) == (1.0, 1.0, 1.0, 0.0)
    found = features(replace(SLIP, attested=1.0))
    assert (found["unseen"], found["single"], found["no_vowel"], found["vowels"]) == (0.0, 0.0, 0.0, 0.25)
    for mistake in set(MISTAKES) - {"case"}:
        found = features(replace(SLIP, mistake=mistake))
        assert [name for name in MISTAKES if found.get(name)] == [mistake]
    found = features(replace(SLIP, misspelt=True))
    assert found["misspelt"] == 1
    assert not any(found.get(mistake) for mistake in MISTAKES)


@pytest.mark.parametrize(
    ("typed", "word", "shortened", "by_vowels", "longer"),
    [
        ("thks", "thanks", 1, 0, 2),
        ("Msg", "message", 1, 0, 4),
        ("whn", "when", 1, 1, 1),
        ("wats", "what's", 1, 0, 1),
        ("tehm", "them", 0, 0, 0),
        ("frinds", "friend", 0, 0, 0),
        ("them", "the", 0, 0, -1),
        ("goon", "go on", 1, 0, 1),
    ],
)
def test_who_shortens_a_word_keeps_the_order_of_its_letters(
    typed: str, word: str, shortened: float, by_vowels: float, longer: float
) -> None:
    found = features(replace(SLIP, typed=typed, word=word))
    assert (found["shortened"], found["shortened_by_vowels"], found["longer"]) == (shortened, by_vowels, longer)
    assert found["same_start"] == (typed[0].lower() == word[0])
    assert found["same_end"] == (typed[-1] == word[-1])
