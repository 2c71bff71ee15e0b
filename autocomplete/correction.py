"""Auto-correction: whether a finished word is replaced without being asked, and by what.

Owns the rules for what is left alone and how sure a replacement must be. A correction is a decision of its own: a
word may be offered on slight evidence, but is put in the place of another only on strong one. The evidence is gathered
by `engine.py`.
"""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass
from typing import Final

_LONGEST: Final = 24
"""Letters of the longest word that is judged."""


@dataclass(frozen=True, kw_only=True)
class Correction:
    """What replaces what was typed at the caret, before the key that ended it."""

    typed: str
    """what was typed; with the word before it, if a space is taken back"""
    word: str
    """what stands there now"""
    confidence: float
    """estimated probability that it is what was meant"""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What a decision rests on."""

    typed: str
    """what would be replaced"""
    word: str
    """the best other reading of it, as it is shown"""
    margin: float
    """nats by which its score exceeds that of what was typed"""
    lead: float
    """nats by which its score exceeds that of the next other reading"""
    exists: bool
    """what was typed is a word"""
    name: bool
    """what was typed has a capital that the place does not ask for"""
    recased: bool
    """only case, apostrophes or accents would change"""
    slip: bool
    """letters would change only for those beside them on the keyboard, or change places"""
    stray: bool
    """one letter would go that came in as fingers slip"""
    cost: float
    """nats of having typed this for that"""
    attested: float = 0.0
    """how often what was typed is seen elsewhere if it is no word of the lexicon, powers of ten above once in 1e9"""
    misspelt: bool = False
    """what was typed is a misspelling that people keep making"""


FEATURES: Final = (
    "one",
    "margin",
    "lead",
    "exists",
    "name",
    "margin_if_exists",
    "slip",
    "short",
    "stray",
    "cost",
    "cost_if_slip",
    "attested",
    "split",
    "joined",
    "omitted",
    "digit",
    "misspelt",
)
"""What `features` gives, in order."""
RESPELLED: Final = (
    0.53,
    0.2,
    0.11,
    -0.75,
    -0.63,
    0.38,
    -0.27,
    0.48,
    0.77,
    -0.1,
    0.1,
    -1.07,
    0.5,
    0.02,
    -0.49,
    0.48,
    2.34,
)
RECASED: Final = (-2.01, 0.09, 0.28, -1.98, -5.1, 0.4, 0.0, 0.88, 0.0, -0.11, 0.0, -2.47, 0.0, 0.0, -0.51, 0.0, 0.0)
"""Weights of the features, where letters change, and where only case, apostrophes or accents do. Logistic regression by
`python -m training confidence` on validation text typed with simulated mistakes, capitals and apostrophes left out,
slang, names and misspellings put in."""
SURE: Final = 0.7
"""Least confidence of a correction that is made without being asked: of those that the fitting shows, the first
where fewer than five of a thousand words typed right are changed."""
_SHORT: Final = 3
"""Letters of a word that is short."""
_FURTHEST: Final = 12.0
"""Nats beyond which more margin or lead tells nothing."""


def features(evidence: Evidence) -> tuple[float, ...]:
    """Give what the confidence is computed from, as `FEATURES` names it."""
    margin = max(-_FURTHEST, min(_FURTHEST, evidence.margin))
    lead = min(_FURTHEST, evidence.lead)
    typed, word = evidence.typed, evidence.word
    spaces = word.count(" ") - typed.count(" ")
    return (
        1.0,
        margin,
        lead,
        float(evidence.exists),
        float(evidence.name),
        margin * evidence.exists,
        float(evidence.slip),
        float(len(typed) <= _SHORT),
        float(evidence.stray),
        evidence.cost,
        evidence.cost * evidence.slip,
        evidence.attested,
        float(spaces > 0),
        float(spaces < 0),
        float(len(word) == len(typed) + 1 and not spaces),
        float(_has_digit(typed) and not _has_digit(word)),
        float(evidence.misspelt),
    )


def _has_digit(text: str) -> bool:
    return any(character.isdecimal() for character in text)


def confidence(evidence: Evidence) -> float:
    """Estimate the probability that the other reading is meant."""
    weights = RECASED if evidence.recased else RESPELLED
    value = sum(weight * feature for weight, feature in zip(weights, features(evidence), strict=True))
    return 1 / (1 + math.exp(-value))


def decide(evidence: Evidence | None, sure: float = SURE) -> Correction | None:
    """Make a correction of evidence that suffices."""
    if evidence is None:
        return None
    probability = confidence(evidence)
    if probability < sure:
        return None
    return Correction(typed=evidence.typed, word=evidence.word, confidence=probability)


def is_left_alone(typed: str) -> bool:
    """Tell whether a word is never replaced: capitals inside, several scripts, single letters but `i`, a lone digit."""
    letters = [letter for letter in typed if letter.isalpha()]
    inner_capital = any(letter.isupper() for letter in typed[1:])
    scripts = {_script(letter) for letter in letters}
    short = len(typed) < 2 and typed != "i"
    return short or not letters or inner_capital or len(scripts) > 1 or len(letters) > _LONGEST


def _script(letter: str) -> str:
    return unicodedata.name(letter, "?").split(" ")[0]
