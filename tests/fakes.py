"""Language models made up for tests: one with numbers a person can add, one with a different number everywhere."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile

import numpy as np

from autocomplete.lm import CONTEXT, Enough, Logprobs, Rows, Tokens
from autocomplete.string_table import parse_lines


@dataclass(frozen=True)
class FakeState:
    """A context that was read."""

    tokens: tuple[int, ...]
    logprobs: Logprobs


class _Fake:
    """What both have in common: a row of logprobs for every path of tokens."""

    context_len = 64

    def __init__(self, vocab_size: int, beam_size: int = 8, max_rounds: int = 4) -> None:
        self.vocab_size = vocab_size
        self.beam_size = beam_size
        self.max_rounds = max_rounds
        self.calls = 0
        self.kept: set[tuple[int, ...]] | None = None
        """paths whose rows are kept, if any are"""

    def row(self, path: tuple[int, ...]) -> Logprobs:
        """Give the logprobs after a path of tokens, float32 [vocab_size]."""
        raise KeyError(path)

    def start(self, tokens: Sequence[int], previous: object = None) -> FakeState:
        """Read a context."""
        path = tuple(map(int, tokens))
        return FakeState(path, self.row(path))

    def forget_some(self, rng: np.random.Generator) -> None:
        """Keep rows from now on, and forget some of those that are kept."""
        self.kept = {path for path in sorted(self.kept or ()) if rng.random() < 0.9}

    def clear(self) -> None:
        """Forget nothing: a row is the same whenever it is asked for."""

    def search(self, state: FakeState) -> FakeSearch:
        """Open a search."""
        return FakeSearch(self, state.tokens)

    def rows(self, tokens: Sequence[int]) -> Iterator[Logprobs]:
        """Give the logprobs after every token, a few at a time."""
        for start in range(0, len(tokens), self.beam_size):
            ends = range(start + 1, min(start + self.beam_size, len(tokens)) + 1)
            yield np.stack([self.row(tuple(map(int, tokens[:end]))) for end in ends])

    def follow(self, state: FakeState, tokens: Sequence[int]) -> Logprobs:
        """Give the logprobs after each token that follows a context."""
        path = state.tokens
        return np.stack([self.row(path := (*path, int(token))) for token in tokens])


class FakeSearch:
    """A tree of tokens over a context."""

    def __init__(self, lm: _Fake, context: tuple[int, ...]) -> None:
        self._lm = lm
        self._paths = {CONTEXT: context}

    def rows(
        self,
        parents: Tokens,
        tokens: Tokens,
        likely: tuple[Tokens, Tokens] | None = None,
        enough: Enough | None = None,
    ) -> Rows:
        """Do the same; of a model that keeps rows those of the first tokens may be enough."""
        kept = self._lm.kept
        if kept is not None and enough:
            paths = [
                (*self._paths[parent], token) for parent, token in zip(parents.tolist(), tokens.tolist(), strict=True)
            ]
            known = list(takewhile(kept.__contains__, paths))
            if 0 < len(known) < len(paths):
                some = Rows.of(np.stack([self._lm.row(path) for path in known]))
                if enough(some):
                    return some
        rows = Rows.of(self.score(parents, tokens))
        if kept is not None:
            kept.update(self._paths.values())
        return rows

    def score(self, parents: Tokens, tokens: Tokens) -> Logprobs:
        """Append tokens to nodes; give what may follow."""
        assert 0 < len(tokens) == len(parents) <= self._lm.beam_size
        self._lm.calls += 1
        first = len(self._paths) - 1
        for place, (parent, token) in enumerate(zip(parents.tolist(), tokens.tolist(), strict=True)):
            self._paths[first + place] = (*self._paths[parent], token)
        return np.stack([self._lm.row(self._paths[first + place]) for place in range(len(tokens))])


class RandomModel(_Fake):
    """Every path has a distribution of its own, drawn from a seed that is the path."""

    def row(self, path: tuple[int, ...]) -> Logprobs:
        """Draw the row of a path."""
        rng = np.random.default_rng(zlib.crc32(np.array(path, np.int32).tobytes()))
        logits = rng.standard_normal(self.vocab_size) * 3
        return (logits - np.log(np.exp(logits).sum())).astype(np.float32)


class TableModel(_Fake):
    """Probabilities written down by hand, by the last tokens of the path; what is not written is shared out evenly.

    `table` maps the end of a path to probabilities by token; the longest end that is listed counts.
    """

    def __init__(self, vocab_size: int, table: Mapping[tuple[int, ...], Mapping[int, float]], **sizes: int) -> None:
        super().__init__(vocab_size, **sizes)
        self._table = table

    def row(self, path: tuple[int, ...]) -> Logprobs:
        """Look the row of a path up."""
        for start in range(len(path) + 1):
            if path[start:] in self._table:
                written = self._table[path[start:]]
                rest = (1 - sum(written.values())) / (self.vocab_size - len(written))
                row = np.full(self.vocab_size, rest)
                row[list(written)] = list(written.values())
                return np.log(row).astype(np.float32)
        raise KeyError(path)


class WordList:
    """Stands for a lexicon where only the words count: forms with natural-log probabilities, the likeliest first."""

    def __init__(self, forms: Mapping[str, float]) -> None:
        self.keys = self.forms = parse_lines("\n".join(forms).encode())[0]
        self.logprobs = np.array(list(forms.values()), np.float32)
        self.flags = np.zeros(len(forms), np.uint8)
        self.usual = lru_cache({form.lower(): form for form in reversed(list(forms))}.get)
        self.clear = self.usual.cache_clear

    def lists(self, word: str) -> bool:
        """Tell whether a word is listed, whatever its case."""
        return self.usual(word.lower()) is not None
