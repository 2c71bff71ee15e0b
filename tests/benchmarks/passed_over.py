"""What it would be worth to lower words that the bar has shown and that were not taken, and to whom.

    python -m tests.benchmarks.passed_over FILE --lines 600

Who goes on typing although the bar shows a word tells that another is meant, or overlooked it. Say that who types does
not look at all while a word lasts with a probability `away`, and else overlooks each showing with a probability
`missed`: then a word that was shown n times is less likely by away + (1 - away) missed^n. Counted is the bar before a
word's first letter ("first"), the one before the last letter typed ("last"), or all of the word ("all"); either as it
would be if nothing were lowered ("as it is"), or as it is once words are. A word that the letters spell stays.

The engine is asked once for more words than a bar has, and these are ranked anew for each variant: bars are those of
the engine, but for a word that it puts in the third place whatever its rank. Users take the word meant as soon as they
see it. They look at every bar, at every other or every fourth (each with a probability of one half, one quarter), or at
those after two letters and more; as bars do not depend on where one looks, what each may expect is known exactly.
Prints keystroke savings and hit rates of who looks at every bar; then differences with their standard errors over
lines, and one JSON line each.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

import click
import numpy as np
from numpy.typing import NDArray

import autocomplete
from autocomplete.alignment import fold
from autocomplete.calibration import Bar, Calibration
from autocomplete.engine import Autocompleter
from autocomplete.evaluation import AFTER, choose_lines
from autocomplete.lexicon import key_of
from autocomplete.progress import reporter
from autocomplete.typist import words_of

K: Final = 3
WIDE: Final = 9
"""words that are asked for"""
USERS: Final = ("every bar", "every other", "every fourth", "after two letters")
"""who looks at which"""
PAIRS: Final = ((0.5, 0.3), (0.4, 0.1), (0.3, 0.1), (0.2, 0.3))
"""away and missed"""


class Offer(NamedTuple):
    """A word that is likely in a place."""

    word: str
    """folded"""
    score: float
    is_whole: bool
    """the letters spell all of it"""


@dataclass(frozen=True)
class Typed:
    """A word that was typed, with what was offered before each of its letters."""

    line: int
    word: str
    """folded"""
    spaced: bool
    """a space follows"""
    offers: Sequence[Sequence[Offer]]


class Scores(Calibration):
    """Keeps the scores that an engine gives its words."""

    def words(self, bar: Bar) -> list[float]:
        """Keep the scores of a bar."""
        self.scores = list(bar.scores)
        return super().words(bar)


@dataclass(frozen=True)
class Variant:
    """Which bars are counted, and what is made of it."""

    counted: str
    as_it_is: bool
    away: float
    missed: float

    def counts(self, bar: int, letters: int) -> bool:
        """Tell whether the bar after so many letters is counted when more are typed."""
        return self.counted == "all" or bar == {"first": 0, "last": letters - 1}[self.counted]

    def lowered(self, offers: Sequence[Offer], shown: Mapping[str, int]) -> list[str]:
        """Give the words of a bar, those lowered that were shown before."""

        def rank(offer: Offer) -> float:
            times = 0 if offer.is_whole else shown.get(offer.word, 0)
            return -offer.score - math.log(self.away + (1 - self.away) * self.missed**times)

        return [offer.word for offer in sorted(offers, key=rank)[:K]]


def type_words(engine: Autocompleter, lines: Sequence[str], tick: Callable[[int], None]) -> list[Typed]:
    """Type the words of lines and look at what is likely before each letter."""
    engine.calibration = scores = Scores()
    typed = []
    for number, line in enumerate(lines):
        for start, word in words_of(line):
            offers = []
            for letters in range(len(word)):
                found = engine.suggest(line[: start + letters], WIDE)
                key = key_of(word[:letters])
                offers.append(
                    [
                        Offer(fold(one.word), score, bool(key) and key_of(one.word) == key)
                        for one, score in zip(found, scores.scores if found else [], strict=True)
                    ]
                )
            end = start + len(word)
            typed.append(Typed(number, fold(word), line[end : end + 1] == " ", offers))
        tick(number + 1)
    return typed


def take(words: Sequence[Typed], variant: Variant, lines: int) -> tuple[NDArray[np.float64], list[float]]:
    """Give the keys that each user may expect to save in each line, float64 [lines, users], and the hit rates."""
    saved = np.zeros((lines, len(USERS)))
    hits, longer = dict.fromkeys(AFTER, 0), dict.fromkeys(AFTER, 0)
    for typed in words:
        still, bars = np.ones(len(USERS)), list[list[str]]()  # probability that the word was not taken yet
        seen_at = len(typed.word)
        for letters, offers in enumerate(typed.offers):
            shown = Counter(word for at, bar in enumerate(bars) if variant.counts(at, letters) for word in bar)
            bar = variant.lowered(offers, shown)
            bars.append([offer.word for offer in offers[:K]] if variant.as_it_is else bar)
            if typed.word in bar:
                seen_at = min(seen_at, letters)
                taken = still * np.array([1.0, 0.5, 0.25, float(letters >= 2)])
                saved[typed.line] += taken * (len(typed.offers) - letters - 1 + typed.spaced)
                still -= taken
        for n in AFTER:
            longer[n] += len(typed.offers) > n
            hits[n] += seen_at <= n < len(typed.offers)
    return saved, [100 * hits[n] / max(1, longer[n]) for n in AFTER]


@click.command()
@click.argument("text", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--lines", type=click.IntRange(2), default=None, help="Lines drawn from it.")
@click.option("--seed", default=11, show_default=True, help="By which they are drawn.")
@click.option("--strict", is_flag=True, help="Take every letter at its word.")
@click.option("--pair", "pairs", type=(float, float), multiple=True, default=PAIRS, help="Away and missed.")
def main(text: Path, lines: int | None, seed: int, strict: bool, pairs: Sequence[tuple[float, float]]) -> None:
    """Measure on the lines of TEXT."""
    engine = autocomplete.load(tolerant=not strict, emoji=False, questions=False, hindsight=False)
    chosen = choose_lines(text, lines, seed)
    characters = sum(map(len, chosen))
    words = type_words(engine, chosen, reporter(text.name, len(chosen)))
    plain, hits = take(words, Variant("all", False, 1.0, 1.0), len(chosen))
    savings = 100 * plain.sum(axis=0) / characters
    print(f"{text.name}: {len(chosen)} lines, {characters} characters, {len(words)} words")
    print(f"{'bars counted':20}{'away':>6}{'missed':>8}" + "".join(f"{user:>19}" for user in USERS) + "   hits")
    print(f"{'none':34}" + "".join(f"{share:11.2f}        " for share in savings) + _rates(hits))
    for counted, as_it_is in (("first", True), ("last", True), ("last", False), ("all", True), ("all", False)):
        for away, missed in pairs:
            saved, hits = take(words, Variant(counted, as_it_is, away, missed), len(chosen))
            gains = 100 * (saved - plain).sum(axis=0) / characters
            errors = 100 * (saved - plain).std(axis=0) * np.sqrt(len(chosen)) / characters
            name = counted + ", as it is" * as_it_is
            columns = (f"{gain:+.3f} ± {error:.3f}" for gain, error in zip(gains, errors, strict=True))
            print(f"{name:20}{away:6.2f}{missed:8.2f}" + "".join(f"{one:>19}" for one in columns) + _rates(hits))
            figures = {"gains": dict(zip(USERS, gains.round(3).tolist(), strict=True)), "hits": hits}
            print(json.dumps({"counted": name, "away": away, "missed": missed, **figures}))


def _rates(hits: Sequence[float]) -> str:
    return "   " + " ".join(f"{hit:.1f}" for hit in hits)


if __name__ == "__main__":
    main()
