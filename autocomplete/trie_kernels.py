"""Compiled functions that build the tries of `letter_trie.py` and `piece_trie.py`, whose columns are meant below, and
look many words up.

What `compiled.py` lists is called from outside; for what that asks of a function see `kernels.py`.
"""

from __future__ import annotations

from numba import njit


@njit(cache=True)
def shared_length(values, a, end_a, b, end_b):
    """Give how long two stretches of an array are the same."""
    length = 0
    while a + length < end_a and b + length < end_b and values[a + length] == values[b + length]:
        length += 1
    return length


@njit(cache=True)
def build_letters(points, starts, ends, path, nodes):
    """Write the nodes of a letter trie, all but the last row, as far as there is room; give how many there are.

    points : int32 [n], letters as places in an alphabet; starts, ends : int32 [n_words], where each key lies in it, the
    keys rising; path : int32 [deepest + 1], room to work in; nodes : int32 [n_nodes + 1, 4], or [0, 4].
    """
    count, depth = 0, 0
    for word in range(len(starts) + 1):
        shared, length = 0, 0
        if word < len(starts):
            length = ends[word] - starts[word]
            if word > 0:
                shared = shared_length(points, starts[word - 1], ends[word - 1], starts[word], ends[word])
            if shared == length:  # the same key again
                continue
        for level in range(shared + 1, depth + 1):  # nothing more is below these
            if path[level] < len(nodes):
                nodes[path[level], 2] = count
        for level in range(shared + 1, length + 1):
            if count < len(nodes):
                nodes[count, 0], nodes[count, 1], nodes[count, 3] = points[starts[word] + level - 1], level, word
            path[level] = count
            count += 1
        depth = length
    return count


@njit(cache=True)
def count_pieces(order, starts, pieces, shared, counts):
    """Count the nodes of a piece trie at each depth into `counts` int32 [deepest], zero before; give how many in all.

    order : int32 [n_words], words in the order of their pieces; starts : int32 [n_words + 1], where the pieces of each
    lie in `pieces` int32 [n]; shared : int32 [n_words], written: pieces that each has in common with the one before.
    """
    count = 0
    for place in range(len(order)):
        at, end = starts[order[place]], starts[order[place] + 1]
        shared[place] = 0
        if place > 0:
            before = order[place - 1]
            shared[place] = shared_length(pieces, starts[before], starts[before + 1], at, end)
        for depth in range(shared[place], end - at):
            counts[depth] += 1
            count += 1
    return count


@njit(cache=True)
def build_pieces(order, starts, pieces, shared, following, path, nodes, parents, ends):
    """Write the nodes of a piece trie, breadth first; give how many there are. The arrays are those of `count_pieces`.

    following : int32 [deepest + 1], where the nodes of each depth begin, written over; path : int32 [deepest], room to
    work in; written: nodes : int32 [n_nodes, 6], parents : int32 [n_nodes], ends : int32 [n_words].
    """
    depth_before = 0
    for place in range(len(order) + 1):
        common, length, at = 0, 0, 0
        if place < len(order):
            at = starts[order[place]]
            common, length = shared[place], starts[order[place] + 1] - at
        for depth in range(common, depth_before):  # nothing more is below these
            nodes[path[depth], 2] = following[depth + 1]
            nodes[path[depth], 4] = place
        for depth in range(common, length):
            node = following[depth]
            following[depth] += 1
            nodes[node, 0], nodes[node, 1] = pieces[at + depth], following[depth + 1]
            nodes[node, 3], nodes[node, 5] = place, place
            parents[node] = path[depth - 1] if depth > 0 else -1
            path[depth] = node
        if place < len(order):
            nodes[path[length - 1], 5] += 1
            ends[order[place]] = path[length - 1]
        depth_before = length
    return len(nodes)


@njit(cache=True)
def same_folded(lines, start, end, letters, first, last):
    """Tell whether a form is a folded word but for capitals, both ASCII: lines[start:end] and letters[first:last]."""
    if end - start != last - first:
        return False
    for at in range(end - start):
        letter = lines[start + at]
        if letters[first + at] != (letter + 32 if 65 <= letter <= 90 else letter):
            return False
    return True


@njit(cache=True)
def find_groups(nodes, places, letters, starts, lines, forms, variant, group, path, found):
    """Look up folded ASCII words in a lexicon; give how many are listed. Quickest if the words rise.

    nodes : int32 [n_nodes + 1, 4], of its letter trie; places : int32 [128], of each character in its alphabet, -1 for
    one it has not, -2 for one that keys leave out; letters : uint8 [total], the words one after the other; starts :
    int32 [n + 1]; lines : uint8 [bytes], and forms : int32 [2, n_words], where each form begins and ends in them;
    variant : bool [n_words]; group : int32 [n_words]; path : int32 [2, longest], room to work in; found : int32 [n],
    written: the group of each word, -1 if none.
    """
    count, last = 0, len(nodes) - 1
    walked, before = 0, 0  # letters that led somewhere, of the word before; where it starts
    for word in range(len(found)):
        found[word] = -1
        first, length = starts[word], starts[word + 1] - starts[word]
        shared = min(shared_length(letters, before, before + walked, first, first + length), walked)
        node = path[0, shared - 1] if shared else -1
        depth = path[1, shared - 1] if shared else 0
        walked, before = shared, first
        while walked < length:
            place = places[letters[first + walked]]
            if place != -2:
                depth += 1
                node += 1
                while node < last and nodes[node, 1] == depth and nodes[node, 0] != place:
                    node = nodes[node, 2]
                if node >= last or nodes[node, 1] != depth:
                    break
            path[0, walked], path[1, walked] = node, depth
            walked += 1
        if walked < length or node < 0:
            continue
        for one in range(nodes[node, 3], nodes[node + 1, 3]):
            if not variant[one] and same_folded(lines, forms[0, one], forms[1, one], letters, first, first + length):
                found[word] = group[one]
                count += 1
                break
    return count
