"""Compiled functions of a search: matching letters with errors, and walking the piece trie with a model's logprobs.

Owns the inner loops of a search; `beam.py` and `channel.py` prepare arrays and decide. No validation, no Python
objects. A pool holds the best unexpanded hypotheses: `scores` float32 [n] falling, `entries` int32 [n, 2] with trie
node and parent node of the search, `sums` float32 [n] with their logprobs alone. Ties go to the lower trie node.
Columns of `nodes` are those of `PieceTrie` (token, children from, to, words from, to, end here) or `LetterTrie`
(letter, depth, after, first word).

What `compiled.py` lists is called from outside, with contiguous arrays alone, and gives a whole number. No function
makes an array, assigns one array to another, for which Numba makes one if they overlap, or raises.
"""

from __future__ import annotations

import numpy as np
from numba import njit

NO_NODE = 2**31 - 1
"""Fills places of a pool that are empty; any node goes before it."""


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
def push_first_pieces(tokens, costs, logprobs, scores, entries, sums):
    """Push the first pieces below which a word matches into a pool, emptied before; give how many there are.

    tokens : int32 [n]; costs : float32 [n], least cost of the words below each first piece, infinite where none
    matches; logprobs : float32 [vocab_size].
    """
    for at in range(len(scores)):
        scores[at], sums[at] = -np.inf, -np.inf
        entries[at, 0] = entries[at, 1] = NO_NODE
    count = 0
    for node in range(len(tokens)):
        if costs[node] < np.inf:
            logprob = logprobs[tokens[node]]
            push(scores, entries, sums, logprob - costs[node], node, -1, logprob)
            count += 1
    return count


@njit(cache=True)
def push_children(nodes, order, word_costs, expanded, expanded_sums, logprobs, places, scores, entries, sums):
    """Push the children of expanded hypotheses below which a word matches; give how many were looked at.

    nodes : int32 [n_nodes, 6]; order : int32 [n_words]; word_costs : float32 [n_words], infinite for words that do not
    match; expanded : int32 [n, 2], trie node and node of the search; expanded_sums : float32 [n]; logprobs : float32
    [m, vocab_size]; places : int32 [n], which of them are theirs.
    """
    count = 0
    for row in range(len(expanded)):
        node = expanded[row, 0]
        for child in range(nodes[node, 1], nodes[node, 2]):
            total = expanded_sums[row] + logprobs[places[row], nodes[child, 0]]
            if total < scores[-1]:  # no cost makes it better
                continue
            count += 1
            cost = least_cost(nodes, order, word_costs, child)
            if cost < np.inf:
                push(scores, entries, sums, total - cost, child, expanded[row, 1], total)
    return count


@njit(cache=True)
def least_cost(nodes, order, word_costs, node):
    """Give the least cost of the words below a node."""
    least = np.float32(np.inf)
    for place in range(nodes[node, 3], nodes[node, 4]):
        least = min(least, word_costs[order[place]])
    return least


@njit(cache=True)
def least_costs(nodes, order, word_costs, which, costs):
    """Write the least costs of the words below some nodes, `which` int32 [n], to `costs` float32 [n]; give n."""
    for place in range(len(which)):
        costs[place] = least_cost(nodes, order, word_costs, which[place])
    return len(which)


@njit(cache=True)
def take_best(scores, entries, sums, best, best_sums):
    """Move the best hypotheses out of a pool, at most as many as fit into `best` int32 [n, 2] and `best_sums` float32
    [n]; give how many.
    """
    size, count = len(scores), 0
    while count < len(best) and count < size and scores[count] > -np.inf:
        best[count, 0], best[count, 1], best_sums[count] = entries[count, 0], entries[count, 1], sums[count]
        count += 1
    for at in range(size):
        after = at + count
        scores[at], sums[at] = (scores[after], sums[after]) if after < size else (-np.inf, -np.inf)
        entries[at, 0] = entries[after, 0] if after < size else NO_NODE
        entries[at, 1] = entries[after, 1] if after < size else NO_NODE
    return count


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
def merge_spellings(words, logprobs, word_costs, group, variant, shown, merged, groups, best):
    """Take the spellings of each word together, best word first; give how many words there are.

    words : int32 [n], spellings found, and logprobs : float32 [n]; word_costs : float32 [n_words]; group : int32
    [n_words], what each is shown as; variant : bool [n_words], never shown; written: shown : int32 [n], the best
    spelling of each word, merged : float64 [2, n], sums of probabilities, without and with costs; groups : int32 [n]
    and best : float64 [n], room to work in.
    """
    count = 0
    merged_logprobs, merged_scores = merged[0], merged[1]
    for i in range(len(words)):
        word, logprob = words[i], np.float64(logprobs[i])
        score = logprob - word_costs[word]
        at = 0
        while at < count and groups[at] != group[word]:
            at += 1
        if at == count:
            groups[at], shown[at], best[at] = group[word], -1, -np.inf
            merged_logprobs[at], merged_scores[at] = logprob, score
            count += 1
        else:
            merged_logprobs[at] = add_logprobs(merged_logprobs[at], logprob)
            merged_scores[at] = add_logprobs(merged_scores[at], score)
        if not variant[word] and (score > best[at] or (score == best[at] and word < shown[at]) or shown[at] < 0):
            shown[at], best[at] = word, score
    kept = 0
    for i in range(count):
        word, logprob, score = shown[i] if shown[i] >= 0 else groups[i], merged_logprobs[i], merged_scores[i]
        if variant[word]:
            continue
        at = kept
        while at > 0 and (merged_scores[at - 1] < score or (merged_scores[at - 1] == score and shown[at - 1] > word)):
            shown[at] = shown[at - 1]
            merged_logprobs[at], merged_scores[at] = merged_logprobs[at - 1], merged_scores[at - 1]
            at -= 1
        shown[at], merged_logprobs[at], merged_scores[at] = word, logprob, score
        kept += 1
    return kept


