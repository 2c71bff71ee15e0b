"""How a word found is written where the caret stands, and the edit that puts it there.

Pure functions: casing, kind, minimal edit. Owns the `Suggestion` that a user of the package sees.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from autocomplete.habits import USUAL, Habits

Kind: TypeAlias = Literal["prediction", "completion", "correction", "phrase", "punctuation", "emoji"]
"""What is offered: the next word; one that goes on from what is typed; one that changes it, a single word or with the
one before. Beside words: several words; a question mark; an emoji."""


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """One word offered, and the edit that takes it: delete `delete_left` characters, insert `insert_text`."""

    word: str
    """the word as it is shown"""
    insert_text: str
    """what the app inserts at the caret, the space after the word included"""
    delete_left: int
    """characters before the caret that the app deletes first"""
    logprob: float
    """natural log of the word's probability in this context"""
    confidence: float
    """estimated probability that it is what is meant (`calibration.py`); whether to replace what is typed is
    `session.correction`'s to say"""
    kind: Kind
    """"prediction" (nothing typed of it), "completion" (goes on from what is typed) or "correction" (changes it);
    beside words "phrase" (several), "punctuation" (a question mark) or "emoji" (logprob 0: found by its name)"""


def show(form: str, prefix: str, *, sentence_start: bool, habits: Habits = USUAL) -> str:
    """Write a form as the place asks: capitals that were typed stay, a sentence starts with one, names keep theirs.

    For who uses no capitals the latter two do not hold; in a line that is all capitals all are.
    """
    letters = [letter for letter in prefix if letter.isalpha()]
    if len(letters) > 1 and all(letter.isupper() for letter in letters):
        return form.upper()
    capital = bool(letters) and letters[0].isupper()
    if habits.shouts and (capital or not letters):
        return form.upper()
    if not capital:
        form = habits.follow(form)
    if form != form.lower():
        return form
    if capital or (sentence_start and habits.starts):
        return form[0].upper() + form[1:]
    return form


def show_after(form: str, prefix: str, habits: Habits) -> str:
    """Write a form that follows the word of a prefix: in capitals where that is."""
    shouted = prefix.isupper() and sum(map(str.isalpha, prefix)) > 1
    return form.upper() if shouted or habits.shouts else habits.follow(form)


def suggest(word: str, prefix: str, logprob: float, *, confidence: float, needs_space: bool) -> Suggestion:
    """Make the suggestion of a word as shown: keep what it has in common with the typed prefix, delete the rest."""
    kept = 0
    while kept < min(len(word), len(prefix)) and word[kept] == prefix[kept]:
        kept += 1
    if not prefix:
        kind: Kind = "prediction"
    else:
        kind = "completion" if word.casefold().startswith(prefix.casefold()) else "correction"
    return Suggestion(
        word=word,
        insert_text=" " * needs_space + word[kept:] + " ",
        delete_left=len(prefix) - kept,
        logprob=logprob,
        confidence=confidence,
        kind=kind,
    )
