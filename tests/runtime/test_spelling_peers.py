"""The checkers that the benchmark puts beside the engine: how they are asked and read."""

from __future__ import annotations

import shutil

import click
import pytest

from autocomplete.misspellings import Case, try_cases
from tests.benchmarks.spelling_peers import Hunspell, SymSpell, opener, read_answer


@pytest.mark.parametrize(
    ("typed", "lines", "words"),
    [
        ("siter", ["& siter 3 1: site, sister, it er"], ["site", "sister", "it er"]),
        ("xqz", ["# xqz 1"], []),
        ("go", ["*"], []),
        ("Los Angles", ["*", "& Angles 2 5: Angels, Angeles"], ["Los Angels", "Los Angeles"]),
    ],
)
def test_the_answer_of_hunspell_is_read(typed: str, lines: list[str], words: list[str]) -> None:
    assert read_answer(typed, lines) == words


def test_a_checker_sees_the_wrong_word_alone_and_three_of_its_words_count() -> None:
    asked = []

    def checker(typed: str) -> list[str]:
        asked.append(typed)
        return ["site", "sit", "sister", "sitter"]

    cases = [Case("My ", "siter", "sister", "x"), Case("My ", "siter", "sitter", "x")]
    report = try_cases(opener(checker), cases, lambda word: True)
    assert asked == ["siter", "siter"]
    hits = report.exact["all"]
    assert (hits.cases, hits.first, hits.among, hits.corrected) == (2, 0, 1, 0)


@pytest.mark.slow
def test_symspell_answers() -> None:
    pytest.importorskip("symspellpy", reason="symspellpy is not installed: pip install symspellpy")
    assert "sister" in SymSpell("ALL")("Siter")
    assert "go" not in SymSpell("CLOSEST")("go")


def test_a_dictionary_that_is_none_is_one_sentence(tmp_path: object) -> None:
    if not shutil.which("hunspell"):
        pytest.skip("hunspell is not installed")
    with pytest.raises(click.ClickException, match="does not open the dictionary"):
        Hunspell(f"{tmp_path}/nonsense")
