"""A model that runs on new tokens over a cache that its host owns: what is exported, and what is measured.

n rows, S = slots; signatures are named `t{n}`:

    tokens, positions  int32 [1, n]           logprobs      float32 [1, n, vocab_size]
    mask    float32 [1, 1, n, S + n]          new_k, new_v  float32 [n_layer, n_head, n, head_dim]
    k, v    float32 [n_layer, n_head, S, head_dim]

`mask` is added to the attention: 0 visible, -1e4 hidden; its last n columns are the rows themselves.

A row is a function of the tokens it sees, to the last bit, wherever they stand in the cache or in the call, as long as
they stand in their order (`Manifest.placeless`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import cast

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from autocomplete.interpreter import CopyingStep, Graph, Shapes
from autocomplete.manifest import ModelShape
from autocomplete.tflite_lm import TFLiteModel
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


def inputs_of(shape: ModelShape, n: int) -> Shapes:
    """Give the inputs for n rows."""
    cache = (shape.n_layer, shape.n_head, shape.slots, shape.head_dim)
    return {
        "tokens": ((1, n), np.int32),
        "positions": ((1, n), np.int32),
        "mask": ((1, 1, n, shape.slots + n), np.float32),
        "k": (cache, np.float32),
        "v": (cache, np.float32),
    }


_NOTHING = 1e-30
"""far below the least sum of a row that sees a token, exp(-sqrt(head_dim)), which it leaves as it is"""


class CachedStep(nn.Module):
    """The weights of a `Transformer`, run on new tokens over a cache handed in.

    The log-softmax belongs to the graph: there it costs 0.03 ms for 8 rows of 12,288, in numpy 0.06 to 0.12.

    The softmax of the attention is written out, its denominator a sum by the product that mixes the values. Runtimes
    add up a product column after column, where a hidden one adds an exact zero; a softmax of theirs adds up in lanes,
    so that the last bit of a row would depend on the columns that its tokens have. Queries and keys are of length
    sqrt(head_dim), so that no exponential overflows; and a row that sees nothing at all, as unused ones may, is given
    zeros, since numbers that are none would spread to the others.
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
            values = torch.cat((values, torch.ones_like(values[..., :1])), dim=-1)
            weights = torch.exp(q @ keys.transpose(-1, -2) * config.head_dim**-0.5 + mask)
            mixed = weights @ values  # (1, n_head, n, head_dim + 1)
            x = x + block.attention.merge(mixed[..., :-1] / (mixed[..., -1:] + _NOTHING))
            x = x + block.mlp(block.mlp_norm(x))
        logprobs = F.log_softmax(model.logits(model.norm(x)), dim=-1)
        return {"logprobs": logprobs, "new_k": torch.stack(new_k), "new_v": torch.stack(new_v)}


def language_model(model: Transformer) -> TFLiteModel:
    """Give a model in evaluation mode as the engine's language model: float32, computed by torch in a graph's place.

    So a teacher is typed with by the same engine, cache and masks as a bundle, and differs in its weights alone.
    """
    shape = shape_of(model.config)
    step = CachedStep(model).eval()

    @torch.no_grad()
    def run(**inputs: np.ndarray) -> Mapping[str, np.ndarray]:
        out = step(**{name: torch.from_numpy(values) for name, values in inputs.items()})
        return {name: values.numpy() for name, values in out.items()}

    steps = {f"t{n}": CopyingStep(run, inputs_of(shape, n)) for n in shape.buckets}
    return TFLiteModel(Graph(runtime=f"torch {torch.__version__}", steps=steps), shape)
