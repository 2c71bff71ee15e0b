"""How sure an offer is: the probability that it is what was meant.

Scores tell which word is likelier than which, not how likely each is: what is typed may be all of the word, or the
beginning of one that is not offered. So one of four things is taken to be meant, a word of the bar, what is typed, a
word that comes after those of the bar, or one of no list, and each has a weight: a conditional logit (McFadden 1974),
in other words temperature scaling (Guo et al. 2017, "On calibration of modern neural networks") with outcomes for what
is not offered. It keeps the order of the bar, and what it states for a bar adds up to 1 at most. Pure functions.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Constants:
    """What probabilities are made with; weights are in nats."""

    scale: float
    """what scores are multiplied by"""
    steps: tuple[float, ...]
    """how far the second word is behind the first besides, the third behind the second, the same for all after it"""
    others: tuple[float, ...]
    """all words after those of a full bar, so far above the last of them, by how many it has, from one on; the last for
    all longer ones"""
    typed: tuple[float, float]
    """what is typed as a word of its own: so far above its scaled logprob, where that is known from the context, and
    where it is the word's frequency"""
    unlisted: tuple[float, ...]
    """words of no list, by the number of letters typed, from one on; the last for all longer ones"""
    second: tuple[float, float]
    """another reading of the words before: the logit of its probability at a margin of 0, and what each nat adds"""


FITTED: Final = Constants(
    scale=0.71,
    steps=(0.36, 0.23),
    others=(-1.58, -0.36, 0.1),
    typed=(0.15, 0.36),
    unlisted=(-4.31, -6.89, -12.38, -13.94, -14.99, -16.59),
    second=(-0.43, 0.15),
)
"""By `python -m training calibration` on validation text, typed without mistakes and with simulated ones."""


@dataclass(frozen=True, slots=True)
class Bar:
    """What is known of the words of a bar when they are offered."""

    scores: Sequence[float]
    """what they rank by, best first: nats; of predictions their logprobs"""
    letters: int
    """typed of the word"""
    is_full: bool
    """whether there may be more words than are offered"""
    typed: float
    """natural log of the probability that what is typed is all of the word; minus infinity if it is none"""
    in_context: bool
    """whether that is known from the context; else it is the word's frequency"""


class Calibration:
    """Tells how sure what is offered is."""

    def __init__(self, constants: Constants = FITTED) -> None:
        self._constants = constants

    def words(self, bar: Bar) -> list[float]:
        """Give for each word of a bar the probability that it is meant; of predictions the one that they have."""
        if not bar.letters:
            return [math.exp(min(0.0, logprob)) for logprob in bar.scores]
        weights = self._weigh(bar)
        greatest = max(weights)
        shares = [math.exp(weight - greatest) for weight in weights]
        total = sum(shares)
        return [share / total for share in shares[: len(bar.scores)]]

    def second(self, margin: float) -> float:
        """Give the probability that another reading of the words before is meant, of its margin in nats."""
        at_none, each = self._constants.second
        return 1 / (1 + math.exp(-(at_none + each * margin)))

    def _weigh(self, bar: Bar) -> list[float]:
        """Weigh what may be meant where something is typed: the words of the bar, then all else."""
        constants = self._constants
        scale, steps, others, unlisted = constants.scale, constants.steps, constants.others, constants.unlisted
        behind = 0.0
        weights = []
        for place, score in enumerate(bar.scores):
            behind += steps[min(place, len(steps)) - 1] if place else 0.0
            weights.append(scale * score - behind)
        weights.append(unlisted[min(bar.letters, len(unlisted)) - 1])
        if bar.typed > -math.inf:
            weights.append(scale * bar.typed + constants.typed[not bar.in_context])
        if bar.is_full:
            weights.append(scale * bar.scores[-1] + others[min(len(bar.scores), len(others)) - 1])
        return weights
