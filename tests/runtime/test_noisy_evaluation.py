"""What becomes of mistyped words, on a keyboard whose every answer is written down and a line typed by hand."""

from __future__ import annotations

import pytest

from autocomplete.layout import load_layout
from autocomplete.noisy_evaluation import CHANGES, Known, correct_lines, latency, table
from autocomplete.typist import Keystroke, Slips, TypedLine, Typist
from tests.fake_field import FakeField

KNOWN = Known({"the", "form", "from", "cat", "mo"}.__contains__, {"lol"}.__contains__)


class HandTypist(Typist):
    """Types what is written down for a line, each key meant for the character at its side."""

    def __init__(self, script: dict[str, list[tuple[str, int]]]) -> None:
        super().__init__(load_layout(), list(script), Slips(rate=0))
        self._script = script

    def type(self, line: str) -> TypedLine:
        keys = tuple(Keystroke(character, (1.0, 2.0), meant, None) for character, meant in self._script[line])
        return TypedLine(line, keys, ("substitution",))


def same(line: str, *parts: str) -> list[tuple[str, int]]:
    """Pair the letters of parts with places: a part is text typed right, or `typed>meant` where they differ."""
    keys: list[tuple[str, int]] = []
    at = 0
    for part in parts:
        typed, _, meant = part.partition(">")
        meant = meant if ">" in part else typed
        keys += [(letter, min(at + place, at + max(0, len(meant) - 1))) for place, letter in enumerate(typed)]
        at += len(meant)
    assert at == len(line)
    return keys


def test_every_fate_is_counted_where_it_belongs() -> None:
    line = "say the cat from good morning lol pls"
    script = same(
        line, "say ", "teh>the", " ", "cst>cat", " ", "form>from", " ", "goid>good", " ", "mo rning>morning", " lol pls"
    )
    corrections = {"teh": "the", "cst": "cost", "form": "farm", "lol": "look"}
    offers = {"teh": ["ten", "the"], "cst": ["cat"], "goid": ["food"], "rning": ["morning"], "say": ["says"]}
    fields: list[FakeField] = []

    def open_field(text: str) -> FakeField:
        fields.append(FakeField(text, corrections, offers, confidence=0.8))
        return fields[-1]

    report = correct_lines(open_field, [line], HandTypist({line: script}), KNOWN)
    assert fields[0].text == "say the cost farm goid mo rning look pls "
    assert report.words == 8
    tally = report.ignoring_case
    assert tally.changed == {("lol", "look"): 1}
    # the | cost and farm; "cat" was first in the bar, "the" second
    assert vars(tally.listed) == {"right": 1, "left": 0, "otherwise": 2, "first": 1, "among": 2}
    # goid and mo rning; "morning" would have left the "mo"
    assert vars(tally.unlisted) == {"right": 0, "left": 2, "otherwise": 0, "first": 0, "among": 0}
    figures = report.as_dict()["ignoring_case"]
    assert figures["typed_right_unlisted"] == 3  # say, lol, pls
    assert figures["typed_right_but_changed_kinds"] == {"marks": 0, "listed": 0, "attested": 1, "unknown": 0}
    assert figures["words_right_before"] == 3
    assert figures["words_right_after"] == 3 - 1 + 1
    assert figures["mistyped"]["count"] == 5
    assert figures["mistyped"]["put_right_share"] == 0.2
    assert figures["typed_right_but_changed_share"] == pytest.approx(1 / 3, abs=1e-5)
    assert report.corrections.right == [True, False, False, False]
    assert report.offers.right == [False, False, True, True, False, False]
    assert len(report.seconds) == len(script) + 1


def test_changes_are_told_apart_by_kind_and_each_is_of_one() -> None:
    line = "dont say lol rearks from Anna cat's"
    changes = {"dont": "don't", "lol": "look", "rearks": "remarks", "from": "form", "Anna": "anna", "cat's": "cats"}
    field = FakeField("", changes)
    report = correct_lines(lambda _: field, [line], HandTypist({line: same(line, line)}), KNOWN)
    folded, exact = report.ignoring_case, report.exact
    assert folded.kinds == {"marks": 2, "listed": 1, "attested": 1, "unknown": 1}
    assert exact.kinds == {"marks": 3, "listed": 1, "attested": 1, "unknown": 1}
    assert (folded.kinds.total(), exact.kinds.total()) == (folded.changed.total(), exact.changed.total())
    text = table("some.txt", report)
    assert all(label in text for label in CHANGES.values())


