"""What errors cost: by layout, by touch, by sound."""

from __future__ import annotations

import math

import numpy as np
import pytest

import autocomplete
from autocomplete.error_model import IN_GENERAL, REPEATED, ErrorModel, ErrorRates
from autocomplete.layout import load_layout
from autocomplete.letter_trie import UNKNOWN, LetterTrie

LETTERS = LetterTrie(sorted("abcdefghijklmnopqrstuvwxyz-"))


@pytest.fixture(scope="module")
def errors() -> ErrorModel:
    """On a QWERTY keyboard."""
    return ErrorModel(load_layout("qwerty"), LETTERS)


def _cost(errors: ErrorModel, typed: str, meant: str, place: int = 1, touches: tuple = ()) -> float:
    return float(errors.costs(typed, touches).substitution[place, LETTERS.alphabet[meant]])


def test_what_is_typed_right_costs_nothing_and_neighbours_less_than_others(errors: ErrorModel) -> None:
    assert _cost(errors, "xg", "g") == 0
    assert _cost(errors, "xg", "h") < _cost(errors, "xg", "t") < _cost(errors, "xg", "p")
    assert _cost(errors, "xe", "i") < _cost(errors, "xe", "m")  # a vowel for a vowel
    assert _cost(errors, "x8", "i") < 7  # the number row lies above


def test_the_misses_of_a_key_are_shared_out_whole(errors: ErrorModel) -> None:
    chances = np.array([math.exp(-_cost(errors, "x" + key, "g")) for key in "qwertyuiopasdfhjklzxcvbnm"])
    floor = ErrorRates().other + ErrorRates().confusion
    assert ErrorRates().neighbour * 0.95 < chances.sum() < ErrorRates().neighbour + 25 * floor


def test_another_layout_has_other_neighbours() -> None:
    dvorak = ErrorModel(load_layout("dvorak"), LETTERS)
    assert _cost(dvorak, "xo", "e") < _cost(dvorak, "xo", "p")
    assert _cost(dvorak, "xu", "e") < _cost(ErrorModel(load_layout("qwerty"), LETTERS), "xu", "e")


def test_a_touch_decides_better_than_the_key(errors: ErrorModel) -> None:
    layout = errors.layout
    x, y = layout.centres[layout.index["g"]].tolist()
    middle, edge = (None, (x, y)), (None, (x + 0.45, y))
    assert _cost(errors, "xg", "g", touches=middle) < 0.01
    assert _cost(errors, "xg", "h", touches=edge) < _cost(errors, "xg", "h") < _cost(errors, "xg", "h", touches=middle)
    assert _cost(errors, "xg", "f", touches=edge) > _cost(errors, "xg", "h", touches=edge)
    assert _cost(errors, "xg", "h", touches=(None, None)) == _cost(errors, "xg", "h")


def test_omissions_and_insertions(errors: ErrorModel) -> None:
    place = LETTERS.alphabet
    assert errors.omission[place["r"], place["r"]] < errors.omission[place["r"], place["o"]]
    assert errors.omission[-1, place["o"]] == errors.omission[place["r"], place["o"]]
    assert errors.omission[place["r"], place["-"]] < errors.omission[place["r"], place["o"]]
    insertion = errors.costs("ab").insertion
    assert (insertion[:, REPEATED] < insertion[:, IN_GENERAL]).all()


def test_keys_beside_the_space_bar(errors: ErrorModel) -> None:
    assert errors.cost_for_space("b") < 8
    assert errors.cost_for_space("q") == errors.cost_for_space("é") == math.inf


def test_letters_that_the_space_bar_is_hit_for(errors: ErrorModel) -> None:
    costs = errors.costs_of_space()
    assert {"c", "v", "b", "n"} <= costs.keys()
    assert not costs.keys() & {"q", "t", "a"}
    assert all(0 < cost < 9 for cost in costs.values())
    assert costs["v"] < costs["m"]  # near the end of the bar


def test_unknown_letters_match_nothing_cheaply(errors: ErrorModel) -> None:
    costs = errors.costs("ж")
    assert costs.typed.tolist() == [UNKNOWN]
    assert (costs.substitution > 9).all()


def test_neighbours_are_told(errors: ErrorModel) -> None:
    assert errors.are_neighbours("e", "w")
    assert errors.are_neighbours("8", "i")
    assert not errors.are_neighbours("e", "n")
    assert not errors.are_neighbours("ж", "w")


def test_rates_must_be_positive() -> None:
    with pytest.raises(ValueError, match="omission=0"):
        ErrorRates(omission=0)


def test_a_touch_costs_the_same_when_it_is_asked_for_again_and_is_forgotten(rng: np.random.Generator) -> None:
    layout = load_layout("qwerty")
    kept = ErrorModel(layout, LETTERS)
    for _ in range(40):
        typed = "".join(rng.choice(list("abcxyz8é"), 9))
        touches = tuple(None if x < 0.3 else (float(x) * 10, 2.5) for x in rng.random(9).round(1).tolist())
        for length in range(1, 10):
            again, fresh = (
                errors.costs(typed[:length], touches[:length]) for errors in (kept, ErrorModel(layout, LETTERS))
            )
            np.testing.assert_array_equal(again.substitution, fresh.substitution)
            np.testing.assert_array_equal(again.typed, fresh.typed)
    assert kept._touched.cache_info().currsize == kept._touched.cache_info().maxsize
    assert kept.costs(typed, touches) is again
    kept.clear()
    assert kept._touched.cache_info().currsize == kept._priced.cache_info().currsize == 0


def test_what_is_touched_in_a_private_field_is_forgotten() -> None:
    engine = autocomplete.load()
    with engine.session(private=True) as session:
        session.type("t", at=(4.0, 0.5))
        session.type("h", at=(5.5, 1.5))
        assert engine._errors._touched.cache_info().currsize == 2
        assert engine._errors._priced.cache_info().currsize > 0
    assert engine._errors._touched.cache_info().currsize == engine._errors._priced.cache_info().currsize == 0
