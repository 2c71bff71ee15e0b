"""The commands about a user's data: learn, known, forget, block, export-user, import-user, new-key.

Reads options, calls `PersonalData`, prints; owns no logic. Heavy imports stay inside the commands.
"""

from __future__ import annotations

import json
import os
import time
import warnings
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from autocomplete.user_key import make_key, read_key

if TYPE_CHECKING:
    from autocomplete.personal_data import PersonalData, Trouble

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)

_KEY = click.Path(dir_okay=False, path_type=Path)

key_option = click.option(
    "--key-file",
    type=_KEY,
    default=None,
    help="Key that the user's file is encrypted with.  [default: in $AUTOCOMPLETE_USER_KEY, hexadecimal, if it is set]",
)


def user_option(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say which file holds what was learned, and what key opens it."""
    option = click.option(
        "--user",
        "user",
        type=click.Path(dir_okay=False, path_type=Path),
        default=None,
        help="File of what was learned.  [default: in the data folder of the platform]",
    )
    return option(key_option(command))


_TROUBLE_HELP = {
    "raise": "end with an error",
    "without": "go on without learning",
    "anew": "if it is damaged, keep it beside and begin anew",
}


def trouble_option(*choices: Trouble) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give the option that says what to do if the user's file cannot be used."""
    said = ", ".join(f"{choice}: {_TROUBLE_HELP[choice]}" for choice in choices)
    return click.option(
        "--if-unusable",
        "trouble",
        type=click.Choice(choices),
        default="raise",
        help=f"What to do if that file cannot be used: {said}.",
    )


def default_path() -> Path:
    """Give where the platform keeps the data of its user's programs."""
    from platformdirs import user_data_path

    return user_data_path("autocomplete", appauthor=False) / "user.db"


def open_user(path: Path, key_file: Path | None, trouble: Trouble = "raise") -> PersonalData:
    """Open a user's data, with its key if there is one; say in a line what went wrong where that is no error."""
    from autocomplete.personal_data import PersonalData

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        data = PersonalData(path, key=read_key(key_file), trouble=trouble)
    for warning in caught:
        click.echo(str(warning.message), err=True)
    return data


def _open(user: Path | None, key_file: Path | None, *, make: bool = True, trouble: Trouble = "raise") -> PersonalData:
    path = user or default_path()
    if not make and not path.exists():
        raise click.ClickException(f"{path}: nothing was learned yet")
    return open_user(path, key_file, trouble)


@click.command()
@click.argument("files", nargs=-1, required=True, type=_FILE)
@click.option("--words", is_flag=True, help="The lines are single words with their casing, to be offered at once.")
@click.option(
    "--bundle", type=click.Path(path_type=Path), default=None, help="Bundle to use instead of the built-in English one."
)
@user_option
@trouble_option("raise", "anew")
def learn(
    files: tuple[Path, ...],
    words: bool,
    bundle: Path | None,
    user: Path | None,
    key_file: Path | None,
    trouble: Trouble,
) -> None:
    """Learn from the lines of FILES, as if they had been typed.

    Numbers, addresses and what looks like a secret are not learned; sentences are not kept.
    """
    from autocomplete.progress import reporter

    texts = {path: _lines(path) for path in files}
    data = _open(user, key_file, trouble=trouble)
    try:
        before = len(data.counts.words)
        for path, lines in texts.items():
            if words:
                data.add_words(lines)
            else:
                _learn(data, lines, bundle, reporter(path.name, len(lines)))
        data.flush()
        click.echo(f"{len(data.counts.words) - before} new words, {len(data.counts.words)} in all, in {data.path}")
    finally:
        data.close()


def _learn(data: PersonalData, lines: list[str], bundle: Path | None, report: Callable[[int], None]) -> None:
    from autocomplete.bundle import LEXICON, read
    from autocomplete.learning import learn_lines
    from autocomplete.lexicon import Lexicon
    from autocomplete.loading import built_in_bundle
    from autocomplete.personal import PersonalModel

    lexicon = Lexicon.from_bytes(read(bundle or built_in_bundle()).sections[LEXICON])
    learn_lines(PersonalModel(data, lexicon), lines, report)


def _lines(path: Path) -> list[str]:
    try:
        text = path.read_text(encoding="utf8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not UTF-8 text (byte {error.start}): save it as UTF-8") from error
    return [line.strip() for line in text.splitlines() if line.strip()]


@click.command()
@click.option("--blocked", is_flag=True, help="List the blocked words instead.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@user_option
def known(blocked: bool, as_json: bool, user: Path | None, key_file: Path | None) -> None:
    """List what was learned, the most used first: word, uses, day of the last use."""
    data = _open(user, key_file, make=False)
    try:
        words, blocked_words = data.known(), sorted(data.blocked)
    finally:
        data.close()
    if as_json:
        click.echo(json.dumps(blocked_words if blocked else [word._asdict() for word in words], ensure_ascii=False))
        return
    for word in blocked_words if blocked else ():
        click.echo(word)
    for word in () if blocked else words:
        day = time.strftime("%Y-%m-%d", time.localtime(word.last_used))
        click.echo(f"{word.form}\t{word.uses}\t{day}{'	added' if word.added else ''}")


@click.command()
@click.argument("words", nargs=-1)
@click.option("--since", type=click.DateTime(), default=None, help="Forget what was learned first since then.")
@click.option("--all", "everything", is_flag=True, help="Forget everything.")
@user_option
def forget(
    words: tuple[str, ...], since: datetime | None, everything: bool, user: Path | None, key_file: Path | None
) -> None:
    """Forget WORDS, with what was learned before and after them; no copy is left in the file."""
    if bool(words) + (since is not None) + everything != 1:
        raise click.UsageError("give either words, or --since, or --all")
    data = _open(user, key_file, make=False)
    try:
        if everything:
            data.forget_all()
        elif since is not None:
            data.forget_since(since.timestamp())
        for word in words:
            if not data.forget(word):
                click.echo(f"{word}: was not known", err=True)
    finally:
        data.close()


@click.command()
@click.argument("words", nargs=-1, required=True)
@click.option("--undo", is_flag=True, help="Let the words be offered and learned again.")
@user_option
def block(words: tuple[str, ...], undo: bool, user: Path | None, key_file: Path | None) -> None:
    """Never offer nor learn WORDS again."""
    data = _open(user, key_file)
    try:
        for word in words:
            if undo:
                data.unblock(word)
            else:
                data.block(word)
    finally:
        data.close()


@click.command("export-user")
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True, path_type=Path), default="-")
@user_option
def export_user(file: Path, user: Path | None, key_file: Path | None) -> None:
    """Write what was learned to FILE (stdout by default) as JSON; a new file may be read by its user alone."""
    data = _open(user, key_file, make=False)
    try:
        text = json.dumps(data.export(), ensure_ascii=False) + "\n"
    finally:
        data.close()
    if str(file) == "-":
        click.echo(text, nl=False)
        return
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf8") as opened:
        opened.write(text)


