"""The weights of a bundle's graph, back as a model: training goes on where only the bundle was kept.

Reads the operators of the first signature in the order in which they run and takes the constants of matrix products,
norms and the embedding as they come; int8 ones are spread out with their scales. What int8 lost stays lost (a few
hundredths of a point), the optimiser begins anew. Knows the layout that `export/convert.py` writes, nothing of text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from autocomplete import bundle as bundles
from autocomplete.bundle import GRAPH, PIECES
from training.checkpoint import CheckpointError
from training.model import ModelConfig, Transformer

_PER_BLOCK = ("attention.qkv", "attention.out", "mlp.up", "mlp.down")
_NORMS_PER_BLOCK = ("attention_norm", "mlp_norm")
_TOLERANCE = 0.25
"""nats between the known values of a bundle and what the weights read from it give: activations are float here"""


def read_model(path: Path) -> tuple[Transformer, dict[str, Any]]:
    """Give the model of a bundle and what describes it.

    Raises
    ------
    CheckpointError
        If the graph is laid out otherwise, or the model computes other numbers than the bundle knows of itself.
    autocomplete.errors.BundleError
        If the file is no bundle.
    """
    opened = bundles.read(path)
    shape = opened.manifest.shape
    matrices, gains = _constants(bytes(opened.sections[GRAPH]), shape.n_embd)
    if len(matrices) != 4 * shape.n_layer + 1 or len(gains) != 2 * shape.n_layer + 1:
        raise CheckpointError(
            f"{path} has {len(matrices)} matrices and {len(gains)} norms, a model of {shape.n_layer} layers has "
            f"{4 * shape.n_layer + 1} and {2 * shape.n_layer + 1}: begin with a bundle that `python -m export` made"
        )
    config = ModelConfig(
        vocab_size=shape.vocab_size,
        n_layer=shape.n_layer,
        n_head=shape.n_head,
        n_embd=shape.n_embd,
        n_hidden=matrices[_PER_BLOCK.index("mlp.up")].size(0),
        context_len=shape.context_len,
    )
    model = Transformer(config)
    model.load_state_dict(dict(_named(matrices, gains, shape.n_layer)))
    _verify(model, opened, path)
    return model, {
        "bundle": opened.checksum,
        "training": opened.manifest.model_card.get("training", {}),
        "vocabulary_sha256": hashlib.sha256(opened.sections[PIECES]).hexdigest(),
    }


def _named(matrices: list[Tensor], gains: list[Tensor], n_layer: int) -> Iterator[tuple[str, Tensor]]:
    for layer in range(n_layer):
        for place, name in enumerate(_PER_BLOCK):
            yield f"blocks.{layer}.{name}.weight", matrices[layer * len(_PER_BLOCK) + place]
        for place, name in enumerate(_NORMS_PER_BLOCK):
            yield f"blocks.{layer}.{name}.weight", gains[layer * len(_NORMS_PER_BLOCK) + place]
    yield "norm.weight", gains[-1]
    yield "embedding.weight", matrices[-1]


def _constants(graph: bytes, n_embd: int) -> tuple[list[Tensor], list[Tensor]]:
    """Give the matrices of products and the gains of norms in the order they are used."""
    from ai_edge_litert import schema_py_generated as schema  # here alone: who only trains needs no TFLite runtime

    model: Any = schema.ModelT.InitFromObj(schema.Model.GetRootAs(graph, 0))
    subgraph = model.subgraphs[0]
    matrices, gains = [], []
    for operator in subgraph.operators:
        code = model.operatorCodes[operator.opcodeIndex]
        kind = max(code.builtinCode, code.deprecatedBuiltinCode)
        for tensor in (subgraph.tensors[index] for index in operator.inputs if index >= 0):
            data = _data(model.buffers[tensor.buffer], graph)
            if not data:
                continue
            if kind == schema.BuiltinOperator.FULLY_CONNECTED:
                matrices.append(_spread(tensor, data))
            elif kind == schema.BuiltinOperator.MUL and list(tensor.shape) == [1, 1, n_embd]:
                gains.append(_spread(tensor, data).flatten())
    return matrices, gains


def _data(buffer: Any, graph: bytes) -> bytes:
    """Give the bytes of a constant, which large ones have behind the FlatBuffer; nothing for what is computed."""
    if buffer.offset > 1:
        return graph[buffer.offset : buffer.offset + buffer.size]
    return b"" if buffer.data is None else bytes(buffer.data)


def _spread(tensor: Any, data: bytes) -> Tensor:
    """Give a constant as float32, its scales multiplied in."""
    if tensor.quantization is None or tensor.quantization.scale is None:
        return torch.from_numpy(np.frombuffer(data, np.float32).reshape(tensor.shape).copy())
    whole = np.frombuffer(data, np.int8).reshape(tensor.shape).astype(np.float32)
    scales = np.asarray(tensor.quantization.scale, np.float32)
    return torch.from_numpy(whole * (scales[:, None] if len(scales) > 1 else scales))


@torch.no_grad()
def _verify(model: Transformer, opened: bundles.Bundle, path: Path) -> None:
    """Hold the model to the known values of its bundle."""
    check = opened.manifest.self_check
    logprobs = model(torch.tensor([[*check.tokens, check.top_tokens[0][0]]]))[0, -2:].log_softmax(-1)
    found = torch.stack([row[list(top)] for row, top in zip(logprobs, check.top_tokens, strict=True)])
    difference = float((found - torch.tensor(check.top_logprobs)).abs().max())
    if not difference <= _TOLERANCE:
        raise CheckpointError(
            f"the weights read from {path} give logprobs that differ by {difference:.3g} from those it knows of "
            f"itself, at most {_TOLERANCE} is expected: begin with a bundle that this release's `python -m export` made"
        )
