"""The commands that measure and fit: report, interpolate, and the constants of the runtime that are estimated.

Reads flags and calls; owns no logic.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from training.shown import FOLDER, RUNS, show


@click.command()
@click.option("--teacher", type=FOLDER, default=RUNS / "teacher", help="The teacher's run, or a .bundle.")
@click.option("--shards", type=FOLDER, default=RUNS / "shards")
@click.option("--order", default=4, help="Tokens of the longest n-grams.")
@click.option("--rows", default=256, help="Rows of the validation split that are read.")
def interpolate(teacher: Path, shards: Path, order: int, rows: int) -> None:
    """Measure what an n-gram of the same text adds to a teacher."""
    from training.runs import measure_interpolation

    show(measure_interpolation(teacher, shards, order, rows))


@click.command()
@click.argument("runs", type=FOLDER, nargs=-1)
@click.option("--corpus", type=FOLDER, default=RUNS / "corpus")
@click.option("--vocabulary", type=FOLDER, default=RUNS / "pieces.model")
@click.option("--lexicon", type=FOLDER, default=RUNS / "lexicon.tsv")
@click.option("--lines", default=500, help="Lines of the test split whose words are foretold; 0: none.")
@click.option("--typed", default=0, help="Lines of it that are typed through the engine, for keystroke savings.")
@click.option("--text", type=FOLDER, default=None, help="File whose lines are typed instead, a message a line.")
@click.option("--teacher", type=FOLDER, default=None, help="Tell what the others keep of this run, or bundle.")
@click.option("--plot", type=FOLDER, default=None, help="Draw the runs' curves, PNG.")
@click.option("--out", type=FOLDER, default=None, help="Also write all of it, with the runs' settings, as Markdown.")
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

    asked = list(runs) or [RUNS / "teacher", RUNS / "student"]
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


@click.command()
@click.option("--bundle", type=FOLDER, default=None, help="Bundle to weigh with.  [default: the built-in one]")
@click.argument("texts", type=FOLDER, nargs=-1)
@click.option("--attested", type=FOLDER, default=RUNS / "attested.tsv", help="Words that are written, not listed.")
@click.option("--lexicon", type=FOLDER, default=RUNS / "lexicon.tsv")
@click.option("--lines", default=2800, help="Lines that are typed.")
@click.option("--passes", default=3, help="How often each is, otherwise each time.")
@click.option("--rate", default=0.05, help="Share of keys that go wrong.")
@click.option("--seed", default=3)
@click.option("--units", default=16, help="Of the network; 0 for a regression.")
@click.option("--out", type=FOLDER, default=RUNS / "respelling.tsv", help="Network for autocomplete/respelling.tsv.")
def confidence(
    bundle: Path | None, texts: tuple[Path, ...], attested: Path, lexicon: Path, out: Path, units: int, **options: Any
) -> None:
    """Fit how sure a correction is.

    TEXTS hold a message a line; if none is named, the validation and test splits, for the typed chat in the latter.
    """
    from autocomplete.loading import load
    from training.attested import read
    from training.confidence import fit
    from training.decisions import Typing
    from training.files import atomic_write_text
    from training.lexicon import read_probabilities

    def progress(done: int) -> None:
        if done % 100 == 0:
            click.echo(f"{done} of {how.lines * how.passes} lines", err=True)

    how = Typing(attested=read(attested), known=read_probabilities(lexicon), **options)
    asked = texts or (RUNS / "corpus" / "validation.txt", RUNS / "corpus" / "test.txt")
    network, found = fit(load(bundle), asked, how, units=units, progress=progress)
    atomic_write_text(out, network.to_text())
    show(found)


@click.command()
@click.option("--bundle", type=FOLDER, default=None, help="Bundle to type with.  [default: the built-in one]")
@click.option("--text", type=FOLDER, default=RUNS / "corpus" / "validation.txt", help="Text, a message a line.")
@click.option("--lines", default=600, help="Lines that are typed.")
@click.option("--rate", default=0.05, help="Share of keys that go wrong.")
@click.option("--seed", default=3)
def calibration(bundle: Path | None, text: Path, **options: Any) -> None:
    """Fit how sure what is offered is."""
    from autocomplete.loading import load
    from autocomplete.measuring import known_words
    from training.calibration import fit

    def progress(done: int) -> None:
        click.echo(f"{done} of {options['lines']} lines", err=True)

    engine = load(bundle, emoji=False, questions=False)
    show(fit(engine, text, known=known_words(bundle), progress=progress, **options))


@click.command()
@click.option("--corpus", type=FOLDER, default=RUNS / "corpus")
@click.option("--lexicon", type=FOLDER, default=RUNS / "lexicon.tsv")
@click.option("--lists", type=FOLDER, required=True, help="Folder of word lists, as for `lexicon`.")
@click.option("--language", default="en")
def rates(**options: Any) -> None:
    """Estimate how often each kind of slip happens."""
    from training.rates import estimate

    show(estimate(**options))


@click.command()
@click.option("--corpus", type=FOLDER, default=RUNS / "corpus")
@click.option("--lexicon", type=FOLDER, default=RUNS / "lexicon.tsv")
@click.option("--vocabulary", type=FOLDER, default=RUNS / "pieces.model")
@click.option("--lines", default=300_000, help="Lines of the training split that are counted.")
def repeats(**options: Any) -> None:
    """Estimate how often an unlisted word is written again."""
    from training.repeats import estimate

    show(estimate(**options))
