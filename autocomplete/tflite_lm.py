"""The language model in a bundle: a TFLite graph with a cache that this side owns.

Owns which token stands where and sees what, and what of one context or search serves the next. Knows nothing of words
or pieces.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from autocomplete.bundle import GRAPH, Bundle
from autocomplete.errors import SelfCheckFailed
from autocomplete.graph_calls import HIDDEN, Cache, Call, Token
from autocomplete.interpreter import Graph, open_graph
from autocomplete.kept_rows import ROWS, KeptRows, Path
from autocomplete.lm import CONTEXT, Enough, Logprobs, Rows, State, Tokens
from autocomplete.manifest import ModelShape
from autocomplete.self_check import largest_difference


@dataclass(frozen=True, kw_only=True)
class TFLiteState:
    """A context that the graph has read."""

    tokens: tuple[int, ...]
    """all tokens of the context"""
    logprobs: Logprobs
    """float32 [vocab_size], read-only"""
    seen: tuple[int, ...]
    """those within reach: the end of all"""
    read: tuple[Token, ...]
    """their keys and values"""


class TFLiteModel:
    """A language model whose cache is owned here, in slots, and handed to the graph with each call.

    Neither the other rows of a call nor hidden slots change a row by a single bit. Where graph and runtime add up in
    the order of slots, a row depends on its tokens alone: what was found for one search or context is kept, and serves
    the next. Elsewhere the slot a token stands in decides the order of summing, hence its last bit, and int8
    activations make last bits grow: every token's place then follows from the tokens alone. A context is read a
    bucket at a time at fixed places, the last always as a whole, and the nodes of a search take slots in the order
    they are scored.

    Parameters
    ----------
    graph : Graph
        The opened graph, with a signature `t{n}` for each bucket; this model's alone.
    shape : ModelShape
        Its sizes.
    placeless : bool
        Whether its rows depend on their tokens alone.
    """

    def __init__(self, graph: Graph, shape: ModelShape, *, placeless: bool = False) -> None:
        self.shape = shape
        self.placeless = placeless
        self.runtime = graph.runtime
        self.vocab_size = shape.vocab_size
        self.context_len = shape.context_len
        self.beam_size = shape.buckets[0]
        self.max_rounds = (shape.slots - shape.context_len) // self.beam_size
        calls = {size: Call(graph.steps[f"t{size}"], shape, size) for size in (shape.buckets[0], shape.buckets[-1])}
        self._beam, self._reading = calls[shape.buckets[0]], calls[shape.buckets[-1]]
        self._cache = Cache([call.step for call in calls.values()])
        self._kept = KeptRows(shape, max(ROWS, shape.slots - shape.context_len + self.beam_size))
        self._search: TFLiteSearch | None = None

    @classmethod
    def from_bundle(cls, bundle: Bundle, *, runtime: str | None = None) -> Self:
        """Open the graph of a bundle and hold it to its known values.

        Raises
        ------
        SelfCheckFailed
            If the runtime computes other numbers on this machine.
        """
        model = cls(open_graph(bundle.sections[GRAPH], runtime=runtime), bundle.manifest.shape)
        check = bundle.manifest.self_check
        difference = largest_difference(model, check)
        if not difference <= check.tolerance:  # not-a-number fails too
            raise SelfCheckFailed(
                f"{model.runtime} gives logprobs that differ by {difference:.3g} from those known for "
                f"{bundle.path}, at most {check.tolerance} is expected: `pip install ai-edge-litert`, or use "
                "a bundle made for this runtime with `python -m export --variant tflite-runtime`"
            )
        model.placeless = bundle.manifest.placeless and model.adds_in_order(check.tokens[: model.beam_size])
        model._kept.clear()
        return model

    def adds_in_order(self, context: Sequence[int]) -> bool:
        """Look whether a token has the same row, to the last bit, in each column of a call."""
        parents, tokens = np.full((2, self.beam_size), [[CONTEXT], [context[-1]]], np.int32)
        rows = self.search(self.start(context)).rows(parents, tokens)
        first, *others = rows.places.tolist()
        return all(np.array_equal(rows.logprobs[first], rows.logprobs[other]) for other in others)

    def start(self, tokens: Sequence[int], previous: State | None = None) -> TFLiteState:
        """Read a context (at least one token), reusing what `previous` has in common with it."""
        tokens = tuple(map(int, tokens))
        if not tokens:
            raise ValueError("the context has no token: begin it with the start token")
        if isinstance(previous, TFLiteState) and previous.tokens == tokens:
            return previous
        seen = tokens[window_start(len(tokens), self.shape) :]
        # The last token is read anew even if it is known, for its logprobs.
        read = self._common(seen[:-1], previous if isinstance(previous, TFLiteState) else None)
        (rows,) = self._read(seen, read, len(seen) - 1)
        last = rows[0]
        last.flags.writeable = False
        return TFLiteState(tokens=tokens, logprobs=last, seen=seen, read=tuple(read))

    def search(self, state: State) -> TFLiteSearch:
        """Open a search; it ends when another is opened or a context is read."""
        self._search = TFLiteSearch(self, _ours(state))
        return self._search

    def follow(self, state: State, tokens: Sequence[int]) -> Logprobs:
        """Give the logprobs after each of some tokens that follow a context.

        Returns
        -------
        float32 [len(tokens), vocab_size]
            Valid as long as wanted.
        """
        state = _ours(state)
        if not 0 < len(tokens) <= self.context_len - self.shape.hop:
            raise ValueError(f"got {len(tokens)} tokens: give 1 to {self.context_len - self.shape.hop}")
        whole = (*state.tokens, *map(int, tokens))
        seen = whole[window_start(len(whole), self.shape) :]
        read = self._common(seen[: -len(tokens)], state)
        return np.concatenate(list(self._read(seen, read, len(seen) - len(tokens))))

    def clear(self) -> None:
        """Forget what was read; states stay usable."""
        self._search = None
        self._cache.clear()
        self._kept.clear()

    def sequence_logprobs(self, tokens: Sequence[int]) -> Logprobs:
        """Give the logprobs after every token of a sequence that fits the context.

        Returns
        -------
        float32 [len(tokens), vocab_size]
            Row i is what `start(tokens[: i + 1])` gives.
        """
        return np.concatenate(list(self.rows(tokens)))

    def rows(self, tokens: Sequence[int]) -> Iterator[Logprobs]:
        """Give the same rows, a call's worth at a time; between two of them the model may be used otherwise."""
        if not 0 < len(tokens) <= self.context_len:
            raise ValueError(f"got {len(tokens)} tokens: give 1 to {self.context_len}, the context length")
        yield from self._read(tuple(map(int, tokens)), [], 0)

    def _common(self, seen: tuple[int, ...], state: TFLiteState | None) -> list[Token]:
        """Give what a state has read of the first tokens of `seen`, as far as it may be gone on from there."""
        n = 0
        if state:
            both = enumerate(zip(seen, state.seen, strict=False))
            n = next((place for place, (a, b) in both if a != b), min(len(seen), len(state.seen)))
        return list(state.read[: n if self.placeless else n - n % self._reading.size]) if state else []

    def _read(self, seen: tuple[int, ...], read: list[Token], wanted: int) -> Iterator[Logprobs]:
        """Read on where `read` ends, adding to it; give the logprobs after the tokens from `wanted` on.

        They come a call's worth at a time, float32 [n, vocab_size].
        """
        call = self._reading
        while (past := len(read)) < len(seen):
            self._search = None
            place = self._kept.find(seen[: past + 1])
            if place is not None:
                read.append(Token(self._kept.k[place].copy(), self._kept.v[place].copy()))
                if past >= wanted:
                    yield self._kept.logprobs[place][None].copy()
                continue
            self._cache.load(read)
            tokens = seen[past : past + call.size]
            n = len(tokens)
            visible = np.full((n, self.shape.slots), HIDDEN, np.float32)
            visible[:, :past] = 0
            call(tokens, np.arange(past, past + n, dtype=np.int32), visible, causal=True)
            k, v = (values.transpose(2, 0, 1, 3).copy() for values in call.keys_and_values(n))
            read += map(Token, k, v)
            if past + n > wanted:
                yield call.logprobs(n)[max(0, wanted - past) :].copy()


