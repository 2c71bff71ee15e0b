"""Constants of confidence: found again in data made with them, weighed as the runtime weighs, fitted on typed text."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from pathlib import Path

import pytest
import torch

import autocomplete
from autocomplete.calibration import FITTED, Bar, Calibration, Constants
from autocomplete.field import Offered
from autocomplete.hindsight import SURE
from autocomplete.measuring import known_words
from tests.fake_field import FakeOffer
from training.calibration import WAYS, Watched, Watcher, _Table, fit, fitted_to

TRUE = Constants(
    scale=0.5,
    steps=(0.6, 0.1),
    others=(1.0, 0.7, 0.5),
    typed=(0.5, -0.5),
    unlisted=(-3.0, -5.0, -7.0, -9.0, -10.0, -11.0),
    second=(-1.0, 0.3),
)


def _bars(count: int, seed: int) -> list[tuple[Bar, list[bool]]]:
    """Make bars, what is meant drawn as the constants above have it."""
    rng = random.Random(seed)
    made = []
    for _ in range(count):
        letters = rng.randint(1, 7)
        scores = sorted((-rng.uniform(0, 4) - letters - 2 * n for n in range(rng.randint(1, 3))), reverse=True)
        typed = rng.choice([-math.inf, -rng.uniform(1, 15)])
        bar = Bar(scores, letters, len(scores) == 3, typed, rng.random() < 0.5)
        stated = Calibration(TRUE).words(bar)
        meant = rng.choices(range(len(scores) + 1), [*stated, max(0.0, 1 - sum(stated))])[0]
        made.append((bar, [place == meant for place in range(len(scores))]))
    return made


def test_the_constants_that_made_the_data_are_found_again() -> None:
    rng = random.Random(5)
    margins = [rng.uniform(1, 12) for _ in range(20_000)]
    seconds = [(margin, rng.random() < Calibration(TRUE).second(margin)) for margin in margins]
    found = fitted_to(Watched(_bars(60_000, seed=1), seconds))
    assert found.scale == pytest.approx(TRUE.scale, abs=0.03)
    assert found.steps == pytest.approx(TRUE.steps, abs=0.1)
    assert found.others[-1] == pytest.approx(TRUE.others[-1], abs=0.25)
    assert found.typed == pytest.approx(TRUE.typed, abs=0.25)
    assert found.unlisted[:5] == pytest.approx(TRUE.unlisted[:5], abs=0.4)
    assert found.second == pytest.approx(TRUE.second, abs=0.1)
    fresh = Watched(_bars(20_000, seed=2), [])
    assert fresh.error(found) < 0.012 < fresh.error(FITTED)
    full = [(bar, rights) for bar, rights in fresh.bars if bar.is_full]
    for count in (1, 2):  # a shorter bar leaves more out
        cut = Watched([(replace(bar, scores=bar.scores[:count]), rights[:count]) for bar, rights in full])
        assert cut.error(found) < cut.error(replace(found, others=found.others[-1:]))


def test_few_other_readings_leave_theirs_as_they_are() -> None:
    assert fitted_to(Watched(_bars(300, seed=3), [(2.0, True)])).second == FITTED.second


def test_bars_are_weighed_as_the_runtime_weighs_them() -> None:
    bars = _bars(200, seed=4)
    slow = 0.0
    for bar, rights in bars:
        stated = Calibration(TRUE).words(bar)
        right = sum(sure for sure, meant in zip(stated, rights, strict=True) if meant)
        slow -= math.log(right if any(rights) else 1 - sum(stated)) / len(bars)
    sought = [math.log(TRUE.scale), *map(math.log, TRUE.steps), TRUE.others[-1], *TRUE.typed, *TRUE.unlisted]
    assert float(_Table(bars).loss(torch.tensor(sought, dtype=torch.float64))) == pytest.approx(slow)


def test_what_was_said_last_is_what_is_noted() -> None:
    offers: list[Offered] = [FakeOffer(word, word, 0, 0.5) for word in ("a", "b")]
    bar, other = Bar([-1.0, -2.0], 2, False, -3.0, True), Bar([-4.0, -5.0], 2, False, -3.0, True)
    watcher = Watcher()
    watcher.watch(offers, [True, False])  # nothing was said yet
    watcher.words(other)
    assert watcher.words(bar) == Calibration().words(bar)
    watcher.watch(offers, [False, True])
    watcher.watch([], [])
    assert watcher.watched == Watched([(bar, [False, True])], [])
    watcher.words(bar)
    assert watcher.second(SURE + 1) == Calibration().second(SURE + 1)
    watcher.watch(offers, [True, False])
    watcher.words(bar)
    watcher.second(SURE - 1)
    watcher.watch(offers, [True, False])
    assert watcher.watched.seconds == [(SURE + 1, True), (SURE - 1, False)]
    assert len(watcher.watched.bars) == 1


def test_constants_are_fitted_on_typed_text(tmp_path: Path) -> None:
    text = tmp_path / "validation.txt"
    lines = ["I will see you tomorrow morning then", "thank you for the long letter", "can you bring the book"]
    text.write_text("\n".join(f"{line} {number}" for number in range(6) for line in lines))
    engine, done = autocomplete.load(emoji=False, questions=False), []
    before = engine.suggest("See you tomo")
    options = {"known": known_words(None), "rate": 0.1, "seed": 1}
    found = fit(engine, text, lines=18, progress=done.append, **options)
    assert done[-1] == 18
    assert found["bars"] > 200
    assert found["error"].keys() == set(WAYS)
    assert all(0 <= row["with_these"] <= 1 for row in found["error"].values())
    assert replace(FITTED, **found["constants"]).scale > 0
    assert engine.suggest("See you tomo") == before  # the engine is left as it was
    with pytest.raises(ValueError, match="at least 15"):
        fit(engine, text, lines=14, progress=done.append, **options)
