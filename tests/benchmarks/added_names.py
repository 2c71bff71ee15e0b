"""Whether names are offered early: those that were added, as from an address book, and those that were used twice.

    python -m tests.benchmarks.added_names TEXT.txt [--words 6500]

Lines of the text are learned until the store holds so many words; then the names are added, or each is written twice.
Each is then asked for in the places below, with its first two and three letters. Prints a table and one JSON line.
"""

from __future__ import annotations

import itertools
import json
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import click

import autocomplete
from autocomplete.engine import Autocompleter
from autocomplete.learning import learn_lines

NAMES = (
    "Okonkwo", "Anneke", "Nguyen", "Siobhan", "Chukwuemeka", "Thorvaldsen",
    "Krzysztof", "Szymanski", "Haruka", "Zeynep", "Matteo", "Kowalczyk",
)  # fmt: skip
PLACES = (
    "Ask ", "I met ", "Give it to ", "have you seen ", "Dinner with ", "see you and ", "call ", "thanks ",
    "is it true that ", "I'm going with ", "The book is from ",
)  # fmt: skip
TWICE = ("I met {} today", "we will bring {} along")


def learn(path: Path, lines: Sequence[str], words: int) -> None:
    """Learn lines until a store holds so many words."""
    engine = autocomplete.load(user=path, adapt=False)
    assert engine.user
    for start in range(0, len(lines), 50):
        if len(engine.user.counts.words) >= words:
            break
        learn_lines(engine.user, lines[start : start + 50])
    engine.close()


def offered(engine: Autocompleter, names: Sequence[str], letters: int) -> int:
    """Count the places where a name is offered after so many letters."""
    return sum(
        name in [suggestion.word for suggestion in engine.suggest(place + name[:letters])]
        for place, name in itertools.product(PLACES, names)
    )


def measure(path: Path, names: Sequence[str]) -> dict[str, dict[str, int]]:
    """Count for names added, used twice, and neither."""
    found = {}
    for how in ("added", "used twice", "neither"):
        copy = path.with_name(f"{how}.db")
        shutil.copy(path, copy)
        engine = autocomplete.load(user=copy, adapt=False)
        assert engine.user
        if how == "added":
            engine.user.data.add_words(names)
        elif how == "used twice":
            learn_lines(engine.user, [line.format(name) for name in names for line in TWICE])
        found[how] = {f"{letters} letters": offered(engine, names, letters) for letters in (2, 3)}
        engine.close()
    return found


@click.command()
@click.argument("text", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--words", default=6500, show_default=True, help="Other words in the store.")
@click.option("--names", "listed", type=click.File(), default=None, help="Other names, one a line.")
def main(text: Path, words: int, listed: click.utils.LazyFile | None) -> None:
    """Count where names are offered."""
    names = [line.strip() for line in listed if line.strip()] if listed else NAMES
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "user.db"
        learn(path, [line.strip() for line in text.read_text(encoding="utf8").splitlines() if line.strip()], words)
        found = measure(path, names)
    total = len(names) * len(PLACES)
    for how, counts in found.items():
        click.echo(f"{how:12}" + "".join(f"{name}: {count:4} of {total}    " for name, count in counts.items()))
    click.echo(json.dumps({"places": total, "words": words, **found}))


if __name__ == "__main__":
    main()
