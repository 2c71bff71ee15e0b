"""How much an n-gram of the same text improves a teacher: bits per byte of mixtures on the validation split.

Chooses `ngram_weight` before a student is taught with it. The validation text is not in the n-gram, so nothing is left
out. Measures, trains nothing.
"""

from __future__ import annotations

import math
from typing import Any

import torch

from training.loop import inputs
from training.model import Transformer
from training.ngram import NgramModel
from training.shards import Shards

WEIGHTS = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 1.0)


@torch.no_grad()
def measure(
    teacher: Transformer, ngram: NgramModel, validation: Shards, *, rows: int, row_len: int = 128, rows_at_once: int = 8
) -> dict[str, Any]:
    """Give bits per byte of mixtures by the n-gram's weight, and the weight that is best.

    Raises
    ------
    ValueError
        If the validation split has no whole row.
    """
    available = validation.n_rows(row_len)
    if available == 0:
        raise ValueError(f"the validation split is shorter than a row of {row_len} tokens: bring more text")
    picked = torch.linspace(0, available - 1, min(rows, available)).round().long().numpy()
    device = teacher.embedding.weight.device
    nats, tokens_read = torch.zeros(len(WEIGHTS), dtype=torch.float64), 0
    weights = torch.tensor(WEIGHTS, dtype=torch.float64)
    for part in torch.from_numpy(validation.rows(picked, row_len)).split(rows_at_once):
        tokens, segments, targets = inputs(part.to(device))
        ours = teacher(tokens, segments).float().softmax(-1).gather(-1, targets[..., None]).double().flatten().cpu()
        other = ngram.probabilities(tokens).gather(-1, targets[..., None]).double().flatten().cpu()
        mixed = (1 - weights) * ours[:, None] + weights * other[:, None]
        nats -= mixed.log().sum(0)
        tokens_read += len(ours)
    bits = nats / tokens_read / math.log(2) * len(validation.tokens) / validation.bytes
    best = int(bits.argmin())
    return {
        "rows": len(picked),
        "order": len(ngram.orders),
        "ngrams": sum(len(order.keys) for order in ngram.orders),
        "bits_per_byte": {f"{weight:g}": round(float(value), 4) for weight, value in zip(WEIGHTS, bits, strict=True)},
        "best_weight": WEIGHTS[best],
        "gain": round(float(bits[0] - bits[best]), 4),
    }
