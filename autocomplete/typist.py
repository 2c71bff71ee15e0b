"""A person who types a line and makes mistakes: a seeded source of touches, and what each word became.

Owns the error model that typing is measured with, and knows nothing of engines. A touch is a two-dimensional Gaussian
around the middle of the key that is meant (Goodman et al. 2002, "Language modeling for soft keyboards"; Azenkot & Zhai
2012, "Touch behavior with different postures on soft smartphone keyboards"); whichever key it falls on is typed. To
that come smaller slips of stated rates. The engine has an error model of its own; neither is made from the other.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from autocomplete.layout import Layout
from autocomplete.text import WRITTEN_WORD

Point = tuple[float, float]
"""x and y in key widths, as in `Layout`"""

_CELL: Final = 0.05
"""Key widths: how finely the keyboard is cut to weigh where touches fall."""
_MARGIN: Final = 1.0
_WIDEST: Final = 2.0


@dataclass(frozen=True, kw_only=True)
class Slips:
    """How often keys go wrong.

    `rate` is the share of all keys pressed. The slips below are shares of `rate`, each per key that it can happen to;
    all that is left of `rate` is touches that fall on a neighbouring key, about four mistakes of five. The shares are
    an assumption, chosen so that a touch that misses is by far the most frequent mistake.
    """

    rate: float = 0.05
    """mistakes per key pressed"""
    omission: float = 0.08
    """a letter is left out; per letter"""
    doubling: float = 0.04
    """a letter is typed twice; per letter"""
    insertion: float = 0.05
    """a neighbouring key is touched too; per letter"""
    transposition: float = 0.05
    """a letter and the one after it change places; per pair of different letters in a word"""
    missed_space: float = 0.10
    """a space is left out; per space"""
    accidental_space: float = 0.01
    """a space is typed inside a word; per letter that is not a word's first"""

    def __post_init__(self) -> None:
        if not 0 <= self.rate < 0.5:
            raise ValueError(f"rate={self.rate}: give the share of keys that go wrong, from 0 to below 0.5")
        of_letter = (self.omission, self.doubling, self.insertion, self.transposition, self.accidental_space)
        if min(*of_letter, self.missed_space) < 0 or max(sum(of_letter), self.missed_space) > 1:
            raise ValueError(f"{self}: the slips of a key are shares of the rate, not negative, together at most 1")

    def of_key(self, line: str, at: int, typeable: set[str]) -> dict[str, float]:
        """Give the probability of each slip, the missed touch apart, for the key meant at a place of a line."""
        if line[at] == " ":
            return {"missed space": self.rate * self.missed_space}
        if not line[at].isalpha():
            return {}
        kinds = {"omission": self.omission, "doubling": self.doubling, "insertion": self.insertion}
        after = line[at + 1 : at + 2].lower()
        if after.isalpha() and after in typeable and after != line[at].lower():
            kinds["transposition"] = self.transposition
        if line[at - 1 : at].isalpha():
            kinds["accidental space"] = self.accidental_space
        return {kind: self.rate * share for kind, share in kinds.items()}


@dataclass(frozen=True)
class Keystroke:
    """One key pressed."""

    character: str
    """what it types"""
    at: Point | None
    """where it was touched; None for a character that the layout does not have"""
    meant: int
    """place in the line of the character that was meant, or beside which this one slipped in"""
    slip: str | None
    """the kind of mistake, None if there was none"""


@dataclass(frozen=True)
class TypedWord:
    """A word of a line and what was typed for it."""

    word: str
    start: int
    """place in the line of its first letter"""
    typed: str
    """what stands on the screen for it; two words whose space was missed share it, a word that was split has a space"""
    end: int
    """number of keys pressed when its last letter stands; 0 if no key was meant for it"""

    @property
    def mistyped(self) -> bool:
        """Whether something else was typed."""
        return self.typed != self.word


