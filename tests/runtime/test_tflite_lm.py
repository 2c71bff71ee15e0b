"""The cached model over real graphs: incremental equals from scratch bit by bit, a search equals reading."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from autocomplete import bundle, self_check
from autocomplete.bundle import GRAPH, LEXICON, PIECES
from autocomplete.errors import SelfCheckFailed
from autocomplete.interpreter import CopyingStep, Graph, Step, open_graph
from autocomplete.lm import CONTEXT, Rows
from autocomplete.tflite_lm import TFLiteModel, TFLiteSearch, TFLiteState, window_start
from tests.tiny import KINDS, SHAPE, graph, language_model, manifest

pytestmark = pytest.mark.tflite


ENGLISH = Path(bundle.__file__).with_name("en.bundle")


ALL = [*KINDS, *(f"{kind}, kept" for kind in KINDS), "english"]


@pytest.fixture(scope="module", params=ALL)
def lm(request: pytest.FixtureRequest) -> TFLiteModel:
    """Give each tiny graph, and the one that ships: what small matrices do, large ones need not."""
    return opened(request.param)


def opened(kind: str) -> TFLiteModel:
    """Open a graph anew, with a cache that has seen nothing; one that keeps what it finds, if the name says so."""
    if kind != "english":
        return language_model(kind.removesuffix(", kept"), placeless=kind.endswith(", kept"))
    if not ENGLISH.exists():
        pytest.skip(f"{ENGLISH} is not made yet")
    return TFLiteModel.from_bundle(bundle.read(ENGLISH))


def context(rng: np.random.Generator, length: int, vocab_size: int = SHAPE.vocab_size) -> list[int]:
    return [2, *rng.integers(4, vocab_size, length - 1).tolist()]


def int32(*values: int) -> np.ndarray:
    return np.array(values, np.int32)


def equal(a: TFLiteState, b: TFLiteState) -> bool:
    return a.tokens == b.tokens and np.array_equal(a.logprobs, b.logprobs)


def test_logprobs_are_a_distribution_and_not_uniform(lm: TFLiteModel, rng: np.random.Generator) -> None:
    logprobs = lm.start(context(rng, 11, lm.vocab_size)).logprobs
    assert logprobs.dtype == np.float32
    assert logprobs.shape == (lm.shape.vocab_size,)
    assert np.exp(logprobs).sum() == pytest.approx(1, abs=1e-5)
    assert np.ptp(logprobs) > 1
    with pytest.raises(ValueError, match="read-only"):
        logprobs[0] = 0


@pytest.mark.parametrize("kind", ALL)
def test_typing_and_deleting_equals_a_fresh_start(kind: str, rng: np.random.Generator) -> None:
    lm, fresh = opened(kind), opened(kind)
    tokens, state = context(rng, 3, lm.vocab_size), None
    for _ in range(150):
        if rng.random() < 0.3:
            tokens = tokens[: int(rng.integers(1, len(tokens) + 1))]
        elif rng.random() < 0.1:
            tokens = context(rng, int(rng.integers(1, 90)), lm.vocab_size)
        else:
            tokens = tokens + rng.integers(4, lm.shape.vocab_size, int(rng.integers(1, 6))).tolist()
        state = lm.start(tokens, state)
        assert equal(state, fresh.start(tokens))
        if rng.random() < 0.3:  # a search in between changes nothing
            lm.search(state).score(int32(CONTEXT), int32(9))


def test_every_row_of_a_sequence_is_what_start_gives(lm: TFLiteModel, rng: np.random.Generator) -> None:
    tokens = context(rng, lm.shape.context_len, lm.vocab_size)
    rows = lm.sequence_logprobs(tokens)
    for end in range(1, len(tokens) + 1):
        assert np.array_equal(rows[end - 1], lm.start(tokens[:end]).logprobs)


def test_long_contexts_are_cut_in_hops(lm: TFLiteModel, rng: np.random.Generator) -> None:
    starts = [window_start(n, lm.shape) for n in range(1, 3 * lm.context_len)]
    assert starts[: lm.context_len + 1] == [0] * lm.context_len + [lm.shape.hop]
    assert all(0 < n - start <= lm.shape.context_len and start % lm.shape.hop == 0 for n, start in enumerate(starts, 1))
    tokens = context(rng, 2 * lm.context_len + 7, lm.vocab_size)
    within_reach = tokens[window_start(len(tokens), lm.shape) :]
    assert np.array_equal(lm.start(tokens).logprobs, lm.start(within_reach).logprobs)


def test_the_same_context_is_not_read_again(lm: TFLiteModel, rng: np.random.Generator) -> None:
    state = lm.start(context(rng, 20, lm.vocab_size))
    assert lm.start(state.tokens, state) is state
    longer = lm.start([*state.tokens, 5], state)
    common = 20 if lm.placeless else 16
    assert all(a is b for a, b in zip(longer.read[:common], state.read[:common], strict=True))
    assert longer.read[common] not in state.read


@pytest.mark.parametrize("kind", ["float"])
def test_a_tree_of_hypotheses_equals_reading_each_of_them(kind: str, rng: np.random.Generator) -> None:
    lm = language_model(kind)
    for length in (1, 7, 8, 9, 31, 32):
        state = lm.start(context(rng, length))
        search = lm.search(state)
        paths: list[list[int]] = []
        for _ in range(lm.max_rounds):
            n = int(rng.integers(1, lm.beam_size + 1))
            parents = rng.integers(CONTEXT, len(paths), n).astype(np.int32)
            tokens = rng.integers(4, SHAPE.vocab_size, n).astype(np.int32)
            logprobs = search.score(parents, tokens)
            paths += [[*([] if p == CONTEXT else paths[p]), int(t)] for p, t in zip(parents, tokens, strict=True)]
            for path, row in zip(paths[-n:], logprobs, strict=True):
                # Past a full context a fresh start would move its window, a search goes on.
                if length + len(path) <= SHAPE.context_len:
                    np.testing.assert_allclose(row, lm.start([*state.tokens, *path]).logprobs, atol=2e-5)
                    search = resumed(lm, state, search)


def resumed(lm: TFLiteModel, state: TFLiteState, search: TFLiteSearch) -> TFLiteSearch:
    """Let a search go on though contexts were read meanwhile; only a test that looks on needs to."""
    lm._cache.load(state.read)
    lm._search = search
    return search


def test_a_row_does_not_depend_on_other_rows_or_on_earlier_searches(lm: TFLiteModel, rng: np.random.Generator) -> None:
    state = lm.start(context(rng, 13, lm.vocab_size))
    alone = lm.search(state).score(int32(CONTEXT), int32(17))[0].copy()
    for _ in range(10):
        others = rng.integers(4, lm.shape.vocab_size, lm.beam_size).astype(np.int32)
        others[0] = 17
        search = lm.search(state)
        first = search.score(np.full(lm.beam_size, CONTEXT, np.int32), others)
        assert np.array_equal(first[0], alone)
        search.score(np.arange(lm.beam_size, dtype=np.int32), others)
        lm.start(context(rng, 30, lm.vocab_size))


def test_a_second_round_depends_on_its_ancestors_only(lm: TFLiteModel, rng: np.random.Generator) -> None:
    state = lm.start(context(rng, 13, lm.vocab_size))

    def grandchild(sibling: int, cousin: int) -> np.ndarray:
        search = lm.search(state)
        search.score(int32(CONTEXT, CONTEXT), int32(17, sibling))
        return search.score(int32(0, 1), int32(8, cousin))[0].copy()

    assert np.array_equal(grandchild(5, 6), grandchild(40, 41))


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_depends_on_its_tokens_alone_wherever_they_stand(kind: str, rng: np.random.Generator) -> None:
    lm = language_model(kind)
    seen = 0
    for length in (1, 5, 8, 13, 16, 25):
        state = lm.start(context(rng, length))
        search = lm.search(state)
        paths: list[tuple[int, ...]] = []
        rows: list[np.ndarray] = []
        for _ in range(lm.max_rounds):
            parents = rng.integers(CONTEXT, len(paths), lm.beam_size).astype(np.int32)
            tokens = rng.integers(4, SHAPE.vocab_size, lm.beam_size).astype(np.int32)
            rows += [row.copy() for row in search.score(parents, tokens)]
            paths += [(*(() if p == CONTEXT else paths[p]), int(t)) for p, t in zip(parents, tokens, strict=True)]
        for path, row in zip(paths, rows, strict=True):
            if length + len(path) <= SHAPE.context_len:
                assert np.array_equal(row, lm.start([*state.tokens, *path]).logprobs), (length, path)
                seen += len(path) > 1
    assert seen > 20


@pytest.mark.parametrize("kind", [f"{kind}, kept" for kind in KINDS])
def test_what_is_kept_is_what_the_graph_gives(kind: str, rng: np.random.Generator) -> None:
    """Contexts that grow, shrink and come back, searched along few paths, so that most is asked for again."""
    lm, plain = opened(kind), opened(kind.removesuffix(", kept"))
    calls = Counter(lm), Counter(plain)
    tokens, state = context(rng, 5), None
    for _ in range(60):
        if rng.random() < 0.2:
            tokens = tokens[: int(rng.integers(1, len(tokens) + 1))]
        else:
            tokens = tokens + rng.integers(4, 8, int(rng.integers(0, 3))).tolist()
        state, fresh = lm.start(tokens, state), plain.start(tokens)
        assert equal(state, fresh)
        for _ in range(int(rng.integers(1, 4))):
            searches, n_nodes = (lm.search(state), plain.search(fresh)), 0
            for _ in range(int(rng.integers(1, lm.max_rounds + 1))):
                n = int(rng.integers(1, lm.beam_size + 1))
                parents = rng.integers(CONTEXT, n_nodes, n).astype(np.int32)
                asked = rng.integers(4, 8, n).astype(np.int32)
                likely = rng.integers(CONTEXT, n_nodes, 5).astype(np.int32), rng.integers(4, 8, 5).astype(np.int32)
                ours = searches[0].rows(parents, asked, likely)
                assert np.array_equal(ours.logprobs[ours.places], searches[1].score(parents, asked))
                n_nodes += n
        following = rng.integers(4, 8, int(rng.integers(1, 6))).tolist()
        assert np.array_equal(lm.follow(state, following), plain.follow(fresh, following))
        if rng.random() < 0.05:
            lm.clear()
    assert calls[0].n < 0.6 * calls[1].n


class Counter:
    """Counts the calls of a graph."""

    def __init__(self, lm: TFLiteModel) -> None:
        self.n = 0
        self._run, lm._beam.step.run = lm._beam.step.run, self.run  # type: ignore[method-assign]

    def run(self) -> None:
        self.n += 1
        self._run()


def test_a_search_goes_on_from_what_is_kept_with_what_is_not(rng: np.random.Generator) -> None:
    lm = opened("default, kept")
    state = lm.start(context(rng, 9))
    lm.search(state).score(int32(CONTEXT, CONTEXT), int32(17, 30))
    search, calls = lm.search(state), Counter(lm)
    search.score(int32(CONTEXT), int32(30))
    assert calls.n == 0
    row = search.score(int32(0), int32(41))[0].copy()
    assert calls.n == 1
    assert np.array_equal(row, opened("default").start([*state.tokens, 30, 41]).logprobs)
    assert np.array_equal(lm.start([*state.tokens, 30, 41], state).logprobs, row)
    assert calls.n == 1


def test_what_is_likely_is_looked_at_where_there_is_room(rng: np.random.Generator) -> None:
    lm = opened("default, kept")
    state = lm.start(context(rng, 9))
    likely = np.full(9, CONTEXT, np.int32), np.arange(20, 29, dtype=np.int32)
    lm.search(state).rows(int32(CONTEXT, CONTEXT), int32(20, 19), likely)
    calls = Counter(lm)
    lm.search(state).score(np.full(8, CONTEXT, np.int32), np.arange(19, 27, dtype=np.int32))
    assert calls.n == 0
    lm.search(state).score(int32(CONTEXT), int32(27))
    assert calls.n == 1


def test_what_is_kept_may_be_enough(rng: np.random.Generator) -> None:
    lm = opened("default, kept")
    state = lm.start(context(rng, 9))
    lm.search(state).score(int32(CONTEXT, CONTEXT, CONTEXT), int32(17, 30, 40))
    search, calls, asked = lm.search(state), Counter(lm), []

    def enough(rows: Rows) -> bool:
        asked.append(rows.logprobs[rows.places].copy())
        return len(asked) == 2

    for parents, tokens in (
        ((CONTEXT, CONTEXT), (17, 30)),
        ((CONTEXT, CONTEXT), (20, 17)),
    ):  # all are kept; not the first
        search.rows(int32(*parents), int32(*tokens), None, enough)
    assert not asked and calls.n == 1
    rows = search.rows(int32(CONTEXT, 1, CONTEXT, 0), int32(40, 8, 17, 9), None, enough)
    assert len(rows.places) == 4 and calls.n == 2
    rows = search.rows(int32(CONTEXT, 1, 2), int32(30, 8, 60), None, enough)
    assert calls.n == 2
    np.testing.assert_array_equal(rows.logprobs[rows.places], asked[1])
    plain = opened("default")
    np.testing.assert_array_equal(asked[0], [plain.start([*state.tokens, 40]).logprobs])
    np.testing.assert_array_equal(asked[1], [plain.start([*state.tokens, *end]).logprobs for end in ((30,), (30, 8))])


def test_nothing_is_kept_after_it_was_cleared(rng: np.random.Generator) -> None:
    lm = opened("default, kept")
    state = lm.start(context(rng, 9))
    lm.search(state).score(int32(CONTEXT), int32(17))
    lm.clear()
    calls = Counter(lm)
    lm.search(state).score(int32(CONTEXT), int32(17))
    assert calls.n == 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_runtime_that_adds_up_otherwise_is_found_out(kind: str, rng: np.random.Generator, monkeypatch) -> None:
    lm = opened(kind)
    tokens = context(rng, 9)
    assert lm.adds_in_order(tokens)
    logprobs = lm._beam.logprobs
    column = np.zeros((lm.beam_size, 1), np.float32)
    column[3] = 1e-6
    monkeypatch.setattr(lm._beam, "logprobs", lambda n: logprobs(n) + column[:n])
    assert not lm.adds_in_order(tokens)


def test_wrong_use_is_refused(lm: TFLiteModel) -> None:
    with pytest.raises(ValueError, match="no token"):
        lm.start([])
    with pytest.raises(ValueError, match=f"give 1 to {lm.context_len}"):
        lm.sequence_logprobs([2] * (lm.context_len + 1))
    with pytest.raises(TypeError, match="what `start` returned"):
        lm.search("state")  # type: ignore[arg-type]
    state = lm.start([2])
    search = lm.search(state)
    for parents, tokens in (([], []), ([CONTEXT] * 9, [5] * 9), ([CONTEXT, CONTEXT], [5])):
        with pytest.raises(ValueError, match="1 to 8"):
            search.score(int32(*parents), int32(*tokens))
    for _ in range(lm.max_rounds):
        search.score(np.full(8, CONTEXT, np.int32), np.full(8, 5, np.int32))
    with pytest.raises(ValueError, match="plan 4 rounds"):
        search.score(int32(CONTEXT), int32(5))
    lm.search(state)
    with pytest.raises(RuntimeError, match="has ended"):
        search.score(int32(CONTEXT), int32(5))
    search = lm.search(state)
    lm.start([2, 5])
    with pytest.raises(RuntimeError, match="has ended"):
        search.score(int32(CONTEXT), int32(5))


def test_the_self_check_passes_where_numbers_agree(tmp_path, rng: np.random.Generator) -> None:
    check = self_check.record(language_model(), context(rng, 20), tolerance=0.05, top=5)
    assert len(check.top_tokens[1]) == 5
    made = bundle.write(tmp_path / "b", manifest(self_check=check), {GRAPH: graph(), PIECES: b"", LEXICON: b""})
    lm = TFLiteModel.from_bundle(made)
    assert self_check.largest_difference(lm, check) < 1e-4


@pytest.mark.parametrize("wrong", [1.5, np.nan])
def test_the_self_check_names_the_runtime_and_the_remedy(tmp_path, rng, wrong: float, monkeypatch) -> None:
    check = self_check.record(language_model(), context(rng, 20), tolerance=0.05)
    made = bundle.write(tmp_path / "b", manifest(self_check=check), {GRAPH: graph(), PIECES: b"", LEXICON: b""})

    def garbage(content: bytes, *, runtime: str | None) -> Graph:
        return Graph(runtime="other 1.0", steps={"t8": Spoilt(open_graph(content).steps["t8"])})

    class Spoilt:
        def __init__(self, step: Step) -> None:
            self._step = step
            self.input, self.run = step.input, step.run

        def output(self, name: str) -> np.ndarray:
            return self._step.output(name) + np.float32(wrong if name == "logprobs" else 0)

    monkeypatch.setattr("autocomplete.tflite_lm.open_graph", garbage)
    with pytest.raises(
        SelfCheckFailed, match=r"other 1.0 gives .*pip install ai-edge-litert.*--variant tflite-runtime"
    ):
        TFLiteModel.from_bundle(made)


def test_a_graph_of_one_signature_runs_in_place_and_gives_what_copying_gives(rng: np.random.Generator) -> None:
    from ai_edge_litert.interpreter import Interpreter

    in_place = open_graph(graph()).steps["t8"]
    runner = Interpreter(model_content=graph(), num_threads=1).get_signature_runner("t8")
    shapes = {name: (tuple(of["shape"]), of["dtype"]) for name, of in runner.get_input_details().items()}
    copying = CopyingStep(runner, shapes)
    for turn in range(4):
        for name, (shape, kind) in shapes.items():
            if turn == 0 or name != "k":  # what was left stays
                made = rng.integers(0, 9, shape).astype(kind)
                for step in (in_place, copying):
                    step.input(name)[:] = made
        for step in (in_place, copying):
            step.run()
        for name in ("logprobs", "new_k", "new_v"):
            assert np.array_equal(in_place.output(name), copying.output(name))
        assert np.array_equal(in_place.input("k"), copying.input("k"))
