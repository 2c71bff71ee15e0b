"""`python -m export`: a student's checkpoint becomes a bundle; `python -m export golden`: what a bundle must give.

Reads flags and calls; owns no logic. Progress goes to stderr, the result to stdout, mistakes end in one
sentence.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

_FILE = click.Path(path_type=Path, dir_okay=False)
_RUNS = Path("runs")


class _Commands(click.Group):
    """Turns the mistakes a user can mend into one sentence and exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except _mendable() as error:
            raise click.ClickException(str(error)) from error


def _mendable() -> tuple[type[Exception], ...]:
    from autocomplete.errors import AutocompleteError

    training = sys.modules.get("training.checkpoint")  # without it, nobody raised its error; importing it takes torch
    return (AutocompleteError, ValueError, OSError, *([training.CheckpointError] if training else []))


@click.group(
    cls=_Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "show_default": True},
)
@click.option(
    "--checkpoint",
    type=click.Path(path_type=Path),
    default=_RUNS / "student",
    help="The student's run folder; or a bundle, which is made anew with its own pieces and words.",
)
@click.option("--vocabulary", type=_FILE, default=_RUNS / "pieces.model", help="The pieces a run was trained with.")
@click.option("--lexicon", type=_FILE, default=_RUNS / "lexicon.tsv", help="The words that a run's may offer.")
@click.option(
    "--attested", type=_FILE, default=_RUNS / "attested.tsv", help="Words that are left alone though not listed."
)
@click.option(
    "--eval-text",
    type=_FILE,
    default=_RUNS / "corpus" / "validation.txt",
    help="Text to compare with torch on, and to type.",
)
@click.option("--eval-lines", default=200, help="Lines of it that are read.")
@click.option(
    "--card",
    type=_FILE,
    default=None,
    help="TOML file on the data, for the model card.  [default: the language's]",
)
@click.option("--language", default="en")
@click.option(
    "--variant",
    type=click.Choice(["default", "small", "tflite-runtime", "few-words", "float"]),
    default="default",
    help="small: weights of 4 bits. tflite-runtime: for that runtime. few-words: the 20,000 most frequent words. "
    "float: to compare with.",
)
@click.option(
    "--max-bits-rise",
    type=float,
    default=None,
    help="Refuse to ship if rounding costs more bits per token than this.  [default: the variant's, 0.03 or 0.15]",
)
@click.option(
    "--min-agreement",
    type=float,
    default=None,
    help="Refuse to ship if fewer of torch's first choices are the same.  [default: the variant's, 0.95 or 0.75]",
)
@click.option(
    "--speed/--no-speed",
    default=True,
    help="Measure speed for the model card. Without it the same inputs give the same bytes.",
)
@click.option("--max-size", default=12_000_000, help="Refuse to write a larger bundle, in bytes.")
@click.option("--out", type=_FILE, default=Path("en.bundle"))
@click.pass_context
def main(
    context: click.Context,
    card: Path | None,
    max_bits_rise: float | None,
    min_agreement: float | None,
    language: str,
    **options: Any,
) -> None:
    """Convert, quantize, compare, measure and pack a checkpoint into one file.

    Nothing is written before all of it is done and found right. Size, quality and speed stand in the model card, which
    `autocomplete info FILE` shows.
    """
    if context.invoked_subcommand:
        return
    from export.pack import ExportConfig, export
    from export.quantize import variant_of

    tolerance = variant_of(options["variant"]).tolerance
    config = ExportConfig(
        card=card or Path(__file__).with_name(f"card.{language}.toml"),
        language=language,
        tolerance=replace(
            tolerance,
            bits_per_token_rise=tolerance.bits_per_token_rise if max_bits_rise is None else max_bits_rise,
            agreement=tolerance.agreement if min_agreement is None else min_agreement,
        ),
        **options,
    )
    made = export(config, progress=lambda line: click.echo(line, err=True))
    measured = {name: made.manifest.model_card.get(name) for name in ("parity", "figures", "size", "speed")}
    facts = {"bundle": str(made.path), "bytes": made.size, "checksum": made.checksum, **measured}
    click.echo(json.dumps(facts, indent=1))


@main.command()
@click.option("--bundle", type=_FILE, default=None, help="Bundle whose model is kept.  [default: the built-in one]")
@click.option("--lexicon", type=_FILE, default=_RUNS / "lexicon.tsv", help="The words that may be offered.")
@click.option("--attested", type=_FILE, default=_RUNS / "attested.tsv", help="Words left alone though not listed.")
@click.option("--eval-text", type=_FILE, default=_RUNS / "corpus" / "validation.txt", help="Text to type.")
@click.option("--out", type=_FILE, default=Path("en.bundle"))
def words(bundle: Path | None, **options: Any) -> None:
    """Give a bundle other words; its model stays."""
    from autocomplete.loading import built_in_bundle
    from export.repack import RepackConfig, repack

    config = RepackConfig(bundle=bundle or built_in_bundle(), **options)
    made = repack(config, progress=lambda line: click.echo(line, err=True))
    facts = {"bundle": str(made.path), "bytes": made.size, "checksum": made.checksum}
    click.echo(json.dumps({**facts, "figures": made.manifest.model_card["figures"]}, indent=1))


@main.command()
@click.option("--bundle", type=_FILE, default=None, help="Bundle to ask.  [default: the built-in English one]")
@click.option("--out", type=_FILE, default=Path("export/golden/en.json"))
def golden(bundle: Path | None, out: Path) -> None:
    """Write the golden vectors of a bundle: what it must give, wherever it is run."""
    from autocomplete.loading import built_in_bundle
    from export.golden import make, write

    made = make(bundle or built_in_bundle())
    write(out, made)
    click.echo(f"{len(made['vectors'])} texts: {out}")


if __name__ == "__main__":
    main(prog_name="python -m export")
