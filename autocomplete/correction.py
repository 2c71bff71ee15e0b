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

from autocomplete.mistakes import MISTAKES, VOWELS, Mistake
from autocomplete.network import Network

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


_RESPELLED: Final = Network.read("respelling.tsv")
"""Where letters change, by `python -m training confidence`: fitted on validation text typed with simulated mistakes,
capitals and apostrophes left out, slang, names, shorthand and misspellings put in."""
RECASED: Final = {
    "one": -2.02,
    "margin": 0.01,
    "lead_near": 1.53,
    "exists": -1.97,
    "margin_if_exists": 0.53,
    "name": 2.12,
    "short": -0.2,
    "attested": -0.18,
    "apostrophe": -0.22,
    "apostrophe_if_small": -3.02,
}
"""Where only case, apostrophes or accents change: weights of a logistic regression, by the same command."""

SURE: Final = 0.8
"""Least confidence of a correction that is made without being asked: of those that the fitting shows, the first where
on every kind of line less than five of a thousand words typed right are changed, slips of the text among them."""
SURE_OF_CASE: Final = 0.6
"""The same where only case, apostrophes or accents change, which does less harm where it is wrong."""
_RESPELLINGS: Final = tuple(mistake for mistake in MISTAKES if mistake != "case")
_SHORT: Final = 3
"""Letters of a word that is short."""
_LONG: Final = 12
"""Letters beyond which more tell nothing."""
_FURTHEST: Final = 12.0
"""Nats beyond which more margin or lead tells nothing."""
_NEAR: Final = 2.0
"""Nats up to which the lead tells most."""
_RAREST: Final = -40.0
"""Natural log of the least probability that is told apart."""


def features(evidence: Evidence) -> dict[str, float]:
    """Give what the confidence is computed from."""
    margin = max(-_FURTHEST, min(_FURTHEST, evidence.margin))
    lead = min(_FURTHEST, evidence.lead)
    typed, word = evidence.typed.lower(), evidence.word.lower().replace("'", "")
    bare = "'" in evidence.word and "'" not in typed
    vowels = sum(letter in VOWELS for letter in typed)
    more = _letters_left_out(typed, word)
    return {
        "one": 1.0,
        "margin": margin,
        "lead": lead,
        "lead_near": min(_NEAR, lead),
        "logprob": max(_RAREST, evidence.logprob),
        "frequency": evidence.frequency,
        "literal": max(_RAREST, evidence.literal),
        "exists": float(evidence.exists),
        "margin_if_exists": margin * evidence.exists,
        "name": float(evidence.name),
        "short": float(len(typed) <= _SHORT),
        "single": float(len(typed) == 1),
        "letters": float(min(len(typed), _LONG)),
        "unseen": float(not evidence.exists and evidence.attested == 0),
        "cost": evidence.cost,
        "touched": float(evidence.touched),
        "attested": evidence.attested,
        "misspelt": float(evidence.misspelt),
        "digit": float(_has_digit(typed) and not _has_digit(word)),
        "apostrophe": float(bare),
        "apostrophe_if_small": float(bare and evidence.capitals < 0),
        "small": float(evidence.capitals < 0),
        "unlisted": evidence.unlisted,
        # who shortens a word keeps its ends and the order of its letters, and leaves out vowels first
        "vowels": vowels / len(typed),
        "no_vowel": float(not vowels),
        "shortened": float(bool(more)),
        "shortened_by_vowels": float(bool(more) and all(letter in VOWELS for letter in more)),
        "longer": float(len(word) - len(typed)),
        "same_start": float(word[:1] == typed[:1]),
        "same_end": float(word[-1:] == typed[-1:]),
        **{mistake: float(evidence.mistake == mistake and not evidence.misspelt) for mistake in _RESPELLINGS},
    }


def _letters_left_out(typed: str, word: str) -> str:
    """Give the letters that a word has more, if what was typed has no other ones and all in the same order."""
    left, at = "", 0
    for letter in word:
        if typed[at : at + 1] == letter:
            at += 1
        else:
            left += letter
    return left if at == len(typed) else ""


def _has_digit(text: str) -> bool:
    return any(character.isdecimal() for character in text)


def confidence(evidence: Evidence) -> float:
    """Estimate the probability that the other reading is meant."""
    found = features(evidence)
    if evidence.mistake != "case":
        return float(_RESPELLED.of([found[name] for name in _RESPELLED.names]))
    value = sum(weight * found[name] for name, weight in RECASED.items())
    return 1 / (1 + math.exp(-value))


def decide(readings: Iterable[Evidence], sure: float = SURE) -> Correction | None:
    """Make a correction of the reading that is surest, of those that are sure enough; of equals, the first."""
    least = {"case": min(sure, SURE_OF_CASE)}
    weighed = [(confidence(reading), reading) for reading in readings]
    enough = [pair for pair in weighed if pair[0] >= least.get(pair[1].mistake, sure)]
    if not enough:
        return None
    found, best = max(enough, key=lambda pair: pair[0])
    return Correction(typed=best.typed, word=best.word, confidence=found)


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
