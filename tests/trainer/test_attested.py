"""Words that are written but not listed are told from slips of those that are."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

import pytest

from training.attested import choose, read, write

ROWS = [("the", math.log(0.05), ""), ("note", math.log(1e-4), ""), ("night", math.log(1e-4), "")]


def test_slang_and_names_are_attested_and_slips_are_not() -> None:
    folded = Counter({"the": 500_000, "nite": 400, "raghav": 3, "hapax": 1, "teh": 3, "x" * 21: 9, "77": 9, "a b": 9})
    found = choose(folded, {"nite": 1e-6, "tmr": 1e-7, "the": 0.05, "note": 1e-4}, ROWS)
    assert found == {
        "nite": pytest.approx(400 / folded.total()),
        "raghav": pytest.approx(3 / folded.total()),
        "tmr": 1e-7,
    }


def test_the_file_is_read_back_most_frequent_first(tmp_path: Path) -> None:
    write(tmp_path / "attested.tsv", {"tmr": 1e-7, "nite": 1e-6})
    assert (tmp_path / "attested.tsv").read_text().split() == ["nite", "-13.816", "tmr", "-16.118"]
    assert read(tmp_path / "attested.tsv") == {
        "nite": pytest.approx(1e-6, rel=1e-3),
        "tmr": pytest.approx(1e-7, rel=1e-3),
    }
    (tmp_path / "broken.tsv").write_text("nite -13.8\n")
    with pytest.raises(ValueError, match="line 1: 1 columns"):
        read(tmp_path / "broken.tsv")
    with pytest.raises(FileNotFoundError, match="training lexicon"):
        read(tmp_path / "none.tsv")
