"""The user's words that the word list lacks, made ready for the search with key errors.

Owns a letter trie over the alphabet of the lexicon, so that `channel.py` prices these words as it prices the listed
ones. Made anew when a word is offered for the first time, or no more.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np

from autocomplete.letter_trie import LETTER, LetterTrie
from autocomplete.lexicon import key_of

_MOST: Final = 3000
"""words that are matched with errors; of more, the likeliest"""


class OwnWords:
    """Words, rising by key.

    Attributes
    ----------
    words : list of str
        Folded.
    letters : LetterTrie
        Of their keys, letters numbered as in the lexicon.
    """

    def __init__(self, words: Iterable[str], alphabet: dict[str, int]) -> None:
        keyed = ((key_of(word), word) for word in words)
        table = sorted((key, word) for key, word in keyed if key and all(letter in alphabet for letter in key))
        self.words = [word for _, word in table]
        self.letters = LetterTrie([key for key, _ in table])
        own = list(self.letters.alphabet)
        places = np.array([alphabet[letter] for letter in own], np.int32)
        nodes = self.letters.nodes
        if len(places):
            nodes[:-1, LETTER] = places[nodes[:-1, LETTER]]

    def __len__(self) -> int:
        return len(self.words)
