"""One table of runs: what each model costs and how well it predicts.

The last step of the pipeline. Reads run folders only; measures the time of one cached step on this machine, since
size alone does not tell it. Bits per byte are those of the newest checkpoint on the validation split, next-word
accuracy is measured on the test split.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path

import torch

from training.checkpoint import load_model
from training.model import Transformer
from training.next_word import NextWord

_COLUMNS = (
    "run",
    "weights",
    "tokens read",
    "hours",
    "bits/byte",
    "next word, top 1",
    "top 3",
    "exact",
    "ms per row of 64",
)


def table(runs: list[Path], foretell: Callable[[Transformer, str], NextWord] | None = None, repeats: int = 15) -> str:
    """Lay out size, training and quality of some runs as a Markdown table.

    `foretell` measures next-word accuracy of a model that reads a given casing; without it those columns stay empty.

    Raises
    ------
    CheckpointError
        If a folder holds no run or no checkpoint.
    """
    rows: list[tuple[str, ...]] = [_COLUMNS]
    for run in runs:
        model, _, facts = load_model(run)
        bits = facts["bits_per_byte"]
        accuracy = foretell(model, facts["casing"]) if foretell else None
        rows.append(
            (
                run.name,
                f"{model.n_parameters / 1e6:.1f} M",
                f"{facts['tokens'] / 1e6:.1f} M",
                f"{facts['seconds'] / 3600:.2f}",
                "not yet measured" if bits is None else f"{bits:.4f}",
                f"{accuracy.top1:.1%}" if accuracy else "",
                f"{accuracy.top3:.1%}" if accuracy else "",
                f"{accuracy.top3_exact:.1%}" if accuracy else "",
                f"{_step_time(model, repeats) * 1e3:.1f}",
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


@torch.no_grad()
def _step_time(model: Transformer, repeats: int) -> float:
    """Median seconds of one float32 forward pass over a row of 64 tokens on one thread."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        tokens = torch.arange(64)[None] % model.config.vocab_size
        seconds = []
        for _ in range(repeats + 2):
            begun = time.perf_counter()
            model(tokens)
            seconds.append(time.perf_counter() - begun)
        return statistics.median(seconds[2:])
    finally:
        torch.set_num_threads(threads)
