"""What the shape of a model costs on the device's runtime, beside what it learned.

    python -m tests.benchmarks.shapes RUN...

Each run's newest checkpoint becomes an int8 graph as `python -m export` makes it, and reads the same tokens in steps of
8. The graphs take turns, and the time is that of the process: other work on the machine matters less so.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from pathlib import Path

import click

from autocomplete.interpreter import open_graph
from autocomplete.tflite_lm import TFLiteModel
from export.convert import convert
from export.quantize import quantize
from training.cached import shape_of
from training.checkpoint import load_model

_TOKENS = 64
_STEPS = _TOKENS // 8


@click.command()
@click.argument("runs", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option("--repeats", default=40, show_default=True)
def main(runs: Sequence[Path], repeats: int) -> None:
    """Print a table of runs: sizes, milliseconds a step, bits per byte."""
    graphs, rows = [], []
    for run in runs:
        click.echo(f"converting {run}", err=True)
        model, config, facts = load_model(run)
        shape = shape_of(config.model)
        graph = quantize(convert(model, shape))
        graphs.append(TFLiteModel(open_graph(graph), shape))
        sizes = config.model
        rows.append(
            f"{run.name} | {sizes.n_layer} | {sizes.n_embd} | {sizes.n_head} | {sizes.n_hidden} | "
            f"{model.n_parameters / 1e6:.2f} M | {len(graph) / 1e6:.1f}",
        )
        rows[-1] += f" | {{:.3f}} | {facts['bits_per_byte']:.4f}"
    print("| run | layers | width | heads | MLP | weights | MB | ms per step of 8 | bits/byte |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|--:|")
    for row, milliseconds in zip(rows, times(graphs, repeats), strict=True):
        print(f"| {row.format(milliseconds)} |")


def times(graphs: Sequence[TFLiteModel], repeats: int) -> list[float]:
    """Give the median milliseconds of a step of each graph."""
    seconds: list[list[float]] = [[] for _ in graphs]
    for turn in range(repeats + 2):
        for found, graph in zip(seconds, graphs, strict=True):
            tokens = [(turn * 97 + place * 31) % graph.vocab_size for place in range(_TOKENS)]
            begun = time.process_time()
            graph.start(tokens)
            found.append((time.process_time() - begun) / _STEPS)
    return [1e3 * statistics.median(found[2:]) for found in seconds]


if __name__ == "__main__":
    main()
