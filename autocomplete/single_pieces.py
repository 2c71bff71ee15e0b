"""The words of one piece, which nearly all frequent ones are: a single row of the model's logprobs prices them all.

Owns their tokens and how they are looked up by letters; `spaces.py` and `hindsight.py` weigh them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from autocomplete.lexicon import Lexicon


class SinglePieces:
    """The words of a lexicon that are one piece, but for those that have one of the flags `without`.

    Attributes
    ----------
    token : int32 [n_words]
        The token of each; -1 of other words.
    """

    def __init__(self, lexicon: Lexicon, *, without: int) -> None:
        self._lexicon = lexicon
        self.token = np.full(len(lexicon), -1, np.int32)
        words = np.flatnonzero(lexicon.are_single() & ((lexicon.flags & without) == 0))
        self.token[words] = lexicon.pieces[lexicon.piece_starts[words]]

    def of(self, key: str, *, whole: bool) -> NDArray[np.int64]:
        """Give the words that begin with letters or, if `whole`, are spelled by them: rising numbers of the lexicon."""
        lexicon = self._lexicon
        span: Sequence[int] = lexicon.exactly(key) if whole else range(*lexicon.range_of(key))
        if not span:
            return np.zeros(0, np.int64)
        return np.flatnonzero(self.token[span[0] : span[-1] + 1] >= 0) + span[0]