@njit(cache=True)
def add_logprobs(a, b):
    """Give the log of the sum of two probabilities."""
    return max(a, b) + np.log1p(np.exp(-abs(a - b)))


@njit(cache=True)
def first_costs(word_costs, spans, first, costs):
    """Write the least cost of the words below each first piece to `costs` float32 [n]; give n.

    word_costs : float32 [n_words], infinite outside `spans` (as in `match_letters`); first : int32 [n_words], the first
    piece of each word.
    """
    costs[:] = np.inf
    for at in range(1, spans[0, 0] + 1):
        for word in range(spans[at, 0], spans[at, 1]):
            if word_costs[word] < costs[first[word]]:
                costs[first[word]] = word_costs[word]
    return len(costs)


@njit(cache=True)
def find_letters(nodes, letters):
    """Give the node of a letter trie that letters lead to, -1 if there is none.

    nodes : int32 [n_nodes + 1, 4]; letters : int32 [n], at least one, negative for those that no word has.
    """
    node, last = 0, len(nodes) - 1
    for depth in range(1, len(letters) + 1):
        while node < last and nodes[node, 1] == depth and nodes[node, 0] != letters[depth - 1]:
            node = nodes[node, 2]
        if node >= last or nodes[node, 1] != depth:
            return -1
        if depth < len(letters):
            node += 1
    return node


@njit(cache=True)
def add_span(spans, start, end):
    """Add a range to rising ones, joining those that touch; where there is no room the last one grows."""
    if start == end:
        return
    count = spans[0, 0]
    if count and (start <= spans[count, 1] or count == len(spans) - 1):
        spans[count, 1] = max(spans[count, 1], end)
    else:
        spans[0, 0] = count + 1
        spans[count + 1, 0], spans[count + 1, 1] = start, end


@njit(cache=True)
def fill_row(rows, depth, path, typed, substitution, insertion, left_out, transposition):
    """Fill the row of a letter from the rows of the letters before it; give its least entry.

    rows : float32 [deepest + 1, n + 2], entry (d, i) is the least cost of having typed i letters for the first d of a
    word; path : int32 [deepest + 1], the letters; left_out : cost of not having typed this one; the others as in
    `match_letters`.
    """
    letter, row, above = path[depth], rows[depth], rows[depth - 1]
    row[0] = above[0] + left_out
    least = row[0]
    for i in range(1, len(typed) + 1):
        cost = min(above[i - 1] + substitution[i - 1, letter], above[i] + left_out)
        cost = min(cost, row[i - 1] + insertion[i - 1, 1 if typed[i - 1] == letter else 0])
        if depth > 1 and i > 1 and typed[i - 1] == path[depth - 1] and typed[i - 2] == letter:
            cost = min(cost, rows[depth - 2, i - 2] + transposition)
        row[i] = cost
        least = min(least, cost)
    return least


@njit(cache=True)
def match_letters(nodes, typed, substitution, insertion, omission, limits, rows, path, word_costs, spans):
    """Find the words that typed letters may mean, each at the cost of its cheapest explanation; give how many ranges.

    The dynamic programme of Damerau (1964) with a cost for each edit, one row a trie node, so that words share the rows
    of their common beginnings (as Oflazer 1996). Costs only grow along a row's continuations, so a node is
    left as soon as its cheapest entry is past the limit or no cheaper than an explanation of all words below.

    nodes : int32 [n_nodes + 1, 4]; typed : int32 [n]; substitution : float32 [n, A]; insertion : float32 [n, 2];
    omission : float32 [A + 1, A]; limits : float32 [5], cost of a transposition, greatest cost of a match, what is
    taken off the cost of a mistyped word that is finished, what costs are multiplied by in the end, and whether the
    typed letters are all of a word, not its beginning; rows : float32 [deepest + 1, n + 2] and path : int32
    [deepest + 1], room to work in, as deep as the last node says; word_costs : float32 [n_words], written: infinite for
    words that do not match; spans : int32 [m + 1, 2], ranges of words outside which none matches, rising, their number
    in the first row, written too. What they named before is emptied first, so that a search pays for the words it
    finds, not for all; infinite and none at first.
    """
    n, whole = len(typed), limits[4] != 0
    covered = rows[:, n + 1]  # the least cost of the beginnings of what leads to a node
    covered[0], path[0], rows[0, 0] = np.inf, omission.shape[1], 0
    for i in range(1, n + 1):
        rows[0, i] = rows[0, i - 1] + insertion[i - 1, 0]
    for at in range(1, spans[0, 0] + 1):
        word_costs[spans[at, 0] : spans[at, 1]] = np.inf
    spans[0, 0] = 0
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
            word_costs[nodes[node, 3] : end] = cost * limits[3]
            add_span(spans, nodes[node, 3], end)
        if 0 < all_of_it <= limits[1] and all_of_it - limits[2] < cost:
            word_costs[nodes[node, 3] : nodes[node + 1, 3]] = max(0, all_of_it - limits[2]) * limits[3]
            add_span(spans, nodes[node, 3], nodes[node + 1, 3])
        node = following
    return spans[0, 0]
