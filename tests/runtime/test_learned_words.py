"""Words in columns against a plain dictionary of rows; the same in one piece, and what is no such piece."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autocomplete.increments import WordRow
from autocomplete.learned_words import Columns, LearnedWords
from autocomplete.word_pack import pack, unpack

COUNTS = st.integers(0, 2**31 - 1)
WORD = st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), min_size=1, max_size=6)
ROWS = st.dictionaries(
    WORD, st.tuples(COUNTS, COUNTS, COUNTS, COUNTS, st.floats(0, 1e300), st.integers(0, 500_000)), max_size=12
)


def _columns(rows: dict) -> Columns:
    return Columns.of([(word, *row[:5], row[5] * 3600) for word, row in rows.items()])


@given(ROWS, st.lists(st.tuples(WORD, st.sampled_from(["add", "change", "remove"])), max_size=8))
def test_it_is_a_dictionary_of_rows(rows: dict, edits: list[tuple[str, str]]) -> None:
    ref = {word: WordRow(*row[:5], row[5] * 3600) for word, row in rows.items()}
    comp = LearnedWords(_columns(rows))
    slots = dict(comp.slots)
    for word, edit in [*edits, *((word, edit) for word, (_, edit) in zip(rows, edits, strict=False))]:
        for words in (ref, comp):
            if edit == "add":
                words.setdefault(word, WordRow(uses=1, weight=2.0)).uses += 1
            elif edit == "change" and word in words:
                words[word].kept += 1
            elif edit == "remove":
                words.pop(word, None)
    assert dict(comp) == ref
    assert len(comp) == len(ref)
    assert comp.get("never seen") is None
    for word, slot in comp.slots.items():
        assert comp.names[slot] == word
        assert slots.get(word, slot) == slot or ("remove" in [edit for _, edit in edits])
    uses, kept, weights = comp.table()
    for slot, name in enumerate(comp.names):
        row = ref.get(name, WordRow()) if name else WordRow()
        assert (uses[slot], kept[slot], weights[slot]) == (row.uses, row.kept, row.weight)


@given(ROWS)
def test_a_pack_holds_what_the_columns_hold(rows: dict) -> None:
    columns = _columns(rows)
    content = pack(columns)
    assert content is not None
    found = unpack(content)
    assert found is not None
    assert found.words == columns.words
    np.testing.assert_array_equal(found.counts, columns.counts)
    np.testing.assert_array_equal(found.weights, columns.weights)
    for broken in (content[:-1], content + b"\0", content[1:], b"", b"x" * len(content)):
        assert unpack(broken) is None


def test_what_does_not_fit_is_not_packed() -> None:
    assert pack(_columns({"two\nlines": (1, 0, 0, 0, 1.0, 1)})) is None
    assert pack(_columns({"often": (2**31, 0, 0, 0, 1.0, 1)})) is None
    assert pack(_columns({"often": (2**31 - 1, 0, 0, 0, 1.0, 1)})) is not None
    with pytest.raises(KeyError):
        LearnedWords()["two\nlines"]
