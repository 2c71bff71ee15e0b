"""Slow twins of what the runtime does fast, written the plain way."""

from __future__ import annotations

import math
from collections import defaultdict
from functools import cache

import numpy as np

from autocomplete.adapter import Adapter, Features
from autocomplete.adapter_trainer import TrainerOptions
from autocomplete.lexicon import VARIANT, Lexicon
from tests.fakes import _Fake


def word_logprob(lm: _Fake, context: list[int], pieces: list[int], is_boundary: np.ndarray) -> float:
    """Add up the logprobs of a word's pieces and of its end."""
    path, total = tuple(context), 0.0
    for token in pieces:
        total += float(lm.row(path)[token])
        path = (*path, token)
    return total + math.log(sum(math.exp(value) for value in lm.row(path)[is_boundary].tolist()))


def search(
    lm: _Fake, lexicon: Lexicon, context: list[int], costs: np.ndarray, is_boundary: np.ndarray, k: int
) -> list[tuple[str, float]]:
    """Score every word of finite cost, add up spellings, sort."""
    found = {
        word: word_logprob(lm, context, lexicon.pieces_of(word), is_boundary)
        for word in np.flatnonzero(np.isfinite(costs)).tolist()
    }
    return [(lexicon.forms[word], score) for word, _, score in merged(lexicon, found, costs)[:k]]


def merged(lexicon: Lexicon, found: dict[int, float], costs: np.ndarray) -> list[tuple[int, float, float]]:
    """Add up the spellings of each word; give the one to show, logprob and score, best first."""
    groups: dict[int, list[tuple[float, float, int]]] = defaultdict(list)
    for word, logprob in found.items():
        groups[int(lexicon.group[word])].append((logprob - float(costs[word]), logprob, word))
    rows = []
    for group, members in groups.items():
        proper = [(score, -word) for score, _, word in members if not lexicon.flags[word] & VARIANT]
        shown = -max(proper)[1] if proper else group
        if not lexicon.flags[shown] & VARIANT:
            logprob, score = (math.log(sum(math.exp(member[place]) for member in members)) for place in (1, 0))
            rows.append((shown, logprob, score))
    return sorted(rows, key=lambda row: (-row[2], row[0]))


def trie(lexicon: Lexicon) -> dict[tuple[int, ...], tuple[list[int], list[int]]]:
    """Give, for each beginning of a word's pieces, the words below it and the words that end there, sorted."""
    nodes: dict[tuple[int, ...], tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for word in range(len(lexicon)):
        pieces = tuple(lexicon.pieces_of(word))
        for end in range(1, len(pieces) + 1):
            nodes[pieces[:end]][0].append(word)
        nodes[pieces][1].append(word)
    return dict(nodes)


def match_cost(
    typed: str,
    word: str,
    alphabet: dict[str, int],
    substitution: np.ndarray,
    insertion: np.ndarray,
    omission: np.ndarray,
    transposition: float,
) -> list[float]:
    """Give the cost of having typed all of `typed` for each beginning of `word`, by recursion over the last edit."""

    @cache
    def cost(i: int, d: int) -> float:
        if i < 0 or d < 0:
            return math.inf
        if i == 0 and d == 0:
            return 0.0
        ways = [math.inf]
        if i and d:
            ways.append(cost(i - 1, d - 1) + substitution[i - 1, alphabet[word[d - 1]]])
        if d:
            before = alphabet[word[d - 2]] if d > 1 else len(alphabet)
            ways.append(cost(i, d - 1) + omission[before, alphabet[word[d - 1]]])
        if i:
            repeats = d > 0 and typed[i - 1] == word[d - 1]
            ways.append(cost(i - 1, d) + insertion[i - 1, 1 if repeats else 0])
        if i > 1 and d > 1 and typed[i - 1] == word[d - 2] and typed[i - 2] == word[d - 1]:
            ways.append(cost(i - 2, d - 2) + transposition)
        return float(min(ways))

    return [cost(len(typed), d) for d in range(len(word) + 1)]


def adapted_row(row: np.ndarray, adapter: Adapter) -> np.ndarray:
    """Change one row of logprobs and normalise it anew over the whole vocabulary, in double precision."""
    features = adapter.features
    z = [
        sum(float(weight) * float(row[anchor]) for weight, anchor in zip(line, features.anchors, strict=True))
        - float(offset)
        for line, offset in zip(features.matrix, features.offset, strict=True)
    ]
    logits = row.astype(np.float64)
    for place, piece in enumerate(adapter.active.tolist()):
        change = float(adapter.bias[place])
        for weight, value in zip(adapter.weights[place].tolist(), z, strict=True):
            change += weight * value
        logits[piece] += change
    return logits - math.log(np.exp(logits).sum())


class SlowTrainer:
    """`adapter_trainer.Trainer` piece by piece, in double precision, without leaving any piece out."""

    def __init__(self, features: Features, vocab_size: int, options: TrainerOptions) -> None:
        self.features, self.options = features, options
        self.bias, self.squares = np.zeros(vocab_size), np.zeros(vocab_size)
        self.weights = np.zeros((vocab_size, len(features.offset)))

    def learn(self, rows: np.ndarray, targets: np.ndarray) -> None:
        """Take one step down the cross-entropy of some tokens."""
        bias_slope, weight_slope = np.zeros_like(self.bias), np.zeros_like(self.weights)
        for row, target in zip(rows, targets.tolist(), strict=True):
            z = self.features.matrix.astype(np.float64) @ row[self.features.anchors] - self.features.offset
            logits = row + self.bias + self.weights @ z
            p = np.exp(logits) / np.exp(logits).sum()
            for piece in range(len(p)):
                slope = float(piece == target) - p[piece]
                bias_slope[piece] += slope
                weight_slope[piece] += slope * z
        self.squares += bias_slope**2
        step = self.options.bias_rate * bias_slope / np.sqrt(1 + self.squares)
        self.bias = self.options.keep * self.bias + step
        self.weights = self.options.keep * self.weights + self.options.weight_rate * weight_slope
