"""Real misspellings: is the word that was meant offered, and put, at the end of the wrong one?

Owns the two sources and what is counted. A list of pairs: each misspelling alone, nothing before it. Tagged sentences:
each wrong word where it was written, earlier mistakes of its sentence in their right form; and, to see what correcting
costs, the right words outside the tags. Knows a session only by `Field`. Case is ignored; exact is counted beside it.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from autocomplete.alignment import distance, fold, is_of_word, words_in
from autocomplete.field import Open, after

_TAG: Final = re.compile(r"<ERR targ=(.*?)>\s*(.*?)\s*</ERR>")
_MARK: Final = re.compile(r"</?ERR")
_EXAMPLES: Final = 30


@dataclass(frozen=True)
class Case:
    """One misspelling in its place."""

    context: str
    """what stands before it; ends in a space if anything does"""
    typed: str
    meant: str
    source: str
    ending: str = " "
    """the key typed after it"""


@dataclass(frozen=True)
class Sentence:
    """A sentence in its right form."""

    text: str
    plain: tuple[tuple[int, int], ...]
    """places of the parts outside the tags: first, and after the last"""


@dataclass
class Hits:
    """Counts over cases."""

    cases: int = 0
    first: int = 0
    among: int = 0
    corrected: int = 0
    """the right word stands after the ending key"""
    spoiled: int = 0
    """another word than the one typed stands there, and it is not the right one"""

    def add(self, *, first: bool, among: bool, corrected: bool, spoiled: bool) -> None:
        """Count a case."""
        self.cases += 1
        self.first += first
        self.among += among
        self.corrected += corrected
        self.spoiled += spoiled

    def as_dict(self) -> dict[str, float]:
        """Give counts, and shares between 0 and 1."""
        counts = dict(vars(self))
        shares = {f"{name}_share": round(n / max(1, self.cases), 5) for name, n in counts.items() if name != "cases"}
        return {**counts, **shares}


@dataclass
class Report:
    """What misspellings showed, by group: see `groups_of`."""

    ignoring_case: dict[str, Hits] = field(default_factory=dict)
    exact: dict[str, Hits] = field(default_factory=dict)
    right_words: int = 0
    """right words typed, outside the tags"""
    changed: Counter[tuple[str, str]] = field(default_factory=Counter)
    """right words that were changed, ignoring case: (word, what it became)"""
    changed_exact: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Give all figures."""
        figures: dict[str, Any] = {
            name: {group.strip(): way[group].as_dict() for group in _in_order(way)}
            for name, way in (("ignoring_case", self.ignoring_case), ("exact", self.exact))
        }
        if self.right_words:
            count = self.changed.total()
            figures["right_words"] = {
                "count": self.right_words,
                "changed": count,
                "changed_share": round(count / self.right_words, 5),
                "changed_exact": self.changed_exact,
                "examples": [[*pair, n] for pair, n in self.changed.most_common(_EXAMPLES)],
            }
        return figures


def read_pairs(path: Path, lines: int | None = None, seed: int = 7) -> list[Case]:
    """Read misspelling, intended word and source, a tab between them; `lines` of them drawn by a seed, all if None.

    Raises
    ------
    ValueError
        If a line has another form, or there is none.
    """
    cases = []
    for number, line in enumerate(_text(path).splitlines(), 1):
        parts = [part.strip() for part in line.split("\t")]
        if len(parts) < 2 or not parts[0] or not parts[1]:
            raise ValueError(f"{path}, line {number}: expected misspelling, tab, intended word, found {line!r}")
        cases.append(Case("", parts[0], parts[1], parts[2] if len(parts) > 2 else path.stem))
    if not cases:
        raise ValueError(f"{path} is empty: give a misspelling, a tab and the intended word a line")
    if lines is not None:
        random.Random(seed).shuffle(cases)
        cases = cases[:lines]
    return cases


def read_tagged(path: Path, lines: int | None = None, seed: int = 7) -> tuple[list[Case], list[Sentence]]:
    """Read sentences in which misspellings are marked: `My <ERR targ=sister> siter </ERR> goes`.

    A sentence with a broken tag is left out. `lines` sentences are drawn by a seed, all if None.

    Raises
    ------
    ValueError
        If no sentence has a whole tag.
    """
    found = [" ".join(line.split()) for line in _text(path).splitlines()]
    found = [line for line in found if line and not _MARK.search(_TAG.sub("", line))]
    if lines is not None:
        random.Random(seed).shuffle(found)
        found = found[:lines]
    cases: list[Case] = []
    sentences = []
    for line in found:
        text, at, plain = "", 0, []
        for tag in _TAG.finditer(line):
            plain.append((len(text), len(text) + tag.start() - at))
            text += line[at : tag.start()]
            cases.append(Case(text, tag[2], tag[1].strip(), path.stem, line[tag.end() : tag.end() + 1] or " "))
            text, at = text + tag[1].strip(), tag.end()
        plain.append((len(text), len(text) + len(line) - at))
        sentences.append(Sentence(text + line[at:], tuple(plain)))
    if not cases:
        raise ValueError(f"{path} marks no word: expected sentences such as `My <ERR targ=sister> siter </ERR> goes`")
    return cases, sentences


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not UTF-8 text (byte {error.start}): save it as UTF-8") from error