def test_confidence_is_taken_before_every_key_of_a_word() -> None:
    line = "in the cat"
    script = same(line, "in ", "tge>the", " cat")
    offers = {"": ["in", "the"], "t": ["the"], "tge": ["the"], "c": ["cow"], "cat": ["cats"]}
    report = correct_lines(lambda text: FakeField(text, {}, offers, 0.5), [line], HandTypist({line: script}), KNOWN)
    # "": in, the; "in": nothing; "": in, the; t: the; tge: the; "": in, the; c: cow; cat: cats
    assert report.offers.right == [True, False, False, True, True, True, False, False, False, False]


def test_joined_words_are_right_once_they_are_parted() -> None:
    line = "in the cat."
    script = same(line, "in ", "the", "> ", "cat.")
    for correction, stands in (("the cat", "right"), ("thicket", "otherwise"), ("thecat", "left")):
        report = correct_lines(
            lambda text, c=correction: FakeField(text, {"thecat": c}, {"thecat": ["the cat"]}),
            [line],
            HandTypist({line: script}),
            KNOWN,
        )
        fates = report.exact.mistyped
        assert fates.all == getattr(fates, stands) == fates.first == 2
        assert report.words == 3
        assert not report.exact.changed


def test_a_word_that_is_split_can_be_put_together() -> None:
    line = "a morning"
    script = same(line, "a ", "mo rning>morning")

    class Joining(FakeField):
        def type(self, characters: str, at: tuple[float, float] | None = None) -> None:
            super().type(characters, at)
            self.text = self.text.replace("mo rning ", "morning ")

    report = correct_lines(Joining, [line], HandTypist({line: script}), KNOWN)
    assert report.ignoring_case.mistyped.right == 1


def test_case_is_ignored_and_counted() -> None:
    line = "i saw anna"
    script = same(line, "i ", "saw", " ", "anma>anna")
    report = correct_lines(
        lambda text: FakeField(text, {"i": "I", "anma": "Anna"}), [line], HandTypist({line: script}), KNOWN
    )
    assert report.ignoring_case.mistyped.right == 1
    assert not report.ignoring_case.changed
    assert report.exact.mistyped.otherwise == 1
    assert report.exact.changed == {("i", "I"): 1}


def test_a_word_of_which_nothing_was_typed_is_mistyped() -> None:
    line = "it is a cat"
    report = correct_lines(FakeField, [line], HandTypist({line: same(line, "it is ", ">a", " cat")}), KNOWN)
    assert report.exact.mistyped.all == report.exact.unlisted.left == 1


@pytest.mark.parametrize("touch", [False, True])
def test_places_are_told_if_asked(touch: bool) -> None:
    fields: list[FakeField] = []

    def open_field(text: str) -> FakeField:
        fields.append(FakeField(text))
        return fields[-1]

    lines = ["the cat sat", "on the mat."]
    correct_lines(open_field, lines, Typist(load_layout(), lines, Slips(rate=0)), KNOWN, touch=touch)
    assert all((place is not None) == touch for place in fields[0].places[:-1])
    assert fields[0].places[-1] is None  # the space that ends the line is not the typist's
    assert fields[1].text == "on the mat."


def test_progress_and_table() -> None:
    lines = ["the quick brown fox jumps over the lazy dog"] * 20
    done: list[int] = []
    typist = Typist(load_layout(), lines, Slips(rate=0.1))
    report = correct_lines(lambda text: FakeField(text, {"the": "they"}), lines, typist, KNOWN, progress=done.append)
    assert done == list(range(1, 21))
    text = table("some.txt", report)
    assert "some.txt, correcting only: 20 lines, 180 words" in text
    assert "the → they" in text
    figures = report.as_dict()["exact"]
    for key in ("words_right_before", "typed_right_but_changed"):
        assert str(figures[key]) in text
    assert figures["mistyped"]["count"] + figures["words_right_before"] == 180
    assert sum(report.slips.values()) > 0


def test_percentiles() -> None:
    assert latency([n / 1000 for n in range(100, 0, -1)]) == {"p50": 51.0, "p95": 96.0, "p99": 100.0}
    assert latency([]) == {"p50": 0.0, "p95": 0.0, "p99": 0.0}
