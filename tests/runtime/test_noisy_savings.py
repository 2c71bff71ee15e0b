"""Keys of a user who makes mistakes, counted by hand; without mistakes it is the perfect user."""

from __future__ import annotations

import random
import re

import pytest

from autocomplete.evaluation import type_lines
from autocomplete.layout import load_layout
from autocomplete.noisy_savings import Paper, Tally, save_lines, table
from autocomplete.typist import Slips, Typist
from tests.fake_field import FakeField, FakeOffer
from tests.runtime.test_noisy_evaluation import HandTypist, same

WORDS = ["the", "then", "there", "we", "went", "were", "home", "house", "I", "today", "again"]


def _keys(line: str, script: list[tuple[str, int]], **listed: dict) -> Tally:
    report = save_lines(lambda text: FakeField(text, **listed), [line], HandTypist({line: script}))
    assert report.characters == len(line)
    return report.ignoring_case


def test_a_mistake_is_repaired_once_the_word_has_ended() -> None:
    line = "see the cat"
    script = same(line, "see ", "tge>the", " cat")
    # 4 + "tge " 4, back to "see t" 3, "he " 3, "cat" 3
    assert _keys(line, script) == Tally(keys=17, backspaces=3, repairs=1)


def test_a_mistake_in_the_last_word_is_seen_at_the_end() -> None:
    line = "see the cat"
    assert _keys(line, same(line, "see the ", "cst>cat")) == Tally(keys=11 + 2 + 2, backspaces=2, repairs=1)


def test_a_word_put_right_costs_nothing() -> None:
    line = "see the cat"
    script = same(line, "see ", "tge>the", " cat")
    assert _keys(line, script, corrections={"tge": "the"}) == Tally(keys=11)


def test_a_suggestion_that_puts_the_word_right_is_taken_at_once() -> None:
    line = "see tomorrow morning"
    script = same(line, "see ", "tonorrow>tomorrow", " morning")
    # "see " 4, "ton" 3, the word with its space 1, "mo" 2, the word 1
    listed = {"ton": ["tonight", "tomorrow"], "mo": ["morning"]}
    assert _keys(line, script, offers=listed) == Tally(keys=11, taken=2)


def test_a_suggestion_is_not_taken_where_it_would_not_put_the_text_right() -> None:
    line = "in the cat"
    script = same(line, "in ", "the", "> ", "cat")
    # taking "cat" for "thec" would lose "the"; at the end: back to "in the" 3, " cat" 4
    tally = _keys(line, script, offers={"thec": ["cat"]})
    assert tally == Tally(keys=9 + 3 + 4, backspaces=3, repairs=1)
    # "the cat" is what was meant
    assert _keys(line, script, offers={"thec": ["the cat"]}) == Tally(keys=7 + 1, taken=1)


def test_a_word_taken_before_a_full_stop_loses_its_space_for_nothing() -> None:
    line = "go home."
    assert _keys(line, same(line, "go home."), offers={"h": ["home"]}) == Tally(keys=3 + 1 + 1 + 1, taken=1)


def test_a_keyboard_that_insists_is_overruled() -> None:
    line = "so lol then"
    # each time "look " is deleted but for "lo": three characters, then "l " 2; three repairs
    tally = _keys(line, same(line, line), corrections={"lol": "look"})
    assert tally == Tally(keys=11 + 3 * (3 + 2), backspaces=9, repairs=1, overruled=1)


def test_a_backspace_that_brings_back_what_was_typed_is_used() -> None:
    class Undoing(FakeField):
        def backspace(self, count: int = 1) -> None:
            if self.correction:
                self.text = self.text[: -len(self.correction.word) - 1] + self.correction.typed
                self._corrections = {}
                self.correction = None
            else:
                super().backspace(count)

    line = "so lol then"
    report = save_lines(lambda text: Undoing(text, {"lol": "look"}), [line], HandTypist({line: same(line, line)}))
    # one backspace brings "lol" back, the space is typed again
    assert report.exact == Tally(keys=11 + 2, backspaces=1, repairs=1)


def test_case_counts_only_where_it_is_asked() -> None:
    line = "so i go"
    script = same(line, line)
    report = save_lines(lambda text: FakeField(text, {"i": "I"}), [line], HandTypist({line: script}))
    assert report.ignoring_case == Tally(keys=7)
    assert report.exact.overruled == 1
    assert report.as_dict()["exact"]["keystroke_savings"] < 0


class _Lister(FakeField):
    """Offers words of a list, some of them with a capital; goes on from what is typed."""

    @property
    def suggestions(self) -> list[FakeOffer]:
        return [FakeOffer(word, word + " ", len(self._prefix())) for word in _listed(self.text, 3)]

    def _prefix(self) -> str:
        return re.search(r"[^\s]*$", self.text)[0]  # type: ignore[index]


def _listed(text: str, k: int) -> list[str]:
    prefix = re.search(r"[^\s]*$", text)[0].lower()  # type: ignore[index]
    words = [word for word in WORDS if word.lower().startswith(prefix) and word.lower() != prefix]
    turn = len(text) % 3
    words = words[turn:] + words[:turn]
    return [word.capitalize() if place == 1 else word for place, word in enumerate(words)][:k]


@pytest.mark.parametrize("seed", range(4))
def test_without_mistakes_it_is_the_perfect_user(seed: int) -> None:
    rng = random.Random(seed)
    words = [*WORDS, "zebra", "The", "house."]
    lines = [" ".join(rng.choices(words, k=rng.randint(1, 9))) + rng.choice(["", ".", "!?"]) for _ in range(30)]
    ref = type_lines(_listed, lines, 3)
    comp = save_lines(_Lister, lines, Typist(load_layout(), lines, Slips(rate=0)))
    assert comp.ignoring_case.keys == ref.ignoring_case.keystrokes
    assert comp.as_dict()["ignoring_case"]["keystroke_savings"] == ref.as_dict()["ignoring_case"]["keystroke_savings"]
    assert comp.alone == Tally(keys=comp.characters)
    assert comp.ignoring_case.repairs == comp.exact.repairs == 0


def test_whatever_goes_wrong_the_line_is_finished_and_paid_for() -> None:
    rng = random.Random(5)
    lines = [" ".join(rng.choices([*WORDS, "lol", "u"], k=9)) + "." for _ in range(60)]
    typist = Typist(load_layout(), lines, Slips(rate=0.2, missed_space=0.4, accidental_space=0.1))
    done: list[int] = []
    report = save_lines(
        lambda text: _Lister(text, {"lol": "look", "tge": "the"}), lines, typist, touch=True, progress=done.append
    )
    assert done == list(range(1, 61))
    assert report.alone.keys > report.characters + report.alone.backspaces
    assert report.ignoring_case.keys < report.exact.keys < report.alone.keys
    assert report.ignoring_case.overruled > 0
    text = table("some.txt", report)
    assert f"{100 * report.as_dict()['exact']['keystroke_savings']:.1f} %" in text
    assert str(report.alone.keys) in text


def test_paper_offers_nothing() -> None:
    paper = Paper("ab")
    paper.type("c")
    paper.backspace(0)
    paper.backspace(2)
    assert (paper.text, paper.suggestions, paper.correction) == ("a", [], None)
    with pytest.raises(ValueError, match="offers nothing"):
        paper.accept("a word")
