"""How often each kind of slip happens, estimated from slips that stand in typed text.

Words that no list knows are each taken for a slip of a known word, one error away, or for a word of its own, which its
letters tell (a trigram model of known words). How likely either is depends on the rates that are sought, so they are
found by expectation maximisation (Dempster, Laird and Rubin 1977; for spelling errors Kernighan, Church and Gale 1990).
What is said of the ends of words is left out: letters are cut off and added there on purpose.

Text was looked at before it was sent, so that rates in it are far too low, and it was typed on full keyboards, where no
thumb falls beside a key. Both are made good by what the simulated typist does (`autocomplete/typist.py`): one key in
twenty goes wrong, four times of five because a finger fell beside it. The rates estimated are scaled to the fifth that
is left. They are written by hand into `autocomplete/error_model.py` after a look at what this prints.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from autocomplete.edits import single_edit
from autocomplete.error_model import CONFUSED
from autocomplete.lexicon import key_of
from training.corpus import iterate
from training.lexicon import count_forms, may_be_misspelt, read_rows, read_word_lists
from training.slips import Explanations

KINDS: Final = ("omission", "omission_of_double", "doubling", "transposition", "confusion", "other")
"""Fields of `ErrorRates` that are estimated."""
_TOGETHER: Final = 0.01
"""what they add up to per letter meant"""
_SIGHTINGS: Final = 2
_SHORTEST: Final = 4
_LIMIT: Final = 11.0
"""nats of the least likely single error"""
_EACH: Final = {"neighbour": 5, "confusion": 4, "other": 17, "insertion": 26}
"""letters that each kind chooses among, about; each is as likely as the others"""
_ROUNDS: Final = 40
_SMOOTHING: Final = 0.1
_LETTERS: Final = 27


@dataclass(frozen=True)
class _Unknown:
    """Letters that no list knows."""

    count: int
    own: float
    """probability of a word of its own being spelled so"""
    sources: tuple[tuple[float, str], ...]
    """sightings of a known word, and what went wrong if it was meant"""


def estimate(*, corpus: Path, lexicon: Path, lists: Path, language: str = "en") -> dict[str, Any]:
    """Estimate the rates from the training split of a corpus.

    Returns
    -------
    dict
        "words": how many that no list knows were looked at. "slips": those of them taken for slips, by kind. "in_text":
        rates as they are in the text, per letter meant. "rates": what they are scaled to, as `ErrorRates` has them.
    """
    forms, folded = count_forms(line for document in iterate(corpus / "train.txt") for line in document)
    known_lists = read_word_lists(lists, language)
    listed = {form.lower() for form, _, flags in read_rows(lexicon) if "variant" not in flags}
    known: dict[str, float] = defaultdict(float)
    for word in listed:
        if word.isalpha() and word.isascii() and folded[word]:
            known[key_of(word)] += folded[word]
    unknown = {
        word: count
        for word, count in folded.items()
        if count >= _SIGHTINGS
        and len(word) >= _SHORTEST
        and word.isalpha()
        and word.isascii()
        and word not in listed
        and may_be_misspelt(word, forms, known_lists)
    }
    in_text, slips = maximise(_explained(unknown, known), opportunities(known))
    scale = _TOGETHER / sum(in_text[kind] for kind in KINDS if kind != "omission_of_double")
    return {
        "words": len(unknown),
        "slips": {kind: round(count) for kind, count in slips.items()},
        "in_text": {kind: float(f"{rate:.3g}") for kind, rate in in_text.items()},
        "rates": {kind: float(f"{scale * in_text[kind] / _EACH.get(kind, 1):.2g}") for kind in KINDS},
    }


def kind_of(typed: str, meant: str, explanations: Explanations) -> str | None:
    """Name the single error, inside the word, that makes letters of others; None if there is no such error."""
    edit = single_edit(typed, meant)
    if edit is None or edit.kind == "transposition":
        return edit and edit.kind
    place = edit.place
    if not 0 < place < max(len(typed), len(meant)) - 1:
        return None
    if edit.kind == "omission":
        return "omission_of_double" if meant[place] in meant[place - 1 : place] + meant[place + 1] else "omission"
    if edit.kind == "insertion":
        return "doubling" if typed[place] == typed[place - 1] else "insertion"
    return _substitution(typed[place], meant[place], explanations)


def _substitution(typed: str, meant: str, explanations: Explanations) -> str:
    if explanations.are_neighbours(typed, meant):
        return "neighbour"
    return "confusion" if any(typed in group and meant in group for group in CONFUSED) else "other"


def opportunities(known: Mapping[str, float]) -> dict[str, float]:
    """Count where each kind of error, as `kind_of` names it, could have happened in words with their sightings."""
    found: dict[str, float] = defaultdict(float)
    for word, count in known.items():
        doubles = sum(one == other for one, other in pairwise(word))
        found["omission_of_double"] += count * doubles
        found["omission"] += count * max(0, len(word) - 2 - 2 * doubles)
        found["transposition"] += count * (len(word) - 1 - doubles)
        for kind in ("doubling", "insertion"):
            found[kind] += count * (len(word) - 1)
        for kind in ("neighbour", "confusion", "other"):
            found[kind] += count * max(0, len(word) - 2)
    return found


def maximise(unknown: Sequence[_Unknown], chances: Mapping[str, float]) -> tuple[dict[str, float], dict[str, float]]:
    """Find the rates under which the unknown words are likeliest; give them, and the slips of each kind expected."""
    rates = dict.fromkeys(chances, 1e-4)
    own = sum(one.count for one in unknown) / 2
    slips: dict[str, float] = {}
    for _ in range(_ROUNDS):
        slips = dict.fromkeys(rates, 0.0)
        own_next = 0.0
        for one in unknown:
            parts = [(kind, count * rates[kind] / _EACH.get(kind, 1)) for count, kind in one.sources]
            total = own * one.own + sum(part for _, part in parts)
            own_next += one.count * own * one.own / total
            for kind, part in parts:
                slips[kind] += one.count * part / total
        own = own_next
        rates = {kind: slips[kind] / chances[kind] for kind in rates}
    return rates, slips


def _explained(unknown: Mapping[str, int], known: Mapping[str, float]) -> list[_Unknown]:
    explanations = Explanations(known)
    spelled = _Trigrams(known)
    return [
        _Unknown(
            count,
            spelled(word),
            tuple(
                (explanations.chances[meant], kind)
                for meant in explanations.near(word, _LIMIT)
                if (kind := kind_of(word, meant, explanations)) is not None
            ),
        )
        for word, count in unknown.items()
    ]


class _Trigrams:
    """How words are spelled: letters after the two before, each known word counted once."""

    def __init__(self, words: Mapping[str, float]) -> None:
        self._three: Counter[str] = Counter()
        self._two: Counter[str] = Counter()
        for word in words:
            for three in self._of(word):
                self._three[three] += 1
                self._two[three[:2]] += 1

    def __call__(self, word: str) -> float:
        return math.prod(
            (self._three[three] + _SMOOTHING) / (self._two[three[:2]] + _SMOOTHING * _LETTERS)
            for three in self._of(word)
        )

    @staticmethod
    def _of(word: str) -> list[str]:
        padded = f"^^{word}$"
        return [padded[place : place + 3] for place in range(len(padded) - 2)]
