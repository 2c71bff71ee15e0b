"""How sure an offer is: probabilities that keep the order, on bars written by hand and on the built-in bundle."""

from __future__ import annotations

import math
import random
from itertools import pairwise

import pytest

import autocomplete
from autocomplete.bench import SAMPLE
from autocomplete.calibration import Bar, Calibration, Constants
from autocomplete.engine import Autocompleter
from autocomplete.personal_data import PersonalData

BY_HAND = Constants(
    scale=0.5, steps=(0.5, 0.25), others=(0.3, 0.2, 0.1), typed=(0.2, -0.2), unlisted=(-3.0, -6.0), second=(-1.0, 0.5)
)


@pytest.fixture(scope="module")
def engine() -> Autocompleter:
    """The built-in engine, words alone."""
    return autocomplete.load(emoji=False, questions=False)


def test_each_thing_that_may_be_meant_has_its_weight() -> None:
    bar = Bar([-2.0, -3.0, -5.0], letters=4, is_full=True, typed=-4.0, in_context=True)
    weights = [-1.0, -1.5 - 0.5, -2.5 - 0.75]
    rest = [-6.0, -2.0 + 0.2, -2.5 + 0.1]
    total = sum(map(math.exp, weights + rest))
    assert Calibration(BY_HAND).words(bar) == pytest.approx([math.exp(weight) / total for weight in weights])
    one = Bar([-2.0], letters=4, is_full=True, typed=-math.inf, in_context=True)
    assert Calibration(BY_HAND).words(one) == pytest.approx(
        [math.exp(-1) / (math.exp(-1) + math.exp(-6) + math.exp(-0.7))]
    )
    few = Bar([-2.0], letters=1, is_full=False, typed=-math.inf, in_context=True)
    assert Calibration(BY_HAND).words(few) == pytest.approx([math.exp(-1) / (math.exp(-1) + math.exp(-3))])
    rare = Bar([-2.0], letters=1, is_full=False, typed=-4.0, in_context=False)
    rest_of_rare = math.exp(-3) + math.exp(-2.2)
    assert Calibration(BY_HAND).words(rare) == pytest.approx([math.exp(-1) / (math.exp(-1) + rest_of_rare)])
    assert Calibration(BY_HAND).second(3.0) == pytest.approx(1 / (1 + math.exp(-0.5)))


def test_a_prediction_keeps_its_probability() -> None:
    bar = Bar([math.log(0.4), math.log(0.1)], letters=0, is_full=False, typed=-math.inf, in_context=True)
    assert Calibration().words(bar) == pytest.approx([0.4, 0.1])


def test_order_is_kept_and_no_bar_adds_up_to_more_than_one() -> None:
    rng = random.Random(1)
    for _ in range(2000):
        scores = sorted((rng.uniform(-60, 0) for _ in range(rng.randint(1, 6))), reverse=True)
        typed = rng.choice([-math.inf, rng.uniform(-30, 0)])
        bar = Bar(scores, rng.randint(1, 12), rng.random() < 0.5, typed, rng.random() < 0.5)
        stated = Calibration().words(bar)
        assert all(one >= other for one, other in pairwise(stated))
        assert 0 <= sum(stated) <= 1 + 1e-9
        assert stated[0] > 0
    assert Calibration().words(Bar([], 3, False, -2.0, True)) == []


def test_the_bars_of_the_engine_state_probabilities(engine: Autocompleter) -> None:
    for line in (*SAMPLE[:6], "re you coming", "gettng worse", "thankyou", "si the"):
        for end in range(len(line) + 1):
            stated = [offered.confidence for offered in engine.suggest(line[:end])]
            assert 0 <= sum(stated) <= 1 + 1e-9, line[:end]


def test_what_may_be_finished_makes_longer_words_less_sure(engine: Autocompleter) -> None:
    likely, unlikely = engine.suggest("as soon")[0], engine.suggest("I will call you soone")[0]
    assert likely.word == unlikely.word == "sooner"
    assert likely.confidence < 0.1
    assert unlikely.confidence > 0.5
    assert engine.suggest("thanks for")[0].confidence < 0.1
    assert engine.suggest("See you tomo")[0].confidence > 0.9


def test_what_the_user_wrote_counts_as_what_may_be_finished() -> None:
    own = PersonalData()
    with_user, without = autocomplete.load(user=own, adapt=False), autocomplete.load()
    try:
        with with_user.session() as session:
            for _ in range(3):
                session.type("we saw Zimbra today ")
        typed = "we saw Zimbra"
        assert max(s.confidence for s in with_user.suggest(typed)) < max(s.confidence for s in without.suggest(typed))
    finally:
        with_user.close()
