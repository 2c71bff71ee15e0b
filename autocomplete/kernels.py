"""Every compiled function: matching letters with errors, and walking the piece trie with a model's logprobs.

Owns the inner loops of a search; `beam.py` and `channel.py` prepare arrays and decide. No validation, no Python
objects. A pool holds the best unexpanded hypotheses: `scores` float32 [n] falling, `entries` int32 [n, 2] with trie
node and parent node of the search, `sums` float32 [n] with their logprobs alone. Ties go to the lower trie node.
Columns of `nodes` are those of `PieceTrie` (token, children from, to, words from, to, end here) or `LetterTrie`
(letter, depth, after, first word).
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True)
def push(scores, entries, sums, score, node, parent, total):
    """Put a hypothesis into a pool, dropping the worst."""
    at = len(scores) - 1
    if score < scores[at] or (score == scores[at] and node >= entries[at, 0]):
        return
    while at > 0 and (scores[at - 1] < score or (scores[at - 1] == score and entries[at - 1, 0] > node)):
        scores[at] = scores[at - 1]
        sums[at] = sums[at - 1]
        entries[at, 0] = entries[at - 1, 0]
        entries[at, 1] = entries[at - 1, 1]
        at -= 1
    scores[at] = score
    sums[at] = total
    entries[at, 0] = node
    entries[at, 1] = parent


@njit(cache=True)
def push_first_pieces(nodes, node_costs, logprobs, scores, entries, sums):
    """Push the first pieces below which a word matches.

    nodes : int32 [n_nodes, 6]; node_costs : float32 [n_nodes], least cost of the words below, infinite where none
    matches; logprobs : float32 [vocab_size].
    """
    for node in range(nodes[0, 1]):
        if node_costs[node] < np.inf:
            logprob = logprobs[nodes[node, 0]]
            push(scores, entries, sums, logprob - node_costs[node], node, -1, logprob)


@njit(cache=True)
def push_children(nodes, node_costs, expanded, expanded_sums, logprobs, scores, entries, sums):
    """Push the children of expanded hypotheses below which a word matches.

    expanded : int32 [n, 2], trie node and node of the search; expanded_sums : float32 [n]; logprobs : float32
    [n, vocab_size]; the others as in `push_first_pieces`.
    """
    for row in range(len(expanded)):
        node = expanded[row, 0]
        for child in range(nodes[node, 1], nodes[node, 2]):
            if node_costs[child] < np.inf:
                total = expanded_sums[row] + logprobs[row, nodes[child, 0]]
                push(scores, entries, sums, total - node_costs[child], child, expanded[row, 1], total)


@njit(cache=True)
def finish_words(nodes, order, word_costs, expanded, expanded_sums, boundary, words, totals):
    """Write the matching words that end at expanded hypotheses and their logprobs; give how many.

    order : int32 [n_words]; word_costs : float32 [n_words], infinite for words that do not match; boundary : float32
    [n], logprob that the word ends; words int32 [m] and totals float32 [m] are written.
    """
    count = 0
    for row in range(len(expanded)):
        node = expanded[row, 0]
        for place in range(nodes[node, 3], nodes[node, 5]):
            if word_costs[order[place]] < np.inf and count < len(words):
                words[count] = order[place]
                totals[count] = expanded_sums[row] + boundary[row]
                count += 1
    return count


@njit(cache=True)
def spread_costs(word_costs, ends, parents, node_costs):
    """Give each node of the piece trie the least cost of the words below it.

    word_costs : float32 [n_words]; ends : int32 [n_words], the node each word ends at; parents : int32 [n_nodes], -1
    for first pieces; node_costs : float32 [n_nodes], written.
    """
    for node in range(len(node_costs)):
        node_costs[node] = np.inf
    for word in range(len(word_costs)):
        cost = word_costs[word]
        if cost < np.inf:
            node = ends[word]
            while node >= 0 and node_costs[node] > cost:
                node_costs[node] = cost
                node = parents[node]


@njit(cache=True)
def fill_row(rows, depth, path, typed, substitution, insertion, left_out, transposition):
    """Fill the row of a letter from the rows of the letters before it; give its least entry.

    rows : float32 [deepest + 1, n + 1], entry (d, i) is the least cost of having typed i letters for the first d of a
    word; path : int32 [deepest + 1], the letters; left_out : cost of not having typed this one; the others as in
    `match_letters`.
    """
    letter, row, above = path[depth], rows[depth], rows[depth - 1]
    row[0] = above[0] + left_out
    least = row[0]
    for i in range(1, len(row)):
        cost = min(above[i - 1] + substitution[i - 1, letter], above[i] + left_out)
        cost = min(cost, row[i - 1] + insertion[i - 1, 1 if typed[i - 1] == letter else 0])
        if depth > 1 and i > 1 and typed[i - 1] == path[depth - 1] and typed[i - 2] == letter:
            cost = min(cost, rows[depth - 2, i - 2] + transposition)
        row[i] = cost
        least = min(least, cost)
    return least


@njit(cache=True)
def match_letters(nodes, typed, substitution, insertion, omission, limits, whole, word_costs):
    """Find the words that typed letters may mean, each at the cost of its cheapest explanation.

    The dynamic programme of Damerau (1964) with a cost for each edit, one row a trie node, so that words share the rows
    of their common beginnings (as Oflazer 1996). Costs only grow along a row's continuations, so a node is
    left as soon as its cheapest entry is past the limit or no cheaper than an explanation of all words below.

    nodes : int32 [n_nodes + 1, 4]; typed : int32 [n]; substitution : float32 [n, A]; insertion : float32 [n, 2];
    omission : float32 [A + 1, A]; limits : float32 [3], cost of a transposition, greatest cost of a match, what is
    taken off the cost of a mistyped word that is finished; whole : bool, typed letters are all of a word, not its
    beginning; word_costs : float32 [n_words], written: infinite for words that do not match.
    """
    n, deepest = len(typed), nodes[-1, 1]
    rows = np.empty((deepest + 1, n + 1), np.float32)
    covered = np.full(deepest + 1, np.inf, np.float32)
    path = np.full(deepest + 1, omission.shape[1], np.int32)
    rows[0, 0] = 0
    for i in range(1, n + 1):
        rows[0, i] = rows[0, i - 1] + insertion[i - 1, 0]
    word_costs[:] = np.inf
    node = 0
    while node < len(nodes) - 1:
        letter, depth = nodes[node, 0], nodes[node, 1]
        path[depth] = letter
        left_out = omission[path[depth - 1], letter]
        least = fill_row(rows, depth, path, typed, substitution, insertion, left_out, limits[0])
        all_of_it = rows[depth, n]
        covered[depth] = np.inf if whole else min(covered[depth - 1], all_of_it)
        cost = all_of_it if whole else covered[depth]
        end, following = nodes[node + 1, 3], node + 1
        if least > limits[1] or covered[depth] <= 0 or least - limits[2] >= covered[depth]:
            following = nodes[node, 2]
            if not whole:
                end = nodes[following, 3]
        if cost <= limits[1]:
            word_costs[nodes[node, 3] : end] = cost
        if 0 < all_of_it <= limits[1] and all_of_it - limits[2] < cost:
            word_costs[nodes[node, 3] : nodes[node + 1, 3]] = max(0, all_of_it - limits[2])
        node = following
