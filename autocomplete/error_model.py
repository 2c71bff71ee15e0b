"""How likely what was typed is for what was meant: the channel of the noisy-channel model (Kernighan et al. 1990).

Owns the rates of each kind of error and turns typed letters, touch points and a layout into costs, natural logs of
probability ratios against typing right (which costs nothing). Knows no words; `kernels.match_letters` adds costs up.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from autocomplete.caret import Point, Touches
from autocomplete.layout import Layout
from autocomplete.letter_trie import UNKNOWN, LetterTrie

IN_GENERAL, REPEATED = range(2)
"""Columns of `TypingCosts.insertion`."""

_TOUCHES: Final = 48
"""Touches whose costs are kept: those of a word are asked for with each of its letters."""
_TYPED: Final = 4
"""Typed letters whose costs are kept: the lexicon and the user's words are asked for the same."""
_NEIGHBOUR: Final = 0.03
"""Least share of a key in another one's misses that makes them neighbours."""
CONFUSED: Final = ("aeiouy", "cksq", "szx", "mn", "dt", "gj", "fv", "bp", "uvw", "lr")
"""Letters that are written for one another by who spells by ear."""


@dataclass(frozen=True, kw_only=True)
class ErrorRates:
    """How often what happens, per letter that is meant.

    One key in twenty goes wrong, the rate that is typed and measured with (`typist.py`): four times of five because a
    finger fell beside it, else in one of the other ways. How these share the fifth that is left was estimated from
    slips in typed text by `python -m training rates`: omission, omission_of_double, doubling, transposition, other.
    Letters that sound alike are taken for one another more often than the text has it, where spelling checkers saw
    them. Text typed on full keyboards cannot tell of fingers on glass and of spaces; the other rates are assumed.
    """

    neighbour: float = 0.04
    """a key nearby is hit"""
    confusion: float = 0.002
    """a letter that sounds alike is written, each"""
    other: float = 6.2e-5
    """any other letter is written, each"""
    omission: float = 0.0042
    """a letter is left out"""
    omission_of_double: float = 0.024
    """one of two equal letters is left out"""
    omission_of_mark: float = 0.05
    """a hyphen is left out"""
    insertion: float = 0.0004
    """a letter comes in that is not meant, each"""
    doubling: float = 0.00077
    """a letter is typed twice"""
    transposition: float = 0.0022
    """two letters change places"""
    missed_space: float = 0.003
    """a space between words is left out"""
    space_beside: float = 0.004
    """a key beside the space bar is hit for it, all such keys together"""
    accidental_space: float = 0.0005
    """a space is typed inside a word"""
    mark: float = 0.02
    """an apostrophe or accent that was typed is not meant, or another one is"""
    spread: float = 0.45
    """standard deviation of where fingers fall, in key widths, which says how misses are shared among neighbours"""
    touch_spread: float = 0.28
    """standard deviation of a touch whose point is known, in key widths"""

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not value > 0:
                raise ValueError(f"{name}={value} must be positive")


@dataclass(frozen=True, kw_only=True)
class TypingCosts:
    """What the kernel needs to know of n typed letters; A is the size of the alphabet."""

    typed: NDArray[np.int32]
    """int32 [n]: places in the alphabet, `UNKNOWN` for others"""
    substitution: NDArray[np.float32]
    """float32 [n, A]: nats, typed letter i for each letter meant"""
    insertion: NDArray[np.float32]
    """float32 [n, 2]: nats, typed letter i for none, `IN_GENERAL` or `REPEATED` after the letter it repeats"""


