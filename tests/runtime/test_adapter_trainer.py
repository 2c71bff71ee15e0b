"""Training an adapter: every step against the slow trainer, and what the record says."""

from __future__ import annotations

import numpy as np
import pytest

from autocomplete.adapter import Features, features_of
from autocomplete.adapter_trainer import NO_TARGET, Record, Trainer, TrainerOptions
from tests.fakes import RandomModel
from tests.reference import SlowTrainer

VOCAB, RANK = 70, 4


@pytest.fixture
def lm() -> RandomModel:
    return RandomModel(VOCAB)


@pytest.fixture
def features(lm: RandomModel) -> Features:
    return features_of(lm, np.arange(4, 40, dtype=np.int32), RANK)


def _steps(lm: RandomModel, rng: np.random.Generator, steps: int) -> list[tuple[np.ndarray, np.ndarray]]:
    made = []
    for step in range(steps):
        rows = np.stack([lm.row((2, step, place)) for place in range(6)])
        made.append((rows, rng.choice([5, 6, 7, 50], 6).astype(np.int32)))
    return made


def test_every_step_is_the_slow_trainers(lm: RandomModel, features: Features, rng: np.random.Generator) -> None:
    options = TrainerOptions()
    comp, ref = Trainer(features, VOCAB, options), SlowTrainer(features, VOCAB, options)
    for rows, targets in _steps(lm, rng, 20):
        comp.learn(rows, targets)
        ref.learn(rows, targets)
        # pieces that are hardly expected are left as they are: at most a thousandth of a use each step
        np.testing.assert_allclose(comp.bias, ref.bias, atol=0.01)
        np.testing.assert_allclose(comp.weights, ref.weights, atol=0.01)
    assert np.abs(ref.bias).max() > 0.5
    assert np.abs(ref.weights).max() > 0.2


def test_a_step_goes_down_the_cross_entropy(lm: RandomModel, features: Features, rng: np.random.Generator) -> None:
    (rows, targets), *_ = _steps(lm, rng, 1)

    def bits(trainer: Trainer) -> float:
        return float(trainer.judge(rows, targets)[1].sum())

    options = TrainerOptions(bias_rate=1e-3, weight_rate=1e-3, keep=1.0)
    trainer = Trainer(features, VOCAB, options)
    before = bits(trainer)
    trainer.learn(rows, targets)
    expected = 0.0  # the change to first order, by finite differences of the bits
    for array, piece in ((trainer.bias, 5), (trainer.bias, 50), (trainer.weights, 6)):
        at = (piece,) if array.ndim == 1 else (piece, 2)
        step = float(array[at])
        array[at] = 0
        without = bits(trainer)
        array[at] = step
        assert bits(trainer) < without
        expected += bits(trainer) - without
    assert bits(trainer) < before
    assert bits(trainer) - before < expected < 0


def test_text_is_judged_before_it_is_learned(lm: RandomModel, features: Features, rng: np.random.Generator) -> None:
    trainer = Trainer(features, VOCAB)
    steps = _steps(lm, rng, 2)
    trainer.learn(*steps[0])
    assert trainer.record.gain == pytest.approx(0, abs=1e-6)
    plain, adapted = trainer.judge(*steps[1])
    trainer.learn(*steps[1])
    fade = 0.5 ** (6 / 1000)
    assert trainer.record.pieces == pytest.approx(6 + 6 * fade)
    assert trainer.record.gain == pytest.approx((plain - adapted).sum() / trainer.record.pieces, abs=1e-5)


def test_a_record_fades() -> None:
    record = Record()
    record.add(np.full(1000, 3.0), np.full(1000, 1.0))
    record.add(np.full(1000, 3.0), np.full(1000, 3.0))
    assert (record.pieces, record.gain) == (pytest.approx(1500), pytest.approx(2 / 3))
    assert Record().gain == 0


def test_tokens_that_are_no_targets_change_nothing(
    lm: RandomModel, features: Features, rng: np.random.Generator
) -> None:
    (rows, targets), *_ = _steps(lm, rng, 1)
    trainer, alone = Trainer(features, VOCAB), Trainer(features, VOCAB)
    trainer.learn(rows, np.full(6, NO_TARGET, np.int32))
    assert (trainer.pieces, trainer.bias.any()) == (0, False)
    targets[2:] = NO_TARGET
    trainer.learn(rows, targets)
    alone.learn(rows[:2], targets[:2])
    np.testing.assert_array_equal(trainer.bias, alone.bias)
    assert trainer.pieces == 2
    assert len(trainer.judge(rows, targets)[0]) == 2


def test_training_goes_on_from_a_snapshot(lm: RandomModel, features: Features, rng: np.random.Generator) -> None:
    steps = _steps(lm, rng, 12)
    whole = Trainer(features, VOCAB)
    for rows, targets in steps[:6]:
        whole.learn(rows, targets)
    kept = whole.snapshot()
    before = kept.adapter.bias.copy()
    resumed = Trainer.resumed(kept, VOCAB)
    for rows, targets in steps[6:]:
        whole.learn(rows, targets)
        resumed.learn(rows, targets)
    np.testing.assert_array_equal(resumed.bias, whole.bias)
    np.testing.assert_array_equal(resumed.weights, whole.weights)
    assert (resumed.record, resumed.pieces) == (whole.record, whole.pieces)
    np.testing.assert_array_equal(kept.adapter.bias, before)


def test_an_adapter_does_what_the_trainer_foretells_with(
    lm: RandomModel, features: Features, rng: np.random.Generator
) -> None:
    trainer = Trainer(features, VOCAB)
    steps = _steps(lm, rng, 10)
    for rows, targets in steps:
        trainer.learn(rows, targets)
    rows, targets = steps[0]
    found = trainer.snapshot().adapter.apply(rows)[np.arange(6), targets] / -np.log(2)
    np.testing.assert_allclose(found, trainer.judge(rows, targets)[1], atol=1e-4)


def test_only_the_pieces_used_most_are_kept(lm: RandomModel, features: Features, rng: np.random.Generator) -> None:
    trainer = Trainer(features, VOCAB, TrainerOptions(most_active=4))
    for rows, targets in _steps(lm, rng, 10):
        trainer.learn(rows, targets)
    active = trainer.snapshot().adapter.active.tolist()
    assert active == sorted(np.argsort(-trainer.use, kind="stable")[:4].tolist())
    assert {5, 6, 7, 50} == set(active)