@dataclass(frozen=True)
class TypedLine:
    """A line and the keys pressed for it."""

    line: str
    keys: tuple[Keystroke, ...]
    slips: tuple[str, ...]
    """the kind of each mistake, in order; those that press no key too"""

    @property
    def text(self) -> str:
        """What stands in the end, with nobody's help."""
        return "".join(key.character for key in self.keys)

    def words(self) -> list[TypedWord]:
        """Report for each word of the line what was typed: all words on the screen that hold a key meant for it."""
        text = self.text
        meant = [key.meant for key in self.keys]
        shown = [(start, start + len(word)) for start, word in words_of(text)]
        found = []
        for start, word in words_of(self.line):
            letters = range(start, start + len(word))
            holding = [span for span in shown if any(place in letters for place in meant[span[0] : span[1]])]
            first, end = (holding[0][0], holding[-1][1]) if holding else (0, 0)
            found.append(TypedWord(word, start, text[first:end], end))
        return found


def words_of(line: str) -> Iterator[tuple[int, str]]:
    """Yield place and letters of each word: letters and digits with inner apostrophes and hyphens."""
    return ((match.start(), match.group()) for match in WRITTEN_WORD.finditer(line))


class Typist:
    """Types lines on a layout.

    The spread of the touches is solved so that over the lines given the stated share of keys goes wrong. Shift is
    assumed right: a capital is one key. Characters that the layout does not have are typed as they are and are not
    counted among the keys. The same seed types the same line in the same way, whichever lines came before it.

    Attributes
    ----------
    sigma : float
        Standard deviation of a touch in key widths, the same in x and y.
    """

    def __init__(self, layout: Layout, lines: Sequence[str], slips: Slips | None = None, seed: int = 7) -> None:
        self.layout = layout
        self.slips = slips or Slips()
        self.seed = seed
        self._typeable = set(layout.keys)
        self._neighbours = cache(self._neighbours_of)
        self.sigma = self._solve(lines)

    def type(self, line: str) -> TypedLine:
        """Type a line."""
        rng = random.Random(f"{self.seed} {line}")
        keys: list[Keystroke] = []
        slips: list[str] = []
        at = 0
        while at < len(line):
            slip = None
            if line[at].lower() in self._typeable:
                slip = self._draw(self.slips.of_key(line, at, self._typeable), rng)
            pressed = self._press(line, at, slip, rng)
            slip = slip or pressed[0].slip
            keys += pressed
            slips += [slip] if slip else []
            at += 1 + (slip == "transposition")
        return TypedLine(line, tuple(keys), tuple(slips))

    def _press(self, line: str, at: int, slip: str | None, rng: random.Random) -> list[Keystroke]:
        """Press the keys for the character at a place, for two characters if they change places."""
        meant = line[at]
        if meant.lower() not in self._typeable:
            return [Keystroke(meant, None, at, None)]
        if slip is None:
            return [self._touch(meant, at, None, rng)]
        if slip == "transposition":
            return [self._touch(line[at + 1], at, slip, rng), self._touch(meant, at + 1, slip, rng)]
        pressed = {
            "omission": "",
            "missed space": "",
            "doubling": meant * 2,
            "insertion": self._beside(meant, rng),
            "accidental space": " " + meant,
        }[slip]
        return [self._touch(character, at, slip, rng) for character in pressed]

    def _touch(self, character: str, meant: int, slip: str | None, rng: random.Random) -> Keystroke:
        """Touch around the middle of a key."""
        key = character.lower()
        x, y = self.layout.centres[self.layout.index[key]].tolist()
        while True:
            point = (x + self.sigma * rng.gauss(0, 1), y + self.sigma * rng.gauss(0, 1))
            hit = self.layout.key_at(*point)
            if hit == key:
                return Keystroke(character, point, meant, slip)
            if slip is None:  # a slip is a mistake already: that finger does not miss as well
                return Keystroke(hit.upper() if character.isupper() else hit, point, meant, "substitution")

    def _beside(self, character: str, rng: random.Random) -> str:
        neighbours = self._neighbours(character.lower())
        other = rng.choice(neighbours)
        return other + character if rng.random() < 0.5 else character + other

    def _neighbours_of(self, key: str) -> list[str]:
        """List the keys whose rectangles touch that of a key, the space bar left out."""
        centres, sizes, place = self.layout.centres, self.layout.sizes, self.layout.index[key]
        gap = np.abs(centres - centres[place]) - (sizes + sizes[place]) / 2
        near = np.flatnonzero((gap < _CELL).all(axis=1))
        return [self.layout.keys[other] for other in near if other != place and self.layout.keys[other] != " "]

    @staticmethod
    def _draw(probabilities: dict[str, float], rng: random.Random) -> str | None:
        left = rng.random()
        for kind, probability in probabilities.items():
            left -= probability
            if left < 0:
                return kind
        return None

    def _solve(self, lines: Sequence[str]) -> float:
        """Find the spread at which touches that miss make up what the other slips leave of the rate."""
        weights = np.zeros(len(self.layout.keys))
        slipped = 0.0
        pressed = 0
        for line in lines:
            for at, character in enumerate(line):
                if character.lower() in self._typeable:
                    other = sum(self.slips.of_key(line, at, self._typeable).values())
                    weights[self.layout.index[character.lower()]] += 1 - other
                    slipped += other
                    pressed += 1
        wanted = self.slips.rate * pressed - slipped
        if wanted <= 0:
            return 0.0
        grid = _Grid(self.layout)
        low, high = 0.0, _WIDEST
        if weights @ grid.missed(high) < wanted:
            raise ValueError(
                f"rate={self.slips.rate}: no spread of touches on this layout makes so many miss; give less"
            )
        for _ in range(40):
            middle = (low + high) / 2
            low, high = (low, middle) if weights @ grid.missed(middle) > wanted else (middle, high)
        return (low + high) / 2


