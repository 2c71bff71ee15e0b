"""How sure a correction is: logistic regression on words typed with simulated mistakes.

Fits the weights of `autocomplete/correction.py`, which are written there by hand after a look at what this prints.
Every word of some validation text is typed by `autocomplete/typist.py`, now and then without its capital or apostrophe,
and the engine's evidence for another reading is set against what was meant.
"""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autocomplete.correction import FEATURES, Evidence, confidence, features
from autocomplete.engine import Autocompleter
from autocomplete.layout import load_layout
from autocomplete.typist import Slips, TypedWord, Typist, words_of
from training.attested import Written

_RIDGE = 0.01
_SLOPPY = 0.3
"""share of capitals and apostrophes that are left out, as hurried writers do"""
_SHORTHAND = 0.3
"""share of words for which a shorter or sounding spelling is tried; it is to be left alone if people write it"""
_UNLISTED = 0.02
"""share of words that another one stands for which people write but the lexicon does not list: slang, names"""
_NAMES = 0.5
"""share of those that are written with a capital"""
_MISSPELT = 0.3
"""share of words written as people misspell them, where they are known to"""
_STEPS = 50


def fit(
    engine: Autocompleter,
    text: Path,
    *,
    attested: Written,
    lines: int,
    rate: float,
    seed: int,
    progress: Callable[[int], None],
) -> dict[str, Any]:
    """Fit the weights and show what they would do.

    Returns
    -------
    dict
        For "respelled" and "recased" words the weights by feature, and for all words by least confidence: the share of
        mistyped words put right, of mistyped words made otherwise wrong, and of words typed right that were changed.
    """
    chosen = [line.strip() for line in text.read_text(encoding="utf8").splitlines() if 3 <= len(line.split()) <= 25]
    if not chosen:
        raise ValueError(f"{text} has no line of 3 to 25 words: give validation text, one message a line")
    random.Random(seed).shuffle(chosen)
    words = list(_weigh(engine, chosen[:lines], attested, rate, seed, progress))
    weights = {}
    for name, recased in (("respelled", False), ("recased", True)):
        part = [(evidence, meant) for evidence, meant, _ in words if evidence and evidence.recased == recased]
        table = np.array([features(evidence) for evidence, _ in part], np.float64).reshape(-1, len(FEATURES))
        right = np.array([evidence.word == meant for evidence, meant in part], np.float64)
        found = logistic(table, right)
        weights[name] = dict(zip(FEATURES, np.round(found, 2).tolist(), strict=True))
    return {
        "words": len(words),
        "weights": weights,
        "with_present_weights": [_outcome(words, s / 20) for s in range(8, 20)],
    }


def logistic(table: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    """Fit weights float64 [n_features] of rows [n, n_features] to outcomes [n] of 0 or 1, by Newton's method."""
    weights = np.zeros(table.shape[1])
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-table @ weights))
        curvature = table.T @ (table * (chance * (1 - chance))[:, None]) + _RIDGE * np.eye(len(weights))
        weights += np.linalg.solve(curvature, table.T @ (right - chance) - _RIDGE * weights)
    return weights


def _weigh(
    engine: Autocompleter,
    lines: Sequence[str],
    attested: Written,
    rate: float,
    seed: int,
    progress: Callable[[int], None],
) -> Iterator[tuple[Evidence | None, str, str]]:
    """Yield evidence, word meant and word typed for each word of the lines."""
    hand = Hand(attested, seed)
    written = [hand.write(line) for line in lines]
    # shorthand may leave a letter that is no word
    written = [(line, meant) for line, meant in written if len(list(words_of(line))) == len(meant)]
    typist = Typist(load_layout(), [line for line, _ in written], Slips(rate=rate), seed=seed)
    for number, (line, meant) in enumerate(written, 1):
        typed_line = typist.type(line)
        ended: dict[int, list[tuple[TypedWord, str]]] = {}
        for word, wanted in zip(typed_line.words(), meant, strict=True):
            ended.setdefault(word.end, []).append((word, wanted))
        for end, group in ended.items():
            first = group[0][0]
            # every other line with touches, so that the weights hold with and without
            keys = typed_line.keys[end - len(first.typed) : end] if number % 2 else ()
            if end:
                evidence, _ = engine.weigh(line[: first.start] + first.typed, touches=[key.at for key in keys])
                yield evidence, " ".join(wanted for _, wanted in group), first.typed
        progress(number)


class Hand:
    """Writes lines as people do, some words sloppily, misspelt or in shorthand, and some of no list.

    Parameters
    ----------
    attested : Written
        Only shorthand that people are known to write is written, and only misspellings that they make.
    """

    def __init__(self, attested: Written, seed: int) -> None:
        self._rng = random.Random(seed)
        self._meant = attested.shares
        self._unlisted = list(attested.shares)
        self._weights = list(accumulate(map(math.sqrt, attested.shares.values())))
        self._misspellings: dict[str, list[str]] = defaultdict(list)
        for typed, (meant, _) in attested.slips.items():
            self._misspellings[meant].append(typed)

    def write(self, line: str) -> tuple[str, list[str]]:
        """Write a line; give it and what each word should be."""
        parts, meant, at = [], [], 0
        for start, word in words_of(line):
            written, wanted = self._word(word, first=start == 0)
            meant.append(wanted)
            parts += [line[at:start], written]
            at = start + len(word)
        return "".join([*parts, line[at:]]), meant

    def _word(self, word: str, *, first: bool) -> tuple[str, str]:
        rng = self._rng
        if rng.random() < _SLOPPY:
            bare = word.replace("'", "")
            return bare if first else bare.lower(), word
        misspellings = self._misspellings.get(word)
        if misspellings and rng.random() < _MISSPELT:
            return rng.choice(misspellings), word
        short = shorthand(word, rng) if rng.random() < _SHORTHAND else word
        written = short if short.lower() in self._meant else word
        if self._unlisted and rng.random() < _UNLISTED:
            written = rng.choices(self._unlisted, cum_weights=self._weights)[0]
            written = written.capitalize() if rng.random() < _NAMES else written
        return written, written


def shorthand(word: str, rng: random.Random) -> str:
    """Write a word as people write who mean to: a vowel or the end left out, by ear, or drawn out."""
    inner = [place for place in range(1, len(word)) if word[place] in "aeiou"]
    ways = [word[:place] + word[place + 1 :] for place in inner]
    ways += [word[:-1], word + word[-1] * rng.randint(1, 3), word.replace("th", "d"), word.replace("th", "t")]
    ways += [word.replace("er", "a"), word.replace("ing", "in"), word.replace("ck", "k"), word.replace("s", "z")]
    ways += [word.replace("'", ""), word.replace("ou", "u"), word.replace("oo", "u"), word.replace("igh", "i")]
    fitting = [way for way in ways if way != word and len(way) > 1]
    return rng.choice(fitting) if fitting else word


def _outcome(words: Sequence[tuple[Evidence | None, str, str]], sure: float) -> dict[str, float]:
    changed = [(e.word, meant, typed) for e, meant, typed in words if e is not None and confidence(e) >= sure]
    mistyped = sum(meant != typed for _, meant, typed in words)
    fixed = sum(word == meant != typed for word, meant, typed in changed)
    otherwise = sum(word != meant != typed for word, meant, typed in changed)
    spoiled = sum(meant == typed for _, meant, typed in changed)
    shares = {
        "sure": sure,
        "put_right": fixed / max(1, mistyped),
        "made_otherwise_wrong": otherwise / max(1, mistyped),
        "right_made_wrong": spoiled / max(1, len(words) - mistyped),
    }
    return {name: round(share, 5) for name, share in shares.items()}
