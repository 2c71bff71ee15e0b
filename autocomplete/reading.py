"""A reading of what stands before the caret: a word that may have been meant, with what it replaces and its score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from autocomplete.caret import Caret
from autocomplete.casing import Suggestion, show, suggest


@dataclass(frozen=True)
class Reading:
    """What may have been meant by what stands before the caret."""

    word: str
    """as it is shown; two words where a space was missed"""
    typed: str
    """the characters it replaces"""
    logprob: float
    """natural log of its probability in the context"""
    score: float
    """the same less the cost of the errors"""
    inside: str = ""
    """as it would be shown inside a sentence"""

    @classmethod
    def of(cls, form: str, caret: Caret, logprob: float, score: float) -> Reading:
        """Read the prefix as a word, written as the place asks."""
        word = inside = show(form, caret.prefix, sentence_start=caret.sentence_start, habits=caret.habits)
        if caret.sentence_start:
            inside = show(form, caret.prefix, sentence_start=False, habits=caret.habits)
        return cls(word, caret.prefix, logprob, score, inside)


def best_of(readings: list[Reading], k: int) -> list[Reading]:
    """Give the k best readings, each word once."""
    best: dict[str, Reading] = {}
    for reading in sorted(readings, key=lambda reading: -reading.score):
        best.setdefault(reading.word, reading)
    return list(best.values())[:k]


def written(readings: Sequence[Reading], confidences: Sequence[float], caret: Caret) -> list[Suggestion]:
    """Make suggestions of readings."""
    return [
        suggest(reading.word, reading.typed, reading.logprob, confidence=sure, needs_space=caret.needs_space)
        for reading, sure in zip(readings, confidences, strict=True)
    ]
