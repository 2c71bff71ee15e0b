"""An adapter: what one writer or one subject changes in the model's last layer, beside the model, never in it.

Owns the sum and how the last hidden state h is seen from outside the graph,

    log P'(v | h) = log P(v | h) + b_v + w_v . z(h) - log Z

b is a bias over the vocabulary, w a low-rank change of the output matrix: the part of a network that dynamic evaluation
(Krause et al. 2018) changes at least cost. Only the pieces that are used most have either. `adapter_trainer.py` finds
b and w, `adapter_file.py` keeps them, `adapted_lm.py` puts them into a search.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from autocomplete.compiled import kernel
from autocomplete.lm import LanguageModel, Logprobs, Tokens

RANK: Final = 32
_ANCHORS: Final = 256
"""pieces whose logprobs show the hidden state, evenly spread over the vocabulary"""
_SEQUENCES: Final = 4
"""random texts that are read to see where the hidden state lies"""


class Features(NamedTuple):
    """Reads z(h) off a row of logprobs.

    A logprob is e_v . h - log Z, with the piece's row e_v of the output matrix. Less their mean, the logprobs of some
    pieces, the anchors, are thus a linear function of h, whatever the graph gives besides. A random projection of it
    keeps what is near near (Johnson & Lindenstrauss 1984); principal components, and the state of the graph itself,
    were worth no more.
    """

    anchors: Tokens
    """int32 [n_anchors]"""
    matrix: NDArray[np.float32]
    """float32 [rank, n_anchors]; rows add up to zero, so that log Z falls out"""
    offset: NDArray[np.float32]
    """float32 [rank], the mean of what it is taken from"""

    def read(self, rows: Logprobs) -> NDArray[np.float32]:
        """Give z, float32 [n, rank], about 1 long, for logprobs float32 [n, vocab_size]."""
        return rows.take(self.anchors, axis=1) @ self.matrix.T - self.offset


def find_features(lm: LanguageModel, pieces: Tokens, rank: int = RANK) -> Iterator[Features | None]:
    """Look where a model's hidden state lies, in steps of one call of the model each; the last gives the features.

    The same model gives the same features.

    Parameters
    ----------
    lm : LanguageModel
        The model.
    pieces : int32 [n]
        What the texts that it reads for this are made of at random, as those that begin a word.
    rank : int
        Length of z.
    """
    rng = np.random.default_rng(1)
    anchors = np.unique(np.linspace(int(pieces.min()), lm.vocab_size - 1, _ANCHORS).astype(np.int32))
    matrix = rng.standard_normal((rank, len(anchors)))
    matrix -= matrix.mean(axis=1, keepdims=True)
    seen = []
    for _ in range(_SEQUENCES):
        for rows in lm.rows(rng.choice(pieces, lm.context_len).tolist()):
            seen.append(rows.take(anchors, axis=1) @ matrix.T)
            yield None
    z = np.concatenate(seen)
    scale = 1 / np.linalg.norm(z - z.mean(axis=0), axis=1).mean()
    yield Features(anchors, (scale * matrix).astype(np.float32), (scale * z.mean(axis=0)).astype(np.float32))


def features_of(lm: LanguageModel, pieces: Tokens, rank: int = RANK) -> Features:
    """Do the same in one go."""
    *_, found = find_features(lm, pieces, rank)
    assert found is not None
    return found


@dataclass(frozen=True, eq=False)
class Adapter:
    """Changes logprobs."""

    features: Features
    active: Tokens
    """int32 [n_active], the pieces that are changed, rising"""
    bias: NDArray[np.float32]
    """float32 [n_active]: b"""
    weights: NDArray[np.float32]
    """float32 [n_active, rank]: w"""

    def apply(self, rows: Logprobs, out: Logprobs | None = None) -> Logprobs:
        """Give changed logprobs, float32 [n, vocab_size], for logprobs of the same shape, which stay as they are.

        They are written to `out` if it is given, which may be `rows`. Only the pieces that change are looked at for the
        new sum of probabilities: their part is taken out of the old one, which is 1, and put in anew.
        """
        out = np.empty_like(rows) if out is None else out
        features, (matrix, weights) = self.features, self._columns
        work = np.empty((2, len(self.active)), np.float32)
        z = np.empty_like(features.offset)
        kernel("adapt_rows")(
            rows, features.anchors, matrix, features.offset, self.active, self.bias, weights, work, z, out
        )
        return out

    @cached_property
    def _columns(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The matrices column by column, float32 [n_anchors, rank] and [rank, n_active], as the kernel reads them."""
        return np.ascontiguousarray(self.features.matrix.T), np.ascontiguousarray(self.weights.T)
