"""Step 1: the student as a float TFLite graph that keeps no state.

Owns the graph's inputs and outputs, one signature `t{n}` per token bucket (n rows, S = slots):

    tokens, positions  int32 [1, n]           logprobs      float32 [1, n, vocab_size]
    mask    float32 [1, 1, n, S + n]          new_k, new_v  float32 [n_layer, n_head, n, head_dim]
    k, v    float32 [n_layer, n_head, S, head_dim]

`mask` is added to the attention: 0 visible, -1e4 hidden; its last n columns are the rows themselves.
"""

from __future__ import annotations

import contextlib
import io
import logging
import tempfile
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from autocomplete.manifest import ModelShape
from training.model import Block, ModelConfig, Transformer, rotary_tables

BUCKETS = (8,)
"""One for reading and searching. A second one of 16 reads a long context a fifth faster, but costs 13 MB of
memory (the runtime packs the weights for each signature), 15 ms at each start and 0.4 MB in the file; and few
words need more than 8 tokens."""
SLOTS_FOR_SEARCH = 32
HOP = 16


def shape_of(config: ModelConfig, buckets: tuple[int, ...] = BUCKETS) -> ModelShape:
    """Lay out the cache for a model."""
    return ModelShape(
        vocab_size=config.vocab_size,
        n_layer=config.n_layer,
        n_head=config.n_head,
        n_embd=config.n_embd,
        head_dim=config.head_dim,
        context_len=config.context_len,
        hop=min(HOP, config.context_len),
        slots=config.context_len + SLOTS_FOR_SEARCH,
        buckets=buckets,
    )


class CachedStep(nn.Module):
    """The weights of a `Transformer`, run on new tokens over a cache handed in.

    The log-softmax belongs to the graph: there it costs 0.03 ms for 8 rows of 12,288, in numpy 0.06 to 0.12.
    """

    def __init__(self, model: Transformer) -> None:
        super().__init__()
        self.model = model

    def forward(self, tokens: Tensor, positions: Tensor, mask: Tensor, k: Tensor, v: Tensor) -> dict[str, Tensor]:
        """Score rows; shapes as in the module's docstring."""
        model, config = self.model, self.model.config
        cos, sin = rotary_tables(positions[0], config.head_dim, config.rope_base)
        x = F.rms_norm(model.embedding(tokens), (config.n_embd,), eps=config.norm_eps)  # (1, n, n_embd)
        new_k, new_v = [], []
        for layer, block in enumerate(cast("Iterable[Block]", model.blocks)):
            q, k_row, v_row = block.attention.heads(block.attention_norm(x), cos, sin)  # (1, n_head, n, head_dim)
            new_k.append(k_row[0])
            new_v.append(v_row[0])
            keys = torch.cat((k[layer][None], k_row), dim=2)  # (1, n_head, S + n, head_dim)
            values = torch.cat((v[layer][None], v_row), dim=2)
            weights = torch.softmax(q @ keys.transpose(-1, -2) * config.head_dim**-0.5 + mask, dim=-1)
            x = x + block.attention.merge(weights @ values)
            x = x + block.mlp(block.mlp_norm(x))
        logprobs = F.log_softmax(model.logits(model.norm(x)), dim=-1)
        return {"logprobs": logprobs, "new_k": torch.stack(new_k), "new_v": torch.stack(new_v)}


def convert(model: Transformer, shape: ModelShape) -> bytes:
    """Convert a model in evaluation mode; the same weights give the same bytes."""
    with _third_parties_muted():
        import litert_torch  # takes seconds, and only this step needs it

        step, converter = CachedStep(model).eval(), litert_torch
        for bucket in shape.buckets:
            converter = converter.signature(f"t{bucket}", step, sample_kwargs=_samples(shape, bucket))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "float.tflite"
            converter.convert().export(str(path))
            return path.read_bytes()


@contextlib.contextmanager
def _third_parties_muted() -> Iterator[None]:
    """Hide the converter's progress and complaints about its own dependencies; its errors are exceptions."""
    before = logging.root.manager.disable
    logging.disable(logging.ERROR)
    try:
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


def _samples(shape: ModelShape, n: int) -> dict[str, Tensor]:
    # Each input needs a tensor of its own: the tracer takes two inputs for one if their samples are one.
    cache = (shape.n_layer, shape.n_head, shape.slots, shape.head_dim)
    return {
        "tokens": torch.zeros(1, n, dtype=torch.int32),
        "positions": torch.arange(n, dtype=torch.int32)[None].clone(),
        "mask": torch.zeros(1, 1, n, shape.slots + n),
        "k": torch.zeros(cache),
        "v": torch.zeros(cache),
    }
