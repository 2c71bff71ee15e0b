"""Several ways that a text may go on, followed side by side: words of a few pieces each, priced in a few calls."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autocomplete.lm import CONTEXT, LanguageModel, Logprobs, State


def follow_paths(lm: LanguageModel, state: State, paths: Sequence[Sequence[int]]) -> tuple[list[float], list[Logprobs]]:
    """Follow paths of tokens after a context, a call for each token of the longest.

    All paths together fit into one search: at most `lm.beam_size` of them, and `lm.max_rounds` tokens in each.

    Returns
    -------
    logprobs : list of float
        Of each path, given the context.
    rows : list of float32 [vocab_size]
        Logprobs of the token after each.
    """
    search = lm.search(state)
    nodes = [CONTEXT] * len(paths)
    rows: list[Logprobs] = [state.logprobs] * len(paths)
    sums = [0.0] * len(paths)
    count = 0
    for depth in range(max(map(len, paths))):
        open_ = [place for place, path in enumerate(paths) if depth < len(path)]
        tokens = [paths[place][depth] for place in open_]
        for place, token in zip(open_, tokens, strict=True):
            sums[place] += float(rows[place][token])
        parents = np.array([nodes[place] for place in open_], np.int32)
        scored = search.score(parents, np.array(tokens, np.int32))
        for number, place in enumerate(open_):
            nodes[place], rows[place] = count + number, scored[number].copy()
        count += len(open_)
    return sums, rows
