"""Compiled functions against the same functions uncompiled, and against plain Python."""

from __future__ import annotations

import os

import numpy as np
import pytest

from autocomplete import kernels
from autocomplete.lexicon import CHILD_END, CHILD_START, TOKEN, WORD_END, WORD_START, Lexicon

JIT_OFF = os.environ.get("NUMBA_DISABLE_JIT") == "1"
EMPTY = np.iinfo(np.int32).max


def _pool(size: int) -> tuple[np.ndarray, np.ndarray]:
    return np.full(size, -np.inf, np.float32), np.full((size, 2), EMPTY, np.int32)


def _versions(name: str) -> list:
    function = getattr(kernels, name)
    return [function] if JIT_OFF else [function, function.py_func]


@pytest.fixture
def match(lexicon: Lexicon, rng: np.random.Generator) -> np.ndarray:
    """Half of the words."""
    return rng.random(len(lexicon)) < 0.5


@pytest.mark.parametrize("which", range(1 if JIT_OFF else 2))
def test_a_pool_keeps_the_best_and_breaks_ties_by_token(rng: np.random.Generator, which: int) -> None:
    push = _versions("push")[which]
    scores, entries = _pool(5)
    offered = [(float(np.float32(rng.integers(0, 6))), int(node)) for node in rng.permutation(60)]
    for score, node in offered:
        push(scores, entries, np.float32(score), node, node + 1)
    ref = sorted(offered, key=lambda item: (-item[0], item[1]))[:5]
    assert list(zip(scores.tolist(), entries[:, 0].tolist(), strict=True)) == ref
    assert (entries[:, 1] == entries[:, 0] + 1).all()


@pytest.mark.parametrize("which", range(1 if JIT_OFF else 2))
@pytest.mark.parametrize("whole", [True, False])
def test_first_pieces(lexicon: Lexicon, match: np.ndarray, rng: np.random.Generator, which: int, whole: bool) -> None:
    trie = lexicon.trie
    start, end = (0, len(lexicon)) if whole else lexicon.range_of("t")
    match[:start] = match[end:] = False
    logprobs = rng.standard_normal(500).astype(np.float32)
    scores, entries = _pool(12)
    _versions("push_first_pieces")[which](trie.words, match, start, end, trie.nodes, logprobs, scores, entries)
    first = {int(trie.words[1, word]) for word in np.flatnonzero(match)}
    ref = sorted(((float(logprobs[trie.nodes[node, TOKEN]]), node) for node in first), key=lambda x: (-x[0], x[1]))[:12]
    found = [(float(s), int(n)) for s, n in zip(scores, entries[:, 0], strict=True) if s > -np.inf]
    assert found == ref


@pytest.mark.parametrize("which", range(1 if JIT_OFF else 2))
def test_children(lexicon: Lexicon, match: np.ndarray, rng: np.random.Generator, which: int) -> None:
    trie = lexicon.trie
    parents = [n for n in range(len(trie.nodes)) if trie.nodes[n, CHILD_START] < trie.nodes[n, CHILD_END]]
    expanded = np.array([[node, 10 + place] for place, node in enumerate(parents)], np.int32)
    so_far = rng.standard_normal(len(parents)).astype(np.float32)
    logprobs = rng.standard_normal((len(parents), 500)).astype(np.float32)
    scores, entries = _pool(9)
    _versions("push_children")[which](trie.nodes, trie.order, match, expanded, so_far, logprobs, scores, entries)
    ref = []
    for row, node in enumerate(parents):
        for child in range(trie.nodes[node, CHILD_START], trie.nodes[node, CHILD_END]):
            if match[trie.order[trie.nodes[child, WORD_START] : trie.nodes[child, WORD_END]]].any():
                score = so_far[row] + logprobs[row, trie.nodes[child, TOKEN]]
                ref.append((float(score), child, 10 + row))
    ref = sorted(ref, key=lambda item: (-item[0], item[1]))[:9]
    found = [(float(s), int(e[0]), int(e[1])) for s, e in zip(scores, entries, strict=True) if s > -np.inf]
    assert found == ref
    assert len(ref) > 1


@pytest.mark.parametrize("which", range(1 if JIT_OFF else 2))
def test_finished_words(lexicon: Lexicon, match: np.ndarray, rng: np.random.Generator, which: int) -> None:
    trie = lexicon.trie
    expanded = np.array([[node, 0] for node in range(len(trie.nodes))], np.int32)
    so_far, boundary = (rng.standard_normal(len(trie.nodes)).astype(np.float32) for _ in range(2))
    words, word_scores = np.zeros(200, np.int32), np.zeros(200, np.float32)
    finish = _versions("finish_words")[which]
    count = finish(trie.nodes, trie.order, match, expanded, so_far, boundary, words, word_scores)
    assert sorted(words[:count].tolist()) == np.flatnonzero(match).tolist()
    for word, score in zip(words[:count].tolist(), word_scores[:count], strict=True):
        node = next(n for n in range(len(trie.nodes)) if _spells(lexicon, n) == lexicon.pieces_of(word))
        assert score == so_far[node] + boundary[node]
    assert finish(trie.nodes, trie.order, match, expanded, so_far, boundary, words[:3], word_scores[:3]) == 3


def _spells(lexicon: Lexicon, node: int) -> list[int]:
    nodes = lexicon.trie.nodes
    spelled: list[int] = []
    while True:
        spelled.insert(0, int(nodes[node, TOKEN]))
        above = np.flatnonzero((nodes[:, CHILD_START] <= node) & (node < nodes[:, CHILD_END]))
        if not len(above):
            return spelled
        node = int(above[0])
