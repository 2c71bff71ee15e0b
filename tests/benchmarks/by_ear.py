"""How likely letters written by ear should be taken to be: real misspellings in their sentences, at several rates.

    python -m tests.benchmarks.by_ear runs/corpus/train.txt --lexicon runs/lexicon.tsv --attested runs/attested.tsv \
      --rate 0.00043 --rate 0.002

A misspelling is a word of the text that is neither listed nor attested and of which one frequent word is by far the
likeliest explanation (`training/hands.py`). Each is typed where it stands, a suggestion asked for at its end; beside
them, what a simulated typist makes of words of the same lines. For each rate it tells how often the word meant is
first, and among three.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from autocomplete.bundle import GRAPH, LEXICON, PIECES, read
from autocomplete.engine import Autocompleter
from autocomplete.error_model import ErrorModel, ErrorRates
from autocomplete.interpreter import open_graph
from autocomplete.layout import load_layout
from autocomplete.lexicon import Lexicon, key_of
from autocomplete.lm import State
from autocomplete.loading import built_in_bundle
from autocomplete.mistakes import mistake_of
from autocomplete.tflite_lm import TFLiteModel
from autocomplete.tokenizer import Tokenizer
from autocomplete.typist import Slips, Typist, words_of
from training.attested import read as read_attested
from training.hands import Hand
from training.lexicon import read_probabilities

_THUMBS = 150
"""lines that are typed by a typist"""
KINDS = {"confusion": "by ear", "neighbour_confusion": "by ear", "thumb": "thumbs"}


@dataclass(frozen=True)
class _Case:
    before: str
    typed: str
    meant: str
    kind: str


@click.command()
@click.argument("text", type=click.Path(path_type=Path, exists=True))
@click.option("--lexicon", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--attested", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--rate", "rates", type=float, multiple=True, default=(ErrorRates().confusion,), show_default=True)
@click.option("--lines", default=250_000, show_default=True, help="Lines that are looked through.")
@click.option("--most", default=1500, show_default=True, help="Misspellings that are typed.")
@click.option("--seed", default=5, show_default=True)
def main(text: Path, lexicon: Path, attested: Path, rates: Sequence[float], lines: int, most: int, seed: int) -> None:
    """Print a table for misspellings in TEXT."""
    chosen = [line.strip() for line in text.read_text(encoding="utf8").splitlines()]
    random.Random(seed).shuffle(chosen)
    chosen = chosen[:lines]
    opened = read(built_in_bundle())
    words = Lexicon.from_bytes(opened.sections[LEXICON])
    hand = Hand(read_attested(attested), seed, read_probabilities(lexicon))
    cases = list(_misspelt(chosen, hand, ErrorModel(load_layout(), words.letters)))
    random.Random(seed).shuffle(cases)
    cases = [*cases[:most], *_slipped([line for line in chosen if 3 <= len(line.split()) <= 20][:_THUMBS], words)]
    tokenizer = Tokenizer(opened.sections[PIECES])
    lm = TFLiteModel(open_graph(opened.sections[GRAPH]), opened.manifest.shape)
    click.echo("| rate | misspelt | how many | first | among three |\n|--:|---|--:|--:|--:|")
    for rate in rates:
        errors = ErrorModel(load_layout(), words.letters, ErrorRates(confusion=rate))
        engine = Autocompleter(lm, tokenizer, words, errors=errors, checksum=opened.checksum)
        for kind, (count, first, among) in sorted(_tried(engine, cases).items()):
            click.echo(f"| {rate:g} | {kind} | {count} | {100 * first / count:.1f} % | {100 * among / count:.1f} % |")


def _misspelt(lines: Sequence[str], hand: Hand, errors: ErrorModel) -> Iterator[_Case]:
    seen = set()
    for line in lines:
        for start, word in words_of(line):
            if word.islower() and word not in seen and (meant := hand.slip_of(word)) is not None:
                seen.add(word)
                yield _Case(line[:start], word, meant, mistake_of(key_of(word), meant, errors))


def _slipped(lines: Sequence[str], words: Lexicon) -> Iterator[_Case]:
    typist = Typist(load_layout(), lines, Slips(), seed=4)
    for line in lines:
        for word in typist.type(line).words():
            if word.end and word.mistyped and words.lists(word.word):
                yield _Case(line[: word.start], word.typed, key_of(word.word), "thumb")


def _tried(engine: Autocompleter, cases: Sequence[_Case]) -> dict[str, tuple[int, int, int]]:
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    state: State | None = None
    for case in cases:
        offered, state = engine.suggest_from(case.before + case.typed, 3, state)
        keys = [key_of(suggestion.word) for suggestion in offered]
        count = counts[KINDS.get(case.kind, "otherwise")]
        count[0] += 1
        count[1] += keys[:1] == [case.meant]
        count[2] += case.meant in keys
    return {kind: (all_, first, among) for kind, (all_, first, among) in counts.items()}


if __name__ == "__main__":
    main()
