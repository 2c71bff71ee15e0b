"""The word list: keys, groups, the trie against a dictionary, and the bytes in a bundle."""

from __future__ import annotations

import zlib

import numpy as np
import pytest

from autocomplete import lexicon as lexicons
from autocomplete.lexicon import VARIANT, Lexicon, key_of
from autocomplete.piece_trie import CHILD_END, CHILD_START, END_HERE, TOKEN, WORD_END, WORD_START
from autocomplete.tokenizer import Tokenizer
from tests import reference
from tests.conftest import lexicon_rows


@pytest.mark.parametrize(
    ("form", "key"),
    [
        ("I'll", "ill"),
        ("don’t", "dont"),
        ("Café", "cafe"),
        ("naïve", "naive"),
        ("to-do", "to-do"),
        ("STRASSE", "strasse"),
    ],
)
def test_keys_are_what_a_thumb_types(form: str, key: str) -> None:
    assert key_of(form) == key


def test_words_of_a_prefix_are_one_range(lexicon: Lexicon) -> None:
    for prefix in ("", "t", "tom", "tomorrow", "i", "ill", "zz", "xylophones", "\U0010fffe"):
        start, end = lexicon.range_of(prefix)
        assert set(range(start, end)) == {w for w, form in enumerate(lexicon.forms) if key_of(form).startswith(prefix)}


def test_words_of_exactly_a_key(lexicon: Lexicon) -> None:
    assert {lexicon.forms[word] for word in lexicon.exactly("ill")} == {"I'll", "ill"}
    assert list(lexicon.exactly("il")) == []


def test_words_have_the_probability_of_the_most_frequent_form_of_their_letters(lexicon: Lexicon) -> None:
    ill = max(float(lexicon.logprobs[word]) for word in lexicon.exactly("ill"))
    assert lexicon.frequency_of("Ill") == lexicon.frequency_of("I'll") == pytest.approx(ill)
    assert lexicon.frequency_of("il") == -16.0
    assert lexicon.frequency_of("ill il") == pytest.approx(ill - 16.0)


def test_usual_forms(lexicon: Lexicon) -> None:
    found = {word: lexicon.usual(word) for word in ("i", "monday", "us", "may", "don't", "dont", "ill", "i'll", "qqq")}
    assert found == {
        "i": "I", "monday": "Monday", "us": "us", "may": "may", "don't": "don't", "dont": None, "ill": "ill",
        "i'll": "I'll", "qqq": None,
    }  # fmt: skip


def test_words_that_have_capitals_in_every_form(lexicon: Lexicon) -> None:
    words = ("i", "monday", "us", "may", "don't", "dont", "i'll", "the", "qqq", "I'll")
    assert {word: lexicon.only(word) for word in words if lexicon.only(word)} == {"i'll": "I'll"}
    assert {form for form in lexicon.forms if form.lower() == "monday"} == {"Monday", "monday"}
    assert {form for form in lexicon.forms if form.lower() == "i'll"} == {"I'll"}


def test_words_that_lack_their_apostrophe(lexicon: Lexicon) -> None:
    words = ("dont", "im", "don't", "ill", "the", "zzz", "")
    assert [word for word in words if lexicon.lacks_mark(word)] == ["dont", "im"]


def test_groups_join_case_and_variants_but_not_other_words(lexicon: Lexicon) -> None:
    group = {form: lexicon.forms[lexicon.group[word]] for word, form in enumerate(lexicon.forms)}
    assert group["US"] == group["us"] == "us"
    assert group["May"] == group["may"] == "may"
    assert group["i"] == "I"
    assert group["dont"] == "don't"
    assert group["im"] == "I'm"
    assert group["ill"] == "ill"
    assert group["I'll"] == "I'll"
    assert group["were"] == "were"
    assert group["we're"] == "we're"


def test_the_trie_is_the_dictionary(lexicon: Lexicon) -> None:
    ref = reference.trie(lexicon)
    trie = lexicon.trie
    seen = []

    def walk(start: int, end: int, path: tuple[int, ...]) -> None:
        tokens = trie.nodes[start:end, TOKEN].tolist()
        assert tokens == sorted(set(tokens))
        for node in range(start, end):
            here = (*path, int(trie.nodes[node, TOKEN]))
            below = trie.order[trie.nodes[node, WORD_START] : trie.nodes[node, WORD_END]].tolist()
            ending = trie.order[trie.nodes[node, WORD_START] : trie.nodes[node, END_HERE]].tolist()
            assert (sorted(below), sorted(ending)) == ref[here]
            assert all((trie.ends[word] == node) == (word in ending) for word in below)
            assert all(trie.parents[child] == node for child in range(*trie.nodes[node, CHILD_START : CHILD_END + 1]))
            seen.append(here)
            walk(int(trie.nodes[node, CHILD_START]), int(trie.nodes[node, CHILD_END]), here)

    walk(0, trie.roots, ())
    assert (trie.parents[: trie.roots] == -1).all()
    assert sorted(seen) == sorted(ref)
    assert len(trie.nodes) == len(ref)


def test_one_word_and_the_same_pieces_twice(tokenizer: Tokenizer) -> None:
    one = Lexicon.from_rows([("tomography", -1.0, "")], tokenizer)
    assert len(one.trie.nodes) == len(one.pieces_of(0))
    assert reference.trie(one).keys() == {tuple(one.pieces_of(0)[:end]) for end in range(1, len(one.trie.nodes) + 1)}


def test_what_is_written_is_read_back(lexicon: Lexicon) -> None:
    again = Lexicon.from_bytes(lexicon.to_bytes())
    assert (list(again.keys), list(again.forms)) == (list(lexicon.keys), list(lexicon.forms))
    for name in ("flags", "group"):
        np.testing.assert_array_equal(getattr(again, name), getattr(lexicon, name))
    np.testing.assert_allclose(again.logprobs, lexicon.logprobs, atol=0.01)
    np.testing.assert_array_equal(again.trie.nodes, lexicon.trie.nodes)
    np.testing.assert_array_equal(again.trie.ends, lexicon.trie.ends)
    np.testing.assert_array_equal(again.letters.nodes, lexicon.letters.nodes)
    assert again.to_bytes() == Lexicon.from_bytes(again.to_bytes()).to_bytes()


def test_pieces_spell_the_words(lexicon: Lexicon, tokenizer: Tokenizer) -> None:
    for word, form in enumerate(lexicon.forms):
        assert tokenizer.decode(lexicon.pieces_of(word)) == " " + form


@pytest.mark.parametrize("data", [b"", b"nonsense", zlib.compress(b"short"), zlib.compress(b"LEX9" + bytes(60))])
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="make the bundle again"):
        Lexicon.from_bytes(data)


def test_cut_bytes_are_refused(lexicon: Lexicon) -> None:
    with pytest.raises(ValueError, match="make the bundle again"):
        Lexicon.from_bytes(zlib.compress(zlib.decompress(lexicon.to_bytes())[:-3]))


def test_empty_lists_and_unknown_flags_are_refused(tokenizer: Tokenizer) -> None:
    with pytest.raises(ValueError, match="empty"):
        Lexicon.from_rows([], tokenizer)
    with pytest.raises(ValueError, match='"rude"'):
        Lexicon.from_rows([("word", -1.0, "rude")], tokenizer)


def test_flags_are_kept(lexicon: Lexicon) -> None:
    flags = dict(zip(lexicon.forms, lexicon.flags.tolist(), strict=True))
    assert flags["slur"] == lexicons.OFFENSIVE
    assert flags["dont"] == VARIANT
    assert sum(map(bool, flags.values())) == sum(bool(row[2]) for row in lexicon_rows())
