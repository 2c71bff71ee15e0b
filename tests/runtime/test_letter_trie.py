"""The trie of letters against plain dictionaries of beginnings."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autocomplete.letter_trie import AFTER, DEPTH, FIRST_WORD, LETTER, UNKNOWN, LetterTrie
from autocomplete.lexicon import Lexicon

KEYS = st.lists(st.text(st.sampled_from("abéж-😀"), min_size=1, max_size=6), min_size=1, max_size=30).map(sorted)


def _beginnings(trie: LetterTrie) -> dict[str, tuple[int, int, int]]:
    """Spell the nodes out: beginning to first word below, end of those that end there, end of all below."""
    letters = {place: letter for letter, place in trie.alphabet.items()}
    path: list[str] = []
    found = {}
    for node, (letter, depth, after, first) in enumerate(trie.nodes[:-1].tolist()):
        path = [*path[: depth - 1], letters[letter]]
        found["".join(path)] = (first, int(trie.nodes[node + 1, FIRST_WORD]), int(trie.nodes[after, FIRST_WORD]))
    return found


@settings(deadline=None)  # the first call compiles
@given(KEYS)
def test_nodes_are_the_beginnings_and_know_their_words(keys: list[str]) -> None:
    ref = {}
    for beginning in {key[:end] for key in keys for end in range(1, len(key) + 1)}:
        below = [place for place, key in enumerate(keys) if key.startswith(beginning)]
        ref[beginning] = (below[0], below[0] + keys.count(beginning), below[-1] + 1)
    trie = LetterTrie(keys)
    assert _beginnings(trie) == ref
    assert trie.nodes[-1].tolist() == [UNKNOWN, max(map(len, keys)), len(trie.nodes) - 1, len(keys)]
    assert (np.diff(trie.nodes[:, DEPTH])[:-1] <= 1).all()
    assert (trie.nodes[:-1, AFTER] > np.arange(len(trie.nodes) - 1)).all()


@settings(deadline=None)  # the first call compiles
@given(KEYS, st.text(st.sampled_from("abéж-x"), min_size=1, max_size=4))
def test_words_are_found_by_their_letters(keys: list[str], letters: str) -> None:
    below = [place for place, key in enumerate(keys) if key.startswith(letters)]
    ref = (below[0], below[0] + keys.count(letters), below[-1] + 1) if below else (0, 0, 0)
    assert LetterTrie(keys).words_of(letters) == ref


def test_the_small_lexicon(lexicon: Lexicon) -> None:
    found = _beginnings(lexicon.letters)
    for beginning in ("t", "tom", "the", "tomatoes"):
        start, _, end = found[beginning]
        assert (start, end) == lexicon.range_of(beginning)
        assert range(start, found[beginning][1]) == lexicon.exactly(beginning)


def test_typed_letters_are_looked_up() -> None:
    trie = LetterTrie(["ab", "b"])
    assert trie.encode("bax").tolist() == [trie.alphabet["b"], trie.alphabet["a"], UNKNOWN]
    assert trie.nodes[0, LETTER] == trie.alphabet["a"]


@pytest.mark.parametrize("keys", [["a"], ["a", "a"], ["a", "aa", "ab"]])
def test_few_words(keys: list[str]) -> None:
    assert set(_beginnings(LetterTrie(keys))) == set(keys)
