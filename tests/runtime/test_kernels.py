"""Compiled functions against the same functions uncompiled, and against plain Python."""

from __future__ import annotations

import os

import numpy as np
import pytest

from autocomplete import kernels
from autocomplete.error_model import ErrorModel
from autocomplete.layout import load_layout
from autocomplete.lexicon import CHILD_END, CHILD_START, TOKEN, WORD_END, WORD_START, Lexicon
from tests import reference

JIT_OFF = os.environ.get("NUMBA_DISABLE_JIT") == "1"
EMPTY = np.iinfo(np.int32).max


def _pool(size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    scores = np.full(size, -np.inf, np.float32)
    return scores, np.full((size, 2), EMPTY, np.int32), scores.copy()


def _versions(name: str) -> list:
    function = getattr(kernels, name)
    return [function] if JIT_OFF else [function, function.py_func]


@pytest.fixture
def costs(lexicon: Lexicon, rng: np.random.Generator) -> np.ndarray:
    """What half of the words cost; the others do not match."""
    costs = (rng.random(len(lexicon)) * 5).astype(np.float32)
    costs[rng.random(len(lexicon)) < 0.5] = np.inf
    return costs


def _node_costs(lexicon: Lexicon, costs: np.ndarray) -> np.ndarray:
    trie = lexicon.trie
    return np.array([costs[trie.order[n[WORD_START] : n[WORD_END]]].min() for n in trie.nodes], np.float32)


@pytest.mark.parametrize("which", range(1 if JIT_OFF else 2))
def test_a_pool_keeps_the_best_and_breaks_ties_by_token(rng: np.random.Generator, which: int) -> None:
    push = _versions("push")[which]
    scores, entries, sums = _pool(5)
    offered = [(float(np.float32(rng.integers(0, 6))), int(node)) for node in rng.permutation(60)]
    for score, node in offered:
        push(scores, entries, sums, np.float32(score), node, node + 1, np.float32(2 * score))
    ref = sorted(offered, key=lambda item: (-item[0], item[1]))[:5]
    assert list(zip(scores.tolist(), entries[:, 0].tolist(), strict=True)) == ref
    assert (entries[:, 1] == entries[:, 0] + 1).all()
    assert (sums == 2 * scores).all()


@pytest.mark.parametrize("which", range(1 if JIT_OFF else 2))
def test_each_node_has_the_least_cost_of_its_words(lexicon: Lexicon, costs: np.ndarray, which: int) -> None:
    trie = lexicon.trie
    found = np.zeros(len(trie.nodes), np.float32)
    _versions("spread_costs")[which](costs, trie.ends, trie.parents, found)
    assert found.tolist() == _node_costs(lexicon, costs).tolist()


@pytest.mark.parametrize("which", range(1 if JIT_OFF else 2))
def test_first_pieces(lexicon: Lexicon, costs: np.ndarray, rng: np.random.Generator, which: int) -> None:
    trie = lexicon.trie
    node_costs = _node_costs(lexicon, costs)
    logprobs = rng.standard_normal(500).astype(np.float32)
    scores, entries, sums = _pool(12)
    _versions("push_first_pieces")[which](trie.nodes, node_costs, logprobs, scores, entries, sums)
    total = logprobs[trie.nodes[: trie.roots, TOKEN]]
    ref = sorted(
        (
            (float(t - c), node, float(t))
            for node, (t, c) in enumerate(zip(total, node_costs, strict=False))
            if c < np.inf
        ),
        key=lambda item: (-item[0], item[1]),
    )[:12]
    found = [(float(s), int(n), float(t)) for s, n, t in zip(scores, entries[:, 0], sums, strict=True) if s > -np.inf]
    assert found == ref
    assert len(ref) > 1


@pytest.mark.parametrize("which", range(1 if JIT_OFF else 2))
def test_children(lexicon: Lexicon, costs: np.ndarray, rng: np.random.Generator, which: int) -> None:
    trie = lexicon.trie
    node_costs = _node_costs(lexicon, costs)
    parents = [n for n in range(len(trie.nodes)) if trie.nodes[n, CHILD_START] < trie.nodes[n, CHILD_END]]
    expanded = np.array([[node, 10 + place] for place, node in enumerate(parents)], np.int32)
    so_far = rng.standard_normal(len(parents)).astype(np.float32)
    logprobs = rng.standard_normal((len(parents), 500)).astype(np.float32)
    scores, entries, sums = _pool(9)
    _versions("push_children")[which](trie.nodes, node_costs, expanded, so_far, logprobs, scores, entries, sums)
    ref = []
    for row, node in enumerate(parents):
        for child in range(trie.nodes[node, CHILD_START], trie.nodes[node, CHILD_END]):
            total = so_far[row] + logprobs[row, trie.nodes[child, TOKEN]]
            if node_costs[child] < np.inf:
                ref.append((float(total - node_costs[child]), child, 10 + row, float(total)))
    ref = sorted(ref, key=lambda item: (-item[0], item[1]))[:9]
    rows = zip(scores, entries, sums, strict=True)
    assert [(float(s), int(e[0]), int(e[1]), float(t)) for s, e, t in rows if s > -np.inf] == ref
    assert len(ref) > 1


@pytest.mark.parametrize("which", range(1 if JIT_OFF else 2))
def test_finished_words(lexicon: Lexicon, costs: np.ndarray, rng: np.random.Generator, which: int) -> None:
    trie = lexicon.trie
    expanded = np.array([[node, 0] for node in range(len(trie.nodes))], np.int32)
    so_far, boundary = (rng.standard_normal(len(trie.nodes)).astype(np.float32) for _ in range(2))
    words, totals = np.zeros(200, np.int32), np.zeros(200, np.float32)
    finish = _versions("finish_words")[which]
    count = finish(trie.nodes, trie.order, costs, expanded, so_far, boundary, words, totals)
    assert sorted(words[:count].tolist()) == np.flatnonzero(np.isfinite(costs)).tolist()
    for word, total in zip(words[:count].tolist(), totals[:count], strict=True):
        node = int(trie.ends[word])
        assert _spells(lexicon, node) == lexicon.pieces_of(word)
        assert total == so_far[node] + boundary[node]
    assert finish(trie.nodes, trie.order, costs, expanded, so_far, boundary, words[:3], totals[:3]) == 3


TYPED = [
    "t",
    "x",
    "to",
    "teh",
    "tomprrow",
    "helllo",
    "nother",
    "thw",
    "elp",
    "im",
    "tow",
    "zz",
    "todat",
    "therr",
    "cafe",
]


@pytest.mark.parametrize("which", range(1 if JIT_OFF else 2))
@pytest.mark.parametrize("typed", TYPED)
@pytest.mark.parametrize("finished", [0.0, 2.2])
@pytest.mark.parametrize("whole", [True, False])
def test_letters_match_as_by_trying_every_word(
    lexicon: Lexicon, which: int, typed: str, finished: float, whole: bool
) -> None:
    errors = ErrorModel(load_layout(), lexicon.letters)
    costs = errors.costs(typed)
    limits = np.array([errors.transposition, 12.0, 0.0 if whole else finished], np.float32)
    found = np.zeros(len(lexicon), np.float32)
    _versions("match_letters")[which](
        lexicon.letters.nodes, costs.typed, costs.substitution, costs.insertion, errors.omission, limits, whole, found
    )
    ref = []
    for key in lexicon.keys:
        by_length = reference.match_cost(
            typed, key, lexicon.letters.alphabet, costs.substitution, costs.insertion, errors.omission, float(limits[0])
        )
        all_of_it, begun = by_length[-1], min(by_length[1:])
        cost = all_of_it if whole else begun
        cost = cost if cost <= limits[1] else np.inf
        if 0 < all_of_it <= limits[1] and all_of_it - limits[2] < cost:
            cost = max(0.0, all_of_it - limits[2])
        ref.append(cost)
    np.testing.assert_allclose(found, np.array(ref, np.float32), atol=1e-4)


def _spells(lexicon: Lexicon, node: int) -> list[int]:
    nodes = lexicon.trie.nodes
    spelled: list[int] = []
    while True:
        spelled.insert(0, int(nodes[node, TOKEN]))
        above = np.flatnonzero((nodes[:, CHILD_START] <= node) & (node < nodes[:, CHILD_END]))
        if not len(above):
            return spelled
        node = int(above[0])
