"""A host that knows only `export/README.md` gets the same numbers bit by bit: that page is complete."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autocomplete import bundle
from autocomplete.bundle import GRAPH, LEXICON, PIECES
from autocomplete.lm import CONTEXT
from tests.tiny import graph, language_model, manifest

pytestmark = pytest.mark.tflite


class ForeignHost:
    """Reads a bundle and drives its graph with nothing of this package."""

    def __init__(self, path: Path) -> None:
        from ai_edge_litert.interpreter import Interpreter

        data = path.read_bytes()
        assert data[:8] == bytes.fromhex("894143420D0A1A0A")
        version, complete, length = struct.unpack_from("<IIQ", data, 8)
        assert (version, complete) == (1, 1)
        values: dict[str, Any] = json.loads(data[56 : 56 + length])
        place = values["sections"]["graph"]
        content = data[place["offset"] : place["offset"] + place["length"]]
        self.shape = values["shape"]
        self.n, self.slots = self.shape["buckets"][0], self.shape["slots"]
        self.run = Interpreter(model_content=content, num_threads=1).get_signature_runner(f"t{self.n}")
        size = [self.shape[name] for name in ("n_layer", "n_head", "slots", "head_dim")]
        self.k, self.v = np.ones(size, np.float32), np.ones(size, np.float32)

    def call(self, tokens: list[int], positions: list[int], mask: np.ndarray, slots: list[int]) -> np.ndarray:
        rows = np.zeros((2, 1, self.n), np.int32)
        rows[:, 0, : len(tokens)] = tokens, positions
        out = self.run(tokens=rows[0], positions=rows[1], mask=mask[None, None], k=self.k, v=self.v)
        self.k[:, :, slots] = out["new_k"][:, :, : len(slots)]
        self.v[:, :, slots] = out["new_v"][:, :, : len(slots)]
        return out["logprobs"][0, : len(tokens)]

    def hidden(self) -> np.ndarray:
        return np.full((self.n, self.slots + self.n), -10000, np.float32)

    def read(self, tokens: list[int]) -> np.ndarray:
        over = max(0, len(tokens) - self.shape["context_len"])
        tokens = tokens[-(-over // self.shape["hop"]) * self.shape["hop"] :]
        logprobs = np.empty((0, 0))
        for past in range(0, len(tokens), self.n):
            block = tokens[past : past + self.n]
            mask = self.hidden()
            mask[:, :past] = 0
            mask[:, self.slots :][np.tri(self.n, dtype=bool)] = 0
            places = list(range(past, past + len(block)))
            logprobs = self.call(block, places, mask, places)
        self.length = len(tokens)
        return logprobs[-1]

    def search(self, tokens: list[int], depth: int, ancestors: list[list[int]], slots: list[int]) -> np.ndarray:
        mask = self.hidden()
        mask[:, self.slots :][np.eye(self.n, dtype=bool)] = 0
        mask[:, : self.length] = 0
        for row, seen in enumerate(ancestors):
            mask[row, seen] = 0
        return self.call(tokens, [self.length + depth] * len(tokens), mask, slots)


@pytest.mark.parametrize("length", [1, 8, 21, 32, 33, 75])
def test_a_foreign_host_gets_the_same_numbers(tmp_path: Path, rng: np.random.Generator, length: int) -> None:
    bundle.write(tmp_path / "xx.bundle", manifest(), {GRAPH: graph(), PIECES: b"-", LEXICON: b"-"})
    host, lm = ForeignHost(tmp_path / "xx.bundle"), language_model()
    tokens = [2, *rng.integers(4, 61, length - 1).tolist()]
    state = lm.start(tokens)
    assert np.array_equal(host.read(tokens), state.logprobs)
    search, past = lm.search(state), lm.context_len
    first = search.score(np.array([CONTEXT, CONTEXT], np.int32), np.array([7, 30], np.int32))
    assert np.array_equal(host.search([7, 30], 0, [[], []], [past, past + 1]), first)
    second = search.score(np.array([1, 0], np.int32), np.array([9, 11], np.int32))
    assert np.array_equal(host.search([9, 11], 1, [[past + 1], [past]], [past + 2, past + 3]), second)
