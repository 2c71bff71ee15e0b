"""Pieces: what they may hold, and that text comes back whole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from autocomplete.text import chunks
from autocomplete.tokenizer import BREAK, SPECIALS, START, Tokenizer
from tests.trainer.conftest import Pipeline
from training.vocabulary import casing_function, count_chunks, make, train


@pytest.fixture(scope="module")
def tokenizer(pipeline: Pipeline) -> Tokenizer:
    """The tokenizer of the small text."""
    return Tokenizer(pipeline.vocabulary.read_bytes())


def test_specials_come_first(tokenizer: Tokenizer) -> None:
    assert tuple(tokenizer.pieces[:4]) == SPECIALS
    assert tokenizer.encode_context("") == [START]


@pytest.mark.parametrize(
    "text", ["the red car", "I don't see two tickets, in May!", "xylophone 42 ü 😀 привет", "a\nb c"]
)
def test_any_text_comes_back(tokenizer: Tokenizer, text: str) -> None:
    tokens = tokenizer.encode_context(text)
    assert tokenizer.decode(tokens) == "\n".join(" " + line for line in text.split("\n"))
    assert tokens.count(BREAK) == text.count("\n")


def test_common_words_are_one_piece_and_no_piece_crosses_a_chunk(tokenizer: Tokenizer) -> None:
    assert len(tokenizer.encode(" tickets")) == 1
    assert len(tokenizer.encode(" don't")) == 1
    for piece in tokenizer.pieces[4:]:
        body = piece.removeprefix("▁")
        if not piece.startswith("<0x") and any(letter.isalpha() for letter in body):
            assert all(letter.isalpha() or letter == "'" for letter in body), piece
            assert "▁" not in body, piece


def test_text_that_goes_on_keeps_its_tokens(tokenizer: Tokenizer) -> None:
    text = "Anna can't open the garden door, in May!"
    cut = 0
    for chunk in chunks(" " + text):
        cut += len(chunk)
        head = (" " + text)[:cut]
        assert tokenizer.encode(" " + text)[: len(tokenizer.encode(head))] == tokenizer.encode(head)


def test_boundaries_are_what_cannot_continue_a_word(tokenizer: Tokenizer) -> None:
    boundary = {piece: bool(tokenizer.is_boundary[token]) for token, piece in enumerate(tokenizer.pieces)}
    assert boundary["<s>"] and boundary["<n>"] and boundary["▁the"] and boundary["."]
    assert not boundary["s"]


def test_casings_differ_only_in_case(pipeline: Pipeline) -> None:
    line = "The car. Anna can't see May"
    assert casing_function("cased", None)(line) == line
    assert casing_function("folded", None)(line) == line.lower()
    assert casing_function("truecased", pipeline.lexicon)(line) == "the car. Anna can't see May"
    with pytest.raises(ValueError, match="truecased, folded, cased"):
        casing_function("upper", None)


def test_chunks_are_counted_with_their_space() -> None:
    assert count_chunks(["a b, a"], str) == {" a": 2, " b": 1, ",": 1}


def test_a_small_text_for_many_pieces_is_refused() -> None:
    with pytest.raises(ValueError, match="--vocab-size"):
        train(count_chunks(["so few words"] * 3, str), 5000)


def test_training_again_gives_the_same_pieces(pipeline: Pipeline, tmp_path: Path) -> None:
    facts = make(corpus=pipeline.corpus, lexicon=pipeline.lexicon, out=tmp_path / "again.model", vocab_size=500)
    assert (
        Tokenizer((tmp_path / "again.model").read_bytes()).pieces == Tokenizer(pipeline.vocabulary.read_bytes()).pieces
    )
    assert facts["share_of_words_that_are_one_piece"] > 0.9
    json.dumps(facts)
