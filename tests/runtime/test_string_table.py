"""Strings in one buffer against a list of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autocomplete.string_table import parse_lines

words = st.text(st.characters(exclude_characters="\n\t", exclude_categories=["Cs"]), max_size=8)


@given(st.lists(st.tuples(words, st.none() | words), min_size=1, max_size=30))
def test_lines_are_parsed_as_split_would(rows: list[tuple[str, str | None]]) -> None:
    lines = "\n".join(first if last is None else f"{first}\t{last}" for first, last in rows)
    first, last = parse_lines(lines.encode())
    assert list(first) == [line.split("\t")[0] for line in lines.split("\n")]
    assert list(last) == [line.split("\t")[-1] for line in lines.split("\n")]
    points, lengths = first.points()
    assert points.tolist() == [ord(letter) for word in first for letter in word]
    assert lengths.tolist() == [len(word) for word in first]
    for table in (first, last):
        places = np.arange(len(table))[::-2]
        assert table.take(places) == [table[place] for place in places.tolist()]
        assert table.take(places[:0]) == []


def test_it_is_a_sequence() -> None:
    table, _ = parse_lines("ä\nb\ncc".encode())
    assert (len(table), table[0], table[-1], list(table), "b" in table) == (3, "ä", "cc", ["ä", "b", "cc"], True)
    assert list(parse_lines(b"a\tx\nb\ncc")[1]) == ["x", "b", "cc"]
    with pytest.raises(IndexError):
        table[3]
