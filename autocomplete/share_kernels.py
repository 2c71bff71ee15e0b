"""Compiled functions of a user's part in a search: which words to weigh, and their shares in what is found.

What `compiled.py` lists is called from outside; for what that asks of a function see `kernels.py`, for the arrays of a
pool and of the tries too.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True)
def log_sum(a, b):
    """Add two probabilities given as logs: as in `kernels.py`, whose changes a kernel cached here would miss."""
    return max(a, b) + np.log1p(np.exp(-abs(a - b)))


@njit(cache=True)
def best_shares(shares, costs, places, chosen, scores):
    """Choose the words of the greatest shares for their costs, best first; give how many there are.

    shares : float64 [n], natural logs, -infinite for words that are not to be chosen; costs : float32 [m], infinite
    where what is typed cannot be meant; places : int32 [n], where the cost of each word stands, -1 where it has none;
    written, with at most their length: chosen : int32 [k], scores : float64 [k]. Ties go to the lower place.
    """
    count, most = 0, len(chosen)
    for word in range(len(shares)):
        place = places[word]
        if place < 0 or costs[place] == np.inf or shares[word] == -np.inf:
            continue
        score = shares[word] - costs[place]
        if count == most and score < scores[most - 1]:
            continue
        at = count if count < most else most - 1
        if count == most and score == scores[at] and place > places[chosen[at]]:
            continue
        while at > 0 and (scores[at - 1] < score or (scores[at - 1] == score and places[chosen[at - 1]] > place)):
            scores[at], chosen[at] = scores[at - 1], chosen[at - 1]
            at -= 1
        scores[at], chosen[at] = score, word
        count = min(count + 1, most)
    return count


@njit(cache=True)
def bound_nodes(groups, scores, ends, parents, nodes, bounds):
    """Write the nodes above and at some words, rising, and the greatest score of the words below each; give how many.

    groups : int32 [n]; scores : float64 [n]; ends : int32 [n_words], the node that each word ends at; parents : int32
    [n_nodes]; nodes : int32 [m] and bounds : float32 [m] are written: as many as there may be.
    """
    count = 0
    for word in range(len(groups)):
        score = np.float32(scores[word])
        node = ends[groups[word]]
        while node >= 0:
            at = count
            while at > 0 and nodes[at - 1] > node:
                at -= 1
            if at > 0 and nodes[at - 1] == node:
                bounds[at - 1] = max(bounds[at - 1], score)
            else:
                for after in range(count, at, -1):
                    nodes[after], bounds[after] = nodes[after - 1], bounds[after - 1]
                nodes[at], bounds[at] = node, score
                count += 1
            node = parents[node]
    return count


@njit(cache=True)
def lift_pool(nodes, bounds, costs, scores, entries, sums):
    """Raise the hypotheses of a pool that may become words with a share, and sort it anew; give how many were raised.

    nodes : int32 [m], rising; bounds : float32 [m], the greatest score of the shares below each; costs : float32 [m],
    the least of the words below each; then the pool.
    """
    count = 0
    for place in range(len(scores)):
        low, high = 0, len(nodes)
        while low < high:
            middle = (low + high) // 2
            if nodes[middle] < entries[place, 0]:
                low = middle + 1
            else:
                high = middle
        if low < len(nodes) and nodes[low] == entries[place, 0]:
            scores[place] = log_sum(sums[place] - costs[low], bounds[low])
            count += 1
    for place in range(1, len(scores) if count else 0):
        score, node, parent, total = scores[place], entries[place, 0], entries[place, 1], sums[place]
        at = place
        while at > 0 and scores[at - 1] < score:
            scores[at], sums[at] = scores[at - 1], sums[at - 1]
            entries[at, 0], entries[at, 1] = entries[at - 1, 0], entries[at - 1, 1]
            at -= 1
        scores[at], sums[at] = score, total
        entries[at, 0], entries[at, 1] = node, parent
    return count


@njit(cache=True)
def mix_shares(groups, shares, group, size, words, merged):
    """Add shares to the words that were found, and the words with a share to these; give how many there are then.

    groups : int32 [m]; shares : float64 [2, m], logprobs and scores; group : int32 [n_words], of every word; size :
    int32 [1], how many words were found; words : int32 [n], one of a group, and merged : float64 [2, n], their logprobs
    and scores, best first: both are written, what does not fit is dropped.
    """
    found = size[0]
    count = found
    for one in range(len(groups)):
        at = 0
        while at < found and group[words[at]] != groups[one]:
            at += 1
        if at < found:
            merged[0, at] = log_sum(merged[0, at], shares[0, one])
            merged[1, at] = log_sum(merged[1, at], shares[1, one])
        elif count < len(words):
            words[count], merged[0, count], merged[1, count] = groups[one], shares[0, one], shares[1, one]
            count += 1
    for place in range(1, count):
        word, logprob, score = words[place], merged[0, place], merged[1, place]
        at = place
        while at > 0 and (merged[1, at - 1] < score or (merged[1, at - 1] == score and words[at - 1] > word)):
            words[at], merged[0, at], merged[1, at] = words[at - 1], merged[0, at - 1], merged[1, at - 1]
            at -= 1
        words[at], merged[0, at], merged[1, at] = word, logprob, score
    return count
