"""Pieces of any text, and which of them end a word."""

from __future__ import annotations

import io

import pytest
import sentencepiece
from hypothesis import given
from hypothesis import strategies as st

from autocomplete.text import normalise
from autocomplete.tokenizer import BREAK, START, Tokenizer


@given(st.text())
def test_any_normalised_text_comes_back(tokenizer: Tokenizer, raw: str) -> None:
    text = normalise(raw)
    lines = [" " + line.strip(" ") if line.strip(" ") else "" for line in text.split("\n")]
    tokens = tokenizer.encode_context(text)
    assert tokens[0] == START
    assert tokens.count(BREAK) == text.count("\n")
    spelled = tokenizer.decode(tokens)
    assert spelled == "\n".join(lines) or "\ud800" <= max(text) <= "\udfff"


@given(st.text(alphabet="tomrw 'x.,é\n5"), st.text(alphabet="tomrw 'x.,é\n5"))
def test_more_text_after_a_space_changes_no_token(tokenizer: Tokenizer, before: str, after: str) -> None:
    before = normalise(before + "x ")
    tokens = tokenizer.encode_context(before)
    assert tokenizer.encode_context(normalise(before + "x" + after))[: len(tokens)] == tokens


def test_boundaries(tokenizer: Tokenizer) -> None:
    boundary = dict(zip(tokenizer.pieces, tokenizer.is_boundary.tolist(), strict=True))
    assert all(boundary[piece] for piece in ("<s>", "<n>", "<pad>", "<unk>", "<0x41>", "▁the", ".", "▁"))
    assert not any(boundary[piece] for piece in ("s", "t", "é"))


def test_a_foreign_model_is_refused() -> None:
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(["a b c d e f g"] * 5), model_writer=model, vocab_size=12, minloglevel=2
    )
    with pytest.raises(ValueError, match="training vocabulary"):
        Tokenizer(model.getvalue())
