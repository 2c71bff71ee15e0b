"""The measuring protocol: a perfect user types lines and takes a word as soon as the bar shows it.

Owns the simulated typist and what is counted. Knows an engine only as a function from text and k to words, so that
anything that completes can be measured alike. Matching is counted twice: ignoring case, and exact.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autocomplete.text import WRITTEN_WORD

Suggest = Callable[[str, int], Sequence[str]]
"""(text before the caret, k) to at most k words."""

AFTER = (1, 2, 3)
"""Letters typed after which the hit rate is reported."""


@dataclass
class Tally:
    """Counts under one way of matching."""

    keystrokes: int = 0
    taken: int = 0
    """words that the bar showed before they were typed in full"""
    top1: int = 0
    top3: int = 0
    top1_all: int = 0
    top3_all: int = 0
    hits_after: dict[int, int] = field(default_factory=lambda: dict.fromkeys(AFTER, 0))


@dataclass(frozen=True)
class Report:
    """What a typed file showed."""

    k: int
    lines: int
    characters: int
    words: int
    words_not_first: int
    words_longer_than: dict[int, int]
    ignoring_case: Tally
    exact: Tally
    seconds: list[float]
    """of each keystroke's answer, in order"""

    def percentile(self, share: float) -> float:
        """Give the latency in milliseconds that a share of the keystrokes does not exceed."""
        ranked = sorted(self.seconds)
        return 1e3 * ranked[min(len(ranked) - 1, int(share * len(ranked)))] if ranked else 0.0

    def as_dict(self) -> dict[str, Any]:
        """Give all figures; shares are between 0 and 1, times in milliseconds."""
        return {
            "k": self.k,
            "lines": self.lines,
            "characters": self.characters,
            "words": self.words,
            "ignoring_case": self._figures(self.ignoring_case),
            "exact": self._figures(self.exact),
            "exact_of_taken": round(self.exact.taken / max(1, self.ignoring_case.taken), 5),
            "latency_ms": {f"p{round(100 * share)}": round(self.percentile(share), 3) for share in (0.5, 0.95, 0.99)},
            "keystrokes_measured": len(self.seconds),
        }

    def _figures(self, tally: Tally) -> dict[str, float]:
        figures = {
            "keystroke_savings": 1 - tally.keystrokes / max(1, self.characters),
            "taken": tally.taken / max(1, self.words),
            "top1": tally.top1 / max(1, self.words_not_first),
            "top3": tally.top3 / max(1, self.words_not_first),
            "top1_all": tally.top1_all / max(1, self.words),
            "top3_all": tally.top3_all / max(1, self.words),
        }
        for n in AFTER:
            figures[f"hit_after_{n}"] = tally.hits_after[n] / max(1, self.words_longer_than[n])
        return {name: round(value, 5) for name, value in figures.items()}


def choose_lines(path: Path, lines: int | None = None, seed: int = 7) -> list[str]:
    """Read lines of at least three words, white space made single; `lines` of them drawn by a seed, all if None.

    Raises
    ------
    ValueError
        If the file is not UTF-8, or no line has three words.
    """
    try:
        text = path.read_text(encoding="utf8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not UTF-8 text (byte {error.start}): save it as UTF-8") from error
    found = [re.sub(r"\s+", " ", line).strip() for line in text.split("\n")]
    found = [line for line in found if len(line.split()) >= 3]
    if not found:
        raise ValueError(f"{path} has no line of at least three words: give a text with one message a line")
    if lines is not None:
        random.Random(seed).shuffle(found)
        found = found[:lines]
    return found


