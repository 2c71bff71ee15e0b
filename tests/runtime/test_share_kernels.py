"""Compiled functions of a user's part in a search against the same uncompiled, and against plain Python."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pytest

from autocomplete import compiled, share_kernels
from autocomplete.lexicon import Lexicon

JIT_OFF = os.environ.get("NUMBA_DISABLE_JIT") == "1"
WAYS = ["python"] if JIT_OFF else ["compiled", "python"]


def _way(name: str, which: str) -> Any:
    function = getattr(share_kernels, name)
    if JIT_OFF:
        return function
    return compiled.kernel(name) if which == "compiled" else function.py_func


@pytest.mark.parametrize("which", WAYS)
@pytest.mark.parametrize("most", [1, 5, 40])
def test_the_best_shares_for_their_costs_are_chosen(rng: np.random.Generator, which: str, most: int) -> None:
    shares = rng.integers(-6, 0, 60).astype(np.float64)  # with ties
    shares[rng.random(60) < 0.2] = -np.inf
    costs = rng.integers(0, 3, 80).astype(np.float32)
    costs[rng.random(80) < 0.3] = np.inf
    places = rng.permutation(80)[:60].astype(np.int32)
    places[rng.random(60) < 0.2] = -1
    chosen, scores = np.full(most, -7, np.int32), np.zeros(most, np.float64)
    count = _way("best_shares", which)(shares, costs, places, chosen, scores)
    ref = sorted(
        (float(costs[place] - share), int(place), word)
        for word, (share, place) in enumerate(zip(shares.tolist(), places.tolist(), strict=True))
        if place >= 0 and np.isfinite(costs[place]) and np.isfinite(share)
    )[:most]
    assert count == len(ref)
    assert chosen[:count].tolist() == [word for *_, word in ref]
    assert scores[:count].tolist() == [-score for score, *_ in ref]


@pytest.mark.parametrize("which", WAYS)
def test_the_nodes_above_words_have_the_best_score_below(
    lexicon: Lexicon, rng: np.random.Generator, which: str
) -> None:
    trie = lexicon.trie
    groups = rng.choice(len(lexicon), 20, replace=False).astype(np.int32)
    scores = rng.normal(size=20)
    ref: dict[int, np.float32] = {}
    for group, score in zip(groups.tolist(), scores, strict=True):
        node = int(trie.ends[group])
        while node >= 0:
            ref[node] = max(ref.get(node, np.float32(-np.inf)), np.float32(score))
            node = int(trie.parents[node])
    room = 20 * trie.deepest
    nodes, bounds = np.empty(room, np.int32), np.empty(room, np.float32)
    count = _way("bound_nodes", which)(groups, scores, trie.ends, trie.parents, nodes, bounds)
    assert dict(zip(nodes[:count].tolist(), bounds[:count], strict=True)) == ref
    assert nodes[:count].tolist() == sorted(ref)


@pytest.mark.parametrize("which", WAYS)
def test_a_pool_is_lifted_and_sorted_again(rng: np.random.Generator, which: str) -> None:
    nodes = np.unique(rng.integers(0, 60, 12)).astype(np.int32)
    bounds, costs = (rng.normal(size=len(nodes)).astype(np.float32) for _ in range(2))
    entries = np.stack((rng.permutation(60)[:30], np.arange(30)), axis=1).astype(np.int32)
    sums = -np.sort(rng.exponential(size=30)).astype(np.float32)
    scores = sums - 1
    ref = []
    for score, (node, parent), total in zip(scores, entries.tolist(), sums, strict=True):
        found = np.flatnonzero(nodes == node)
        lifted = np.logaddexp(total - costs[found[0]], bounds[found[0]]) if len(found) else score
        ref.append((float(lifted), node, parent, float(total)))
    ref.sort(key=lambda row: -row[0])
    count = _way("lift_pool", which)(nodes, bounds, costs, scores, entries, sums)
    assert count == int(np.isin(entries[:, 0], nodes).sum()) > 0
    np.testing.assert_allclose(scores, [row[0] for row in ref], rtol=1e-5)
    assert entries.tolist() == [[node, parent] for _, node, parent, _ in ref]
    assert sums.tolist() == [total for *_, total in ref]


@pytest.mark.parametrize("which", WAYS)
@pytest.mark.parametrize("found", [0, 7])
@pytest.mark.parametrize("room", [8, 40])
def test_shares_are_added_to_the_words_found(rng: np.random.Generator, which: str, found: int, room: int) -> None:
    group = (np.arange(50) // 2 * 2).astype(np.int32)
    groups = (rng.permutation(25)[:10] * 2).astype(np.int32)
    shares = rng.normal(size=(2, 10))
    words, merged = np.full(room, -1, np.int32), np.zeros((2, room))
    words[:found] = rng.permutation(25)[:found] * 2 + rng.integers(0, 2, found)
    merged[:, :found] = -np.sort(rng.exponential(size=(2, found)))
    ref = {int(word): merged[:, at].copy() for at, word in enumerate(words[:found])}
    for one, share in zip(groups.tolist(), shares.T, strict=True):
        same = [word for word in ref if group[word] == one]
        if same:
            ref[same[0]] = np.logaddexp(ref[same[0]], share)
        elif len(ref) < room:
            ref[one] = share
    count = _way("mix_shares", which)(groups, shares, group, np.array([found], np.int32), words, merged)
    order = sorted(ref, key=lambda word: (-ref[word][1], word))
    assert words[:count].tolist() == order
    np.testing.assert_allclose(merged[:, :count].T, [ref[word] for word in order])
