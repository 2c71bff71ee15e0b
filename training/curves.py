"""The curves of runs as a picture: cross-entropy and bits per byte over the tokens read.

Reads the `metrics.jsonl` of run folders; needs matplotlib (extra `plot`).
"""

from __future__ import annotations

import json
from pathlib import Path

from autocomplete.plots import check
from training.checkpoint import CheckpointError


def draw(runs: list[Path], path: Path) -> None:
    """Draw the curves of some runs side by side as PNG.

    Raises
    ------
    CheckpointError
        If a folder holds no metrics.
    PlotsMissing, ValueError
        As `autocomplete.plots.check`.
    """
    check(path)
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 4), layout="constrained")
    loss, bits = figure.subplots(1, 2)
    for run in runs:
        lines = _metrics(run)
        tokens = [line["tokens"] / 1e6 for line in lines]
        loss.plot(tokens, [line["cross_entropy"] for line in lines], label=run.name, linewidth=0.8)
        bits.plot(tokens, [line["bits_per_byte"] or float("nan") for line in lines], label=run.name)
    loss.set(title="training text", xlabel="million tokens read", ylabel="cross-entropy, nats per token")
    bits.set(title="validation text", xlabel="million tokens read", ylabel="bits per byte")
    bits.legend()
    figure.savefig(path, dpi=120, format="png")


def _metrics(run: Path) -> list[dict]:
    path = run / "metrics.jsonl"
    if not path.exists():
        raise CheckpointError(f"{run} holds no metrics.jsonl: name the folder of a run")
    return [json.loads(line) for line in path.read_text().splitlines()]
