"""The language model in a bundle: a TFLite graph with a cache that this side owns.

Owns slots, masks and positions, and what of one context serves the next. Knows nothing of words or pieces.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from autocomplete.bundle import GRAPH, Bundle
from autocomplete.errors import SelfCheckFailed
from autocomplete.interpreter import Graph, Step, open_graph
from autocomplete.lm import CONTEXT, Logprobs, State, Tokens
from autocomplete.manifest import ModelShape
from autocomplete.self_check import largest_difference

HIDDEN: Final = -1e4
"""Added to the attention of what must not be seen; its exponential is an exact zero in float32."""


@dataclass(frozen=True, kw_only=True)
class Block:
    """Keys and values of consecutive context tokens."""

    tokens: tuple[int, ...]
    """as many as the reading bucket holds, fewer in the last block of a context"""
    k: NDArray[np.float32]
    """float32 [n_layer, n_head, bucket, head_dim]; rows past the tokens mean nothing"""
    v: NDArray[np.float32]
    """as `k`"""


@dataclass(frozen=True, kw_only=True)
class TFLiteState:
    """A context that the graph has read."""

    tokens: tuple[int, ...]
    """all tokens of the context"""
    logprobs: Logprobs
    """float32 [vocab_size], read-only"""
    blocks: tuple[Block, ...]
    """what is within reach, cut at multiples of the reading bucket"""


class TFLiteModel:
    """A language model whose cache is owned here, in slots, and handed to the graph with each call.

    Neither the other rows of a call nor hidden slots change a row by a single bit. But the slot a token
    stands in decides the order of summing, hence its last bit, and int8 activations make last bits grow. So
    every token's place follows from the tokens alone: a context is read in blocks at fixed places, its last
    block always as a whole, and the nodes of a search take slots in the order they are scored.

    Parameters
    ----------
    graph : Graph
        The opened graph, with a signature `t{n}` for each bucket; this model's alone.
    shape : ModelShape
        Its sizes.
    """

    def __init__(self, graph: Graph, shape: ModelShape) -> None:
        self.shape = shape
        self.runtime = graph.runtime
        self.vocab_size = shape.vocab_size
        self.context_len = shape.context_len
        self.beam_size = shape.buckets[0]
        self.max_rounds = (shape.slots - shape.context_len) // self.beam_size
        calls = {size: _Call(graph.steps[f"t{size}"], shape, size) for size in (shape.buckets[0], shape.buckets[-1])}
        self._beam, self._reading = calls[shape.buckets[0]], calls[shape.buckets[-1]]
        self._cache = _Cache([call.step for call in calls.values()])
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
        return model

    def start(self, tokens: Sequence[int], previous: State | None = None) -> TFLiteState:
        """Read a context (at least one token), reusing the blocks that `previous` has in common with it."""
        tokens = tuple(map(int, tokens))
        if not tokens:
            raise ValueError("the context has no token: begin it with the start token")
        blocks: tuple[Block, ...] = ()
        if isinstance(previous, TFLiteState):
            if previous.tokens == tokens:
                return previous
            blocks = previous.blocks
        parts = self._cut(tokens[window_start(len(tokens), self.shape) :])
        kept = 0
        # The last block is read anew even if it is known, for its logprobs.
        while kept < min(len(parts) - 1, len(blocks)) and blocks[kept].tokens == parts[kept]:
            kept += 1
        blocks = blocks[:kept]
        read = list(self._read(parts[kept:], blocks))
        blocks += tuple(block for block, _ in read)
        last = read[-1][1][-1].copy()  # the rest of the call's logprobs need not live on
        last.flags.writeable = False
        return TFLiteState(tokens=tokens, logprobs=last, blocks=blocks)

    def search(self, state: State) -> TFLiteSearch:
        """Open a search; it ends when another is opened or a context is read."""
        if not isinstance(state, TFLiteState):
            raise TypeError(f"a {type(state).__name__} is not a state of this model: give what `start` returned")
        self._cache.load(state.blocks)
        self._search = TFLiteSearch(self, sum(len(block.tokens) for block in state.blocks))
        return self._search

    def follow(self, state: State, tokens: Sequence[int]) -> Logprobs:
        """Give the logprobs after each of some tokens that follow a context.

        Returns
        -------
        float32 [len(tokens), vocab_size]
            Valid as long as wanted.
        """
        if not isinstance(state, TFLiteState):
            raise TypeError(f"a {type(state).__name__} is not a state of this model: give what `start` returned")
        if not 0 < len(tokens) <= self.context_len - self.shape.hop:
            raise ValueError(f"got {len(tokens)} tokens: give 1 to {self.context_len - self.shape.hop}")
        whole = (*state.tokens, *map(int, tokens))
        seen = whole[window_start(len(whole), self.shape) :]
        parts = self._cut(seen)
        first = (len(seen) - len(tokens)) // self._reading.size  # the block that holds the first token
        kept = 0
        while kept < min(first, len(state.blocks)) and state.blocks[kept].tokens == parts[kept]:
            kept += 1
        rows = np.concatenate([rows for _, rows in self._read(parts[kept:], state.blocks[:kept])])
        return rows[len(rows) - len(tokens) :]

    def clear(self) -> None:
        """Forget what was read; states stay usable."""
        self._search = None
        self._cache.clear()

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
        for _, rows in self._read(self._cut(tuple(map(int, tokens))), ()):
            yield rows

    def _cut(self, tokens: tuple[int, ...]) -> list[tuple[int, ...]]:
        size = self._reading.size
        return [tokens[i : i + size] for i in range(0, len(tokens), size)]

    def _read(self, parts: list[tuple[int, ...]], blocks: tuple[Block, ...]) -> Iterator[tuple[Block, Logprobs]]:
        """Read parts that follow blocks already read; give each as a block, with its logprobs."""
        call = self._reading
        for tokens in parts:
            self._search = None
            self._cache.load(blocks)
            past, n = len(blocks) * call.size, len(tokens)
            visible = np.full((n, self.shape.slots), HIDDEN, np.float32)
            visible[:, :past] = 0
            logprobs = call(tokens, np.arange(past, past + n, dtype=np.int32), visible, causal=True)
            block = Block(tokens=tokens, k=call.step.output("new_k").copy(), v=call.step.output("new_v").copy())
            blocks += (block,)
            yield block, logprobs


class TFLiteSearch:
    """One search: node i stands in the i-th slot after the context's."""

    def __init__(self, model: TFLiteModel, context_len: int) -> None:
        shape = model.shape
        self._model = model
        self._first = shape.context_len
        self._n = 0
        self._depths = np.empty(shape.slots - shape.context_len + 1, np.int32)
        self._visible = np.full((len(self._depths), shape.slots), HIDDEN, np.float32)
        # The last row is the context: node -1 of both arrays.
        self._visible[CONTEXT, :context_len] = 0
        self._depths[CONTEXT] = context_len - 1

    def score(self, parents: Tokens, tokens: Tokens) -> Logprobs:
        """Append `tokens` int32 [n] to nodes `parents` int32 [n]; give logprobs float32 [n, vocab_size]."""
        model, n, first = self._model, len(tokens), self._n
        if model._search is not self:
            raise RuntimeError("this search has ended, another was opened or a context was read: open a new one")
        if not 0 < n <= model.beam_size or len(parents) != n:
            raise ValueError(f"got {len(parents)} parents and {n} tokens: give as many of each, 1 to {model.beam_size}")
        if first + n > len(self._depths) - 1:
            raise ValueError(f"{first} tokens are scored and {n} more do not fit: plan {model.max_rounds} rounds")
        nodes, slots = slice(first, first + n), self._visible.shape[1]
        self._depths[nodes] = self._depths[parents] + 1
        self._visible[nodes] = self._visible[parents]
        logprobs = model._beam(tokens, self._depths[nodes], self._visible[nodes])
        new = (model._beam.step.output(name)[:, :, :n] for name in ("new_k", "new_v"))
        model._cache.put(self._first + first, *new)
        # from now on each node sees itself: the diagonal from (first, self._first + first) on
        self._visible.ravel()[self._first + first * (slots + 1) :: slots + 1][:n] = 0
        self._n += n
        return logprobs


