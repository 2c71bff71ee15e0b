"""How people write lines, fingers apart: sloppily, misspelt, in shorthand, with words of no list.

Some write whole lines in shorthand, small and without apostrophes, and mean it so; most use it here and there.

Owns what `confidence.py` takes for meant where what is written differs from the text, and where it does not.
"""

from __future__ import annotations

import math
import random
import tomllib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Final

from autocomplete.lexicon import key_of
from autocomplete.typist import words_of
from training.attested import Written
from training.slips import Explanations

_SLOPPY: Final = 0.3
"""share of lines without apostrophes, and of capitals left out, as by hurried writers who would have them put right"""
_SHORTHAND: Final = 0.2
"""share of words for which a shorter or sounding spelling is tried; it is to be left alone if people write it"""
_TEXTERS: Final = 0.4
"""share of lines whose writer uses shorthand throughout"""
_ATTESTED: Final = 10.0
"""what the square root of how often a spelling is seen, against the word it is tried for, is multiplied by for the
chance that it is written"""
_USUAL: Final = 0.7
"""share of words that these write in the usual short form, if there is one"""
_TRIED: Final = 0.6
"""share of words for which these try a shorter or sounding spelling"""
_COINED: Final = 0.15
"""share of such spellings that they write though nobody else is known to"""
_SHORT_FORMS: Final[dict[str, list[str]]] = tomllib.loads(
    (Path(__file__).parent / "presets" / "shorthand.en.toml").read_text(encoding="utf8")
)
"""What is commonly written for words in messages."""
_UNLISTED: Final = 0.02
"""share of words that another one stands for which people write but the lexicon does not list: slang, names"""
_NAMES: Final = 0.5
"""share of those that are written with a capital"""
_MISSPELT: Final = 0.2
"""share of words written as people misspell them, where they are known to"""

_LONG: Final = 5
"""fewest letters of a slip that is told by its letters"""
_DEAREST: Final = 9.5
"""nats of the least likely explanation of one"""
_LIKELY: Final = 0.8
"""least share of one word in all that explains it"""
_FREQUENT: Final = 3e-6
"""least share of that word in running text"""


@dataclass(frozen=True)
class HandWritten:
    """A line as it was written."""

    line: str
    meant: list[str]
    """what each of its words should be"""
    put: list[bool]
    """whether each was put there by hand, in the place of a word of the text"""


class Hand:
    """Writes lines as people do, some words sloppily, misspelt or in shorthand, and some of no list.

    Parameters
    ----------
    attested : Written
        Only shorthand that people are known to write is written, and only misspellings that they make.
    known : mapping of str to float
        Listed words, folded, and their probability.
    """

    def __init__(self, attested: Written, seed: int, known: Mapping[str, float]) -> None:
        self._known = known
        self._explanations = Explanations(known)
        self._rng = random.Random(seed)
        self._meant = attested.shares
        self._unlisted = list(attested.shares)
        self._weights = list(accumulate(map(math.sqrt, attested.shares.values())))
        self._slips = attested.slips
        self._misspellings: dict[str, list[str]] = defaultdict(list)
        for typed, (meant, _) in attested.slips.items():
            self._misspellings[meant].append(typed)

    def write(self, line: str) -> HandWritten:
        """Write a line.

        What the text has is what should be, slips of its writers too, but for misspellings that are known.
        """
        parts, meant, put, at = [], [], [], 0
        texts, bare = self._rng.random() < _TEXTERS, self._rng.random() < _SLOPPY
        for start, word in words_of(line):
            written, wanted = self._texted(word) if texts else self._word(word, first=start == 0, bare=bare)
            meant.append(wanted)
            put.append(written == wanted and key_of(written) != key_of(word))
            parts += [line[at:start], written]
            at = start + len(word)
        return HandWritten("".join([*parts, line[at:]]), meant, put)

    def slip_of(self, word: str) -> str | None:
        """Give the key of the word that a word of the text is plainly a slip of, None if it is none.

        No list has it, people are not known to write it, and one frequent word explains it by far.
        """
        folded = word.lower()
        if folded in self._known or folded in self._meant or len(folded) < _LONG or not folded.isalpha():
            return None
        likeliest = self._explanations.likeliest(key_of(folded), _DEAREST)
        if likeliest is None or likeliest.share < _LIKELY or likeliest.frequency < _FREQUENT:
            return None
        return likeliest.key

    def _word(self, word: str, *, first: bool, bare: bool) -> tuple[str, str]:
        rng = self._rng
        if word.lower() in self._slips:
            return word, self._slips[word.lower()][0]
        small = not first and rng.random() < _SLOPPY
        if (bare and "'" in word) or (small and word != word.lower()):
            written = word.replace("'", "") if bare else word
            return written.lower() if small else written, word
        misspellings = self._misspellings.get(word)
        if misspellings and rng.random() < _MISSPELT:
            return rng.choice(misspellings), word
        short = shorthand(word, rng) if rng.random() < _SHORTHAND else word
        written = short if self._is_written(short.lower(), word.lower()) else word
        if self._unlisted and rng.random() < _UNLISTED:
            written = rng.choices(self._unlisted, cum_weights=self._weights)[0]
            written = written.capitalize() if rng.random() < _NAMES else written
        return written, written

    def _is_written(self, short: str, word: str) -> bool:
        """Draw whether a short form of a word is written: seldom if people seldom write it, and the word often."""
        share = self._meant.get(short, 0.0) / self._known.get(word, 1.0)
        return self._rng.random() < _ATTESTED * math.sqrt(share)

    def _texted(self, word: str) -> tuple[str, str]:
        """Write a word in the way of who uses shorthand throughout."""
        rng, small = self._rng, word.lower()
        if small in self._slips:
            return small, self._slips[small][0].lower()
        if small in _SHORT_FORMS and rng.random() < _USUAL:
            written = rng.choice(_SHORT_FORMS[small])
        else:
            short = shorthand(small, rng) if rng.random() < _TRIED else small
            written = short if self._is_written(short, small) or rng.random() < _COINED else small
        if self._unlisted and rng.random() < _UNLISTED:
            written = rng.choices(self._unlisted, cum_weights=self._weights)[0]
        written = written.replace("'", "")
        return written, written


def shorthand(word: str, rng: random.Random) -> str:
    """Write a word as people write who mean to: a vowel or the end left out, by ear, or drawn out."""
    inner = [place for place in range(1, len(word)) if word[place] in "aeiou"]
    ways = [word[:place] + word[place + 1 :] for place in inner]
    ways += [word[:-1], word + word[-1] * rng.randint(1, 3), word.replace("th", "d"), word.replace("th", "t")]
    ways += [word.replace("er", "a"), word.replace("ing", "in"), word.replace("ck", "k"), word.replace("s", "z")]
    ways += [word.replace("'", ""), word.replace("ou", "u"), word.replace("oo", "u"), word.replace("igh", "i")]
    fitting = [way for way in ways if way != word and len(way) > 1]
    return rng.choice(fitting) if fitting else word
