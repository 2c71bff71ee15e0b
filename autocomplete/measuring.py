"""The measurements of the command line: which protocol is run on which file, and what is said of it.

Owns the joining of engine, typist and protocols; what is counted is in `evaluation.py`, `noisy_evaluation.py`,
`noisy_savings.py` and `misspellings.py`. Files are read and refused before anything is measured.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from autocomplete import evaluation, misspellings, noisy_evaluation, noisy_savings
from autocomplete.attested import Attested
from autocomplete.bundle import ATTESTED, LEXICON
from autocomplete.bundle import read as read_bundle
from autocomplete.engine import Autocompleter
from autocomplete.field import Field
from autocomplete.layout import Layout, load_layout
from autocomplete.lexicon import Lexicon
from autocomplete.lm import State
from autocomplete.loading import built_in_bundle, load
from autocomplete.noisy_evaluation import Known
from autocomplete.typist import Slips, Typist

_EARLIER: Final = 10
"""lines before that are told"""

Progress = Callable[[str, int], Callable[[int], None]]
"""(what is done, how many of it) to a function that is given the number done."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is to be measured."""

    files: Sequence[Path] = ()
    """lines to type"""
    bundle: Path | None = None
    adapter: Path | None = None
    """for a subject"""
    k: int = 3
    lines: int | None = None
    """drawn from each file; all if None"""
    seed: int = 7
    noise: float | None = None
    """share of the keys that go wrong; None for the perfect user"""
    layout: str = "qwerty"
    touch: bool = False
    """tell the engine where keys were touched"""
    strict: bool = False
    """with an engine that allows for no mistakes"""
    one_writer: bool = False
    """each file is one person's: what was written in the lines before tells of the use of capitals"""
    misspellings: Path | None = None
    tagged: Path | None = None

    def __post_init__(self) -> None:
        if not self.files and not self.misspellings and not self.tagged:
            raise ValueError("there is nothing to measure on: give files, misspellings or tagged sentences")


@dataclass(frozen=True)
class Result:
    """What one file showed."""

    file: Path
    table: str
    figures: dict[str, Any]
    report: evaluation.Report | None = None
    """of the perfect user, for drawing"""


def measure(plan: Plan, progress: Progress) -> Iterator[Result]:
    """Measure file by file.

    Raises
    ------
    ValueError
        If a file or the layout is not of its form; before anything is measured.
    """
    layout = load_layout(plan.layout)
    texts = {path: evaluation.choose_lines(path, plan.lines, plan.seed) for path in plan.files}
    pairs = misspellings.read_pairs(plan.misspellings, plan.lines, plan.seed) if plan.misspellings else []
    tagged = misspellings.read_tagged(plan.tagged, plan.lines, plan.seed) if plan.tagged else None
    bench = _Bench(plan, layout, progress)
    for path, lines in texts.items():
        yield bench.perfect(path, lines) if plan.noise is None else bench.noisy(path, lines, layout, plan.noise)
    if plan.misspellings:
        yield bench.pairs(plan.misspellings, pairs)
    if plan.tagged and tagged:
        yield bench.tagged(plan.tagged, *tagged)


def known_words(bundle: Path | None) -> Known:
    """Give what tells whether a word stands in a bundle's lexicon or among its attested words, whatever its case."""
    opened = read_bundle(built_in_bundle() if bundle is None else bundle)
    lexicon = Lexicon.from_bytes(opened.sections[LEXICON])
    attested = Attested.from_bytes(opened.sections.get(ATTESTED))
    return Known(
        listed=lambda word: lexicon.lists(word.replace("’", "'")),
        attested=lambda word: attested.frequency(word.lower().replace("’", "'")) > 0,
    )


