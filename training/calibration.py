"""How sure what is offered is: the constants of `autocomplete/calibration.py`, fitted on typed validation text.

They are written there by hand after a look at what this prints. Lines are typed in three ways, a third each: without
mistakes, with simulated ones (`autocomplete/typist.py`), and with those where the engine is told where keys were
touched. Before each key the words offered are set against the word that is meant. Every fifth line is kept out of the
fitting and shows what the constants are worth.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch.nn import functional

from autocomplete.calibration import FITTED, Bar, Calibration, Constants
from autocomplete.engine import Autocompleter
from autocomplete.evaluation import choose_lines
from autocomplete.field import Offered
from autocomplete.hindsight import SURE
from autocomplete.layout import load_layout
from autocomplete.noisy_evaluation import Known, correct_lines
from autocomplete.reliability import Reliability
from autocomplete.typist import Slips, Typist
from training.network import logistic

WAYS: Final = ("clean", "noisy", "touched")
"""how lines are typed"""
_HELD_OUT: Final = 5
"""one line of so many"""
_MOST: Final = 3
"""words of a bar, when it is fitted"""
_LETTERS: Final = 6
"""numbers of letters that are told apart; the last stands for more"""
_ROUNDS: Final = 200
_FEWEST: Final = 50
"""other readings of the words before, from which on they are fitted"""
_IMPOSSIBLE: Final = -1e9
"""weight of what cannot be meant"""


@dataclass
class Watched:
    """What was offered while lines were typed."""

    bars: list[tuple[Bar, list[bool]]] = field(default_factory=list)
    """with what is known of each word, and whether it was meant"""
    seconds: list[tuple[float, bool]] = field(default_factory=list)
    """margins of other readings of the words before, and whether they were meant"""

    def __add__(self, other: Watched) -> Watched:
        return Watched(self.bars + other.bars, self.seconds + other.seconds)

    def error(self, constants: Constants) -> float:
        """Give the expected calibration error of what some constants state."""
        found, calibration = Reliability(), Calibration(constants)
        for bar, rights in self.bars:
            for sure, right in zip(calibration.words(bar), rights, strict=True):
                found.add(sure, right)
        for margin, right in self.seconds:
            found.add(calibration.second(margin), right)
        return found.error or 0.0


class Watcher(Calibration):
    """Looks at what an engine is about to say of its words, and learns then which were meant."""

    def __init__(self) -> None:
        super().__init__()
        self.watched = Watched()
        self._bar: Bar | None = None
        self._margin: float | None = None

    def words(self, bar: Bar) -> list[float]:
        """Tell how sure the words of a bar are, and remember it."""
        self._bar, self._margin = bar, None
        return super().words(bar)

    def second(self, margin: float) -> float:
        """Tell how sure another reading is, and remember it."""
        self._margin = margin
        return super().second(margin)

    def watch(self, offers: Sequence[Offered], rights: Sequence[bool]) -> None:
        """Note what is offered now, and what of that is meant."""
        if not offers or self._bar is None:
            return
        if self._margin is None:
            self.watched.bars.append((self._bar, list(rights)))
        else:
            self.watched.seconds.append((self._margin, rights[0 if self._margin >= SURE else -1]))


def fit(
    engine: Autocompleter,
    text: Path,
    *,
    known: Known,
    lines: int,
    rate: float,
    seed: int,
    progress: Callable[[int], None],
) -> dict[str, Any]:
    """Fit the constants.

    Returns
    -------
    dict
        "bars": how many were looked at. "constants": those of `Constants`. "error": the expected calibration error on
        lines held out, by how they were typed, "with_present" constants and "with_these".

    Raises
    ------
    ValueError
        If the text is too short to fit on and to hold out of.
    """
    chosen = choose_lines(text, lines, seed)
    if len(chosen) < len(WAYS) * _HELD_OUT:
        raise ValueError(f"{text} has {len(chosen)} lines: give at least {len(WAYS) * _HELD_OUT}")
    parts = [chosen[place :: len(WAYS)] for place in range(len(WAYS))]
    fitted, held_out = Watched(), {}
    done = 0
    for way, part in zip(WAYS, parts, strict=True):
        for held in (False, True):
            mine = [line for place, line in enumerate(part) if (place % _HELD_OUT == 0) == held]
            watched = _watch(engine, mine, way, known, rate, seed)
            if held:
                held_out[way] = watched
            else:
                fitted += watched
            done += len(mine)
            progress(done)
    constants = fitted_to(fitted)
    return {
        "bars": len(fitted.bars),
        "constants": asdict(constants),
        "error": {
            way: {
                "with_present": round(watched.error(FITTED), 4),
                "with_these": round(watched.error(constants), 4),
            }
            for way, watched in held_out.items()
        },
    }


def _watch(engine: Autocompleter, lines: Sequence[str], way: str, known: Known, rate: float, seed: int) -> Watched:
    """Type lines and look at what is offered."""
    watcher, calibration = Watcher(), engine.calibration
    engine.calibration = watcher
    try:
        typist = Typist(load_layout(), lines, Slips(rate=0.0 if way == "clean" else rate), seed)
        correct_lines(
            lambda text: engine.session(text), lines, typist, known, touch=way == "touched", watch=watcher.watch
        )
    finally:
        engine.calibration = calibration
    return watcher.watched


def fitted_to(watched: Watched) -> Constants:
    """Fit constants to what was watched, by maximum likelihood."""
    bars = [(bar, rights) for bar, rights in watched.bars if bar.letters]
    table = _Table(bars)
    start = [math.log(FITTED.scale), *(math.log(step) for step in FITTED.steps), FITTED.others[-1]]
    unlisted = [FITTED.unlisted[min(place, len(FITTED.unlisted) - 1)] for place in range(_LETTERS)]
    sought = _least(table.loss, torch.tensor([*start, *FITTED.typed, *unlisted], dtype=torch.float64))
    shorter = [_others_of(bars, count, sought) for count in range(1, _MOST)]
    found = sought.tolist()
    scale, second, third = (round(math.exp(value), 2) for value in found[:3])
    others, by_context, by_frequency, *by_letters = (round(value, 2) for value in found[3:])
    return Constants(
        scale=scale,
        steps=(second, third),
        others=(*shorter, others),
        typed=(by_context, by_frequency),
        unlisted=tuple(by_letters),
        second=_second(watched.seconds),
    )


def _least(loss: Callable[[torch.Tensor], torch.Tensor], start: torch.Tensor) -> torch.Tensor:
    """Give where a smooth function of float64 [n] is least."""
    sought = start.clone().requires_grad_()
    search = torch.optim.LBFGS([sought], max_iter=_ROUNDS, line_search_fn="strong_wolfe")

    def step() -> torch.Tensor:
        search.zero_grad()
        found = loss(sought)
        found.backward()
        return found

    search.step(step)
    return sought.detach()


def _others_of(bars: Sequence[tuple[Bar, list[bool]]], count: int, found: torch.Tensor) -> float:
    """Fit the weight of other words to bars cut down to so many words, all else being `found`."""
    cut = [
        (replace(bar, scores=bar.scores[:count], is_full=True), rights[:count])
        for bar, rights in bars
        if len(bar.scores) > count
    ]
    if not cut:
        return FITTED.others[count - 1]
    table = _Table(cut)
    fitted = _least(lambda others: table.loss(torch.cat((found[:3], others, found[4:]))), found[3:4])
    return round(float(fitted), 2)


def _second(seconds: Sequence[tuple[float, bool]]) -> tuple[float, float]:
    """Fit Platt's sigmoid (Platt 1999) to margins; what there is stays where there are too few."""
    if len(seconds) < _FEWEST:
        return FITTED.second
    rows = np.array([(1.0, margin) for margin, _ in seconds])
    at_none, each = logistic(rows, np.array([float(right) for _, right in seconds]))
    return round(float(at_none), 2), round(max(0.0, float(each)), 2)


