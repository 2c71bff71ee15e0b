"""Which words of a user the lexicon lists: the group of each, of thousands at once.

A word is listed if a form that is no variant is that word but for capitals. ASCII words are compared by a compiled
function over the lexicon's own bytes, the few others one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from autocomplete.compiled import kernel
from autocomplete.lexicon import Lexicon, key_of

NOT_LISTED: Final = -1
_LEFT_OUT: Final = -2
"""Marks an apostrophe: no key has it."""


class ListedWords:
    """Finds folded words in a lexicon."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon

    def group_of(self, word: str) -> int | None:
        """Give the number of a folded word's group in the lexicon, None if it is not listed."""
        lexicon = self._lexicon
        for at in lexicon.exactly(key_of(word)):
            if lexicon.forms[at].lower() == word and not lexicon.is_variant[at]:
                return int(lexicon.group[at])
        return None

    def groups_of(self, words: Sequence[str]) -> NDArray[np.int32]:
        """Give the numbers of many words, `NOT_LISTED` for those that are not listed: int32 [n]."""
        text = "".join(words)
        lengths = np.fromiter(map(len, words), np.int32, len(words))
        starts = np.concatenate(([0], np.cumsum(lengths)), dtype=np.int32)
        groups = np.empty(len(words), np.int32)
        lexicon, (places, bounds) = self._lexicon, self._letters
        letters = np.frombuffer(text.encode("ascii", "replace"), np.uint8)  # a byte a character
        kernel("find_groups")(
            lexicon.letters.nodes,
            places,
            letters,
            starts,
            lexicon.forms.bytes,
            bounds,
            lexicon.is_variant,
            lexicon.group,
            np.empty((2, int(lengths.max(initial=1))), np.int32),
            groups,
        )
        if not text.isascii():
            for at, word in enumerate(words):
                if not word.isascii():
                    group = self.group_of(word)
                    groups[at] = NOT_LISTED if group is None else group
        return groups

    @cached_property
    def _letters(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Give the places of ASCII characters in the alphabet, int32 [128], and where the forms lie, int32 [2, n]."""
        places = np.full(128, NOT_LISTED, np.int32)
        for letter, place in self._lexicon.letters.alphabet.items():
            if letter.isascii():
                places[ord(letter)] = place
        places[ord("'")] = _LEFT_OUT
        return places, self._lexicon.forms.bounds
