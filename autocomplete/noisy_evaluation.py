"""What becomes of mistakes when the user never looks: auto-correction measured by typing whole lines with slips.

The protocol "correcting only": every key of a line is pressed as the typist presses it, suggestions are never taken;
a line that ends in a word is ended by a space, so that its last word is decided too. Then the words that stand are
paired with the words that were meant (`alignment.py`), so that splits and joins are scored where they belong.
Knows a session only by `Field`. Matching is counted twice: ignoring case, and exact.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from autocomplete.alignment import align, fold, is_of_word, words_in
from autocomplete.field import Field, Offered, Open, after
from autocomplete.reliability import Reliability
from autocomplete.typist import TypedLine, TypedWord, Typist

CHANGES: Final = {
    "marks": "by an apostrophe or case alone",
    "listed": "other words of the lexicon",
    "attested": "words that are not in it but written",
    "unknown": "words of no list (names, slips of the text)",
}
"""Kinds of words typed right but changed; each is of the first that fits: `dont` that became `don't` is of "marks"."""
_EXAMPLES = 30


Watch = Callable[[Sequence[Offered], Sequence[bool]], None]
"""(what is offered, whether each is what is meant), told before a key."""


class Known(NamedTuple):
    """What lists say of a word."""

    listed: Callable[[str], bool]
    """it is one of the lexicon"""
    attested: Callable[[str], bool]
    """it is not, but people write it"""


@dataclass
class Fates:
    """What became of mistyped words."""

    right: int = 0
    left: int = 0
    otherwise: int = 0
    first: int = 0
    among: int = 0

    @property
    def all(self) -> int:
        """How many there were."""
        return self.right + self.left + self.otherwise

    def as_dict(self) -> dict[str, float]:
        """Give counts, and shares of all between 0 and 1."""
        counts = {
            "put_right": self.right,
            "left_wrong": self.left,
            "made_otherwise_wrong": self.otherwise,
            "first_in_bar": self.first,
            "in_bar": self.among,
        }
        shares = {f"{name}_share": round(count / max(1, self.all), 5) for name, count in counts.items()}
        return {"count": self.all, **counts, **shares}


@dataclass
class Tally:
    """Counts under one way of matching."""

    listed: Fates = field(default_factory=Fates)
    """of words of the lexicon that were mistyped"""
    unlisted: Fates = field(default_factory=Fates)
    """of mistyped words that are not in the lexicon"""
    changed: Counter[tuple[str, str]] = field(default_factory=Counter)
    """words typed as meant that were changed: (word, what it became)"""
    kinds: Counter[str] = field(default_factory=Counter)
    """how many of them are of which kind, as `CHANGES` names them"""

    @property
    def mistyped(self) -> Fates:
        """What became of all mistyped words."""
        names = ("right", "left", "otherwise", "first", "among")
        return Fates(**{name: getattr(self.listed, name) + getattr(self.unlisted, name) for name in names})


@dataclass
class Report:
    """What typed lines showed."""

    lines: int = 0
    keys: int = 0
    slips: Counter[str] = field(default_factory=Counter)
    words: int = 0
    right_unlisted: int = 0
    """words typed as meant that are not in the lexicon"""
    ignoring_case: Tally = field(default_factory=Tally)
    exact: Tally = field(default_factory=Tally)
    corrections: Reliability = field(default_factory=Reliability)
    """of the corrections made: right if what was meant then stands"""
    offers: Reliability = field(default_factory=Reliability)
    """of what the bar offers before each key of a word and the key that ends it, ignoring case"""
    seconds: list[float] = field(default_factory=list)
    """of each keystroke's answer, in order"""

    def as_dict(self) -> dict[str, Any]:
        """Give all figures; shares are between 0 and 1, times in milliseconds."""
        return {
            "lines": self.lines,
            "keys": self.keys,
            "slips": dict(self.slips.most_common()),
            "words": self.words,
            "ignoring_case": self._figures(self.ignoring_case),
            "exact": self._figures(self.exact),
            "confidence_of_corrections": self.corrections.as_dict(),
            "confidence_of_suggestions": self.offers.as_dict(),
            "latency_ms": latency(self.seconds),
        }

    def _figures(self, tally: Tally) -> dict[str, Any]:
        mistyped, changed = tally.mistyped, tally.changed.total()
        before = self.words - mistyped.all
        return {
            "words_right_before": before,
            "words_right_after": before - changed + mistyped.right,
            "mistyped": mistyped.as_dict(),
            "mistyped_listed": tally.listed.as_dict(),
            "mistyped_unlisted": tally.unlisted.as_dict(),
            "typed_right_but_changed": changed,
            "typed_right_but_changed_share": round(changed / max(1, before), 5),
            "typed_right_but_changed_kinds": {kind: tally.kinds[kind] for kind in CHANGES},
            "typed_right_unlisted": self.right_unlisted,
            "changed": [[*pair, count] for pair, count in tally.changed.most_common(_EXAMPLES)],
        }


