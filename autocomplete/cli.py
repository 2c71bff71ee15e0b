"""The command line: suggest, type, eval, bench, info, serve; the user's data is in `user_commands.py`.

Reads options, calls, prints; owns no logic. Results go to stdout, progress to stderr; exit code 0 for success, 1 for
an error, 2 for wrong usage. Heavy imports stay inside the commands, so that `--help` answers at once.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from autocomplete.user_commands import default_path, key_option, open_user, register, trouble_option, user_option

if TYPE_CHECKING:
    from autocomplete.personal_data import Trouble

_BUNDLE = click.option(
    "--bundle", type=click.Path(path_type=Path), default=None, help="Bundle to use instead of the built-in English one."
)
_ADAPTER = click.option(
    "--adapter", type=click.Path(path_type=Path), default=None, help="Adapter for a subject, made for this bundle."
)
_K = click.option("-k", "k", type=click.IntRange(1, 20), default=3, help="How many words.")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_EMOJI = click.option("--emoji/--no-emoji", default=True, help="Offer emoji, by a plain word or by name (:joy).")
_PHRASES = click.option("--phrases", is_flag=True, help="Offer several words at once where they are sure.")


class _Commands(click.Group):
    """Turns the package's errors into one sentence on stderr and exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        from autocomplete.errors import AutocompleteError

        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise  # who reads has seen enough; click ends quietly
        except (AutocompleteError, ValueError, OSError) as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.version_option(package_name="autocomplete")
def main() -> None:
    """Complete words as they are typed, on this machine."""


@main.command()
@click.argument("text")
@_K
@_BUNDLE
@_ADAPTER
@click.option("--offensive", is_flag=True, help="Offer offensive words too.")
@_EMOJI
@_PHRASES
@_JSON
def suggest(
    text: str,
    k: int,
    bundle: Path | None,
    adapter: Path | None,
    offensive: bool,
    emoji: bool,
    phrases: bool,
    as_json: bool,
) -> None:
    """Suggest words for the caret at the end of TEXT, best first.

    After them stands what else is plain: a phrase, a question mark, an emoji.
    """
    from dataclasses import asdict

    from autocomplete.loading import load

    engine = load(bundle, offensive=offensive, emoji=emoji, phrases=phrases, adapter=adapter)
    suggestions = engine.suggest(text, k)
    if as_json:
        click.echo(json.dumps([asdict(suggestion) for suggestion in suggestions], ensure_ascii=False))
        return
    for suggestion in suggestions:
        click.echo(suggestion.word)


@main.command("type")
@_K
@_BUNDLE
@_ADAPTER
@user_option
@trouble_option("raise", "without", "anew")
@click.option("--private", is_flag=True, help="Learn nothing from what is typed.")
@_EMOJI
@click.option("--phrases/--no-phrases", default=True, help="Offer several words at once where they are sure.")
def type_(
    k: int,
    bundle: Path | None,
    adapter: Path | None,
    user: Path | None,
    key_file: Path | None,
    trouble: Trouble,
    private: bool,
    emoji: bool,
    phrases: bool,
) -> None:
    """Type into the terminal and be completed.

    Tab or the right arrow takes the grey text behind the caret, a word or several; 1 to 9 take what is shown below the
    line by its place (Alt and a digit type the digit). What a space will correct is shown before; Backspace takes it
    back. Enter starts a new line, Ctrl-C or Ctrl-D ends and prints what was typed. The words that are used are learned:
    `known` lists them, `forget` takes them back.
    """
    from autocomplete.loading import load
    from autocomplete.terminal import run

    path = user or default_path()
    if private and not path.exists():
        path = None  # nothing was learned, and nothing will be
    data = open_user(path, key_file, trouble) if path else None
    engine = load(bundle, user=data, emoji=emoji, phrases=phrases, adapter=adapter)
    try:
        text = run(engine, k, private=private)
    finally:
        engine.close()
    if text:
        click.echo(text)


