"""Words that are written but not listed are told from slips of those that are."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

import pytest

from training.attested import Written, choose, read, write

ROWS = [("the", math.log(0.05), ""), ("note", math.log(1e-4), ""), ("night", math.log(1e-4), "")]


def test_slang_and_names_are_attested_and_slips_are_not() -> None:
    folded = Counter({"the": 500_000, "nite": 400, "raghav": 3, "hapax": 1, "teh": 3, "x" * 21: 9, "77": 9, "a b": 9})
    found = choose(folded, {"nite": 1e-6, "tmr": 1e-7, "the": 0.05, "note": 1e-4}, ROWS, lambda _: False)
    assert not found.slips
    assert found.shares == {
        "nite": pytest.approx(400 / folded.total()),
        "raghav": pytest.approx(3 / folded.total()),
        "tmr": 1e-7,
    }


def test_misspellings_are_told_with_the_word_meant() -> None:
    folded = Counter({"the": 5_000_000, "definately": 40, "definitaly": 3, "kombu": 40})
    rows = [*ROWS, ("definitely", math.log(1e-3), ""), ("at", math.log(1e-3), "")]
    found = choose(folded, {}, rows, lambda word: word != "kombu")
    assert found.slips == {"definately": ("definitely", pytest.approx(40 / folded.total()))}
    assert found.shares.keys() == {"kombu"}
    assert choose(folded, {}, rows, lambda _: False).slips == {}


def test_the_file_is_read_back_most_frequent_first(tmp_path: Path) -> None:
    write(tmp_path / "attested.tsv", Written({"tmr": 1e-7, "nite": 1e-6}, {"teh": ("the", 1e-8)}))
    assert (tmp_path / "attested.tsv").read_text() == "nite\t-13.816\t\ntmr\t-16.118\t\nteh\t-18.421\tthe\n"
    written = read(tmp_path / "attested.tsv")
    assert written.shares == {"nite": pytest.approx(1e-6, rel=1e-3), "tmr": pytest.approx(1e-7, rel=1e-3)}
    assert written.slips == {"teh": ("the", pytest.approx(1e-8, rel=1e-3))}
    (tmp_path / "broken.tsv").write_text("nite -13.8\n")
    with pytest.raises(ValueError, match="line 1: 1 columns"):
        read(tmp_path / "broken.tsv")
    with pytest.raises(FileNotFoundError, match="training lexicon"):
        read(tmp_path / "none.tsv")
