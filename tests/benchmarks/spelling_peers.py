"""Spelling checkers beside the engine: the same misspellings, the same counting, in one run.

    python -m tests.benchmarks.spelling_peers --tagged FILE --misspellings FILE --hunspell en

Needs the program `hunspell` with a dictionary (its path without .aff and .dic) and `pip install symspellpy`, with its
list of 82,765 English words. Both see the wrong word alone, each as well as it can; the engine sees the context too. A
checker that takes the wrong word for a word offers nothing, SymSpell's `ALL` apart; the word as typed does not count.
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import click

from autocomplete import misspellings
from autocomplete.field import Open
from autocomplete.loading import load
from autocomplete.measuring import known_words

Checker = Callable[[str], Sequence[str]]
"""From a wrong word to words, best first."""
_EDITS = 2


class Hunspell:
    """The program, asked through a pipe as ispell was (`hunspell -a`)."""

    def __init__(self, dictionary: str) -> None:
        self._process = subprocess.Popen(
            ["hunspell", "-a", "-i", "utf-8", "-d", dictionary],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf8",
        )
        assert self._process.stdin and self._process.stdout
        self._ask, self._answer = self._process.stdin, self._process.stdout
        if not self._answer.readline().startswith("@"):
            _, complaint = self._process.communicate()
            raise click.ClickException(f"hunspell does not open the dictionary {dictionary}: {complaint.strip()}")

    def __call__(self, typed: str) -> list[str]:
        """Offer what hunspell suggests, in its order; for several words, the first wrong one is replaced."""
        self._ask.write(f"^{typed}\n")
        self._ask.flush()
        lines = []
        while line := self._answer.readline().rstrip("\n"):
            lines.append(line)
        return read_answer(typed, lines)


def read_answer(typed: str, lines: Sequence[str]) -> list[str]:
    """Read the lines that hunspell answers for what was typed: `& wrong count offset: word, word`."""
    for line in lines:
        if line.startswith("&"):
            head, _, words = line.partition(": ")
            wrong = head.split()[1]
            return [typed.replace(wrong, word, 1) for word in words.split(", ")]
    return []


class SymSpell:
    """Symmetric deletes with its own list of words."""

    def __init__(self, verbosity: str) -> None:
        from symspellpy import Verbosity

        self._index = _index()
        self._verbosity = Verbosity[verbosity]

    def __call__(self, typed: str) -> list[str]:
        """Offer the words within two edits, nearest first, the more frequent first among them."""
        found = self._index.lookup(typed.lower(), self._verbosity, max_edit_distance=_EDITS)
        return [item.term for item in found if item.term != typed.lower()]


@cache
def _index() -> Any:
    from symspellpy import SymSpell as Index

    index = Index(max_dictionary_edit_distance=_EDITS)
    words = files("symspellpy") / "frequency_dictionary_en_82_765.txt"
    index.load_dictionary(str(words), term_index=0, count_index=1)
    return index


@dataclass(frozen=True)
class _Offer:
    insert_text: str
    delete_left: int
    confidence: float | None = None


class PeerField:
    """A text field with a checker behind it that sees what is typed after the context."""

    correction = None

    def __init__(self, checker: Checker, context: str) -> None:
        self.text = context
        self._checker = checker
        self._context = context

    @property
    def suggestions(self) -> list[_Offer]:
        """What the checker offers for all that was typed; three, as the bar shows."""
        typed = self.text[len(self._context) :]
        return [_Offer(word, len(typed)) for word in self._checker(typed)[:3]]

    def type(self, characters: str, at: object = None) -> None:
        """Type characters."""
        self.text += characters

    def backspace(self, count: int = 1) -> None:
        """Delete characters."""
        self.text = self.text[: len(self.text) - count]

    def accept(self, suggestion: _Offer) -> None:
        """Take a word."""
        self.text = self.text[: len(self.text) - suggestion.delete_left] + suggestion.insert_text


def opener(checker: Checker) -> Open:
    """Open fields over a checker."""
    return lambda context: PeerField(checker, context)


@click.command()
@click.option("--misspellings", "pairs", type=click.Path(exists=True, path_type=Path))
@click.option("--tagged", type=click.Path(exists=True, path_type=Path))
@click.option("--hunspell", "dictionary", help="Dictionary of hunspell: its path without .aff and .dic.")
@click.option("--bundle", type=click.Path(exists=True, path_type=Path))
@click.option("--lines", type=int, help="Lines drawn from each file.")
@click.option("--seed", default=7)
def main(
    pairs: Path | None, tagged: Path | None, dictionary: str | None, bundle: Path | None, lines: int | None, seed: int
) -> None:
    """Measure spelling checkers as `autocomplete eval --misspellings --tagged` measures a bundle."""
    engine = load(bundle)
    listed = known_words(bundle).listed
    openers: dict[str, Open] = {"engine": engine.session}
    if dictionary:
        openers["hunspell"] = opener(Hunspell(dictionary))
    openers |= {f"symspell {name.lower()}": opener(SymSpell(name)) for name in ("CLOSEST", "ALL")}
    cases = {}
    if pairs:
        cases[pairs.name] = misspellings.read_pairs(pairs, lines, seed)
    if tagged:
        cases[tagged.name] = misspellings.read_tagged(tagged, lines, seed)[0]
    for file, some in cases.items():
        for name, open_field in openers.items():
            begun = time.perf_counter()
            report = misspellings.try_cases(open_field, some, listed)
            click.echo(misspellings.table(f"{file}, {name}", report))
            figures = {"file": file, "peer": name, "seed": seed, **report.as_dict()}
            click.echo(json.dumps({**figures, "seconds": round(time.perf_counter() - begun, 2)}))


if __name__ == "__main__":
    main()