class ErrorModel:
    """Costs of typed letters under a layout.

    Parameters
    ----------
    layout : Layout
        Where the keys lie.
    trie : LetterTrie
        Whose alphabet counts.
    rates : ErrorRates, optional
        How often what happens.

    Attributes
    ----------
    omission : float32 [A + 1, A]
        Nats of leaving a letter (second axis) out after another (first axis; the last row: at a word's start).
    transposition : float
        Nats of two letters changing places.
    """

    def __init__(self, layout: Layout, trie: LetterTrie, rates: ErrorRates | None = None) -> None:
        self.rates = rates = rates or ErrorRates()
        self.layout = layout
        self._trie = trie
        self._letters = list(trie.alphabet)
        self._confusion = self._confusions()
        keys = dict.fromkeys((*layout.keys, *self._letters))
        self._row = {key: row for row, key in enumerate(keys)}
        self._by_key = np.array([self._key_costs(key) for key in keys], np.float32)
        self._touched = lru_cache(maxsize=_TOUCHES)(self._touch_costs)
        self._priced = lru_cache(maxsize=_TYPED)(self._price)
        self._insertion = np.zeros((1, 2), np.float32)
        self._insertion[:, IN_GENERAL], self._insertion[:, REPEATED] = (
            -math.log(rates.insertion),
            -math.log(rates.doubling),
        )
        self.omission = self._omissions()
        self.transposition = -math.log(rates.transposition)

    def costs(self, typed: str, touches: Touches = ()) -> TypingCosts:
        """Price typed letters, lower case; `touches` are as many, or none. What is given must not be written to."""
        return self._priced(typed, tuple(None if point is None else tuple(point) for point in touches))

    def _price(self, typed: str, touches: tuple[Point | None, ...]) -> TypingCosts:
        rows = [self._row.get(key, UNKNOWN) for key in typed]
        substitution = self._by_key[np.array(rows, np.intp)]
        for place, row in enumerate(rows):
            if row == UNKNOWN:
                substitution[place] = self._key_costs(typed[place])
        for place, point in enumerate(touches, len(typed) - len(touches)):
            if point is not None:
                substitution[place] = self._touched(typed[place], point)
        return TypingCosts(
            typed=self._trie.encode(typed),
            substitution=substitution,
            insertion=self._insertion.repeat(len(typed), axis=0),
        )

    def clear(self) -> None:
        """Forget what was typed and touched."""
        self._touched.cache_clear()
        self._priced.cache_clear()

    def are_neighbours(self, typed: str, meant: str) -> bool:
        """Tell whether a finger that falls beside a letter's key may hit another's."""
        if typed not in self.layout.index or meant not in self._trie.alphabet:
            return False
        return bool(self._misses[self._trie.alphabet[meant], self.layout.index[typed]] > _NEIGHBOUR)

    def cost_for_space(self, key: str) -> float:
        """Give nats of a key having been hit for the space bar; infinite for keys that are not beside it."""
        place = self.layout.index.get(key)
        share = 0.0 if place is None or " " not in self.layout.index else float(self._beside_space[place])
        return -math.log(self.rates.space_beside * share) if share > 0.01 else math.inf

    def costs_of_space(self) -> dict[str, float]:
        """Give nats of the space bar having been hit for a letter, for those whose keys are beside it."""
        place = self.layout.index.get(" ")
        if place is None:
            return {}
        shares = {letter: float(self._misses[row, place]) for letter, row in self._trie.alphabet.items()}
        return {letter: -math.log(self.rates.neighbour * share) for letter, share in shares.items() if share > 0.01}

    def _key_costs(self, key: str) -> NDArray[np.float32]:
        """Give nats of a key for each letter meant, float32 [A]."""
        chances = self._confusion.get(key, np.full(len(self._letters), self.rates.other))
        place = self.layout.index.get(key)
        if place is not None:
            chances = chances + self.rates.neighbour * self._misses[:, place]
        costs = -np.log(np.minimum(chances, 1)).astype(np.float32)
        if key in self._trie.alphabet:
            costs[self._trie.alphabet[key]] = 0
        return costs

    @cached_property
    def _misses(self) -> NDArray[np.float64]:
        """Share of each key (second axis) in the misses of each letter meant (first axis), float64 [A, n_keys]."""
        shares = np.zeros((len(self._letters), len(self.layout.keys)))
        for row, letter in enumerate(self._letters):
            if letter in self.layout.index:
                shares[row] = self._missed(letter, 0.0)
        return shares

    @cached_property
    def _beside_space(self) -> NDArray[np.float64]:
        """Share of each key in the misses of the space bar, wherever along it a thumb aims, float64 [n_keys]."""
        length = float(self.layout.sizes[self.layout.index[" "], 0])
        aims = np.linspace(-0.5, 0.5, 9) * max(0.0, length - 1)
        return np.mean([self._missed(" ", aim) for aim in aims], axis=0)

    def _missed(self, meant: str, aim: float) -> NDArray[np.float64]:
        """Share out the misses of a key, aimed at `aim` beside its middle, among the others: float64 [n_keys]."""
        layout, width = self.layout, self.rates.spread * math.sqrt(2)
        place = layout.index[meant]
        offset = layout.centres - layout.centres[place] - (aim, 0)
        low, high = (offset - layout.sizes / 2) / width, (offset + layout.sizes / 2) / width
        erf = np.vectorize(math.erf)
        mass = np.prod((erf(high) - erf(low)) / 2, axis=1)
        mass[place] = 0
        return mass / mass.sum()

    def _touch_costs(self, key: str, point: Point) -> NDArray[np.float32]:
        """Give nats of a touch for each letter meant: Gaussian about each key's middle (Goodman et al. 2002)."""
        layout = self.layout
        away = (np.array(point) - layout.centres) / self.rates.touch_spread
        # a space bar is hit anywhere along its length
        beyond = np.maximum(layout.sizes[:, 0] - 1, 0) / 2 / self.rates.touch_spread
        away[:, 0] = np.maximum(np.abs(away[:, 0]) - beyond, 0)
        density = np.exp(-np.square(away).sum(axis=1) / 2)
        share = density / max(float(density.sum()), np.finfo(float).tiny)
        floor = self._confusion.get(key, np.full(len(self._letters), self.rates.other))
        chances = np.array([share[layout.index[c]] if c in layout.index else 0.0 for c in self._letters]) + floor
        return -np.log(np.minimum(chances, 1)).astype(np.float32)

    def _confusions(self) -> dict[str, NDArray[np.float64]]:
        chances = {}
        for key in self._letters:
            row = np.full(len(self._letters), self.rates.other)
            for group in CONFUSED:
                if key in group:
                    row[[place for place, letter in enumerate(self._letters) if letter in group]] = self.rates.confusion
            chances[key] = row
        return chances

    def _omissions(self) -> NDArray[np.float32]:
        rates, size = self.rates, len(self._letters)
        omission = np.full((size + 1, size), rates.omission)
        omission[np.arange(size), np.arange(size)] = rates.omission_of_double
        for place, letter in enumerate(self._letters):
            if not letter.isalnum():
                omission[:, place] = rates.omission_of_mark
        return -np.log(omission).astype(np.float32)
