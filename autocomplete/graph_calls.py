"""What the graph is handed: tokens, positions and mask of a call, keys and values in slots.

Owns the inputs as the runtime has them; `tflite_lm.py` decides what goes where.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from autocomplete.interpreter import Step
from autocomplete.lm import Logprobs, Tokens
from autocomplete.manifest import ModelShape

HIDDEN: Final = -1e4
"""Added to the attention of what must not be seen; its exponential is an exact zero in float32."""


@dataclass(frozen=True, slots=True, eq=False)
class Token:
    """Keys and values of one token after all before it."""

    k: NDArray[np.float32]
    """float32 [n_layer, n_head, head_dim]"""
    v: NDArray[np.float32]
    """as `k`"""


class Cache:
    """The keys and values in all slots, inputs of the graph, and which tokens the slots of the context hold now."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self._steps = steps
        self._loaded: list[Token] = []

    def load(self, tokens: Sequence[Token]) -> None:
        """Put tokens into the first slots, unless they stand there already."""
        both = enumerate(zip(tokens, self._loaded, strict=False))
        n = next((place for place, (a, b) in both if a is not b), min(len(tokens), len(self._loaded)))
        if n < len(tokens):
            self.put(n, np.stack([token.k for token in tokens[n:]]), np.stack([token.v for token in tokens[n:]]))
            self._loaded[n : len(tokens)] = tokens[n:]

    def clear(self) -> None:
        """Empty all slots."""
        self._loaded.clear()
        for step in self._steps:
            step.input("k")[:], step.input("v")[:] = 0, 0

    def put(self, slot: int, k: NDArray[np.float32], v: NDArray[np.float32]) -> None:
        """Fill consecutive slots, with keys and values float32 [n, n_layer, n_head, head_dim]."""
        slots = slice(slot, slot + len(k))
        for step in self._steps:
            step.input("k")[:, :, slots] = k.transpose(1, 2, 0, 3)
            step.input("v")[:, :, slots] = v.transpose(1, 2, 0, 3)


class Call:
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
    ) -> None:
        """Run n rows that see slots as in `visible` float32 [n, slots] and themselves (causal: rows before)."""
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

    def logprobs(self, n: int) -> Logprobs:
        """Give the logprobs after the first n rows, float32 [n, vocab_size]: a view, not to be held on to."""
        return self.step.output("logprobs")[0, :n]

    def keys_and_values(self, n: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Give those of the first n rows, each float32 [n_layer, n_head, n, head_dim]: views, not to be held on to."""
        return self.step.output("new_k")[:, :, :n], self.step.output("new_v")[:, :, :n]
