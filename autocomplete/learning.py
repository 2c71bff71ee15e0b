"""Watches one text field and tells the personal model what was really written.

Owns when a word is finished and what happened to it after. A word counts as soon as a space, a line break or the end of
the session follows it; if the caret goes back into it, that is taken back, and what stands there in the end is what
counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from autocomplete import text as rules
from autocomplete.caret import Touches
from autocomplete.error_model import ErrorModel
from autocomplete.meant import were_meant
from autocomplete.personal import Learned, PersonalModel
from autocomplete.typed_words import PlacedWord, context_of, fold, words_of

_SPACE = re.compile(r"\s")
_NEAR: Final = 16
"""runs before the caret that may still be changed, so that only what is further back is taken for settled"""

_REACH: Final = 40
"""characters looked at for the word before"""


@dataclass(frozen=True)
class _Run:
    """What stood between two spaces, once it was finished."""

    start: int
    end: int
    """where the space after it stands"""
    words: int
    """in it, also those that must not be learned"""
    learned: tuple[Learned, ...]
    after: tuple[str, str]
    """the context it leaves"""
    replaced: str | None
    """what was typed, where the run is a suggestion that was taken in its place; "" if nothing was typed"""
    entered: bool = False
    """the caret went back among its letters"""


class Observer:
    """Feeds a model from one text field.

    Parameters
    ----------
    model : PersonalModel
        What learns.
    text : str
        What stands there already; it is not learned.
    errors : ErrorModel, optional
        What the places of touches say of the keys that were meant.

    Usage
    -----
    >>> observer = model.observer(text)         # what stands there already is not learned
    >>> observer.observe("See you Anneke ")     # after every change; the word before the space is learned
    >>> observer.close("See you Anneke ok")     # the last word, too
    """

    def __init__(self, model: PersonalModel, text: str = "", errors: ErrorModel | None = None) -> None:
        self._model = model
        self._errors = errors
        self._text = text
        self._runs: list[_Run] = []
        self._undone: list[_Run] = []
        self._settled = 0
        # a text that was there already is context, not evidence
        spaces = [match.end() for match in _SPACE.finditer(text)]
        self._from = spaces[-1] if spaces else 0
        self._start_context = context_of(text[: self._from])

    def observe(
        self, text: str, *, replaced: str | None = None, deliberate: bool = False, touches: Touches = ()
    ) -> None:
        """Say what stands before the caret now.

        Parameters
        ----------
        text : str
            All of it.
        replaced : str, optional
            If a suggestion was taken: the letters typed that it stands in place of.
        deliberate : bool
            The last word was surely typed as meant, as the app knows: the user declined a correction that it offered.
        touches : sequence of points
            Where the fingers fell for the last characters, None where that is not known. A word whose keys were all
            hit well was typed deliberately; an unknown one that may be a slip for a common word, with a key hit at its
            edge, is not learned.
        """
        if not text.startswith(self._text):
            self._go_back(text)
        self._text = text
        self._finish(text, replaced, deliberate, touches)
        if len(self._runs) - self._settled >= 2 * _NEAR:
            self._tell(len(self._runs) - _NEAR)

    def close(self, text: str | None = None) -> None:
        """Learn the last word too: the text is done."""
        text = self._text if text is None else text
        if text and not text[-1].isspace():
            self.observe(text + "\n")
        self._settle(-1)
        self._tell(len(self._runs))
        self._runs.clear()
        self._settled = 0

    def _tell(self, until: int) -> None:
        """Pass on the runs up to a number that were not passed on; only those whose every word was learned.

        What was forgotten since is not passed on.
        """
        runs, self._settled = self._runs[self._settled : until], until
        known = self._model.counts.words
        spans = [
            (run.start, run.end)
            for run in runs
            if len(run.learned) == run.words > 0 and all(one.word.word in known for one in run.learned)
        ]
        for told in self._model.when_settled if spans else ():
            told(self._text[: spans[-1][1]], spans)

    def moved(self, text: str) -> Observer:
        """Give what watches the field once the caret is elsewhere: all that was learned stays, `text` is context."""
        self._settle(-1)  # an unfinished word is not learned: the caret may come back to go on with it
        return Observer(self._model, text)

    def _go_back(self, text: str) -> None:
        """Take back the runs that the caret went into."""
        same = _common_length(text, self._text)
        while self._runs and self._runs[-1].end >= same:
            run = self._runs.pop()
            self._from = run.start
            for learned in reversed(run.learned):
                self._model.undo(learned)
            self._undone.append(run)
        self._undone = [replace(run, entered=run.entered or same < run.end) for run in self._undone]
        self._settled = min(self._settled, len(self._runs))
        if same < self._from:  # into what stood there before
            spaces = [match.end() for match in _SPACE.finditer(text, 0, same)]
            self._from = spaces[-1] if spaces else 0
            self._start_context = context_of(text[: self._from])
        self._settle(len(text))

    def _settle(self, length: int) -> None:
        """Count what was deleted, with what stood before it, against the words that stood there."""
        for run in [run for run in self._undone if run.start > length]:
            self._undone.remove(run)
            self._oppose(run, kept=())

    def _finish(self, text: str, replaced: str | None, deliberate: bool, touches: Touches) -> None:
        """Learn the runs that are followed by a space now."""
        while (space := _SPACE.search(text, self._from)) is not None:
            start, end = self._from, space.start()
            context = self._runs[-1].after if self._runs else self._start_context
            last = _SPACE.search(text, end + 1) is None
            meant = self._were_meant(text, start, end, touches) if last else None
            words, after = words_of(
                text[start : end + 1],
                context,
                self._surely_fit if meant is False else self._model.may_learn,
                _word_before(text, start),
            )
            undone = [run for run in self._undone if run.start == start]
            self._undone = [run for run in self._undone if run.start != start]
            sure = meant is True or (deliberate and last)
            # who went back among the letters of a word and left it as it was has looked at it
            seen = {one.word.word for run in undone if run.entered for one in run.learned}
            learned = tuple(self._model.learn(word, deliberate=sure or word.word in seen) for word in words)
            for run in undone:
                self._compare(run, words)
            written = len(rules.WRITTEN_WORD.findall(text, start, end))
            self._runs.append(_Run(start, end, written, learned, after, replaced if last else None))
            self._from = end + 1

    def _were_meant(self, text: str, start: int, end: int, touches: Touches) -> bool | None:
        """Tell by the touches whether a run was typed as it was meant, None if they do not say."""
        before = len(text) - len(touches)
        if self._errors is None or start < before:
            return None
        return were_meant(text[start:end], touches[start - before : end - before], self._errors)

    def _surely_fit(self, form: str, before: str) -> bool:
        """Tell whether a word may be learned though one of its keys was hit at the edge."""
        return self._model.may_learn(form, before) and not self._model.may_be_slip(form)

    def _compare(self, run: _Run, words: list[PlacedWord]) -> None:
        """Draw the conclusion where something else, or the same, was written in the place of a run."""
        kept = {word.word for word in words}
        if run.replaced and fold(run.replaced) in kept and all(one.word.word not in kept for one in run.learned):
            # a suggestion took the place of what was typed, and the user put it back
            for word in words:
                if word.word == fold(run.replaced):
                    self._model.keep(word.form)
        self._oppose(run, kept=kept)

    def _oppose(self, run: _Run, kept: set[str] | tuple[()]) -> None:
        for learned in run.learned:
            if learned.word.word not in kept:
                self._model.oppose(learned.word.word)
                if run.replaced is not None:
                    self._model.reject(learned)


def _word_before(text: str, start: int) -> str:
    """Give the last word that ends before a place, as it is written; "" if none is near."""
    found = rules.WRITTEN_WORD.findall(text, max(0, start - _REACH), start)
    return found[-1] if found else ""


def _common_length(a: str, b: str) -> int:
    """Give how far two strings are the same, by halving."""
    low, high = 0, min(len(a), len(b))
    while low < high:
        middle = (low + high + 1) // 2
        if a[:middle] == b[:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def learn_lines(
    model: PersonalModel, lines: Sequence[str], progress: Callable[[int], None] | None = None, flush_every: int = 500
) -> None:
    """Learn messages that were written elsewhere, one a line, as if each had been typed without a slip."""
    for done, line in enumerate(lines, 1):
        observer = Observer(model)
        observer.observe(line)
        observer.close()
        if done % flush_every == 0:
            model.data.flush()
        if progress:
            progress(done)
