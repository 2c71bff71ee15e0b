"""Real misspellings: how they are read, and what is counted, on a keyboard whose answers are written down."""

from __future__ import annotations

from pathlib import Path

import pytest

from autocomplete.misspellings import Case, Hits, Report, read_pairs, read_tagged, table, try_cases, try_right_words
from tests.fake_field import FakeField

LISTED = {"sister", "goes", "a", "lot", "go", "my", "often"}.__contains__
TAGGED = """My <ERR targ=sister> siter </ERR> <ERR targ=goes> go </ERR> to town.
She <ERR targ=a lot> alot </ERR>, I <ERR targ=reads> read
he has lol two cats.
<ERR targ=Often> offen </ERR>
"""


@pytest.fixture
def tagged(tmp_path: Path) -> Path:
    """Sentences with tags, one of them broken."""
    path = tmp_path / "tagged.txt"
    path.write_text(TAGGED)
    return path


def test_tagged_sentences_are_taken_apart(tagged: Path) -> None:
    cases, sentences = read_tagged(tagged)
    assert cases == [
        Case("My ", "siter", "sister", "tagged"),
        Case("My sister ", "go", "goes", "tagged"),
        Case("", "offen", "Often", "tagged"),
    ]
    assert [sentence.text for sentence in sentences] == ["My sister goes to town.", "he has lol two cats.", "Often"]
    parts = [[sentence.text[first:last] for first, last in sentence.plain] for sentence in sentences]
    assert parts == [["My ", " ", " to town."], ["he has lol two cats."], ["", ""]]


def test_the_ending_key_is_the_one_that_was_typed(tmp_path: Path) -> None:
    path = tmp_path / "tagged.txt"
    path.write_text("ask my <ERR targ=sister> siter </ERR>, please")
    assert read_tagged(path)[0] == [Case("ask my ", "siter", "sister", "tagged", ",")]


def test_cases_are_counted_by_group() -> None:
    cases = [
        Case("my ", "siter", "sister", "a"),
        Case("she ", "go", "goes", "b"),
        Case("", "alot", "a lot", "a", "."),
        Case("", "ofen", "often", "a"),
        Case("", "zebar", "zebra", "b"),
    ]
    corrections = {"siter": "Sister", "alot": "a lot", "ofen": "oven"}
    offers = {"siter": ["site", "Sister"], "go": ["goes"], "alot": ["alto"], "zebar": ["zebra"]}
    done: list[int] = []
    report = try_cases(lambda text: FakeField(text, corrections, offers), cases, LISTED, done.append)
    assert done == [1, 2, 3, 4, 5]
    assert report.ignoring_case["all"] == Hits(cases=5, first=2, among=3, corrected=2, spoiled=1)
    assert report.ignoring_case["target listed"] == Hits(cases=4, first=1, among=2, corrected=2, spoiled=1)
    assert report.exact["target listed"] == Hits(cases=4, first=1, among=1, corrected=1, spoiled=2)
    assert report.ignoring_case["  typed word listed too"] == Hits(cases=1, first=1, among=1)
    assert report.ignoring_case["  1 character wrong"].cases == 3
    assert report.ignoring_case["  2 characters wrong"].cases == 1
    assert report.ignoring_case["  from a"].cases == 3
    assert list(report.as_dict()["ignoring_case"])[:4] == [
        "all", "target listed", "typed word listed too", "typed word not listed",
    ]  # fmt: skip
    text = table("some.tsv", report)
    assert "target listed                            4    25.0 %" in text


def test_right_words_outside_the_tags_are_watched(tagged: Path) -> None:
    _, sentences = read_tagged(tagged)
    report = Report()
    corrections = {"lol": "look", "sister": "sitter", "town": "Town", "cats": "cast", "My": "Me"}
    opened: list[str] = []

    def open_field(text: str) -> FakeField:
        opened.append(text)
        return FakeField(text, corrections)

    done: list[int] = []
    try_right_words(open_field, sentences, report, done.append)
    assert done == [1, 2, 3]
    # My to town | he has lol two cats; "sister" and "goes" are tagged
    assert report.right_words == 8
    assert report.changed == {("lol", "look"): 1, ("cats", "cast"): 1, ("My", "Me"): 1}
    assert report.changed_exact == 4
    assert "he has lol " in opened
    assert "My sister " in opened
    figures = report.as_dict()["right_words"]
    assert (figures["changed"], figures["changed_share"]) == (3, 0.375)
    text = table("tagged.txt", report)
    assert "8, changed 3 (37.50 %), in case only 1" in text
    assert "lol → look" in text


def test_pairs_are_read_and_drawn_by_seed(tmp_path: Path) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_text("".join(f"mis{i}\tword{i}\tsource\n" for i in range(40)) + "bare\tpair\n")
    everything = read_pairs(path)
    assert everything[0] == Case("", "mis0", "word0", "source")
    assert everything[-1] == Case("", "bare", "pair", "pairs")
    drawn = read_pairs(path, 10, seed=3)
    assert drawn == read_pairs(path, 10, seed=3) != read_pairs(path, 10, seed=4)
    assert len(drawn) == 10
    assert set(drawn) < set(everything)


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"onlyone\n", "line 1: expected misspelling, tab"), (b"", "is empty"), (b"a\tb\n\xff\tb", "is not UTF-8 text")],
)
def test_a_list_of_another_form_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message):
        read_pairs(path)


def test_sentences_without_marks_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "plain.txt"
    path.write_text("nothing is marked here\n")
    with pytest.raises(ValueError, match="marks no word"):
        read_tagged(path)
