"""Words of the field that no list knows, offered again: who wrote a name once is likely to write it again.

A cache of words in the sense of Kuhn & De Mori (1990, "A cache-based natural language model for speech recognition"),
of those words alone that the language model cannot be asked for. Nothing is learned: the text before the caret says it.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from autocomplete import text as rules
from autocomplete.caret import Caret
from autocomplete.lexicon import Lexicon, key_of
from autocomplete.reading import Reading
from autocomplete.unknown_words import UnknownWords

RATE: Final = 0.003
"""Probability that a word is a certain unlisted one that was written before in the message: what
`python -m training repeats` finds in the training text."""
LEAST: Final = 3
"""Letters of the shortest word that is offered again."""
WORDS: Final = re.compile(rf"(?<![\w@#/.:'\-]){rules.WORD}(?![\w@/\-]|[.:]\w)")
"""Words, but no parts of addresses and the like."""


class RepeatedWords:
    """Finds unlisted words that stand before the caret.

    Parameters
    ----------
    lexicon : Lexicon
        What is listed.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._unknown = UnknownWords(lexicon)
        self._text = ""
        self._found: list[tuple[int, str, str]] = []
        """place, key and letters of those of the text that was looked at last"""

    def clear(self) -> None:
        """Forget the text that was looked at last."""
        self._text, self._found = "", []

    def readings(self, caret: Caret) -> list[Reading]:
        """Give those that what is typed begins; none where nothing is typed."""
        key = caret.key
        if not key:
            return []
        written = Counter(word for _, begun, word in self._before(caret) if begun.startswith(key))
        scores = {word: math.log(RATE * n) for word, n in written.items()}
        readings = (Reading.of(word, caret, score, score) for word, score in scores.items())
        return [reading for reading in readings if reading.word != caret.prefix]

    def holds(self, caret: Caret) -> bool:
        """Tell whether what is typed is one of them."""
        return any(key == caret.key for _, key, _ in self._before(caret))

    def among(self, text: str, start: int = 0) -> Iterator[tuple[int, str]]:
        """Give places and letters of those of a normalised text, as often as they are written."""
        for match in WORDS.finditer(text, start):
            word = match.group().removesuffix("'s")
            if len(word) >= LEAST and not self._lexicon.lists(word) and self._is_meant(word, text[: match.start()]):
                yield match.start(), word

    def _before(self, caret: Caret) -> list[tuple[int, str, str]]:
        """Look at what stands before a caret; of a text that has grown, only at what came since."""
        text = caret.context
        if text != self._text:
            known = self._text.rstrip().rfind(" ") + 1 if text.startswith(self._text) else 0
            found = [one for one in self._found if one[0] < known]
            self._found = [*found, *((place, key_of(word), word) for place, word in self.among(text, known))]
            self._text = text
        return self._found

    def _is_meant(self, word: str, before: str) -> bool:
        """Tell of an unlisted word whether it is no slip: names are taken to be meant."""
        is_name = word[0].isupper() and not rules.at_sentence_start(before)
        return is_name or not self._unknown.may_be_slip(word)