class TFLiteSearch:
    """One search: node i has the i-th slot after the context's, and stands there once something below it is asked."""

    def __init__(self, model: TFLiteModel, state: TFLiteState) -> None:
        shape = model.shape
        self._model = model
        self._state = state
        self._first = shape.context_len
        self._paths: list[Path] = []
        """of the nodes"""
        self._places: list[int] = []
        """in which they are kept"""
        self._standing = 0
        """nodes that stand in their slots"""
        self._parents: list[int] = []
        """of the nodes"""

    def score(self, parents: Tokens, tokens: Tokens) -> Logprobs:
        """Append `tokens` int32 [n] to nodes `parents` int32 [n]; give logprobs float32 [n, vocab_size]."""
        rows = self.rows(parents, tokens)
        return rows.logprobs[rows.places]

    def rows(
        self,
        parents: Tokens,
        tokens: Tokens,
        likely: tuple[Tokens, Tokens] | None = None,
        enough: Enough | None = None,
    ) -> Rows:
        """Do the same without copying, look at what is likely where there is room in a call, and call only if what is
        kept is not enough.
        """
        model, n, first = self._model, len(tokens), len(self._paths)
        if model._search is not self:
            raise RuntimeError("this search has ended, another was opened or a context was read: open a new one")
        if not 0 < n <= model.beam_size or len(parents) != n:
            raise ValueError(f"got {len(parents)} parents and {n} tokens: give as many of each, 1 to {model.beam_size}")
        if first + n > model.shape.slots - model.shape.context_len:
            raise ValueError(f"{first} tokens are scored and {n} more do not fit: plan {model.max_rounds} rounds")
        kept, paths = model._kept, self._whole(parents, tokens)
        found = [kept.find(path) for path in paths]
        known = [place for place in found if place is not None]
        if len(known) < n:
            begin = known[: found.index(None)]
            if begin and enough and enough(Rows(kept.logprobs, np.array(begin, np.int32), kept.notes)):
                return Rows(kept.logprobs, np.array(begin, np.int32), kept.notes)
            asked = [
                one for one, place in zip(self._table(parents, tokens, paths), found, strict=True) if place is None
            ]
            if likely and model.placeless and len(asked) < model.beam_size:
                asked += self._besides(likely, paths)[: model.beam_size - len(asked)]
            made = iter(self._ask(asked, {*self._places, *known}))
            found = [next(made) if place is None else place for place in found]
        self._places += found
        self._paths += paths
        self._parents += parents.tolist()
        return Rows(kept.logprobs, np.array(found, np.int32), kept.notes)

    def _whole(self, parents: Tokens, tokens: Tokens) -> list[Path]:
        seen, paths = self._state.seen, self._paths
        pairs = zip(parents.tolist(), tokens.tolist(), strict=True)
        return [(*(seen if parent == CONTEXT else paths[parent]), token) for parent, token in pairs]

    def _table(self, parents: Tokens, tokens: Tokens, paths: list[Path]) -> Iterator[tuple[int, int, Path]]:
        """Give parent, token and path of each that is asked."""
        return zip(parents.tolist(), tokens.tolist(), paths, strict=True)

    def _besides(self, likely: tuple[Tokens, Tokens], asked: Sequence[Path]) -> list[tuple[int, int, Path]]:
        """Give what of the likely is neither asked nor kept."""
        find = self._model._kept.find
        table = self._table(*likely, self._whole(*likely))
        return [one for one in table if one[2] not in asked and find(one[2]) is None]

    def _ask(self, asked: Sequence[tuple[int, int, Path]], needed: Collection[int]) -> list[int]:
        """Call the graph with parents, tokens and their paths; give the places where what it finds is kept."""
        model, call, n, seen = self._model, self._model._beam, len(asked), len(self._state.seen)
        model._cache.load(self._state.read)
        if max(parent for parent, _, _ in asked) >= self._standing:
            places = self._places[self._standing :]
            model._cache.put(self._first + self._standing, model._kept.k[places], model._kept.v[places])
            self._standing = len(self._places)
        visible = np.full((n, model.shape.slots), HIDDEN, np.float32)
        visible[:, :seen] = 0
        for row, (node, _, _) in enumerate(asked):
            while node != CONTEXT:
                visible[row, self._first + node] = 0
                node = self._parents[node]
        positions = np.array([len(path) - 1 for _, _, path in asked], np.int32)
        call([token for _, token, _ in asked], positions, visible)
        paths = [path if model.placeless else None for _, _, path in asked]
        return model._kept.keep(paths, *call.keys_and_values(n), call.logprobs(n), needed)


def window_start(length: int, shape: ModelShape) -> int:
    """Give where reading begins: the least multiple of the hop that lets it fit."""
    return max(0, -(-(length - shape.context_len) // shape.hop) * shape.hop)


def _ours(state: State) -> TFLiteState:
    if not isinstance(state, TFLiteState):
        raise TypeError(f"a {type(state).__name__} is not a state of this model: give what `start` returned")
    return state