@click.command("import-user")
@click.argument("file", type=_FILE)
@click.option("--from-key-file", type=_KEY, default=None, help="Key of FILE, if it is an encrypted user's file.")
@user_option
def import_user(file: Path, from_key_file: Path | None, user: Path | None, key_file: Path | None) -> None:
    """Add what FILE holds, written by `export-user` or another user's file itself, to what was learned."""
    with file.open("rb") as opened:
        is_store = opened.read(6) == b"SQLite" or from_key_file is not None
    data = _open(user, key_file)
    try:
        if is_store:
            data.merge(file, key=read_key(from_key_file) if from_key_file else None)
        else:
            data.import_(_json(file))
        click.echo(f"{len(data.counts.words)} words in all, in {data.path}")
    finally:
        data.close()


def _json(path: Path) -> dict[str, object]:
    try:
        return json.loads(path.read_bytes())
    except ValueError as error:
        raise ValueError(f"{path} is no JSON ({error}): give a file that `export-user` wrote") from error


@click.command("new-key")
@click.argument("file", type=_KEY)
def new_key(file: Path) -> None:
    """Make FILE with a new key for an encrypted user's file; without the key nobody can read that any more.

    It is given with --key-file, or in the environment: AUTOCOMPLETE_USER_KEY=$(cat FILE). Needs SQLCipher: pip install
    'autocomplete[encrypted]'.
    """
    make_key(file)


def register(group: click.Group) -> None:
    """Add the commands to the program."""
    for command in (learn, known, forget, block, export_user, import_user, new_key):
        group.add_command(command)
