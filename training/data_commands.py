"""The commands that make data to train on: corpus, lexicon, vocabulary, shards; and parcels of them and of runs.

Reads flags and calls; owns no logic.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from training.shown import FOLDER, RUNS, show


def _default_text(ctx: click.Context, param: click.Parameter, value: Path | None) -> Path:
    if value is None and not ctx.params["fetch"]:
        raise click.MissingParameter(ctx=ctx, param=param)
    return value or Path("text")


@click.command()
@click.option("--fetch", is_flag=True, is_eager=True, help="First bring the sources that are not in the folder yet.")
@click.option(
    "--text",
    type=FOLDER,
    callback=_default_text,
    help="Folder of .txt and .txt.xz files, a blank line between documents  [required; with --fetch: text]",
)
@click.option("--sources", type=FOLDER, default=None, help="TOML file that names them  [default: English preset]")
@click.option("--fetch-from", metavar="URL", default=None, help="Mirror to use instead of the manifest's hosts.")
@click.option("--out", type=FOLDER, default=RUNS / "corpus")
@click.option(
    "--mixture", type=FOLDER, default=None, help="TOML file that weights the sources  [default: English preset]"
)
@click.option(
    "--exclude",
    type=FOLDER,
    multiple=True,
    help="File or folder of evaluation text whose lines are left out; repeatable.",
)
@click.option("--blocklist", type=FOLDER, default=None, help="Words, one a line; lines that hold one are left out.")
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
    show(step.prepare(text=text, mixture=mixture or PRESETS / "mixture.en.toml", exclude=exclude, **options)["sources"])


@click.command()
@click.option("--corpus", type=FOLDER, default=RUNS / "corpus")
@click.option(
    "--lists", type=FOLDER, default=None, help="Folder of word lists: wordfreq/, hunspell/, names/, blocklists/."
)
@click.option("--language", default="en")
@click.option("--out", type=FOLDER, default=RUNS / "lexicon.tsv")
@click.option("--attested", type=FOLDER, default=RUNS / "attested.tsv", help="Words that are written, not listed.")
@click.option("--size", default=80_000, help="Most forms listed.")
def lexicon(size: int, **options: Any) -> None:
    """List the words that may be offered."""
    from training import lexicon as step

    show(step.make(config=step.LexiconConfig(size=size), **options))


@click.command()
@click.option("--corpus", type=FOLDER, default=RUNS / "corpus")
@click.option("--lexicon", type=FOLDER, default=RUNS / "lexicon.tsv")
@click.option("--out", type=FOLDER, default=RUNS / "pieces.model")
@click.option("--vocab-size", default=12_288)
@click.option("--casing", default="truecased", help="truecased, folded or cased text.")
def vocabulary(**options: Any) -> None:
    """Train the pieces."""
    from training import vocabulary as step

    show(step.make(**options))


@click.command()
@click.option("--corpus", type=FOLDER, default=RUNS / "corpus")
@click.option("--lexicon", type=FOLDER, default=RUNS / "lexicon.tsv")
@click.option("--vocabulary", type=FOLDER, default=RUNS / "pieces.model")
@click.option("--out", type=FOLDER, default=RUNS / "shards")
@click.option("--casing", default="truecased", help="As for the vocabulary.")
@click.option("--seed", default=1)
@click.option("--workers", default=2)
@click.option("--tokens", type=int, default=None, help="Encode about so many tokens of the training split only.")
def shards(**options: Any) -> None:
    """Encode the corpus as token shards."""
    from training import shards as step

    show(step.make(**options)["splits"])


@click.command()
@click.argument("folder", type=FOLDER)
@click.option("--out", type=FOLDER, required=True, help="Folder of the parcels.")
@click.option("--piece-mb", "megabytes", default=15, help="Largest parcel, in MiB.")
@click.option("--weights-only", is_flag=True, help="Of a run: leave the optimiser behind.")
@click.option("--half", is_flag=True, help="Of a run: its weights alone, rounded to bfloat16.")
def pack(folder: Path, megabytes: int, **options: Any) -> None:
    """Pack a run, or shards, into parcels that can be carried."""
    from training import parcels

    show(parcels.pack(folder, parcel_bytes=megabytes * 2**20, **options))


@click.command()
@click.argument("parcels", type=FOLDER)
@click.option("--out", type=FOLDER, required=True, help="Folder to bring back.")
def unpack(parcels: Path, out: Path) -> None:
    """Bring a run, or shards, back from its parcels."""
    from training.parcels import unpack as step

    show({"folder": str(out), "files": step(parcels, out)})