def correct_lines(
    open_field: Open,
    lines: Sequence[str],
    typist: Typist,
    known: Known,
    *,
    touch: bool = False,
    progress: Callable[[int], None] | None = None,
    watch: Watch | None = None,
) -> Report:
    """Type lines without looking and count what stands in the end.

    Parameters
    ----------
    open_field : callable
        Opens an empty field; called once a line.
    known : Known
        Tells the words of the lexicon, and those that are attested, from others.
    touch : bool
        Tell the field where each key was touched, not only which it was.
    progress : callable, optional
        Is given the number of lines done.
    watch : callable, optional
        Is told what is offered before each key of a word and the key that ends it, ignoring case.
    """
    report = Report()
    watch = watch or report.offers.add_all
    for done, line in enumerate(lines, 1):
        typed = typist.type(line)
        words = typed.words()
        field_ = open_field("")
        bars = _type(field_, typed, words, report, watch, touch=touch)
        report.lines += 1
        report.words += len(words)
        report.keys += sum(character.lower() in typist.layout.index for character in line)
        report.slips.update(typed.slips)
        report.right_unlisted += sum(not word.mistyped and not known.listed(word.word) for word in words)
        for tally, form in ((report.ignoring_case, fold), (report.exact, str)):
            _score(tally, words, words_in(field_.text), bars, form, known)
        if progress:
            progress(done)
    return report


def latency(seconds: Sequence[float]) -> dict[str, float]:
    """Give the milliseconds that a half, 95 % and 99 % of the keystrokes do not exceed."""
    ranked = sorted(seconds) or [0.0]
    return {
        f"p{round(100 * share)}": round(1e3 * ranked[min(len(ranked) - 1, int(share * len(ranked)))], 3)
        for share in (0.5, 0.95, 0.99)
    }


@dataclass(frozen=True)
class _Bar:
    """What was offered just before a key that ended some words."""

    ended: list[TypedWord]
    before: str
    """what stood then"""
    texts: list[str]
    """what would stand if each suggestion were taken"""

    def hits(self, form: Callable[[str], str]) -> list[bool]:
        """Tell of each suggestion whether it puts the words that ended, and leaves no rest of what was typed."""
        meant = [form(word.word) for word in self.ended]
        words = len(words_in(self.before)) - len(words_in(self.ended[0].typed)) + len(meant)
        found = [words_in(form(text)) for text in self.texts]
        return [len(every) == words and every[-len(meant) :] == meant for every in found]

    def are_meant(self, offers: Sequence[Offered], meant: Sequence[str]) -> list[bool]:
        """Tell of each suggestion whether all words that it puts are meant.

        `meant` are the words of the line, folded, up to the one that is typed. Where nothing of that one stands yet,
        what changes words before the caret is to end with the last of these.
        """
        begun = is_of_word(self.before[-1:] or " ")
        rights = self.hits(fold) if self.ended else [True] * len(offers)
        found = []
        for offered, text, right in zip(offers, self.texts, rights, strict=True):
            count = len(words_in(offered.word))
            wanted = meant[:-1] if offered.delete_left and not begun else meant
            found.append(right and words_in(fold(text))[-count:] == list(wanted[-count:]))
        return found


def _type(
    field_: Field, typed: TypedLine, words: Sequence[TypedWord], report: Report, watch: Watch, *, touch: bool
) -> dict[int, _Bar]:
    """Press all keys of a line; give the bars just before words ended, by the number of keys pressed then."""
    ended: dict[int, list[TypedWord]] = {}
    for word in words:
        ended.setdefault(word.end, []).append(word)
    bars = {0: _Bar(ended.get(0, []), "", [])}
    meant = [fold(word.word) for word in words]
    number = {place: at for at, word in enumerate(words) for place in range(word.start, word.start + len(word.word))}
    keys = [(key.character, key.at if touch else None, number.get(key.meant)) for key in typed.keys]
    keys += [(" ", None, None)] * (len(keys) in ended)
    for pressed, (character, at, word) in enumerate(keys):
        offers = field_.suggestions
        bar = _Bar(ended.get(pressed, []) if pressed else [], field_.text, [after(field_.text, one) for one in offers])
        if bar.ended:
            bars[pressed] = bar
            word = words.index(bar.ended[-1])
        if word is not None:
            watch(offers, bar.are_meant(offers, meant[: word + 1]))
        begun = time.perf_counter()
        field_.type(character, at)
        _ = field_.suggestions
        report.seconds.append(time.perf_counter() - begun)
        if (correction := field_.correction) is not None:
            done = [one.word for one in words if one.end <= pressed]
            wanted = fold(" ".join(done[-max(len(bar.ended), len(words_in(correction.word))) :]))
            report.corrections.add(correction.confidence, fold(correction.word) == wanted)
    return bars


