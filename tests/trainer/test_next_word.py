"""Next-word accuracy against a count made the plain way."""

from __future__ import annotations

import pytest
import torch

from autocomplete.text import chunks
from autocomplete.tokenizer import SPACE, Tokenizer
from tests.trainer.conftest import Pipeline
from training.model import ModelConfig, Transformer
from training.next_word import measure

LINES = ["We found the red car in May.", "They don't see Anna today", "the", "my sister sold an umbrella again!"]


@pytest.fixture(scope="module")
def tokenizer(pipeline: Pipeline) -> Tokenizer:
    """The tokenizer of the small text."""
    return Tokenizer(pipeline.vocabulary.read_bytes())


@pytest.fixture(scope="module")
def model(tokenizer: Tokenizer) -> Transformer:
    """A model with random weights: its choices are arbitrary but its own."""
    torch.manual_seed(3)
    model = Transformer(ModelConfig(vocab_size=tokenizer.vocab_size, n_layer=1, n_head=2, n_embd=16, n_hidden=32))
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    return model.eval()


@torch.no_grad()
def _naive(model: Transformer, tokenizer: Tokenizer, k: int) -> float:
    hits = total = 0
    for line in LINES:
        pieces = list(chunks(" " + line))
        for number, chunk in enumerate(pieces):
            if number == 0 or not (chunk[0] == " " and chunk[1:2].isalpha()):
                continue
            tokens = tokenizer.encode_context("") + tokenizer.encode("".join(pieces[:number]))
            probabilities = model(torch.tensor([tokens]))[0, -1].softmax(-1).tolist()
            words: dict[str, float] = {}
            for piece, probability in zip(tokenizer.pieces, probabilities, strict=True):
                if piece.startswith(SPACE) and piece[1:2].isalpha():
                    words[piece[1:].lower()] = words.get(piece[1:].lower(), 0.0) + probability
            hits += chunk[1:].lower() in sorted(words, key=lambda word: -words[word])[:k]
            total += 1
    return hits / total


def test_accuracy_is_the_naive_count(model: Transformer, tokenizer: Tokenizer) -> None:
    found = measure(model, tokenizer, str, LINES)
    assert found.words == 6 + 4 + 0 + 5
    assert found.top1 == pytest.approx(_naive(model, tokenizer, 1))
    assert found.top3 == pytest.approx(_naive(model, tokenizer, 3))


def test_lines_without_a_second_word_are_refused(model: Transformer, tokenizer: Tokenizer) -> None:
    with pytest.raises(ValueError, match="no word after their first"):
        measure(model, tokenizer, str, ["one", "two!"])
