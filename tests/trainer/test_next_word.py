"""Next-word accuracy against a count made the plain way."""

from __future__ import annotations

import pytest
import torch

from autocomplete.text import chunks
from autocomplete.tokenizer import SPACE, Tokenizer
from tests.trainer.conftest import Pipeline
from training.model import ModelConfig, Transformer
from training.next_word import Casing, measure

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
def _naive(model: Transformer, tokenizer: Tokenizer, k: int) -> tuple[float, float]:
    """Share of words among the k likeliest, ignoring case and exactly, with dictionaries over the whole vocabulary."""
    hits = exact = total = 0
    for line in LINES:
        pieces = list(chunks(" " + line))
        for number, chunk in enumerate(pieces):
            if number == 0 or not (chunk[0] == " " and chunk[1:2].isalpha()):
                continue
            tokens = tokenizer.encode_context("") + tokenizer.encode("".join(pieces[:number]))
            probabilities = model(torch.tensor([tokens]))[0, -1].softmax(-1).tolist()
            words: dict[str, float] = {}
            likeliest: dict[str, tuple[float, str]] = {}
            for piece, probability in zip(tokenizer.pieces, probabilities, strict=True):
                word = piece[1:].lower()
                if piece.startswith(SPACE) and piece[1:2].isalpha():
                    words[word] = words.get(word, 0.0) + probability
                    likeliest[word] = max(likeliest.get(word, (0.0, "")), (probability, piece[1:]))
            if chunk[1:].lower() in sorted(words, key=lambda word: -words[word])[:k]:
                hits += 1
                exact += likeliest[chunk[1:].lower()][1] == chunk[1:]
            total += 1
    return hits / total, exact / total


def test_accuracy_is_the_naive_count(model: Transformer, tokenizer: Tokenizer) -> None:
    found = measure(model, tokenizer, Casing(str), LINES)
    assert found.words == 6 + 4 + 0 + 5
    assert found.top1 == pytest.approx(_naive(model, tokenizer, 1)[0])
    assert (found.top3, found.top3_exact) == pytest.approx(_naive(model, tokenizer, 3))


@torch.no_grad()
def _foretold(model: Transformer, tokenizer: Tokenizer, words: int) -> str:
    """A line that the model itself goes on with."""
    line = "the"
    whole = [i for i, piece in enumerate(tokenizer.pieces) if piece.startswith(SPACE) and piece[1:].isalpha()]
    for _ in range(words):
        logits = model(torch.tensor([tokenizer.encode_context(line)]))[0, -1]
        line += " " + tokenizer.pieces[max(whole, key=lambda token: float(logits[token]))][1:]
    return line


def test_exactly_means_as_shown(model: Transformer, tokenizer: Tokenizer) -> None:
    line = [_foretold(model, tokenizer, 8)]
    as_is = measure(model, tokenizer, Casing(str), line)
    assert as_is.top3_exact > 0.5
    assert measure(model, tokenizer, Casing(str, show=lambda word: word + "!"), line).top3_exact == 0
    # words whose capital the truecased line undoes are not asked for their case
    undone = Casing(str, show=lambda word: word + "!", expect=str.swapcase)
    assert measure(model, tokenizer, undone, line).top3_exact == as_is.top3


def test_lines_without_a_second_word_are_refused(model: Transformer, tokenizer: Tokenizer) -> None:
    with pytest.raises(ValueError, match="no word after their first"):
        measure(model, tokenizer, Casing(str), ["one", "two!"])
