"""Auto-correction: whether a finished word is replaced without being asked, and by what.

Owns the rules for what is left alone and how sure a replacement must be. A correction is a decision of its own: a
word may be offered on slight evidence, but is put in the place of another only on strong one. The evidence is gathered
by `evidence.py`.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from autocomplete.mistakes import MISTAKES, NEIGHBOURS, Mistake

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
    """What a decision rests on: for one other reading of what was typed."""

    typed: str
    """what would be replaced"""
    word: str
    """the other reading, as it is shown"""
    logprob: float
    """natural log of its probability in the context"""
    literal: float
    """score of what was typed: the natural log of its probability less the cost of the touches as they fell"""
    margin: float
    """nats by which the score of the other reading exceeds that, or that of what was typed in another case"""
    lead: float
    """nats by which it exceeds that of the next other reading"""
    frequency: float
    """natural log of its probability in running text: the model alone thinks too little of rare words"""
    exists: bool
    """what was typed is a word"""
    name: bool
    """what was typed has a capital that the place does not ask for"""
    mistake: Mistake
    """what went wrong if the other reading is meant"""
    cost: float
    """nats of having typed this for that"""
    touched: bool
    """it is known where the keys were touched"""
    attested: float
    """how often what was typed is seen elsewhere if it is no word of the lexicon, powers of ten above once in 1e9"""
    misspelt: bool
    """what was typed is a misspelling that people keep making"""
    capitals: int
    """whether sentences of who writes begin with capitals (1), small (-1), or 0"""
    unlisted: float
    """natural log of the share of words before that no list has"""


WEIGHTS: Final = {
    "one": (2.71, -1.36),
    "margin": (0.16, 0.04),
    "margin_beyond": (-0.27, 0),
    "lead": (0.05, 0),
    "lead_near": (0.39, 0.93),
    "logprob": (0.24, 0),
    "frequency": (0.14, 0),
    "literal": (-0.19, 0),
    "exists": (-0.92, -1.31),
    "margin_if_exists": (0.16, 0.53),
    "margin_if_misspelt": (-0.22, 0),
    "name": (-0.61, 1.13),
    "short": (-0.54, -0.16),
    "single": (-0.27, 0),
    "letters": (-0.17, 0),
    "unseen": (-2.5, 0),
    "letters_if_unseen": (0.59, 0),
    "cost": (-0.32, 0),
    "cost_if_neighbour": (-0.05, 0),
    "cost_if_touched": (0.04, 0),
    "touched": (-0.61, 0),
    "attested": (-0.47, -1.08),
    "misspelt": (2.36, 0),
    "digit": (1.24, 0),
    "apostrophe": (-1.68, -0.23),
    "apostrophe_if_small": (-1.58, -1.79),
    "small": (-0.33, 0),
    "unlisted": (-0.04, 0),
    "case": (0, 0),
    "neighbour": (1.11, 0),
    "neighbour_confusion": (0.58, 0),
    "neighbours": (1.71, 0),
    "confusion": (-3.4, 0),
    "other": (-1.14, 0),
    "transposition": (1.53, 0),
    "omission": (1.14, 0),
    "omission_of_vowel": (-2.03, 0),
    "omission_of_double": (-0.38, 0),
    "omission_of_end": (-1.16, 0),
    "insertion_beside": (1.38, 0),
    "doubling": (1.42, 0),
    "insertion": (-0.69, 0),
    "missed_space": (0.12, 0),
    "missed_space_and_more": (-0.29, 0),
    "accidental_space": (0.92, 0),
    "space_for_letter": (-0.84, 0),
    "several": (-0.36, 0),
}
"""Weight of each feature, where letters change and where only case, apostrophes or accents do. Logistic regression by
`python -m training confidence` on validation text typed with simulated mistakes, capitals and apostrophes left out,
slang, names and misspellings put in."""
FEATURES: Final = tuple(WEIGHTS)
"""What `features` gives, in order."""
RESPELLED, RECASED = (tuple(pair[column] for pair in WEIGHTS.values()) for column in (0, 1))

SURE: Final = 0.75
"""Least confidence of a correction that is made without being asked: of those that the fitting shows, the first where
of all words typed right not more than five of a thousand are changed, slips of the text among them."""
SURE_OF_CASE: Final = 0.6
"""The same where only case, apostrophes or accents change, which does less harm where it is wrong."""
_SHORT: Final = 3
"""Letters of a word that is short."""
_LONG: Final = 12
"""Letters beyond which more tell nothing."""
_FURTHEST: Final = 12.0
"""Nats beyond which more margin or lead tells nothing."""
_BEYOND: Final = 4.0
"""Nats from which on more margin tells something else."""
_NEAR: Final = 2.0
"""Nats up to which the lead tells most."""
_RAREST: Final = -40.0
"""Natural log of the least probability that is told apart."""


def features(evidence: Evidence) -> tuple[float, ...]:
    """Give what the confidence is computed from, as `FEATURES` names it."""
    margin = max(-_FURTHEST, min(_FURTHEST, evidence.margin))
    lead = min(_FURTHEST, evidence.lead)
    typed, word = evidence.typed, evidence.word
    bare = "'" in word and "'" not in typed
    letters = float(min(len(typed), _LONG))
    # few words look like another by chance if they are long; what people write though no list has it may
    unseen = not evidence.exists and evidence.attested == 0
    return (
        1.0,
        margin,
        max(0.0, margin - _BEYOND),
        lead,
        min(_NEAR, lead),
        max(_RAREST, evidence.logprob),
        evidence.frequency,
        max(_RAREST, evidence.literal),
        float(evidence.exists),
        margin * evidence.exists,
        margin * evidence.misspelt,
        float(evidence.name),
        float(len(typed) <= _SHORT),
        float(len(typed) == 1),
        letters,
        float(unseen),
        letters * unseen,
        evidence.cost,
        evidence.cost * (evidence.mistake in NEIGHBOURS),
        evidence.cost * evidence.touched,
        float(evidence.touched),
        evidence.attested,
        float(evidence.misspelt),
        float(_has_digit(typed) and not _has_digit(word)),
        float(bare),
        float(bare and evidence.capitals < 0),
        float(evidence.capitals < 0),
        evidence.unlisted,
        *(float(evidence.mistake == mistake and not evidence.misspelt) for mistake in MISTAKES),
    )


def _has_digit(text: str) -> bool:
    return any(character.isdecimal() for character in text)


def confidence(evidence: Evidence) -> float:
    """Estimate the probability that the other reading is meant."""
    weights = RECASED if evidence.mistake == "case" else RESPELLED
    value = sum(weight * feature for weight, feature in zip(weights, features(evidence), strict=True))
    return 1 / (1 + math.exp(-value))


def decide(readings: Iterable[Evidence], sure: float = SURE) -> Correction | None:
    """Make a correction of the reading that is surest, of those that are sure enough; of equals, the first."""
    least = {"case": min(sure, SURE_OF_CASE)}
    enough = [reading for reading in readings if confidence(reading) >= least.get(reading.mistake, sure)]
    best = max(enough, key=confidence, default=None)
    return best and Correction(typed=best.typed, word=best.word, confidence=confidence(best))


def is_left_alone(typed: str, *, stressed: bool = False) -> bool:
    """Tell whether a word is never replaced: capitals inside, several scripts, no letter, very many.

    Where words are `stressed`, capitals throughout are no sign of an abbreviation.
    """
    letters = [letter for letter in typed if letter.isalpha()]
    inner_capital = any(letter.isupper() for letter in typed[1:]) and not (stressed and typed.isupper())
    scripts = {_script(letter) for letter in letters}
    return not letters or inner_capital or len(scripts) > 1 or len(letters) > _LONGEST


def _script(letter: str) -> str:
    return unicodedata.name(letter, "?").split(" ")[0]