_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@main.command("eval")
@click.argument("files", nargs=-1, type=_FILE)
@_K
@_BUNDLE
@_ADAPTER
@click.option("--lines", type=click.IntRange(1), default=None, help="Lines drawn from each file.  [default: all]")
@click.option("--seed", default=7, help="Of the drawing and of the mistakes.")
@click.option("--noise", type=click.FloatRange(0, 0.5, max_open=True), help="Share of the keys that go wrong.")
@click.option("--layout", default="qwerty", help="Keyboard typed on: a name, or a .toml file.")
@click.option("--touch", is_flag=True, help="With --noise, tell the engine where each key was touched.")
@click.option("--strict", is_flag=True, help="With an engine that allows for no mistakes.")
@click.option("--one-writer", is_flag=True, help="Each file is one person's, followed in the use of capitals.")
@click.option("--misspellings", type=_FILE, help="Type pairs: misspelling, tab, intended word.")
@click.option("--tagged", type=_FILE, help="Type sentences with marks: <ERR targ=sister> siter </ERR>.")
@click.option("--plot", type=click.Path(dir_okay=False, path_type=Path), default=None, help="Write a picture, PNG.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line a file and no table.")
def eval_(plot: Path | None, as_json: bool, **options: Any) -> None:
    """Measure on the lines of FILES what a perfect user saves.

    Before each character the engine is asked with all that is typed; if the word is among the k, one key takes it and
    its following space. Lines of fewer than three words are left out.

    With --noise the user makes mistakes: what auto-correction puts right and what it spoils when nobody looks, and what
    a user saves who takes words and repairs what is left wrong. --misspellings and --tagged type real mistakes.
    """
    if not (options["files"] or options["misspellings"] or options["tagged"]):
        raise click.UsageError("there is nothing to measure on: give FILES, --misspellings or --tagged")
    if plot and (options["noise"] is not None or not options["files"]):
        raise click.UsageError("--plot draws what a perfect user saves: give FILES and leave out --noise")
    from autocomplete.bench import machine
    from autocomplete.measuring import Plan, measure
    from autocomplete.progress import reporter

    if plot:
        from autocomplete.plots import check

        check(plot)
    reports = {}
    for result in measure(Plan(**options), reporter):
        if not as_json:
            click.echo(result.table)
        click.echo(json.dumps({"file": result.file.name, **result.figures, "machine": machine()}))
        if result.report:
            reports[result.file.stem] = result.report
    if plot:
        from autocomplete.plots import draw

        draw(reports, plot)


@main.command()
@click.option(
    "--text", type=click.Path(exists=True, dir_okay=False, path_type=Path), default=None, help="Lines to type."
)
@click.option("--lines", type=click.IntRange(1), default=100, help="Lines drawn from the text.")
@click.option("--repeats", type=click.IntRange(1), default=5, help="Fresh processes started.")
@_K
@_BUNDLE
@_JSON
def bench(text: Path | None, lines: int, repeats: int, k: int, bundle: Path | None, as_json: bool) -> None:
    """Measure latency, cold start and memory on one thread."""
    from autocomplete import bench as measuring
    from autocomplete.evaluation import choose_lines
    from autocomplete.loading import load

    typed = choose_lines(text, lines) if text else list(measuring.SAMPLE)
    result = measuring.bench(load(bundle), typed, k=k, repeats=repeats, bundle=str(bundle or ""))
    click.echo(json.dumps(result) if as_json else measuring.table(result))


@main.command()
@click.argument("bundle", required=False, type=click.Path(path_type=Path))
@_JSON
def info(bundle: Path | None, as_json: bool) -> None:
    """Show what a bundle holds and verify it."""
    from autocomplete.info import describe, lay_out
    from autocomplete.loading import built_in_bundle

    facts = describe(bundle or built_in_bundle())
    click.echo(json.dumps(facts, ensure_ascii=False) if as_json else lay_out(facts))


@main.command()
@click.option(
    "--socket",
    type=click.Path(path_type=Path),
    default=None,
    help="Listen at this Unix socket, open to this user alone, instead of serving the pipe.",
)
@_BUNDLE
@_ADAPTER
@click.option("--offensive", is_flag=True, help="Offer offensive words too.")
@click.option("--layout", default="qwerty", help="Keyboard that is typed on: a name, or a .toml file.")
@click.option(
    "--user",
    type=click.Path(dir_okay=False, path_type=Path),
    default=None,
    help="Learn from fields that are not private, into this file. Without it nothing is learned.",
)
@key_option
@_EMOJI
@_PHRASES
def serve(
    socket: Path | None,
    bundle: Path | None,
    adapter: Path | None,
    offensive: bool,
    layout: str,
    user: Path | None,
    key_file: Path | None,
    emoji: bool,
    phrases: bool,
) -> None:
    """Serve other programs: JSON-RPC 2.0, one message a line, on stdin and stdout.

    The protocol is described in autocomplete/serve.md. Ends with its input, or at Ctrl-C.
    """
    from autocomplete.loading import load
    from autocomplete.serve import serve_socket, serve_standard_streams

    if key_file and user is None:
        raise click.UsageError("--key-file is the key of a user's file: give --user, too")
    data = open_user(user, key_file) if user else None
    engine = load(bundle, offensive=offensive, layout=layout, user=data, emoji=emoji, phrases=phrases, adapter=adapter)
    try:
        if socket is None:
            serve_standard_streams(engine)
        else:
            serve_socket(engine, socket, lambda: click.echo(f"listening at {socket}", err=True))
    finally:
        engine.close()


register(main)
