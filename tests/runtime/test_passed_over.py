"""The benchmark of words that were shown and not taken: sums that a person can follow."""

from __future__ import annotations

import math

import pytest

from autocomplete.engine import Autocompleter
from autocomplete.lexicon import Lexicon
from autocomplete.tokenizer import Tokenizer
from tests.benchmarks.passed_over import K, Offer, Typed, Variant, take, type_words
from tests.fakes import RandomModel

SHARES = {"then": 0.4, "they": 0.3, "these": 0.2, "there": 0.15}


def _there() -> Typed:
    offers = [Offer(word, math.log(share), False) for word, share in SHARES.items()]
    return Typed(0, "there", True, [offers] * len("there"))


def test_what_users_save_is_what_a_person_adds_up() -> None:
    saved, hits = take([_there()], Variant("all", False, 0.2, 0.3), 1)
    # After n showings a word keeps 0.44, 0.272, 0.222, 0.206. `there` is in the bar after one letter (0.15 before 0.2 x
    # 0.44) and after three (0.15 x 0.44 before 0.2 x 0.272), where 4 and 2 keys are left to save, a tap counted.
    assert saved[0].tolist() == pytest.approx([4, 0.5 * 4 + 0.25 * 2, 0.25 * 4 + 0.75 * 0.25 * 2, 2])
    assert hits == [100, 100, 100]


def test_a_word_that_is_not_among_three_is_never_taken_if_nothing_is_lowered() -> None:
    saved, hits = take([_there()], Variant("all", False, 1.0, 1.0), 1)
    assert saved.tolist() == [[0, 0, 0, 0]]
    assert hits == [0, 0, 0]


@pytest.mark.parametrize(
    ("counted", "as_it_is", "bars", "others", "after_two"),
    [
        ("first", True, [True, False, False], 0.5 * 4 + 0.25 * 3 + 0.125 * 2 + 0.0625, 3),
        ("last", True, [False, False, True], 0.5 * 4 + 0.25 * 3 + 0.125 * 2 + 0.0625, 3),
        # what was shown gives way, and comes back as it was not shown: after one letter and after three
        ("last", False, [False, False, True], 0.5 * 4 + 0.25 * 2, 2),
    ],
)
def test_only_the_bars_named_are_counted(
    counted: str, as_it_is: bool, bars: list[bool], others: float, after_two: float
) -> None:
    variant = Variant(counted, as_it_is, 0.2, 0.3)
    assert [variant.counts(bar, 3) for bar in range(3)] == bars
    saved, _ = take([_there()], variant, 1)
    assert saved[0, [0, 1, 3]].tolist() == pytest.approx([4, others, after_two])


def test_a_word_that_the_letters_spell_is_not_lowered() -> None:
    offers = [Offer("a", -1.0, True), *(Offer(word, -1.1 - place, False) for place, word in enumerate("bcd"))]
    shown = dict.fromkeys("abcd", 5)
    assert Variant("all", False, 0.2, 0.3).lowered(offers, shown)[0] == "a"
    lowered = [Offer(*offer[:2], False) for offer in offers]
    assert Variant("all", False, 0.01, 0.0).lowered(lowered, {"a": 1}) == ["b", "c", "d"]


def test_offers_have_the_scores_they_are_ranked_by(tokenizer: Tokenizer, lexicon: Lexicon) -> None:
    engine = Autocompleter(RandomModel(tokenizer.vocab_size), tokenizer, lexicon)
    typed = type_words(engine, ["tomorrow we're there", "dont"], lambda done: None)
    assert [(one.line, one.word, one.spaced) for one in typed] == [
        (0, "tomorrow", True), (0, "we're", True), (0, "there", False), (1, "dont", False),
    ]  # fmt: skip
    for one in typed:
        assert len(one.offers) == len(one.word)
        for offers in one.offers:
            scores = [offer.score for offer in offers]
            assert scores == sorted(scores, reverse=True)
    assert any(len(offers) > K for one in typed for offers in one.offers)
    whole = {offer.word for one in typed for offers in one.offers for offer in offers if offer.is_whole}
    assert "to" in whole
    assert "tomorrow" not in whole
