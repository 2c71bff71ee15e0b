"""The commands that train: teacher, student, what a teacher says or writes for a student, tables of runs, adapters.

Reads flags and calls; owns no logic.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from training.shown import FOLDER, RUNS, show


def _training_options(command: Any) -> Any:
    for option in (
        click.option("--shards", type=FOLDER, default=RUNS / "shards"),
        click.option("--preset", default=None, help="Name of a preset or a .toml file  [default: the command's name]"),
        click.option("--tokens", type=int, default=None, help="Tokens to read in all, instead of the preset's."),
        click.option(
            "--init-from",
            type=FOLDER,
            default=None,
            help="Begin with the weights of this run, or of a .bundle, with more layers or wider MLPs.",
        ),
        click.option("--tensorboard", is_flag=True, help="Also write the metrics for TensorBoard."),
        click.option("--max-minutes", type=float, default=float("inf"), help="Stop after so long; run again to go on."),
        click.option(
            "--set", "settings", multiple=True, metavar="SECTION.NAME=VALUE", help="Change one setting; repeatable."
        ),
    ):
        command = option(command)
    return command


@click.command()
@click.option("--out", type=FOLDER, default=RUNS / "teacher")
@_training_options
def teacher(max_minutes: float, **options: Any) -> None:
    """Train a model on text alone: a teacher, or a student without one."""
    from training.runs import RunRequest, carry_out

    _report_run(carry_out(RunRequest(taught=False, **options), max_minutes))


@click.command()
@click.option("--teacher", type=FOLDER, default=None, help="The teacher's run, or a .bundle.  [default: runs/teacher]")
@click.option(
    "--teacher-hf", default=None, help="A teacher from outside: a folder in the Hugging Face format, or a model's name."
)
@click.option("--cached", type=FOLDER, default=None, help="What a teacher said before: a folder of `cache`.")
@click.option(
    "--vocabulary",
    type=FOLDER,
    default=RUNS / "pieces.model",
    help="For a teacher from outside, and for word starts.",
)
@click.option("--out", type=FOLDER, default=RUNS / "student")
@_training_options
def student(max_minutes: float, **options: Any) -> None:
    """Train a student that learns from a teacher."""
    from training.runs import RunRequest, carry_out

    if sum(options[name] is not None for name in ("teacher", "teacher_hf", "cached")) > 1:
        raise click.UsageError("--teacher, --teacher-hf and --cached exclude each other: name one")
    _report_run(carry_out(RunRequest(taught=True, **options), max_minutes))


@click.command()
@click.option("--teacher", type=FOLDER, default=RUNS / "teacher", help="The teacher's run, or a .bundle.")
@click.option("--shards", type=FOLDER, default=RUNS / "shards")
@click.option("--out", type=FOLDER, default=RUNS / "soft-targets", help="Folder for `student --cached`.")
@click.option("--keep", default=32, help="Tokens kept of each position, the likeliest ones; 4 bytes each.")
@click.option("--row-len", default=128, help="Tokens per row, as the student reads them.")
@click.option("--temperature", default=1.0, help="As the student's distill.temperature.")
@click.option("--ngram-weight", default=0.0, help="As the student's distill.ngram_weight.")
@click.option("--ngram-order", default=4, help="As the student's distill.ngram_order.")
@click.option("--workers", default=2, help="Processes that make parts side by side; 1 on a GPU.")
def cache(teacher: Path, shards: Path, out: Path, workers: int, **options: Any) -> None:
    """Compute once what a teacher says of each position."""
    from training.soft_targets import SoftTargetsConfig, make

    config = SoftTargetsConfig(**options)
    show(
        make(
            config,
            teacher=teacher,
            shards=shards,
            out=out,
            workers=workers,
            progress=lambda line: click.echo(line, err=True),
        )
    )


@click.command()
@click.option("--teacher", type=FOLDER, default=RUNS / "teacher", help="The teacher's run, or a .bundle.")
@click.option("--shards", type=FOLDER, default=RUNS / "shards", help="The real text.")
@click.option("--vocabulary", type=FOLDER, default=RUNS / "pieces.model")
@click.option("--out", type=FOLDER, default=RUNS / "shards-sampled", help="Folder of both, for --shards.")
@click.option("--tokens", default=10_000_000, help="Tokens to sample.")
@click.option("--shard-tokens", default=1_000_000, help="Tokens of one file; what is whole is not drawn again.")
@click.option("--temperature", default=1.0)
@click.option("--rows", default=64, help="Messages drawn side by side; thousands on a GPU.")
@click.option("--seed", default=1)
def sample(teacher: Path, **options: Any) -> None:
    """Write text sampled from a teacher as additional shards."""
    from training.runs import sample_from

    show(sample_from(teacher, progress=lambda line: click.echo(line, err=True), **options))


@click.command()
@click.argument("table", type=FOLDER)
@click.option("--out", type=FOLDER, default=RUNS / "sweep", help="Folder of the runs, NAME-seedN each.")
@click.option("--shards", type=FOLDER, default=RUNS / "shards")
@click.option("--vocabulary", type=FOLDER, default=RUNS / "pieces.model")
@click.option("--max-minutes", type=float, default=float("inf"), help="Stop after so long; run again to go on.")
def sweep(table: Path, out: Path, shards: Path, vocabulary: Path, max_minutes: float) -> None:
    """Train the variants of a table, at an equal budget each."""
    from training.sweep import read_table, run

    requests = read_table(table, out, shards, vocabulary)
    finished = run(requests, max_minutes, lambda line: click.echo(line, err=True))
    _report_run({"finished": finished, "runs": [str(request.out) for request in requests]})


@click.command()
@click.argument("files", type=FOLDER, nargs=-1, required=True)
@click.option("--bundle", type=FOLDER, default=None, help="Bundle it is for.  [default: the built-in one]")
@click.option("--out", type=FOLDER, required=True, help="File to write, as medicine.adapter.")
@click.option("--epochs", type=click.IntRange(1), default=10, help="Most readings of the text; the best one is kept.")
@click.option("--name", default="", help="Of the subject, for people.")
def adapter(files: tuple[Path, ...], bundle: Path | None, out: Path, **options: Any) -> None:
    """Make an adapter for the subject of FILES: text, a message or paragraph a line.

    Every tenth line is held out; the adapter is written only if it makes these cheaper.
    """
    from autocomplete.loading import built_in_bundle
    from training.adapter import make

    show(make(files, bundle or built_in_bundle(), out, progress=lambda line: click.echo(line, err=True), **options))


def _report_run(result: dict[str, Any] | None) -> None:
    """Print what a run came to; nothing in processes that only help the main one."""
    if result is None:
        return
    show(result)
    if not result["finished"]:
        print("stopped at the time limit; run the same command again to go on", file=sys.stderr)
