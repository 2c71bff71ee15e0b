"""Hands write as described, and what is meant is told."""

from __future__ import annotations

import random

from training.attested import Written
from training.hands import Hand, shorthand

KNOWN = {"something": 1e-4, "receive": 1e-5, "recital": 1e-6}
LINE = "I'm going to London on Monday, that's something good"


def test_a_line_is_written_by_hand() -> None:
    hand = Hand(Written({"tlkin": 1e-6, "goin": 1e-6, "zimbra": 1e-7}, {"somthing": ("something", 1e-6)}), 1, KNOWN)
    hands = [hand.write(LINE) for _ in range(1500)]
    words = {word for written, _ in hands for word in written.replace(",", "").split()}
    assert words - set(LINE.replace(",", "").split()) >= {"goin", "zimbra", "monday"}
    assert not words & {"mondy", "mnday", "sumething"}  # nobody writes so
    assert words >= {"somthing", "Zimbra"}
    assert all(meant[7] == "something" for written, meant in hands if "somthing" in written)
    assert any("monday" in written for written, _ in hands)
    for written, meant in hands:
        assert len(meant) == 9
        assert meant[3] != "london"
        assert written.count(",") == 1


def test_who_leaves_out_apostrophes_leaves_out_all_of_a_line_and_means_them() -> None:
    hand = Hand(Written({}, {}), 2, KNOWN)
    hands = [hand.write(LINE) for _ in range(400)]
    left_out = [written.count("'") for written, _ in hands]
    assert set(left_out) == {0, 2}
    assert 0.2 < left_out.count(0) / len(left_out) < 0.4
    assert all((meant[0], meant[6]) == ("I'm", "that's") for _, meant in hands)


def test_known_misspellings_of_the_text_mean_the_word() -> None:
    hand = Hand(Written({}, {"recieve": ("receive", 1e-6)}), 3, KNOWN)
    assert hand.write("We recieve it")[1] == ["We", "receive", "it"]


def test_shorthand_is_made_in_many_ways() -> None:
    rng = random.Random(1)
    assert {shorthand("good", rng) for _ in range(100)} >= {"gud", "god", "goo"}
    assert all(len(shorthand(word, rng)) > 1 for word in ("go", "us", "it") for _ in range(50))


def test_slips_of_the_text_are_told_from_words() -> None:
    hand = Hand(Written({"somethin": 1e-6}, {}), 5, KNOWN)
    assert hand.slip_of("Somethng") == "something"
    assert hand.slip_of("something") is hand.slip_of("somethin") is None  # listed, and meant so
    assert hand.slip_of("zimbabwe") is hand.slip_of("recitsl") is None  # like none, and like a rare one
    assert hand.slip_of("s") is hand.slip_of("som3thing") is None
