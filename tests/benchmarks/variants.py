"""What the variants of a bundle are worth: `python -m tests.benchmarks.variants BUNDLE...` prints a table of them.

Size and quality are those of each model card, as `python -m export --variant` measured them; the time of a call of the
graph is measured here, side by side.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from autocomplete import bundle
from autocomplete.bundle import GRAPH
from autocomplete.interpreter import open_graph
from autocomplete.tflite_lm import TFLiteModel
from tests.benchmarks.shapes import times


@click.command()
@click.argument("bundles", type=click.Path(path_type=Path, exists=True), nargs=-1, required=True)
@click.option("--repeats", default=40, show_default=True)
def main(bundles: Sequence[Path], repeats: int) -> None:
    """Print a table of BUNDLES: size, bits per token more than torch, keys saved, milliseconds a call."""
    opened = [bundle.read(path) for path in bundles]
    graphs = [TFLiteModel(open_graph(one.sections[GRAPH]), one.manifest.shape) for one in opened]
    click.echo("| variant | MB | words | bits per token more than torch | keys saved | ms a call |")
    click.echo("|---|--:|--:|--:|--:|--:|")
    for one, milliseconds in zip(opened, times(graphs, repeats), strict=True):
        card = one.manifest.model_card
        (parity,) = (found for name, found in card["parity"].items() if name.startswith("int"))
        saved = card["figures"]["exact"]["keystroke_savings"]
        click.echo(
            f"| {one.manifest.variant} | {one.size / 1e6:.1f} | {card['size']['words']:,} | "
            f"{parity['bits_per_token_rise']:.3f} | {100 * saved:.1f} % | {milliseconds:.2f} |"
        )


if __name__ == "__main__":
    main()
