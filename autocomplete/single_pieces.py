"""The words of one piece, which nearly all frequent ones are: a single row of the model's logprobs prices them all.

Owns their tokens and how they are looked up by letters; `spaces.py` and `hindsight.py` weigh them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from autocomplete.lexicon import Lexicon

_LEAST: Final = -12.0
"""natural log of the frequency that the most frequent word of some letters must exceed"""


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
        words = np.flatnonzero(lexicon.are_of_pieces(1) & ((lexicon.flags & without) == 0))
        self.token[words] = lexicon.pieces[lexicon.piece_starts[words]]

    def of(self, key: str, *, whole: bool) -> NDArray[np.int64]:
        """Give the words that begin with letters or, if `whole`, are spelled by them: rising numbers of the lexicon."""
        lexicon = self._lexicon
        span: Sequence[int] = lexicon.exactly(key) if whole else range(*lexicon.range_of(key))
        if not span:
            return np.zeros(0, np.int64)
        return np.flatnonzero(self.token[span[0] : span[-1] + 1] >= 0) + span[0]

    def most_frequent(self, key: str) -> int | None:
        """Give the most frequent word that letters spell, of equals the first; None if there is none, or a rare one."""
        logprobs = self._lexicon.logprobs
        words = [word for word in self._lexicon.exactly(key) if self.token[word] >= 0 and logprobs[word] > _LEAST]
        return max(words, key=lambda word: (logprobs[word], -word), default=None)
