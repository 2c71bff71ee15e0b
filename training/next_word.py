"""Next-word accuracy of a run, case ignored: what vocabularies and casings can be compared by.

Bits per byte cannot compare a model that reads case with one that does not, since they predict different text. The
share of words foretold among three can. A word counts as foretold if it is one of the three likeliest whole-word
pieces, spellings that differ only in case taken together; words of several pieces count as missed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import torch
from torch import Tensor

from autocomplete.text import chunks
from autocomplete.tokenizer import SPACE, Tokenizer
from training.corpus import iterate
from training.model import Transformer
from training.vocabulary import casing_function


@dataclass(frozen=True)
class NextWord:
    """Accuracy over the words after each line's first."""

    top1: float
    top3: float
    words: int


class _Groups:
    """Whole-word pieces by their folded spelling."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self.numbers: dict[str, int] = {}
        tokens, groups = [], []
        for token, piece in enumerate(tokenizer.pieces):
            word = piece.removeprefix(SPACE).lower()
            if piece.startswith(SPACE) and word and word[0].isalpha():
                tokens.append(token)
                groups.append(self.numbers.setdefault(word, len(self.numbers)))
        self.tokens, self.groups = torch.tensor(tokens), torch.tensor(groups)

    def best(self, logprobs: Tensor, k: int) -> Tensor:
        """Give the k likeliest groups, int64 [n, k], for logprobs [n, vocab_size]."""
        summed = torch.zeros(len(logprobs), len(self.numbers)).index_add_(
            1, self.groups, logprobs[:, self.tokens].exp()
        )
        return summed.topk(k, dim=-1).indices


def _positions(line: str, tokenizer: Tokenizer, recase: Callable[[str], str]) -> tuple[list[int], list[int], list[str]]:
    """Encode a line; give its tokens, where each word but the first is foretold, and those words folded."""
    tokens, places, words = tokenizer.encode_context(""), [], []
    for number, chunk in enumerate(chunks(" " + recase(line))):
        if number and chunk[0] == " " and chunk[1:2].isalpha():
            places.append(len(tokens) - 1)
            words.append(chunk[1:].lower())
        tokens.extend(tokenizer.encode(chunk))
    return tokens, places, words


@torch.no_grad()
def measure(model: Transformer, tokenizer: Tokenizer, recase: Callable[[str], str], lines: Iterable[str]) -> NextWord:
    """Foretell the words of some normalised lines, each read from its beginning."""
    groups = _Groups(tokenizer)
    top1 = top3 = total = 0
    for line in lines:
        tokens, places, words = _positions(line, tokenizer, recase)
        kept = [place for place in places if place < model.config.context_len]
        if not kept:
            continue
        logprobs = model(torch.tensor([tokens[: model.config.context_len]]))[0, kept].log_softmax(-1)
        for best, word in zip(groups.best(logprobs, 3).tolist(), words, strict=False):
            number = groups.numbers.get(word, -1)
            top1 += best[0] == number
            top3 += number in best
            total += 1
    if not total:
        raise ValueError("the lines hold no word after their first: nothing can be foretold")
    return NextWord(top1 / total, top3 / total, total)


def foreteller(*, corpus: Path, vocabulary: Path, lexicon: Path, lines: int) -> Callable[[Transformer, str], NextWord]:
    """Give a measure over the first lines of a corpus's test split, which nothing was trained on or chosen by."""
    text = list(islice((line for document in iterate(corpus / "test.txt") for line in document), lines))
    tokenizer = Tokenizer(vocabulary.read_bytes())
    return lambda model, casing: measure(model, tokenizer, casing_function(casing, lexicon), text)
