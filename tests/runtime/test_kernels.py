"""Compiled functions against the same functions uncompiled, and against plain Python."""

from __future__ import annotations

import os

import numpy as np
import pytest

from autocomplete import compiled, kernels
from autocomplete.channel import no_spans
from autocomplete.error_model import ErrorModel
from autocomplete.layout import load_layout
from autocomplete.letter_trie import DEPTH
from autocomplete.lexicon import Lexicon
from autocomplete.piece_trie import CHILD_END, CHILD_START, TOKEN, WORD_END, WORD_START
from tests import reference

JIT_OFF = os.environ.get("NUMBA_DISABLE_JIT") == "1"
EMPTY = np.iinfo(np.int32).max


def _pool(size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    scores = np.full(size, -np.inf, np.float32)
    return scores, np.full((size, 2), EMPTY, np.int32), scores.copy()


def _versions(name: str) -> list:
    function = getattr(kernels, name)
    if JIT_OFF:
        return [function]
    return [compiled.kernel(name) if name in compiled.SIGNATURES else function, function.py_func]


@pytest.fixture
def costs(lexicon: Lexicon, rng: np.random.Generator) -> np.ndarray:
    """What half of the words cost; the others do not match."""
    costs = (rng.random(len(lexicon)) * 5).astype(np.float32)
    costs[rng.random(len(lexicon)) < 0.5] = np.inf
    return costs


def _spans(costs: np.ndarray) -> np.ndarray:
    """Ranges of the words that match, each by itself."""
    spans = no_spans()
    for word in np.flatnonzero(np.isfinite(costs)).tolist():
        spans[0, 0] += 1
        spans[spans[0, 0]] = word, word + 1
    return spans


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
    trie, ref = lexicon.trie, _node_costs(lexicon, costs)
    nodes = np.arange(len(trie.nodes), dtype=np.int32)[::-1].copy()
    found = np.zeros(len(nodes), np.float32)
    assert _versions("least_costs")[which](trie.nodes, trie.order, costs, nodes, found) == len(nodes)
    assert found.tolist() == ref[nodes].tolist()
    first = np.zeros(trie.roots, np.float32)
    for part in (costs, np.full_like(costs, np.inf), costs):  # what was before leaves nothing
        _versions("first_costs")[which](part, _spans(part), trie.first, first)
        assert first.tolist() == _node_costs(lexicon, part)[: trie.roots].tolist()


@pytest.mark.parametrize("which", range(1 if JIT_OFF else 2))
def test_first_pieces(lexicon: Lexicon, costs: np.ndarray, rng: np.random.Generator, which: int) -> None:
    trie = lexicon.trie
    first = _node_costs(lexicon, costs)[: trie.roots].copy()
    logprobs = rng.standard_normal(500).astype(np.float32)
    scores, entries, sums = _pool(12)
    scores[:], entries[:], sums[:] = 9.0, 3, 1.0  # of a search before
    assert _versions("push_first_pieces")[which](
        trie.first_tokens, first, logprobs, scores, entries, sums
    ) == np.count_nonzero(first < np.inf)
    total = logprobs[trie.nodes[: trie.roots, TOKEN]]
    ref = sorted(
        ((float(t - c), node, float(t)) for node, (t, c) in enumerate(zip(total, first, strict=True)) if c < np.inf),
        key=lambda item: (-item[0], item[1]),
    )[:12]
    found = [(float(s), int(n), float(t)) for s, n, t in zip(scores, entries[:, 0], sums, strict=True) if s > -np.inf]
    assert found == ref
    assert len(ref) > 1


@pytest.mark.parametrize("which", range(1 if JIT_OFF else 2))
@pytest.mark.parametrize("size", [9, 200])
def test_children(lexicon: Lexicon, costs: np.ndarray, rng: np.random.Generator, which: int, size: int) -> None:
    trie = lexicon.trie
    node_costs = _node_costs(lexicon, costs)
    parents = [n for n in range(len(trie.nodes)) if trie.nodes[n, CHILD_START] < trie.nodes[n, CHILD_END]]
    expanded = np.array([[node, 10 + place] for place, node in enumerate(parents)], np.int32)
    so_far = rng.standard_normal(len(parents)).astype(np.float32)
    logprobs = rng.standard_normal((len(parents) + 3, 500)).astype(np.float32)
    places = rng.permutation(len(logprobs)).astype(np.int32)[: len(parents)]
    pool = scores, entries, sums = _pool(size)
    asked = expanded, so_far, logprobs, places
    _versions("push_children")[which](trie.nodes, trie.order, costs, *asked, *pool)
    ref = []
    for row, node in enumerate(parents):
        for child in range(trie.nodes[node, CHILD_START], trie.nodes[node, CHILD_END]):
            total = so_far[row] + logprobs[places[row], trie.nodes[child, TOKEN]]
            if node_costs[child] < np.inf:
                ref.append((float(total - node_costs[child]), child, 10 + row, float(total)))
    ref = sorted(ref, key=lambda item: (-item[0], item[1]))[:size]
    rows = zip(scores, entries, sums, strict=True)
    assert [(float(s), int(e[0]), int(e[1]), float(t)) for s, e, t in rows if s > -np.inf] == ref
    assert len(ref) > 1


@pytest.mark.parametrize("which", range(1 if JIT_OFF else 2))
def test_the_best_are_taken_out_of_a_pool(which: int) -> None:
    scores = np.array([3, 2, 2, 1, -np.inf], np.float32)
    entries = np.array([[7, 1], [4, 0], [5, 2], [6, 3], [EMPTY, EMPTY]], np.int32)
    sums = scores + 1
    best, best_sums = np.empty((3, 2), np.int32), np.empty(3, np.float32)
    take = _versions("take_best")[which]
    assert take(scores, entries, sums, best, best_sums) == 3
    assert best.tolist() == [[7, 1], [4, 0], [5, 2]] and best_sums.tolist() == [4, 3, 3]
    assert scores.tolist() == [1, *[-np.inf] * 4] and sums.tolist() == [2, *[-np.inf] * 4]
    assert entries.tolist() == [[6, 3], *[[EMPTY, EMPTY]] * 4]
    assert take(scores, entries, sums, best, best_sums) == 1
    assert best[0].tolist() == [6, 3] and (scores == -np.inf).all()
    assert take(scores, entries, sums, best, best_sums) == 0


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
    limits = np.array([errors.transposition, 12.0, 0.0 if whole else finished, 1.5, whole], np.float32)
    depth = int(lexicon.letters.nodes[-1, DEPTH]) + 1
    found, spans = np.full(len(lexicon), np.inf, np.float32), no_spans()
    match = _versions("match_letters")[which]
    for one in (errors.costs("stop"), costs):  # what was found before leaves nothing
        match(
            lexicon.letters.nodes,
            one.typed,
            one.substitution,
            one.insertion,
            errors.omission,
            limits,
            np.empty((depth, len(one.typed) + 2), np.float32),
            np.empty(depth, np.int32),
            found,
            spans,
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
    np.testing.assert_allclose(found, 1.5 * np.array(ref, np.float32), atol=1e-4)
    covered = [word for start, end in spans[1 : spans[0, 0] + 1].tolist() for word in range(start, end)]
    assert covered == sorted(set(covered))
    assert bool(spans[0, 0]) == bool(np.isfinite(found).any())  # a search goes further where nothing was found
    assert set(np.flatnonzero(np.isfinite(found)).tolist()) <= set(covered)


@pytest.mark.parametrize("which", range(1 if JIT_OFF else 2))
def test_spans_join_where_they_touch_and_where_there_is_no_room(which: int) -> None:
    add = _versions("add_span")[which]
    spans = np.zeros((4, 2), np.int32)
    for start, end in [(1, 1), (2, 4), (4, 5), (4, 9), (12, 13), (15, 15), (20, 21), (30, 31), (40, 44)]:
        add(spans, start, end)
    assert spans.tolist() == [[3, 0], [2, 9], [12, 13], [20, 44]]


@pytest.mark.parametrize("which", range(1 if JIT_OFF else 2))
def test_spellings_are_taken_together_as_by_sums(lexicon: Lexicon, rng: np.random.Generator, which: int) -> None:
    merge = _versions("merge_spellings")[which]
    costs = (rng.random(len(lexicon)) * 5).astype(np.float32)
    for _ in range(20):
        words = rng.permutation(len(lexicon))[: rng.integers(1, len(lexicon))].astype(np.int32)
        logprobs = -rng.integers(1, 9, len(words)).astype(np.float32)
        shown, merged = np.empty(len(words), np.int32), np.empty((2, len(words)))
        room = np.empty(len(words), np.int32), np.empty(len(words))
        count = merge(words, logprobs, costs, lexicon.group, lexicon.is_variant, shown, merged, *room)
        ref = reference.merged(lexicon, dict(zip(words.tolist(), logprobs.tolist(), strict=True)), costs)
        assert shown[:count].tolist() == [word for word, _, _ in ref]
        np.testing.assert_allclose(merged[:, :count].T, [row[1:] for row in ref], atol=1e-5)


def _spells(lexicon: Lexicon, node: int) -> list[int]:
    nodes = lexicon.trie.nodes
    spelled: list[int] = []
    while True:
        spelled.insert(0, int(nodes[node, TOKEN]))
        above = np.flatnonzero((nodes[:, CHILD_START] <= node) & (node < nodes[:, CHILD_END]))
        if not len(above):
            return spelled
        node = int(above[0])
