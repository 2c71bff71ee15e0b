"""What the shipped bundle saves on a page written for this purpose: quality is a test too."""

from __future__ import annotations

import pytest

import autocomplete
from autocomplete.bench import SAMPLE
from autocomplete.evaluation import Report, type_lines

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def report(engine: autocomplete.Autocompleter) -> Report:
    """The page, typed."""
    return type_lines(lambda text, k: [suggestion.word for suggestion in engine.suggest(text, k)], SAMPLE, 3)


def test_keystroke_savings_stay_above_the_floor(report: Report) -> None:
    figures = report.as_dict()
    assert figures["ignoring_case"]["keystroke_savings"] > 0.57
    assert figures["exact"]["keystroke_savings"] > 0.57


def test_next_words_are_foretold(report: Report) -> None:
    assert report.as_dict()["ignoring_case"]["top3"] > 0.4


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("See you tomo", "tomorrow"),
        ("Thank you for your ", "help"),
        ("Happy birth", "birthday"),
        ("Let me kn", "know"),
        ("im", "I'm"),
        ("i dont", "don't"),
        ("ill", "I'll"),
        ("see you on mon", "Monday"),
        ("How are ", "you"),
        ("HAPPY BIRTH", "BIRTHDAY"),
        ("Are you fre", "free"),
    ],
)
def test_everyday_words_are_among_three(engine: autocomplete.Autocompleter, text: str, word: str) -> None:
    assert word in [suggestion.word for suggestion in engine.suggest(text)]
