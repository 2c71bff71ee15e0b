"""A model with an adapter is the model, its rows changed; the adapter may be changed at any time."""

from __future__ import annotations

import numpy as np
import pytest

from autocomplete.adapted_lm import AdaptedModel
from autocomplete.adapter import Adapter, features_of
from autocomplete.lm import CONTEXT, Rows
from tests.fakes import RandomModel
from tests.tiny import language_model

CONTEXT_TOKENS = [2, 5, 9, 12]
ROOT, NODES = np.array([CONTEXT], np.int32), np.array([7], np.int32)


def _adapter(lm: RandomModel, seed: int = 3) -> Adapter:
    rng = np.random.default_rng(seed)
    features = features_of(lm, np.arange(4, 40, dtype=np.int32), 4)
    active = np.array([5, 7, 9, 30], np.int32)
    weights = rng.standard_normal((4, 4)).astype(np.float32)
    return Adapter(features, active, rng.standard_normal(4).astype(np.float32), weights)


@pytest.fixture
def lm() -> AdaptedModel:
    """A model made up for tests, an adapter over it."""
    plain = RandomModel(61)
    return AdaptedModel(plain, _adapter(plain))


def test_it_gives_the_rows_of_the_model_changed(lm: AdaptedModel) -> None:
    adapter, plain = lm.adapter, lm.plain
    assert adapter
    assert (lm.vocab_size, lm.context_len, lm.beam_size, lm.max_rounds) == (61, 64, 8, 4)
    state, ref = lm.start(CONTEXT_TOKENS), plain.start(CONTEXT_TOKENS)
    assert state.tokens == tuple(CONTEXT_TOKENS)
    np.testing.assert_array_equal(state.logprobs, adapter.apply(ref.logprobs[None])[0])
    assert not state.logprobs.flags.writeable
    found, wanted = (model.search(at).score(ROOT, NODES) for model, at in ((lm, state), (plain, ref)))
    np.testing.assert_array_equal(found, adapter.apply(wanted))
    np.testing.assert_array_equal(lm.follow(state, [4, 8]), adapter.apply(plain.follow(ref, [4, 8])))
    for found, wanted in zip(lm.rows(range(2, 20)), plain.rows(range(2, 20)), strict=True):
        np.testing.assert_array_equal(found, adapter.apply(wanted))


def test_what_is_kept_is_asked_about_as_it_is_changed(lm: AdaptedModel) -> None:
    parents, tokens = np.array([CONTEXT] * 3, np.int32), np.array([7, 8, 9], np.int32)
    wanted = lm.search(lm.start(CONTEXT_TOKENS)).score(parents, tokens)
    for answer in (True, False):
        asked: list[np.ndarray] = []

        def enough(rows: Rows, answer: bool = answer, asked: list[np.ndarray] = asked) -> bool:
            asked.append(rows.logprobs[rows.places])
            rows.notes[rows.places] = 0.5
            return answer

        lm.plain.kept = {(*CONTEXT_TOKENS, 7), (*CONTEXT_TOKENS, 8)}
        rows = lm.search(lm.start(CONTEXT_TOKENS)).rows(parents, tokens, None, enough)
        np.testing.assert_array_equal(asked, [wanted[:2]])
        np.testing.assert_array_equal(rows.logprobs[rows.places], wanted[: 2 if answer else 3])
        np.testing.assert_array_equal(rows.notes[rows.places], [0.5, 0.5, np.nan][: 2 if answer else 3])


def test_without_an_adapter_it_is_the_model(lm: AdaptedModel) -> None:
    lm.adapter = None
    state, ref = lm.start(CONTEXT_TOKENS), lm.plain.start(CONTEXT_TOKENS)
    np.testing.assert_array_equal(state.logprobs, ref.logprobs)
    np.testing.assert_array_equal(lm.search(state).score(ROOT, NODES), lm.plain.search(ref).score(ROOT, NODES))
    np.testing.assert_array_equal(lm.follow(state, [4]), lm.plain.follow(ref, [4]))
    np.testing.assert_array_equal(next(lm.rows([2, 3])), next(lm.plain.rows([2, 3])))


def test_a_change_of_adapter_shows_at_the_next_start_and_not_before(lm: AdaptedModel) -> None:
    state = lm.start(CONTEXT_TOKENS)
    search, old = lm.search(state), lm.adapter
    lm.adapter = _adapter(lm.plain, seed=4)
    ref = AdaptedModel(lm.plain, old)
    np.testing.assert_array_equal(search.score(ROOT, NODES), ref.search(ref.start(CONTEXT_TOKENS)).score(ROOT, NODES))
    again = lm.start(CONTEXT_TOKENS, state)
    np.testing.assert_array_equal(again.logprobs, AdaptedModel(lm.plain, lm.adapter).start(CONTEXT_TOKENS).logprobs)
    assert not np.array_equal(again.logprobs, state.logprobs)


def test_states_serve_again() -> None:
    tiny = language_model("float")
    lm = AdaptedModel(tiny, _adapter(tiny))
    state = lm.start(range(2, 22))
    assert lm.start(range(2, 22), state) is state
    longer = lm.start(range(2, 24), state)
    np.testing.assert_array_equal(longer.logprobs, lm.start(range(2, 24)).logprobs)
    assert longer.plain.read[0] is state.plain.read[0]
    lm.clear()
    np.testing.assert_array_equal(lm.start(range(2, 22), longer).logprobs, state.logprobs)


def test_a_state_of_another_model_is_refused(lm: AdaptedModel) -> None:
    foreign = lm.plain.start(CONTEXT_TOKENS)
    with pytest.raises(TypeError, match="FakeState is not a state of this model"):
        lm.search(foreign)
    with pytest.raises(TypeError, match="FakeState is not a state of this model"):
        lm.follow(foreign, [3])
    np.testing.assert_array_equal(lm.start(CONTEXT_TOKENS, foreign).logprobs, lm.start(CONTEXT_TOKENS).logprobs)


def test_the_model_may_be_used_between_two_parts_of_a_text() -> None:
    lm, alone = language_model("float"), language_model("float")
    wanted = list(alone.rows(range(2, 26)))
    for place, rows in enumerate(lm.rows(range(2, 26))):
        np.testing.assert_array_equal(rows, wanted[place])
        state = lm.start([2, 40, 41, 42])
        found = lm.search(state).score(ROOT, NODES)
        np.testing.assert_array_equal(found, alone.search(alone.start([2, 40, 41, 42])).score(ROOT, NODES))
    with pytest.raises(ValueError, match="give 1 to 32"):
        list(lm.rows([2] * 33))
