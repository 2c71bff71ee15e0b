"""Next-word accuracy of a run: what vocabularies and casings can be compared by.

Bits per byte cannot compare a model that reads case with one that does not, since they predict different text. The
share of words foretold among three can. A word counts as foretold if it is one of the three likeliest whole-word
pieces, spellings that differ only in case taken together; words of several pieces count as missed. It counts as
foretold exactly if the likeliest of those spellings is the word's, where a model that reads folded text shows the
lexicon's usual form; the capital of a sentence's first word is the runtime's affair and not asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import torch
from torch import Tensor

from autocomplete.text import chunks, truecase
from autocomplete.tokenizer import SPACE, Tokenizer
from training.corpus import iterate
from training.lexicon import read_rows, usual_forms
from training.model import Transformer
from training.vocabulary import casing_function


@dataclass(frozen=True)
class NextWord:
    """Accuracy over the words after each line's first."""

    top1: float
    top3: float
    top3_exact: float
    words: int


@dataclass(frozen=True)
class Casing:
    """How a model's text is recased, and how what it foretells is shown."""

    read: Callable[[str], str]
    """normalised line to what the model reads"""
    show: Callable[[str], str] = str
    """word as the model spells it to the word as it is offered"""
    expect: Callable[[str], str] = str
    """normalised line to the same with the capitals that mark only a sentence's start undone"""


class _Groups:
    """Whole-word pieces by their folded spelling."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self.numbers: dict[str, int] = {}
        self.spellings: list[list[tuple[int, str]]] = []
        """of each group, the pieces with their words"""
        tokens, groups = [], []
        for token, piece in enumerate(tokenizer.pieces):
            word = piece.removeprefix(SPACE)
            if piece.startswith(SPACE) and word and word[0].isalpha():
                number = self.numbers.setdefault(word.lower(), len(self.numbers))
                tokens.append(token)
                groups.append(number)
                if number == len(self.spellings):
                    self.spellings.append([])
                self.spellings[number].append((token, word))
        self.tokens, self.groups = torch.tensor(tokens), torch.tensor(groups)

    def best(self, logprobs: Tensor, k: int) -> Tensor:
        """Give the k likeliest groups, int64 [n, k], for logprobs [n, vocab_size]."""
        summed = torch.zeros(len(logprobs), len(self.numbers)).index_add_(
            1, self.groups, logprobs[:, self.tokens].exp()
        )
        return summed.topk(k, dim=-1).indices

    def likeliest(self, number: int, logprobs: Tensor) -> str:
        """Give the likeliest spelling of a group for logprobs [vocab_size]."""
        return max(self.spellings[number], key=lambda spelling: float(logprobs[spelling[0]]))[1]


@dataclass(frozen=True)
class _Word:
    """A word to foretell."""

    place: int
    """the token after which it is foretold"""
    folded: str
    exact: str | None
    """how it is to be written; None where only the sentence's start gives it a capital"""


def _words(line: str, tokenizer: Tokenizer, casing: Casing) -> tuple[list[int], list[_Word]]:
    """Encode a line; give its tokens and its words but the first."""
    tokens, words = tokenizer.encode_context(""), []
    lines = (casing.read(line), line, casing.expect(line))
    for number, (chunk, written, expected) in enumerate(zip(*(chunks(" " + text) for text in lines), strict=True)):
        if number and chunk[0] == " " and chunk[1:2].isalpha():
            words.append(_Word(len(tokens) - 1, chunk[1:].lower(), expected[1:] if expected == written else None))
        tokens.extend(tokenizer.encode(chunk))
    return tokens, words


@torch.no_grad()
def measure(model: Transformer, tokenizer: Tokenizer, casing: Casing, lines: Iterable[str]) -> NextWord:
    """Foretell the words of some normalised lines, each read from its beginning."""
    groups = _Groups(tokenizer)
    top1 = top3 = exact = total = 0
    for line in lines:
        tokens, words = _words(line, tokenizer, casing)
        words = [word for word in words if word.place < model.config.context_len]
        if not words:
            continue
        logprobs = model(torch.tensor([tokens[: model.config.context_len]]))[0, [word.place for word in words]]
        for row, best, word in zip(logprobs, groups.best(logprobs.log_softmax(-1), 3).tolist(), words, strict=True):
            number = groups.numbers.get(word.folded, -1)
            total += 1
            top1 += best[0] == number
            if number in best:
                top3 += 1
                exact += word.exact is None or casing.show(groups.likeliest(number, row)) == word.exact
    if not total:
        raise ValueError("the lines hold no word after their first: nothing can be foretold")
    return NextWord(top1 / total, top3 / total, exact / total, total)


def foreteller(*, corpus: Path, vocabulary: Path, lexicon: Path, lines: int) -> Callable[[Transformer, str], NextWord]:
    """Give a measure over the first lines of a corpus's test split, which nothing was trained on or chosen by."""
    text = list(islice((line for document in iterate(corpus / "test.txt") for line in document), lines))
    tokenizer = Tokenizer(vocabulary.read_bytes())
    usual = usual_forms(read_rows(lexicon))

    def foretell(model: Transformer, name: str) -> NextWord:
        shown = (lambda word: usual(word) or word) if name == "folded" else str
        casing = Casing(casing_function(name, lexicon), shown, lambda line: truecase(line, usual))
        return measure(model, tokenizer, casing, text)

    return foretell
