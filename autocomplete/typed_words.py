"""The words of a text as learning sees them: folded, with the two before each, and whether they begin a sentence.

Pure functions, used alike for what is learned and for the place that words are asked for. What must not be learned
leaves a gap that no pair or triple reaches across.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from autocomplete import privacy
from autocomplete import text as rules

START: Final = ""
"""stands before the first word of a sentence"""
GAP: Final = "\0"
"""stands for what is not known or not learned"""

_RUN = re.compile(r"\S+|\n")
_ENDS_SENTENCE = re.compile(r"[.!?…]")
_TAIL: Final = 160
"""characters looked at for the two words before the caret"""
_NEAR_TAIL: Final = 40
"""characters that mostly hold them, and the one before: whether a word is learned may hang on that"""


class PlacedWord(NamedTuple):
    """A word in its place."""

    form: str
    """as it is written, with straight apostrophes"""
    word: str
    """folded: lower case"""
    context: tuple[str, str]
    """the two words before it, folded; `START` or `GAP` where there are none"""
    starts_sentence: bool


def fold(form: str) -> str:
    """Fold a form to what counts are kept by."""
    return rules.normalise(form).lower()


def words_of(
    text: str,
    context: tuple[str, str] = (START, START),
    may_learn: Callable[[str, str], bool] = privacy.may_learn,
    before: str = "",
) -> tuple[list[PlacedWord], tuple[str, str]]:
    """Give the words of a text that may be learned, and the context after its end.

    `may_learn(form, form_before)` is asked for each word; `context` is what stands before the text, `before` the form
    of the last word there.
    """
    words: list[PlacedWord] = []
    for match in _RUN.finditer(text):
        run = match.group()
        at = 0
        fit = run != "\n" and privacy.may_learn_from(run)
        for found in rules.WRITTEN_WORD.finditer(run):
            context = _after(run[at : found.start()], context)
            at = found.end()
            form = rules.normalise(found.group())
            if fit and may_learn(form, before):
                word = form.lower()
                words.append(PlacedWord(form, word, context, starts_sentence=context[1] == START))
                context = (context[1], word)
            else:
                context = (GAP, GAP)
            before = form
        context = _after(run[at:], context)
    return words, context


def context_of(text: str) -> tuple[str, str]:
    """Give the two words before the caret, for a text whose last word is finished."""
    for reach in (_NEAR_TAIL, _TAIL):
        if len(text) <= reach:
            return words_of(text)[1]
        cut = text.find(" ", len(text) - reach)
        if cut >= 0 and (reach == _TAIL or len(rules.WRITTEN_WORD.findall(text, cut)) > 2):
            return words_of(text[cut:], (GAP, GAP))[1]
    return GAP, GAP


def _after(between: str, context: tuple[str, str]) -> tuple[str, str]:
    """Give the context after what stands between two words: a sentence may have ended."""
    return (START, START) if between == "\n" or _ENDS_SENTENCE.search(between) else context