class _Writer:
    """Asks an engine for one line after the other, as one person's if so."""

    def __init__(self, engine: Autocompleter, one: bool) -> None:
        self._engine = engine
        self._one = one
        self._earlier = ""
        self._state: State | None = None

    def begin(self, before: Sequence[str]) -> None:
        """Begin a line after those before it."""
        self._earlier = "\n".join(before[-_EARLIER:]) if self._one else ""

    def suggest(self, text: str, k: int) -> list[str]:
        """Give the words offered."""
        offered, self._state = self._engine.suggest_from(text, k, self._state, earlier=self._earlier)
        return [suggestion.word for suggestion in offered]


class _Bench:
    """One engine and what is done with it."""

    def __init__(self, plan: Plan, layout: Layout, progress: Progress) -> None:
        self._plan = plan
        self._progress = progress
        # words are measured: what stands beside them is left out
        self._engine: Autocompleter = load(
            plan.bundle,
            layout=layout,
            tolerant=not plan.strict,
            emoji=False,
            questions=False,
            adapter=plan.adapter,
        )
        self._known = known_words(plan.bundle)
        self._engine.suggest("Warm up the ca", plan.k)

    def perfect(self, path: Path, lines: Sequence[str]) -> Result:
        """Type lines without mistakes."""
        writer = _Writer(self._engine, self._plan.one_writer)
        report = evaluation.type_lines(
            writer.suggest, lines, self._plan.k, self._progress(path.name, len(lines)), writer.begin
        )
        return Result(path, evaluation.table(path.name, report), self._said(report.as_dict()), report)

    def noisy(self, path: Path, lines: Sequence[str], layout: Layout, rate: float) -> Result:
        """Type lines with mistakes: correcting only, then taking words too."""
        touch, name = self._plan.touch, path.name
        typist = Typist(layout, lines, Slips(rate=rate), self._plan.seed)
        corrected = noisy_evaluation.correct_lines(
            self._open,
            lines,
            typist,
            self._known,
            touch=touch,
            progress=self._progress(f"{name}, correcting", len(lines)),
        )
        saved = noisy_savings.save_lines(
            self._open, lines, typist, touch=touch, progress=self._progress(f"{name}, taking words", len(lines))
        )
        how = (
            f"typed on {layout.name}, {100 * rate:g} % of the keys wrong, touches spread by {typist.sigma:.3f} key "
            f"widths, {'places' if touch else 'letters'} told, seed {self._plan.seed}, k = {self._plan.k}"
        )
        table = "\n".join([noisy_evaluation.table(name, corrected), "", noisy_savings.table(name, saved), how])
        figures = {
            "noise": rate,
            "layout": layout.name,
            "touch": touch,
            "sigma": round(typist.sigma, 4),
            "correcting": corrected.as_dict(),
            "taking_words": saved.as_dict(),
        }
        return Result(path, table, self._said(figures))

    def pairs(self, path: Path, cases: Sequence[misspellings.Case]) -> Result:
        """Type misspellings, each alone."""
        report = misspellings.try_cases(self._open, cases, self._known.listed, self._progress(path.name, len(cases)))
        return Result(path, misspellings.table(path.name, report), self._said(report.as_dict()))

    def tagged(
        self, path: Path, cases: Sequence[misspellings.Case], sentences: Sequence[misspellings.Sentence]
    ) -> Result:
        """Type marked words where they stand, then the right words."""
        report = misspellings.try_cases(
            self._open, cases, self._known.listed, self._progress(f"{path.name}, tags", len(cases))
        )
        misspellings.try_right_words(
            self._open, sentences, report, self._progress(f"{path.name}, right words", len(sentences))
        )
        figures = {"sentences": len(sentences), **report.as_dict()}
        return Result(path, misspellings.table(path.name, report), self._said(figures))

    def _open(self, text: str) -> Field:
        return self._engine.session(text, self._plan.k)

    def _said(self, figures: dict[str, Any]) -> dict[str, Any]:
        return {"seed": self._plan.seed, "k": self._plan.k, **figures, "bundle": self._engine.checksum}