class _Table:
    """Bars as tensors, so that all are weighed at once as `Calibration` weighs one."""

    def __init__(self, bars: Sequence[tuple[Bar, list[bool]]]) -> None:
        most = max((len(bar.scores) for bar, _ in bars), default=1)

        def tensor(rows: list[list[float]] | list[float]) -> torch.Tensor:
            return torch.tensor(rows, dtype=torch.float64)

        gaps = [[0.0] * (most - len(bar.scores)) for bar, _ in bars]
        self._scores = tensor([[*bar.scores, *gap] for (bar, _), gap in zip(bars, gaps, strict=True)])  # (n, most)
        self._there = tensor([[1.0] * len(bar.scores) + gap for (bar, _), gap in zip(bars, gaps, strict=True)]) > 0
        self._right = tensor([[*rights, *gap] for (_, rights), gap in zip(bars, gaps, strict=True)]) > 0
        self._last = tensor([bar.scores[-1] for bar, _ in bars])  # (n,)
        self._full = torch.tensor([bar.is_full for bar, _ in bars])
        self._is_word = torch.tensor([bar.typed > -math.inf for bar, _ in bars])
        self._typed = tensor([max(bar.typed, -100.0) for bar, _ in bars])
        self._in_context = torch.tensor([bar.in_context for bar, _ in bars])
        self._letters = torch.tensor([min(bar.letters, _LETTERS) - 1 for bar, _ in bars])
        self._places = torch.arange(most)

    def loss(self, sought: torch.Tensor) -> torch.Tensor:
        """Give the mean negative log-likelihood of what was meant: a word of the bar, or anything else."""
        scale, steps = sought[0].exp(), sought[1:3].exp()
        behind = functional.pad(steps[(self._places[1:] - 1).clamp(max=1)].cumsum(0), (1, 0))
        bar = torch.where(self._there, scale * self._scores - behind, _IMPOSSIBLE)
        typed = scale * self._typed + torch.where(self._in_context, sought[4], sought[5])
        rest = torch.stack(
            (
                sought[6:][self._letters],
                torch.where(self._is_word, typed, _IMPOSSIBLE),
                torch.where(self._full, scale * self._last + sought[3], _IMPOSSIBLE),
            ),
            dim=1,
        )
        meant = torch.where(self._right, bar, _IMPOSSIBLE)
        outcome = torch.where(self._right.any(dim=1), torch.logsumexp(meant, dim=1), torch.logsumexp(rest, dim=1))
        return (torch.logsumexp(torch.cat((bar, rest), dim=1), dim=1) - outcome).mean()
