"""Slow twins of what the runtime does fast, written the plain way."""

from __future__ import annotations

import math
from collections import defaultdict

import numpy as np

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
    lm: _Fake, lexicon: Lexicon, context: list[int], match: np.ndarray, is_boundary: np.ndarray, k: int
) -> list[tuple[str, float]]:
    """Score every matching word, add up spellings, sort."""
    groups: dict[int, list[tuple[float, int]]] = defaultdict(list)
    for word in np.flatnonzero(match).tolist():
        logprob = word_logprob(lm, context, lexicon.pieces_of(word), is_boundary)
        groups[int(lexicon.group[word])].append((logprob, word))
    found = []
    for group, members in groups.items():
        proper = [member for member in members if not lexicon.flags[member[1]] & VARIANT]
        shown = max(proper, key=lambda member: (member[0], -member[1]))[1] if proper else group
        if not lexicon.flags[shown] & VARIANT:
            found.append((lexicon.forms[shown], math.log(sum(math.exp(logprob) for logprob, _ in members))))
    return sorted(found, key=lambda item: -item[1])[:k]


def trie(lexicon: Lexicon) -> dict[tuple[int, ...], tuple[list[int], list[int]]]:
    """Give, for each beginning of a word's pieces, the words below it and the words that end there, sorted."""
    nodes: dict[tuple[int, ...], tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for word in range(len(lexicon)):
        pieces = tuple(lexicon.pieces_of(word))
        for end in range(1, len(pieces) + 1):
            nodes[pieces[:end]][0].append(word)
        nodes[pieces][1].append(word)
    return dict(nodes)
