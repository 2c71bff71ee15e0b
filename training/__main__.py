"""`python -m training {corpus,lexicon,vocabulary,shards,teacher,student,report}`: the pipeline, a command each.

Reads flags and calls; owns no logic. Progress goes to stderr, results to stdout, mistakes end in one sentence.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from autocomplete.errors import AutocompleteError
from training.checkpoint import CheckpointError

_FOLDER = click.Path(path_type=Path)
_RUNS = Path("runs")


class _Commands(click.Group):
    """Turns the mistakes a user can mend into one sentence and exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (CheckpointError, AutocompleteError, ValueError, OSError) as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
def main() -> None:
    """Make a teacher and a student from a folder of text."""


def _default_text(ctx: click.Context, param: click.Parameter, value: Path | None) -> Path:
    if value is None and not ctx.params["fetch"]:
        raise click.MissingParameter(ctx=ctx, param=param)
    return value or Path("text")


@main.command()
@click.option("--fetch", is_flag=True, is_eager=True, help="First bring the sources that are not in the folder yet.")
@click.option(
    "--text",
    type=_FOLDER,
    callback=_default_text,
    help="Folder of .txt and .txt.xz files, a blank line between documents  [required; with --fetch: text]",
)
@click.option("--sources", type=_FOLDER, default=None, help="TOML file that names them  [default: English preset]")
@click.option("--fetch-from", metavar="URL", default=None, help="Mirror to use instead of the manifest's hosts.")
@click.option("--out", type=_FOLDER, default=_RUNS / "corpus")
@click.option(
    "--mixture", type=_FOLDER, default=None, help="TOML file that weights the sources  [default: English preset]"
)
@click.option(
    "--exclude",
    type=_FOLDER,
    multiple=True,
    help="File or folder of evaluation text whose lines are left out; repeatable.",
)
@click.option("--blocklist", type=_FOLDER, default=None, help="Words, one a line; lines that hold one are left out.")
@click.option("--seed", default=1)
@click.option("--workers", default=2)
def corpus(
    text: Path,
    mixture: Path | None,
    exclude: tuple[Path, ...],
    fetch: bool,
    sources: Path | None,
    fetch_from: str | None,
    **options: Any,
) -> None:
    """Clean, weight and split text."""
    from training import corpus as step
    from training.config import PRESETS

    if fetch:
        from training.fetch import Downloads
        from training.sources import bring, read_manifest

        manifest = read_manifest(sources or PRESETS / "sources.en.toml", fetch_from or "")
        bring(text, manifest, Downloads(text / "downloads"))
    _print(
        step.prepare(text=text, mixture=mixture or PRESETS / "mixture.en.toml", exclude=exclude, **options)["sources"]
    )


@main.command()
@click.option("--corpus", type=_FOLDER, default=_RUNS / "corpus")
@click.option(
    "--lists", type=_FOLDER, default=None, help="Folder of word lists: wordfreq/, hunspell/, names/, blocklists/."
)
@click.option("--language", default="en")
@click.option("--out", type=_FOLDER, default=_RUNS / "lexicon.tsv")
@click.option("--attested", type=_FOLDER, default=_RUNS / "attested.tsv", help="Words that are written, not listed.")
@click.option("--size", default=80_000, help="Most forms listed.")
def lexicon(size: int, **options: Any) -> None:
    """List the words that may be offered."""
    from training import lexicon as step

    _print(step.make(config=step.LexiconConfig(size=size), **options))


@main.command()
@click.option("--corpus", type=_FOLDER, default=_RUNS / "corpus")
@click.option("--lexicon", type=_FOLDER, default=_RUNS / "lexicon.tsv")
@click.option("--out", type=_FOLDER, default=_RUNS / "pieces.model")
@click.option("--vocab-size", default=12_288)
@click.option("--casing", default="truecased", help="truecased, folded or cased text.")
def vocabulary(**options: Any) -> None:
    """Train the pieces."""
    from training import vocabulary as step

    _print(step.make(**options))


