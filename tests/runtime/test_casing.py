"""How words are written and the edits that put them there, case by case."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autocomplete.casing import show, suggest


@pytest.mark.parametrize(
    ("form", "prefix", "start", "shown"),
    [
        ("hello", "", False, "hello"),
        ("hello", "", True, "Hello"),
        ("hello", "he", True, "Hello"),
        ("hello", "He", False, "Hello"),
        ("hello", "HE", False, "HELLO"),
        ("hello", "H", True, "Hello"),
        ("Monday", "mo", False, "Monday"),
        ("Monday", "MO", False, "MONDAY"),
        ("iPhone", "", True, "iPhone"),
        ("iPhone", "Ip", False, "iPhone"),
        ("I'm", "im", False, "I'm"),
        ("don't", "DON'", False, "DON'T"),
        ("US", "u", False, "US"),
        ("émile", "", True, "Émile"),
    ],
)
def test_show(form: str, prefix: str, start: bool, shown: str) -> None:
    assert show(form, prefix, sentence_start=start) == shown


@pytest.mark.parametrize(
    ("word", "prefix", "space", "delete", "insert", "kind"),
    [
        ("tomorrow", "tomo", False, 0, "rrow ", "completion"),
        ("Monday", "mon", False, 3, "Monday ", "completion"),
        ("don't", "dont", False, 1, "'t ", "correction"),
        ("hello", "", False, 0, "hello ", "prediction"),
        ("hello", "", True, 0, " hello ", "prediction"),
        ("I'll", "ill", False, 3, "I'll ", "correction"),
    ],
)
def test_suggest(word: str, prefix: str, space: bool, delete: int, insert: str, kind: str) -> None:
    made = suggest(word, prefix, -1.0, confidence=0.5, needs_space=space)
    assert (made.word, made.delete_left, made.insert_text, made.kind) == (word, delete, insert, kind)


@given(st.text(min_size=1), st.text(), st.text())
def test_the_edit_always_leaves_the_word_and_a_space(word: str, prefix: str, before: str) -> None:
    made = suggest(word, prefix, -1.0, confidence=0.5, needs_space=False)
    text = before + prefix
    assert text[: len(text) - made.delete_left] + made.insert_text == before + word + " "