def _score(
    tally: Tally,
    words: Sequence[TypedWord],
    found: Sequence[str],
    bars: dict[int, _Bar],
    form: Callable[[str], str],
    known: Known,
) -> None:
    meant = [form(word.word) for word in words]
    for word, wanted, stands in zip(words, meant, align(meant, [form(one) for one in found]), strict=True):
        pieces = words_in(word.typed)
        typed = form(" ".join(pieces))
        if typed == wanted:
            if stands != wanted:
                tally.changed[word.word, stands] += 1
                tally.kinds[_kind(word.word, stands, known)] += 1
            continue
        fates = tally.listed if known.listed(word.word) else tally.unlisted
        fates.right += stands == wanted
        fates.left += stands == typed
        fates.otherwise += stands not in (wanted, typed)
        hits = bars[word.end].hits(form)
        fates.first += hits[:1] == [True]
        fates.among += any(hits)


def _kind(word: str, stands: str, known: Known) -> str:
    """Tell of which kind a word is that was changed."""
    if fold(word).replace("'", "") == fold(stands).replace("'", ""):
        return "marks"
    if known.listed(word):
        return "listed"
    return "attested" if known.attested(word) else "unknown"


def table(name: str, report: Report) -> str:
    """Lay a report out for reading."""
    figures = report.as_dict()
    ways = [figures["ignoring_case"], figures["exact"]]
    before = [way["words_right_before"] for way in ways]
    lines = [
        f"{name}, correcting only: {report.lines} lines, {report.words} words, {report.keys} keys, "
        f"{report.slips.total()} mistakes",
        f"{'':44}{'ignoring case':>22}{'exact':>22}",
        _row("words right before correction", before, report.words),
        _row("words right after", [way["words_right_after"] for way in ways], report.words),
    ]
    for label, key in (
        ("mistyped words", "mistyped"),
        ("mistyped words of the lexicon", "mistyped_listed"),
        ("mistyped words that are not in it", "mistyped_unlisted"),
    ):
        fates = [way[key] for way in ways]
        lines.append(_row(label, [fate["count"] for fate in fates], report.words))
        for name_, fate in (
            ("put right", "put_right"),
            ("left wrong", "left_wrong"),
            ("made otherwise wrong", "made_otherwise_wrong"),
            ("first in the bar before the ending key", "first_in_bar"),
            ("in the bar before the ending key", "in_bar"),
        ):
            lines.append(_row(f"  {name_}", [fates[0][fate], fates[1][fate]], *(fate_["count"] for fate_ in fates)))
    lines.append(_row("typed right but changed", [way["typed_right_but_changed"] for way in ways], *before))
    kinds = [way["typed_right_but_changed_kinds"] for way in ways]
    lines += [_row(f"  {label}", [found[kind] for found in kinds], *before) for kind, label in CHANGES.items()]
    examples = ", ".join(f"{word} → {became or '(nothing)'}" for (word, became), _ in _most(report, 12))
    if examples:
        lines.append(f"  such as {examples}")
    lines += report.corrections.table("corrections") + report.offers.table("suggestions")
    lines.append(latency_row(report.seconds))
    return "\n".join(lines)


def latency_row(seconds: Sequence[float]) -> str:
    """Lay the latency out for reading."""
    found = "   ".join(f"{name} {value:.2f} ms" for name, value in latency(seconds).items())
    return f"{'latency per keystroke':44}  {found}"


def _most(report: Report, count: int) -> list[tuple[tuple[str, str], int]]:
    return report.ignoring_case.changed.most_common(count)


def _row(label: str, counts: Sequence[int], *totals: int) -> str:
    """Write counts with their shares of a total each, or of one for all."""
    of = totals if len(totals) == len(counts) else totals * len(counts)
    shares = (f"{count:11} {100 * count / max(1, total):7.1f} %" for count, total in zip(counts, of, strict=True))
    return f"{label:44}" + "  ".join(shares)