def groups_of(case: Case, listed: Callable[[str], bool], *, sources: bool) -> list[str]:
    """Name the groups a case counts in; the indented are parts of those whose target is listed."""
    if not _all_listed(case.meant, listed):
        return ["all"]
    away = distance(fold(case.typed), fold(case.meant))
    return [
        "all",
        "target listed",
        "  typed word listed too" if _all_listed(case.typed, listed) else "  typed word not listed",
        f"  {min(away, 3)}{' or more' * (away > 2)} character{'s' * (away != 1)} wrong",
        *[f"  from {case.source}"] * sources,
    ]


def _in_order(groups: Iterable[str]) -> list[str]:
    """Put the whole before its parts: by the words listed, by the characters wrong, by the source."""
    return sorted(groups, key=lambda group: (group.startswith(" "), "from" in group, "typed" not in group, group))


def _all_listed(text: str, listed: Callable[[str], bool]) -> bool:
    words = words_in(text)
    return bool(words) and all(map(listed, words))


def try_cases(
    open_field: Open,
    cases: Sequence[Case],
    listed: Callable[[str], bool],
    progress: Callable[[int], None] | None = None,
) -> Report:
    """Type each misspelling in a field that holds its context, then the key that ends it.

    A suggestion is right if taking it leaves the context and the word that was meant.
    """
    report = Report()
    sources = len({case.source for case in cases}) > 1
    for done, case in enumerate(cases, 1):
        field_ = open_field(case.context)
        for letter in case.typed:
            field_.type(letter)
        offered = [after(field_.text, suggestion).rstrip() for suggestion in field_.suggestions]
        field_.type(case.ending)
        for way, form in ((report.ignoring_case, fold), (report.exact, str)):
            stands = form(field_.text).rstrip()
            wanted = form(case.context + case.meant)
            hits = [form(text) == wanted for text in offered]
            ended = case.ending.rstrip()
            for group in groups_of(case, listed, sources=sources):
                way.setdefault(group, Hits()).add(
                    first=hits[:1] == [True],
                    among=any(hits),
                    corrected=stands == wanted + ended,
                    spoiled=stands not in (wanted + ended, form(case.context + case.typed) + ended),
                )
        if progress:
            progress(done)
    return report


def try_right_words(
    open_field: Open,
    sentences: Sequence[Sentence],
    report: Report,
    progress: Callable[[int], None] | None = None,
) -> None:
    """Type sentences in their right form and count which words outside the tags are changed.

    After a change the text is put right again in a fresh field, so that every word is met in its right context.
    """
    for done, sentence in enumerate(sentences, 1):
        field_ = open_field("")
        # a last word is ended too
        line = sentence.text + " " * sentence.text[-1:].isalnum()
        for place, letter in enumerate(line):
            before = field_.text
            field_.type(letter)
            typed = words_in(before)[-1:] if before[-1:].isalnum() and not is_of_word(letter) else []
            if typed and any(first <= place - 1 < last for first, last in sentence.plain):
                report.right_words += 1
                _count_change(report, typed[0], before + letter, field_.text)
            if field_.text != line[: place + 1]:
                field_ = open_field(line[: place + 1])
        if progress:
            progress(done)


def _count_change(report: Report, typed: str, wanted: str, found: str) -> None:
    report.changed_exact += found != wanted
    if fold(found) != fold(wanted):
        stem = wanted[: wanted.rindex(typed)]
        report.changed[typed, found[len(stem) : -1]] += 1  # without the key that ended it


def table(name: str, report: Report) -> str:
    """Lay a report out for reading."""
    head = f"{'misspellings':>14}{'first':>10}{'among three':>14}{'corrected':>12}{'spoiled':>10}"
    lines = [f"{name}: the word meant, ignoring case (exact)", f"{'':28}{head}"]
    for group in _in_order(report.ignoring_case):
        hits = report.ignoring_case[group]
        figures, exact = hits.as_dict(), report.exact[group].as_dict()
        row = f"{group:28}{hits.cases:14}"
        for key, width in (("first", 10), ("among", 14), ("corrected", 12), ("spoiled", 10)):
            row += f"{100 * figures[f'{key}_share']:{width - 2}.1f} %"
        row += "   (" + ", ".join(f"{100 * exact[f'{key}_share']:.1f}" for key in ("first", "among", "corrected")) + ")"
        lines.append(row)
    if report.right_words:
        count = report.changed.total()
        lines.append(
            f"right words outside the tags: {report.right_words}, changed {count} "
            f"({100 * count / report.right_words:.2f} %), in case only {report.changed_exact - count}"
        )
        if report.changed:
            examples = (f"{word} → {became}" for (word, became), _ in report.changed.most_common(12))
            lines.append(f"  such as {', '.join(examples)}")
    return "\n".join(lines)