def type_lines(
    suggest: Suggest,
    lines: Sequence[str],
    k: int,
    progress: Callable[[int], None] | None = None,
    begin: Callable[[Sequence[str]], None] | None = None,
) -> Report:
    """Type each line as a perfect user does.

    Before every character of a word the bar is asked; taking a word costs one key and brings the space after it.
    Characters outside words cost a key each. `progress` is called with the number of lines done, `begin` before each
    line with those before it.
    """
    ignoring_case, exact = Tally(), Tally()
    seconds: list[float] = []
    words = words_not_first = 0
    longer: dict[int, int] = dict.fromkeys(AFTER, 0)
    for done, line in enumerate(lines, 1):
        if begin:
            begin(lines[: done - 1])
        for number, (start, word, outside) in enumerate(_words(line)):
            ignoring_case.keystrokes += outside
            exact.keystrokes += outside
            if not word:
                continue
            hits = _type_word(suggest, line[:start], word, k, seconds)
            spaced = line[start + len(word) : start + len(word) + 1] == " "
            words += 1
            words_not_first += number > 0
            for n in AFTER:
                longer[n] += len(word) > n
            for tally, hit in zip((ignoring_case, exact), hits, strict=True):
                _count(tally, hit, word, spaced=spaced, first=number == 0)
        if progress:
            progress(done)
    return Report(k, len(lines), sum(map(len, lines)), words, words_not_first, longer, ignoring_case, exact, seconds)


def _words(line: str) -> Iterator[tuple[int, str, int]]:
    """Yield start and letters of each word that begins a line or follows a space, and the keys outside words before it.

    The last item has no letters: it carries the keys after the last word.
    """
    at = outside = 0
    while at < len(line):
        match = WRITTEN_WORD.match(line, at)
        if match is None or (at and not line[at - 1].isspace()):
            outside += 1
            at += 1
            continue
        yield at, match.group(), outside
        outside = 0
        at = match.end()
    yield at, "", outside


def _type_word(
    suggest: Suggest, before: str, word: str, k: int, seconds: list[float]
) -> tuple[tuple[int, int] | None, tuple[int, int] | None]:
    """Type a word letter by letter until the bar shows it.

    Gives (letters typed, place in the bar), ignoring case and exact; None where it was never shown. Latency is noted up
    to the hit that ignores case: that is where the user stops asking.
    """
    folded_hit = exact_hit = None
    for typed in range(len(word)):
        begun = time.perf_counter()
        bar = suggest(before + word[:typed], k)
        took = time.perf_counter() - begun
        if folded_hit is None:
            seconds.append(took)
            folded = [_fold(offered) for offered in bar]
            if _fold(word) in folded:
                folded_hit = (typed, folded.index(_fold(word)))
        if word in bar:
            exact_hit = (typed, list(bar).index(word))
            break
    return folded_hit, exact_hit


def _count(tally: Tally, hit: tuple[int, int] | None, word: str, *, spaced: bool, first: bool) -> None:
    if hit is None:
        tally.keystrokes += len(word)
        return
    typed, place = hit
    tally.taken += 1
    # the space that follows is counted among the keys outside words, but taking a word brings it
    tally.keystrokes += typed + 1 - spaced
    if typed == 0:
        tally.top3_all += 1
        tally.top1_all += place == 0
        tally.top3 += not first
        tally.top1 += place == 0 and not first
    for n in AFTER:
        tally.hits_after[n] += typed <= n < len(word)


def _fold(word: str) -> str:
    return word.casefold().replace("’", "'").strip()


def table(name: str, report: Report) -> str:
    """Lay a report out for reading."""
    figures = report.as_dict()
    rows = [
        ("keystroke savings", "keystroke_savings"),
        ("words taken from the bar", "taken"),
        ("next word, first choice", "top1"),
        ("next word, among three", "top3"),
        ("the same, first words of lines too", "top3_all"),
        *((f"shown after {n} letter{'s' * (n > 1)}", f"hit_after_{n}") for n in AFTER),
    ]
    lines = [
        f"{name}: {report.lines} lines, {report.characters} characters, {report.words} words, k = {report.k}",
        f"{'':36}{'ignoring case':>14}{'exact':>10}",
    ]
    for label, key in rows:
        values = [100 * figures[way][key] for way in ("ignoring_case", "exact")]
        lines.append(f"{label:36}{values[0]:12.1f} %{values[1]:8.1f} %")
    lines.append(f"{'taken as they are to be written':36}{'':16}{100 * figures['exact_of_taken']:8.1f} %")
    latency = "   ".join(f"{name} {value:.2f} ms" for name, value in figures["latency_ms"].items())
    lines.append(f"{'latency per keystroke':36}  {latency}")
    return "\n".join(lines)
