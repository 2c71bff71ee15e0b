"""Words of the corpus that are slips of other words, told by how often they would come about by mistake.

A word that no word list knows is kept out of the lexicon if its count is what key errors and misspellings of known,
more frequent words explain: `teh` is seen often, but not oftener than `the` is mistyped. The estimate is that of the
error model that the runtime corrects with.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from autocomplete import kernels
from autocomplete.channel import no_spans
from autocomplete.error_model import ErrorModel
from autocomplete.layout import load_layout
from autocomplete.letter_trie import LetterTrie
from autocomplete.lexicon import key_of

_LIMIT = 8.0
"""nats of the least likely slip that is considered"""
_LONG_FACTOR = 10.0
"""a long word up to so many times as frequent as its explanation is a slip: some slips are habits (`definately`)"""
_LONG = 6
"""letters of a word that seldom looks like another one by chance"""


def find_slips(
    unknown: Mapping[str, float], known: Mapping[str, float], *, factor: float = 1.0, limit: float = _LIMIT
) -> set[str]:
    """Find the slips among words that no list knows.

    Parameters
    ----------
    unknown, known : mapping of str to float
        Folded words and their probability in running text.
    factor : float
        A short word up to so many times as frequent as its explanation is a slip; below 1 it takes a plain one.
    limit : float
        Nats of the least likely slip that is considered.
    """
    chances: dict[str, float] = {}
    for word, chance in known.items():
        key = key_of(word)
        chances[key] = chances.get(key, 0.0) + chance
    chances.pop("", None)
    if not chances:
        return set()
    keys = sorted(chances)
    trie = LetterTrie(keys)
    errors = ErrorModel(load_layout(), trie)
    frequency = np.array([chances[key] for key in keys])
    limits = np.array([errors.transposition, limit, 0.0, 1.0], np.float32)
    costs = np.full(len(keys), np.inf, np.float32)
    spans = no_spans()
    found = set()
    for word, chance in unknown.items():
        key = key_of(word)
        if len(key) < 3 or key in chances or (key.endswith("in") and f"{key}g" in chances):  # `talkin` is meant
            continue
        typed = errors.costs(key)
        kernels.match_letters(
            trie.nodes, typed.typed, typed.substitution, typed.insertion, errors.omission, limits, True, costs, spans
        )
        parts = [slice(start, end) for start, end in spans[1 : spans[0, 0] + 1].tolist()]
        explained = sum(float(frequency[part] @ np.exp(-costs[part])) for part in parts)
        if chance < (_LONG_FACTOR if len(key) >= _LONG else factor) * explained:
            found.add(word)
    return found
