"""Every compiled function: walking the piece trie with a model's logprobs.

Owns the inner loops of a search and nothing else; `beam.py` prepares arrays and decides when to stop. No validation,
no Python objects. A pool holds the best unexpanded hypotheses: `scores` float32 [n] falling, `entries` int32 [n, 2]
with trie node and parent node of the search. Ties go to the lower trie node, that is the lower token.
Columns of `nodes` are those of `autocomplete.lexicon.PieceTrie`: token, children from, to, words from, to, end here.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True)
def push(scores, entries, score, node, parent):
    """Put a hypothesis into a pool, dropping the worst."""
    at = len(scores) - 1
    if score < scores[at] or (score == scores[at] and node >= entries[at, 0]):
        return
    while at > 0 and (scores[at - 1] < score or (scores[at - 1] == score and entries[at - 1, 0] > node)):
        scores[at] = scores[at - 1]
        entries[at, 0] = entries[at - 1, 0]
        entries[at, 1] = entries[at - 1, 1]
        at -= 1
    scores[at] = score
    entries[at, 0] = node
    entries[at, 1] = parent


@njit(cache=True)
def push_first_pieces(trie_words, match, start, end, nodes, logprobs, scores, entries):
    """Push the first pieces of the matching words among words `start` to `end`, each once.

    trie_words : int32 [2, n_words], words in the order of their pieces and the node of each word's first piece; match :
    bool [n_words]; nodes : int32 [n_nodes, 6]; logprobs : float32 [vocab_size].
    """
    roots = nodes[0, 1]
    if end - start == len(match):  # every word: far fewer first pieces than words
        for node in range(roots):
            for place in range(nodes[node, 3], nodes[node, 4]):
                if match[trie_words[0, place]]:
                    push(scores, entries, logprobs[nodes[node, 0]], node, -1)
                    break
        return
    seen = np.zeros(roots, np.bool_)
    for word in range(start, end):
        node = trie_words[1, word]
        if match[word] and not seen[node]:
            seen[node] = True
            push(scores, entries, logprobs[nodes[node, 0]], node, -1)


@njit(cache=True)
def push_children(nodes, order, match, expanded, expanded_scores, logprobs, scores, entries):
    """Push the children of expanded hypotheses below which a word matches.

    expanded : int32 [n, 2], trie node and node of the search; expanded_scores : float32 [n]; logprobs : float32
    [n, vocab_size]; order : int32 [n_words]; match : bool [n_words].
    """
    worst = len(scores) - 1
    for row in range(len(expanded)):
        node = expanded[row, 0]
        for child in range(nodes[node, 1], nodes[node, 2]):
            score = expanded_scores[row] + logprobs[row, nodes[child, 0]]
            if score < scores[worst]:
                continue
            for place in range(nodes[child, 3], nodes[child, 4]):
                if match[order[place]]:
                    push(scores, entries, score, child, expanded[row, 1])
                    break


@njit(cache=True)
def finish_words(nodes, order, match, expanded, expanded_scores, boundary, words, word_scores):
    """Write the matching words that end at expanded hypotheses and their scores; give how many.

    boundary : float32 [n], logprob that the word ends; words int32 [m] and word_scores float32 [m] are written.
    """
    count = 0
    for row in range(len(expanded)):
        node = expanded[row, 0]
        for place in range(nodes[node, 3], nodes[node, 5]):
            if match[order[place]] and count < len(words):
                words[count] = order[place]
                word_scores[count] = expanded_scores[row] + boundary[row]
                count += 1
    return count
