"""How sure a correction is: logistic regression on words typed with simulated mistakes.

Fits the weights of `autocomplete/correction.py`, which are written there by hand after a look at what this prints.
Every word of some text is written as people write (`hands.py`), typed by `autocomplete/typist.py` and corrected as in a
field, and the engine's evidence for another reading is set against what was meant.

Half of the lines begin with a small letter, where there are as many: these are typed chat, nearest to what keyboards
are used for. A word typed right that is changed weighs as much as three that stay wrong. What weights do is shown by
cross validation: lines are decided on by weights that did not see them.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from autocomplete.correction import FEATURES, Evidence, decide, features
from autocomplete.engine import Autocompleter
from autocomplete.layout import load_layout
from autocomplete.lexicon import key_of
from autocomplete.typist import Slips, TypedWord, Typist, words_of
from training.attested import Written
from training.hands import Hand

_RIDGE: Final = 0.3
_STEPS: Final = 50
_SPOILED: Final = 3.0
"""weight of a word typed right in the regression, against one of another"""
_RECASED: Final = frozenset(
    {
        "one", "margin", "lead_near", "exists", "margin_if_exists", "name", "short", "attested", "apostrophe",
        "apostrophe_if_small",
    }
)  # fmt: skip
"""features that are weighed where no letter changes; the others say nothing there, and such words are few"""
_NEW: Final = 0.5
"""share of the words of no list put in by hand that are taken for words never seen before: of those that the text has
itself, in the validation and test splits, half do not stand among the attested words"""
_FOLDS: Final = 5
_SURE: Final = tuple(step / 20 for step in range(8, 20))


@dataclass(frozen=True)
class _Decision:
    """What is to be decided on where a word ends."""

    line: int
    small: bool
    """the line begins with a small letter"""
    touched: bool
    typed: str
    meant: str
    is_slip: bool
    """what the text has is plainly a slip of its writer: it tells nothing of what is meant"""
    readings: list[Evidence]

    @property
    def is_right(self) -> bool:
        return self.typed.lower() == self.meant.lower()

    def is_meant(self, reading: Evidence) -> bool:
        """Tell whether a reading is what was meant; if letters change, whatever its case."""
        if reading.mistake == "case":
            return reading.word == self.meant
        return reading.word.lower() == self.meant.lower()


def fit(
    engine: Autocompleter,
    texts: Sequence[Path],
    *,
    attested: Written,
    known: Mapping[str, float],
    lines: int,
    rate: float,
    seed: int,
    progress: Callable[[int], None],
) -> dict[str, Any]:
    """Fit the weights and show what they would do.

    Parameters
    ----------
    known : mapping of str to float
        Listed words, folded, and their probability: what the text's own slips are told by.

    Returns
    -------
    dict
        "weights" by feature, of respelled and of recased readings. "outcomes": for lines that begin small and with a
        capital, typed with touches and without, and for all (None), by least confidence: the share of mistyped words
        put right, of mistyped words made otherwise wrong, and of words typed right that were changed, with the text's
        own slips and without.

    Raises
    ------
    ValueError
        If the texts have no line of 3 to 25 words.
    """
    chosen = _choose(texts, lines, seed)
    if not chosen:
        raise ValueError(f"{', '.join(map(str, texts))}: no line of 3 to 25 words; give text, one message a line")
    decisions = list(_decisions(engine, chosen, Hand(attested, seed, known), rate, seed, progress))
    table = _Table(decisions)
    weights = table.weights(np.ones(len(table.lines), bool))
    return {
        "words": len(decisions),
        "weights": {name: np.round(weights[:, place], 2).tolist() for place, name in enumerate(FEATURES)},
        "outcomes": _outcomes(decisions, table.confidences()),
    }


def logistic(
    table: NDArray[np.float64], right: NDArray[np.float64], counts: NDArray[np.float64] | float = 1.0
) -> NDArray[np.float64]:
    """Fit weights float64 [n_features] of rows [n, n_features], each counted so often, to outcomes [n] of 0 or 1.

    By Newton's method, with a small ridge.
    """
    weights = np.zeros(table.shape[1])
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-table @ weights))
        curvature = table.T @ (table * (counts * chance * (1 - chance))[:, None]) + _RIDGE * np.eye(len(weights))
        step = np.linalg.solve(curvature, table.T @ (counts * (right - chance)) - _RIDGE * weights)
        weights += step
        if np.abs(step).max() < 1e-6:
            break
    return weights


class _Table:
    """All readings of all decisions, one a row."""

    def __init__(self, decisions: Sequence[_Decision]) -> None:
        rows = [(decision, reading) for decision in decisions for reading in decision.readings]
        self._tells = np.array([_tells(decision, reading) for decision, reading in rows], bool)
        self._rows = np.array([features(reading) for _, reading in rows], np.float64).reshape(-1, len(FEATURES))
        self._right = np.array([decision.is_meant(reading) for decision, reading in rows], np.float64)
        self._recased = np.array([reading.mistake == "case" for _, reading in rows], bool)
        right = np.array([decision.is_right for decision, _ in rows], bool)
        self._counts = np.where(right & ~self._recased, _SPOILED, 1.0)
        self.lines = np.array([decision.line for decision, _ in rows], np.intp)

    def weights(self, chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Fit weights to chosen rows: float64 [2, n_features], of respelled and of recased readings."""
        chosen = chosen & self._tells
        weighed = np.array([name in _RECASED for name in FEATURES])
        every = np.ones(len(FEATURES), bool)
        return np.array([self._fit(chosen & ~self._recased, every), self._fit(chosen & self._recased, weighed)])

    def _fit(self, part: NDArray[np.bool_], weighed: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Fit weights, then scale them so that what they give is a probability in spite of what rows count."""
        rows, right = self._rows[part], self._right[part]
        weights = logistic(rows * weighed, right, self._counts[part])
        shift, scale = logistic(np.column_stack([np.ones(len(rows)), rows @ weights]), right)
        weights *= scale
        weights[FEATURES.index("one")] += shift
        return weights

    def confidences(self) -> NDArray[np.float64]:
        """Give the confidence of each row, by weights fitted to the lines of other folds."""
        found = np.zeros(len(self.lines))
        for fold in range(_FOLDS):
            held_out = self.lines % _FOLDS == fold
            weights = self.weights(~held_out)[self._recased[held_out].astype(np.intp)]
            found[held_out] = 1 / (1 + np.exp(-(self._rows[held_out] * weights).sum(axis=1)))
        return found


def _tells(decision: _Decision, reading: Evidence) -> bool:
    """Tell whether weights are to be fitted on a reading.

    Not on slips of the text; nor, where case alone would change, on lines that begin small: whether who writes so wants
    capitals is for `autocomplete/habits.py` to say.
    """
    brings = "'" in reading.word and "'" not in reading.typed
    return not decision.is_slip and (not decision.small or reading.mistake != "case" or brings)


def _choose(texts: Sequence[Path], lines: int, seed: int) -> list[str]:
    """Draw lines, half of them such as begin with a small letter if there are as many."""
    read = (line.strip() for text in texts for line in text.read_text(encoding="utf8").splitlines())
    found = [line for line in read if 3 <= len(line.split()) <= 25]
    random.Random(seed).shuffle(found)
    small = [line for line in found if line[0].islower()][: lines // 2]
    other = [line for line in found if not line[0].islower()][: lines - len(small)]
    return small + other


def _decisions(
    engine: Autocompleter,
    lines: Sequence[str],
    hand: Hand,
    rate: float,
    seed: int,
    progress: Callable[[int], None],
) -> Iterator[_Decision]:
    rng = random.Random(seed)
    written = [hand.write(line) for line in lines]
    # shorthand may leave a letter that is no word
    written = [one for one in written if len(list(words_of(one.line))) == len(one.meant)]
    typist = Typist(load_layout(), [one.line for one in written], Slips(rate=rate), seed=seed)
    for number, one in enumerate(written, 1):
        line, typed = one.line, typist.type(one.line)
        ended: dict[int, list[tuple[TypedWord, str, bool]]] = {}
        for word, wanted, put in zip(typed.words(), one.meant, one.put, strict=True):
            ended.setdefault(word.end, []).append((word, wanted, put))
        ended.pop(0, None)
        stands, at = "", 0
        for end, group in sorted(ended.items()):
            stands, at = stands + typed.text[at:end], end
            word, touched = group[0][0].typed, number % 2 == 0
            # every other line with touches, so that the weights hold with and without
            touches = [key.at for key in typed.keys[end - len(word) : end]] if touched else []
            readings, _ = engine.weigh(stands, touches=touches)
            if any(put for *_, put in group) and rng.random() < _NEW:
                readings = [replace(reading, attested=0.0) for reading in readings]
            wanted = " ".join(meant for _, meant, _ in group)
            is_slip = any(hand.slip_of(meant) for _, meant, put in group if not put)
            yield _Decision(number, line[0].islower(), touched, word, wanted, is_slip, readings)
            correction = decide(readings)
            if correction is not None:  # the next word follows what stands then
                stands = stands[: len(stands) - len(correction.typed)] + correction.word
            elif word != wanted and key_of(word) == key_of(wanted):  # left out in haste, and put right by hand
                stands = stands[: len(stands) - len(word)] + wanted
        progress(number)


def _outcomes(decisions: Sequence[_Decision], confidences: NDArray[np.float64]) -> list[dict[str, Any]]:
    """Tell what would be decided, by the kind of line."""
    decided, at = [], 0
    for decision in decisions:
        sure = confidences[at : at + len(decision.readings)]
        at += len(sure)
        best = int(sure.argmax()) if len(sure) else None
        decided.append(
            (decision, None if best is None else decision.readings[best], 0.0 if best is None else sure[best])
        )
    kinds = [(small, touched) for small in (False, True) for touched in (False, True)]
    parts = {kind: [one for one in decided if (one[0].small, one[0].touched) == kind] for kind in kinds}
    return [
        {"small": small, "touched": touched, **_outcome(part, sure)}
        for (small, touched), part in {**parts, (None, None): decided}.items()
        if part
        for sure in _SURE
    ]


def _outcome(decided: Iterable[tuple[_Decision, Evidence | None, float]], sure: float) -> dict[str, float]:
    right = mistyped = fixed = otherwise = spoiled = slips = 0
    for decision, reading, confidence in decided:
        right += decision.is_right
        mistyped += not decision.is_right
        if reading is None or confidence < sure or reading.word.lower() == decision.typed.lower():
            continue
        meant = reading.word.lower() == decision.meant.lower()
        fixed += meant
        otherwise += not decision.is_right and not meant
        spoiled += decision.is_right
        slips += decision.is_right and decision.is_slip
    shares = {
        "sure": sure,
        "put_right": fixed / max(1, mistyped),
        "made_otherwise_wrong": otherwise / max(1, mistyped),
        "right_changed": spoiled / max(1, right),
        "right_changed_but_slips": (spoiled - slips) / max(1, right),
    }
    return {name: round(float(share), 5) for name, share in shares.items()}
