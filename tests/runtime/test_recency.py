"""What was written of late: against a list of all words, what is forgotten, how it stays small."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autocomplete.recency import Recency


@given(st.lists(st.sampled_from(["see", "you", "soon"]), min_size=1, max_size=1200))
def test_a_use_counts_half_after_two_hundred_words(words: list[str]) -> None:
    recency = Recency()
    for word in words:
        recency.add(word, 1)
    for word in ("see", "you", "never"):
        ref = sum(0.5 ** (ago / 200) for ago, other in enumerate(reversed(words)) if other == word)
        assert recency.uses(word) == pytest.approx(ref)
    assert recency.total == pytest.approx(sum(recency.uses(word) for word in set(words)))
    assert recency.latest(2) == list(dict.fromkeys(reversed(words)))[:2]


def test_what_is_taken_back_or_forgotten_is_gone() -> None:
    recency = Recency()
    for word in ("see", "you", "soon"):
        recency.add(word, 1)
    recency.add("you", -1)
    assert recency.latest(9) == ["soon", "see"]
    recency.drop(["see"])
    assert recency.uses("see") == 0
    assert recency.total == pytest.approx(recency.uses("soon"))
    recency.drop(None)
    assert recency.total == 0
    assert recency.latest(9) == []


def test_neither_memory_nor_numbers_grow_without_end() -> None:
    recency = Recency()
    for number in range(200_000):
        recency.add(f"w{number % 20_000}", 1)
    assert recency.total == pytest.approx(1 / (1 - 0.5 ** (1 / 200)), rel=1e-3)
    assert recency.uses("w19999") == pytest.approx(1)
    assert recency.uses("w15000") == 0
    assert len(recency.latest(30_000)) <= 4096
