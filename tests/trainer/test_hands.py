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
    words = {word for one in hands for word in one.line.replace(",", "").split()}
    assert words - set(LINE.replace(",", "").split()) >= {"goin", "zimbra", "monday"}
    assert not {one for one in words if one != one.lower()} & {"Mondy", "Mnday", "Lndon"}  # nobody writes so
    assert words >= {"somthing", "Zimbra"}
    assert all(one.meant[7] == "something" for one in hands if "somthing" in one.line and not one.put[7])
    assert any(one.meant[5] == "Monday" for one in hands if "monday" in one.line)
    for one in hands:
        assert len(one.meant) == len(one.put) == 9
        assert one.meant[3] != "london" or one.line == one.line.lower()
        assert one.line.count(",") == 1
        written = one.line.replace(",", "").split()
        wanted = zip(written, one.meant, one.put, LINE.replace(",", "").split(), strict=True)
        for word, meant, put, stood in wanted:
            assert not put or word == meant != stood  # what is put there is meant


def test_who_leaves_out_apostrophes_leaves_out_all_of_a_line_and_means_them() -> None:
    hand = Hand(Written({}, {}), 2, KNOWN)
    hands = [hand.write(LINE) for _ in range(400)]
    hands = [one for one in hands if one.line[0] == "I"]  # the others use shorthand throughout
    left_out = [one.line.count("'") for one in hands]
    assert set(left_out) == {0, 2}
    assert 0.2 < left_out.count(0) / len(left_out) < 0.4
    assert all((one.meant[0], one.meant[6]) == ("I'm", "that's") for one in hands)


def test_who_uses_shorthand_throughout_writes_small_and_without_apostrophes_and_means_it() -> None:
    hand = Hand(Written({}, {"recieve": ("receive", 1e-6)}), 4, KNOWN)
    hands = [hand.write("Did you recieve Anna's letter before tomorrow?") for _ in range(400)]
    small = [one for one in hands if one.line[0] == "d"]
    assert 0.3 < len(small) / len(hands) < 0.5
    assert all("'" not in one.line and one.line == one.line.lower() for one in small)
    words = {word for one in small for word in one.meant}
    assert words >= {"u", "b4", "tmr", "tmrw", "2moro", "annas", "receive", "letter"}
    for place, usual in ((0, "did"), (3, "annas"), (4, "letter")):
        assert all(one.put[place] == (one.meant[place] != usual) for one in small)
    coined = [one.meant[4] for one in small if one.put[4]]
    assert 0 < len(coined) < len(small) / 5  # a spelling of their own, now and then


def test_known_misspellings_of_the_text_mean_the_word() -> None:
    hand = Hand(Written({}, {"recieve": ("receive", 1e-6)}), 3, KNOWN)
    hands = [hand.write("We recieve it") for _ in range(40)]  # some in shorthand throughout
    assert {one.meant[1] for one in hands} == {"receive"}
    assert any(one.meant == ["We", "receive", "it"] for one in hands)


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
