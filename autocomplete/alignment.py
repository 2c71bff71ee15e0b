"""Which words of one text stand for which of another, when words were changed, split, joined, lost or added.

The cheapest pairing in changed characters (as word error rate counts words). Pure; owns how typed lines are scored.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from autocomplete.text import WRITTEN_WORD

_STEPS: Final = ((1, 1), (1, 0), (0, 1), (1, 2), (2, 1), (1, 3), (3, 1))
_BAND: Final = 6


def fold(text: str) -> str:
    """Give the text without case and with straight apostrophes, place by place."""
    return "".join(folded if len(folded := letter.lower()) == 1 else letter for letter in text).replace("’", "'")


def words_in(text: str) -> list[str]:
    """List the words of a text."""
    return WRITTEN_WORD.findall(text)


def is_of_word(letter: str) -> bool:
    """Tell whether a character may stand in a word; one that may not ends it."""
    return letter.isalnum() or letter in "'’-"


def distance(a: str, b: str) -> int:
    """Count the fewest characters to insert, delete, replace or swap with the next (Damerau 1964) from a to b."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        older, before, row = before, row, [i]
        for j, y in enumerate(b, 1):
            best = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                best = min(best, older[j - 2] + 1)
            row.append(best)
    return row[-1]


def align(meant: Sequence[str], found: Sequence[str]) -> list[str]:
    """Give for each word meant what stands for it among the words found.

    One word may stand for up to three, and three for one: words found are joined by a space, and words meant that share
    one are each given it. An empty string is a word that is not there. Words added to the text are passed over.

    Parameters
    ----------
    meant, found : sequence of str
        Words; compared as they are, so fold them first if case is to be ignored.
    """
    width, height = len(meant), len(found)
    band = _BAND + abs(width - height)
    cost = {(0, 0): 0}
    step: dict[tuple[int, int], tuple[int, int]] = {}
    for i in range(width + 1):
        for j in range(max(0, i - band), min(height, i + band) + 1):
            for di, dj in _STEPS:
                if (i - di, j - dj) not in cost:
                    continue
                price = cost[i - di, j - dj] + _price(" ".join(meant[i - di : i]), " ".join(found[j - dj : j]))
                if price < cost.get((i, j), price + 1):
                    cost[i, j], step[i, j] = price, (di, dj)
    stands = [""] * width
    i, j = width, height
    while i or j:
        di, dj = step[i, j]
        for place in range(i - di, i):
            stands[place] = " ".join(found[j - dj : j])
        i, j = i - di, j - dj
    return stands


@lru_cache(maxsize=65536)
def _price(a: str, b: str) -> int:
    if a == b:
        return 0
    # a word lost or added costs the space beside it too
    return distance(a, b) + (not a or not b)