class _Grid:
    """A layout cut into small squares, each belonging to the key that a touch in its middle falls on."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        low = (layout.centres - layout.sizes / 2).min(axis=0) - _MARGIN
        high = (layout.centres + layout.sizes / 2).max(axis=0) + _MARGIN
        self._edges = [np.arange(low[axis], high[axis] + _CELL / 2, _CELL) for axis in (0, 1)]
        across, down = (edges[:-1] + _CELL / 2 for edges in self._edges)
        points = np.stack(np.meshgrid(across, down, indexing="ij"), axis=-1)
        self._key = keys_at(layout, points)

    def missed(self, sigma: float) -> NDArray[np.float64]:
        """Give for each key the probability that a touch meant for it falls on another, float64 [n_keys]."""
        found = np.empty(len(self._layout.keys))
        for place, centre in enumerate(self._layout.centres):
            across, down = (_masses((self._edges[axis] - centre[axis]) / max(sigma, 1e-9)) for axis in (0, 1))
            found[place] = 1 - across @ (self._key == place) @ down
        return found


def keys_at(layout: Layout, points: NDArray[np.floating]) -> NDArray[np.intp]:
    """Give the place of the key that each of many touches falls on: `Layout.key_at` for arrays.

    Parameters
    ----------
    points : float [..., 2]
        x and y.

    Returns
    -------
    intp [...]
        Of the keys least far from a touch, the one whose middle is nearest.
    """
    away = [
        np.maximum(np.abs(points[..., axis, None] - layout.centres[:, axis]) - layout.sizes[:, axis] / 2, 0)
        for axis in (0, 1)
    ]
    far = away[0] ** 2 + away[1] ** 2
    middle = sum((points[..., axis, None] - layout.centres[:, axis]) ** 2 for axis in (0, 1))
    nearest = far <= far.min(axis=-1, keepdims=True)
    return np.where(nearest, middle, np.inf).argmin(axis=-1)


def _masses(edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the normal probability between each edge and the next; the outermost take the tails."""
    below = np.array([0.5 * (1 + math.erf(edge / math.sqrt(2))) for edge in edges])
    below[0], below[-1] = 0.0, 1.0
    return np.diff(below)