class _Cache:
    """The keys and values in all slots, inputs of the graph, and which blocks the slots of the context hold now."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self._steps = steps
        self._loaded: dict[int, Block] = {}

    def load(self, blocks: Sequence[Block]) -> None:
        """Copy blocks to their slots, unless they stand there already."""
        for place, block in enumerate(blocks):
            if self._loaded.get(place) is not block:
                self.put(place * block.k.shape[2], block.k, block.v)
                self._loaded[place] = block

    def clear(self) -> None:
        """Empty all slots."""
        self._loaded.clear()
        for step in self._steps:
            step.input("k")[:], step.input("v")[:] = 0, 0

    def put(self, slot: int, k: NDArray[np.float32], v: NDArray[np.float32]) -> None:
        """Fill consecutive slots."""
        for step in self._steps:
            step.input("k")[:, :, slot : slot + k.shape[2]] = k
            step.input("v")[:, :, slot : slot + v.shape[2]] = v


class _Call:
    """One signature of the graph, with what its rows see of each other."""

    def __init__(self, step: Step, shape: ModelShape, size: int) -> None:
        self.size = size
        self.step = step
        self._slots = shape.slots
        self._own = np.where(np.eye(size, dtype=bool), 0, HIDDEN).astype(np.float32)
        self._causal = np.where(np.tri(size, dtype=bool), 0, HIDDEN).astype(np.float32)
        self._is_causal: bool | None = None
        """what the mask says now of rows among themselves"""

    def __call__(
        self, tokens: Sequence[int] | Tokens, positions: Tokens, visible: NDArray[np.float32], *, causal: bool = False
    ) -> Logprobs:
        """Run n rows that see slots as in `visible` float32 [n, slots] and themselves (causal: rows before).

        Returns
        -------
        float32 [n, vocab_size]
        """
        step, n = self.step, len(tokens)
        step.input("tokens")[0, :n] = tokens
        step.input("positions")[0, :n] = positions
        mask = step.input("mask")[0, 0]
        mask[:n, : self._slots] = visible
        if causal is not self._is_causal:
            mask[:, self._slots :] = self._causal if causal else self._own
            self._is_causal = causal
        del mask
        step.run()
        return step.output("logprobs")[0, :n].copy()


def window_start(length: int, shape: ModelShape) -> int:
    """Give where reading begins: the least multiple of the hop that lets it fit."""
    return max(0, -(-(length - shape.context_len) // shape.hop) * shape.hop)
