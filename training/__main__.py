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
def teacher(
    out: Path,
    shards: Path,
    preset: str | None,
    tokens: int | None,
    init_from: Path | None,
    max_minutes: float,
    settings: tuple[str, ...],
) -> None:
    """Train a model on text alone: a teacher, or a student without one."""
    from training.distributed import joined
    from training.loop import Trainer

    config, vocabulary_sha256 = _configure(shards, preset or "teacher", tokens, settings)
    first = _first(init_from, config, vocabulary_sha256)
    with joined() as group:
        _finish(Trainer(_without_distillation(config), shards=shards, run=out, group=group, **first), max_minutes)


@main.command()
@click.option("--teacher", type=_FOLDER, default=None, help="The teacher's run.  [default: runs/teacher]")
@click.option(
    "--teacher-hf", default=None, help="A teacher from outside: a folder in the Hugging Face format, or a model's name."
)
@click.option("--vocabulary", type=_FOLDER, default=_RUNS / "pieces.model", help="For a teacher from outside.")
@click.option("--out", type=_FOLDER, default=_RUNS / "student")
@_training_options
def student(
    teacher: Path | None,
    teacher_hf: str | None,
    vocabulary: Path,
    out: Path,
    shards: Path,
    preset: str | None,
    tokens: int | None,
    init_from: Path | None,
    max_minutes: float,
    settings: tuple[str, ...],
) -> None:
    """Train a student that learns from a teacher."""
    from training.distill import distill_objective, load_teacher
    from training.distributed import joined
    from training.loop import Trainer, nothing
    from training.outside_teacher import load_outside_teacher, outside_objective

    if teacher and teacher_hf:
        raise click.UsageError("--teacher and --teacher-hf exclude each other: name one")
    config, vocabulary_sha256 = _configure(shards, preset or "student", tokens, settings)
    if config.distill is None:
        raise ValueError("the preset has no [distill] section: add one, or train without a teacher by `teacher`")
    first = _first(init_from, config, vocabulary_sha256)
    with joined() as group:
        if teacher_hf:
            outside, facts = load_outside_teacher(teacher_hf, vocabulary, vocabulary_sha256, group.device)
            objective, prepare = outside_objective(outside, config.distill)
        else:
            model, facts = load_teacher(teacher or _RUNS / "teacher", vocabulary_sha256, group.device)
            objective, prepare = distill_objective(model, config.distill), nothing
        trainer = Trainer(
            config,
            shards=shards,
            run=out,
            made_from=first["made_from"] | {"teacher": facts},
            first_weights=first["first_weights"],
            objective=objective,
            prepare=prepare,
            objective_from=config.distill.start_share,
            group=group,
        )
        _finish(trainer, max_minutes)


@main.command()
@click.argument("runs", type=_FOLDER, nargs=-1)
@click.option("--corpus", type=_FOLDER, default=_RUNS / "corpus")
@click.option("--vocabulary", type=_FOLDER, default=_RUNS / "pieces.model")
@click.option("--lexicon", type=_FOLDER, default=_RUNS / "lexicon.tsv")
@click.option("--lines", default=500, help="Lines of the test split whose words are foretold; 0: none.")
@click.option("--plot", type=_FOLDER, default=None, help="Draw the runs' curves, PNG.")
def report(runs: tuple[Path, ...], lines: int, plot: Path | None, **places: Path) -> None:
    """Compare runs: bits per byte, next-word accuracy, size and step time."""
    from training.next_word import foreteller
    from training.report import table

    compared = list(runs) or [_RUNS / "teacher", _RUNS / "student"]
    if plot:
        from training.curves import draw

        draw(compared, plot)
    foretell = foreteller(**places, lines=lines) if lines else None
    click.echo(table(compared, foretell))


def _configure(shards: Path, preset: str, tokens: int | None, settings: tuple[str, ...]) -> tuple[Any, str]:
    import tomllib

    from training.config import read_preset
    from training.shards import Shards

    changes: dict[str, Any] = {"train.tokens": tokens}
    for setting in settings:
        name, _, value = setting.partition("=")
        try:
            changes[name] = tomllib.loads(f"value = {value}")["value"]
        except tomllib.TOMLDecodeError as error:
            raise ValueError(f'--set {setting}: "{value}" is no TOML value') from error
    data = Shards.open(shards, "validation")
    return read_preset(preset, data.vocab_size, changes), data.vocabulary_sha256


def _first(init_from: Path | None, config: Any, vocabulary_sha256: str) -> dict[str, Any]:
    """Give what a run begins with: the weights of another one, grown, or none."""
    if init_from is None:
        return {"first_weights": None, "made_from": {}}
    from training.growth import grown_from

    weights, facts = grown_from(init_from, config.model, config.train.seed)
    if facts.pop("vocabulary_sha256") != vocabulary_sha256:
        raise CheckpointError(f"{init_from} reads another vocabulary: name a run trained on the same shards")
    return {"first_weights": weights, "made_from": {"grown_from": facts}}


def _without_distillation(config: Any) -> Any:
    from dataclasses import replace

    return replace(config, distill=None)


def _finish(trainer: Any, max_minutes: float) -> None:
    done = trainer.train(max_minutes)
    if not trainer.group.is_main:
        return
    _print(
        {
            "run": str(trainer.run),
            "finished": done,
            "step": trainer.step,
            "steps": trainer.config.train.steps,
            "bits_per_byte": trainer.bits_per_byte,
            "n_parameters": trainer.model.n_parameters,
        }
    )
    if not done:
        print("stopped at the time limit; run the same command again to go on", file=sys.stderr)


def _print(result: dict) -> None:
    click.echo(json.dumps(result, indent=1))


if __name__ == "__main__":
    main(prog_name="python -m training")
