"""Step 1: the student as a float TFLite graph that keeps no state.

The graph's inputs and outputs, one signature `t{n}` per token bucket, are those of `training.cached.CachedStep`.
"""

from __future__ import annotations

import contextlib
import io
import logging
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor

from autocomplete.manifest import ModelShape
from training.cached import CachedStep
from training.model import Transformer


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