@main.command()
@click.option("--corpus", type=_FOLDER, default=_RUNS / "corpus")
@click.option("--lexicon", type=_FOLDER, default=_RUNS / "lexicon.tsv")
@click.option("--vocabulary", type=_FOLDER, default=_RUNS / "pieces.model")
@click.option("--out", type=_FOLDER, default=_RUNS / "shards")
@click.option("--casing", default="truecased", help="As for the vocabulary.")
@click.option("--seed", default=1)
@click.option("--workers", default=2)
@click.option("--tokens", type=int, default=None, help="Encode about so many tokens of the training split only.")
def shards(**options: Any) -> None:
    """Encode the corpus as token shards."""
    from training import shards as step

    _print(step.make(**options)["splits"])


def _training_options(command: Any) -> Any:
    for option in (
        click.option("--shards", type=_FOLDER, default=_RUNS / "shards"),
        click.option("--preset", default=None, help="Name of a preset or a .toml file  [default: the command's name]"),
        click.option("--tokens", type=int, default=None, help="Tokens to read in all, instead of the preset's."),
        click.option(
            "--init-from",
            type=_FOLDER,
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


@main.command()
@click.option("--out", type=_FOLDER, default=_RUNS / "teacher")
@_training_options
def teacher(max_minutes: float, **options: Any) -> None:
    """Train a model on text alone: a teacher, or a student without one."""
    from training.runs import RunRequest, carry_out

    _report_run(carry_out(RunRequest(taught=False, **options), max_minutes))


@main.command()
@click.option("--teacher", type=_FOLDER, default=None, help="The teacher's run, or a .bundle.  [default: runs/teacher]")
@click.option(
    "--teacher-hf", default=None, help="A teacher from outside: a folder in the Hugging Face format, or a model's name."
)
@click.option("--cached", type=_FOLDER, default=None, help="What a teacher said before: a folder of `cache`.")
@click.option(
    "--vocabulary",
    type=_FOLDER,
    default=_RUNS / "pieces.model",
    help="For a teacher from outside, and for word starts.",
)
@click.option("--out", type=_FOLDER, default=_RUNS / "student")
@_training_options
def student(max_minutes: float, **options: Any) -> None:
    """Train a student that learns from a teacher."""
    from training.runs import RunRequest, carry_out

    if sum(options[name] is not None for name in ("teacher", "teacher_hf", "cached")) > 1:
        raise click.UsageError("--teacher, --teacher-hf and --cached exclude each other: name one")
    _report_run(carry_out(RunRequest(taught=True, **options), max_minutes))


@main.command()
@click.option("--teacher", type=_FOLDER, default=_RUNS / "teacher", help="The teacher's run, or a .bundle.")
@click.option("--shards", type=_FOLDER, default=_RUNS / "shards")
@click.option("--out", type=_FOLDER, default=_RUNS / "soft-targets", help="Folder for `student --cached`.")
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
    _print(
        make(
            config,
            teacher=teacher,
            shards=shards,
            out=out,
            workers=workers,
            progress=lambda line: click.echo(line, err=True),
        )
    )


@main.command()
@click.option("--teacher", type=_FOLDER, default=_RUNS / "teacher", help="The teacher's run, or a .bundle.")
@click.option("--shards", type=_FOLDER, default=_RUNS / "shards")
@click.option("--order", default=4, help="Tokens of the longest n-grams.")
@click.option("--rows", default=256, help="Rows of the validation split that are read.")
def interpolate(teacher: Path, shards: Path, order: int, rows: int) -> None:
    """Measure what an n-gram of the same text adds to a teacher."""
    from training.runs import measure_interpolation

    _print(measure_interpolation(teacher, shards, order, rows))


@main.command()
@click.option("--teacher", type=_FOLDER, default=_RUNS / "teacher", help="The teacher's run, or a .bundle.")
@click.option("--shards", type=_FOLDER, default=_RUNS / "shards", help="The real text.")
@click.option("--vocabulary", type=_FOLDER, default=_RUNS / "pieces.model")
@click.option("--out", type=_FOLDER, default=_RUNS / "shards-sampled", help="Folder of both, for --shards.")
@click.option("--tokens", default=10_000_000, help="Tokens to sample.")
@click.option("--shard-tokens", default=1_000_000, help="Tokens of one file; what is whole is not drawn again.")
@click.option("--temperature", default=1.0)
@click.option("--seed", default=1)
def sample(teacher: Path, **options: Any) -> None:
    """Write text sampled from a teacher as additional shards."""
    from training.runs import sample_from

    _print(sample_from(teacher, progress=lambda line: click.echo(line, err=True), **options))


@main.command()
@click.argument("folder", type=_FOLDER)
@click.option("--out", type=_FOLDER, required=True, help="Folder of the parcels.")
@click.option("--piece-mb", "megabytes", default=15, help="Largest parcel, in MiB.")
@click.option("--weights-only", is_flag=True, help="Of a run: leave the optimiser behind.")
@click.option("--half", is_flag=True, help="Of a run: its weights alone, rounded to bfloat16.")
def pack(folder: Path, megabytes: int, **options: Any) -> None:
    """Pack a run, or shards, into parcels that can be carried."""
    from training import parcels

    _print(parcels.pack(folder, parcel_bytes=megabytes * 2**20, **options))


@main.command()
@click.argument("parcels", type=_FOLDER)
@click.option("--out", type=_FOLDER, required=True, help="Folder to bring back.")
def unpack(parcels: Path, out: Path) -> None:
    """Bring a run, or shards, back from its parcels."""
    from training.parcels import unpack as step

    _print({"folder": str(out), "files": step(parcels, out)})


@main.command()
@click.argument("table", type=_FOLDER)
@click.option("--out", type=_FOLDER, default=_RUNS / "sweep", help="Folder of the runs, NAME-seedN each.")
@click.option("--shards", type=_FOLDER, default=_RUNS / "shards")
@click.option("--vocabulary", type=_FOLDER, default=_RUNS / "pieces.model")
@click.option("--max-minutes", type=float, default=float("inf"), help="Stop after so long; run again to go on.")
def sweep(table: Path, out: Path, shards: Path, vocabulary: Path, max_minutes: float) -> None:
    """Train the variants of a table, at an equal budget each."""
    from training.sweep import read_table, run

    requests = read_table(table, out, shards, vocabulary)
    finished = run(requests, max_minutes, lambda line: click.echo(line, err=True))
    _report_run({"finished": finished, "runs": [str(request.out) for request in requests]})


@main.command()
@click.argument("runs", type=_FOLDER, nargs=-1)
@click.option("--corpus", type=_FOLDER, default=_RUNS / "corpus")
@click.option("--vocabulary", type=_FOLDER, default=_RUNS / "pieces.model")
@click.option("--lexicon", type=_FOLDER, default=_RUNS / "lexicon.tsv")
@click.option("--lines", default=500, help="Lines of the test split whose words are foretold; 0: none.")
@click.option("--typed", default=0, help="Lines of it that are typed through the engine, for keystroke savings.")
@click.option("--text", type=_FOLDER, default=None, help="File whose lines are typed instead, a message a line.")
@click.option("--teacher", type=_FOLDER, default=None, help="Tell what the others keep of this run, or bundle.")
@click.option("--plot", type=_FOLDER, default=None, help="Draw the runs' curves, PNG.")
@click.option("--out", type=_FOLDER, default=None, help="Also write all of it, with the runs' settings, as Markdown.")
def report(
    runs: tuple[Path, ...],
    lines: int,
    typed: int,
    text: Path | None,
    teacher: Path | None,
    plot: Path | None,
    out: Path | None,
    **places: Path,
) -> None:
    """Compare runs and bundles: bits per byte, accuracy, keystroke savings, size and time."""
    from training import report as step
    from training.files import atomic_write_text
    from training.measures import measure, typist
    from training.next_word import foreteller

    asked = list(runs) or [_RUNS / "teacher", _RUNS / "student"]
    compared = asked if teacher is None else [teacher, *(run for run in asked if run != teacher)]
    if plot:
        from training.curves import draw

        draw([run for run in compared if run.is_dir()], plot)
    foretell = foreteller(**places, lines=lines) if lines else None
    types = typist(**places, lines=typed, text=text) if typed else None
    models = []
    for path in compared:
        click.echo(f"measuring {path}", err=True)
        models.append(measure(path, foretell=foretell, typist=types))
    kept_of = models[0] if teacher else None
    click.echo(step.table(models))
    if kept_of:
        click.echo("\n" + step.retention(models, kept_of))
    if step.has_seeds(models):
        click.echo("\n" + step.spread(models))
    if out:
        atomic_write_text(out, step.document(models, kept_of, plot, text.name if text else "the test split"))


@main.command()
@click.option("--bundle", type=_FOLDER, default=None, help="Bundle to weigh with.  [default: the built-in one]")
@click.option("--text", type=_FOLDER, default=_RUNS / "corpus" / "validation.txt", help="Text, a message a line.")
@click.option("--attested", type=_FOLDER, default=_RUNS / "attested.tsv", help="Words that are written, not listed.")
@click.option("--lines", default=1500, help="Lines that are typed.")
@click.option("--rate", default=0.05, help="Share of keys that go wrong.")
@click.option("--seed", default=3)
def confidence(bundle: Path | None, text: Path, attested: Path, **options: Any) -> None:
    """Fit how sure a correction is."""
    from autocomplete.loading import load
    from training.attested import read
    from training.confidence import fit

    def progress(done: int) -> None:
        if done % 100 == 0:
            click.echo(f"{done} of {options['lines']} lines", err=True)

    _print(fit(load(bundle), text, attested=read(attested), progress=progress, **options))


@main.command()
@click.option("--corpus", type=_FOLDER, default=_RUNS / "corpus")
@click.option("--lexicon", type=_FOLDER, default=_RUNS / "lexicon.tsv")
@click.option("--lists", type=_FOLDER, required=True, help="Folder of word lists, as for `lexicon`.")
@click.option("--language", default="en")
def rates(**options: Any) -> None:
    """Estimate how often each kind of slip happens."""
    from training.rates import estimate

    _print(estimate(**options))


@main.command()
@click.argument("files", type=_FOLDER, nargs=-1, required=True)
@click.option("--bundle", type=_FOLDER, default=None, help="Bundle it is for.  [default: the built-in one]")
@click.option("--out", type=_FOLDER, required=True, help="File to write, as medicine.adapter.")
@click.option("--epochs", type=click.IntRange(1), default=10, help="Most readings of the text; the best one is kept.")
@click.option("--name", default="", help="Of the subject, for people.")
def adapter(files: tuple[Path, ...], bundle: Path | None, out: Path, **options: Any) -> None:
    """Make an adapter for the subject of FILES: text, a message or paragraph a line.

    Every tenth line is held out; the adapter is written only if it makes these cheaper.
    """
    from autocomplete.loading import built_in_bundle
    from training.adapter import make

    _print(make(files, bundle or built_in_bundle(), out, progress=lambda line: click.echo(line, err=True), **options))


def _report_run(result: dict[str, Any] | None) -> None:
    """Print what a run came to; nothing in processes that only help the main one."""
    if result is None:
        return
    _print(result)
    if not result["finished"]:
        print("stopped at the time limit; run the same command again to go on", file=sys.stderr)


def _print(result: dict) -> None:
    click.echo(json.dumps(result, indent=1))


if __name__ == "__main__":
    main(prog_name="python -m training")
