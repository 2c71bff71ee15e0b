"""Keystroke savings of a user who makes mistakes and repairs what the keyboard leaves wrong.

Owns the protocol, which stands at `save_lines`. Knows a session only by `Field`, and slips only from the typist.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from autocomplete.alignment import fold, is_of_word
from autocomplete.field import Field, Open, after
from autocomplete.noisy_evaluation import latency, latency_row
from autocomplete.typist import Keystroke, TypedLine, Typist, words_of

_TRIES: Final = 3


@dataclass
class Tally:
    """Keys under one way of matching."""

    keys: int = 0
    """all keys pressed, those below included"""
    taken: int = 0
    """suggestions taken"""
    backspaces: int = 0
    repairs: int = 0
    """places where something was wrong when the user looked"""
    overruled: int = 0
    """places the keyboard spoiled three times"""

    def as_dict(self) -> dict[str, int]:
        """Give all counts."""
        return dict(vars(self))


@dataclass
class Report:
    """What typed lines cost."""

    lines: int = 0
    characters: int = 0
    ignoring_case: Tally = field(default_factory=Tally)
    exact: Tally = field(default_factory=Tally)
    alone: Tally = field(default_factory=Tally)
    """the same user with the same slips on a keyboard that neither offers nor corrects"""
    seconds: list[float] = field(default_factory=list)
    """of each keystroke's answer, ignoring case"""

    def as_dict(self) -> dict[str, Any]:
        """Give all figures; shares are between 0 and 1, times in milliseconds."""
        ways = {"ignoring_case": self.ignoring_case, "exact": self.exact}
        return {
            "lines": self.lines,
            "characters": self.characters,
            "alone": self.alone.as_dict(),
            **{name: {**self._savings(tally), **tally.as_dict()} for name, tally in ways.items()},
            "latency_ms": latency(self.seconds),
        }

    def _savings(self, tally: Tally) -> dict[str, float]:
        return {
            "keystroke_savings": round(1 - tally.keys / max(1, self.characters), 5),
            "keystroke_savings_over_alone": round(1 - tally.keys / max(1, self.alone.keys), 5),
        }


def save_lines(
    open_field: Open,
    lines: Sequence[str],
    typist: Typist,
    *,
    touch: bool = False,
    progress: Callable[[int], None] | None = None,
) -> Report:
    """Type lines, ignoring case, exact, and alone.

    The protocol. A word is typed as the typist presses its keys. Before each of them, and before the space that ends
    the word, the user looks at the bar, not at the text: a suggestion is taken (one key) as soon as taking it would
    make all that stands before the caret right, up to the end of this word. Mistakes are not seen before the word ends.
    Once a key that ends a word has been typed where a word was to end, or the line is done, the user looks at the text.
    What is wrong is repaired: backspaces (a key each) until only right text is left, then what is missing is typed with
    care, without slips, the bar still being used. A keyboard that spoils the same place three times is overruled by
    hand, free of charge, and that is counted.

    A taken word brings its space. Where no space is to follow, its removal costs nothing, as in `evaluation.py`.

    Parameters
    ----------
    open_field : callable
        Opens a field that holds a text.
    touch : bool
        Tell the field where each key was touched, not only which it was.
    progress : callable, optional
        Is given the number of lines done.
    """
    report = Report()
    for done, line in enumerate(lines, 1):
        typed = typist.type(line)
        report.lines += 1
        report.characters += len(line)
        for open_one, tally, form, seconds in (
            (open_field, report.ignoring_case, fold, report.seconds),
            (open_field, report.exact, str, []),
            (Paper, report.alone, str, []),
        ):
            _User(open_one, typed, tally, form, seconds, typist, touch=touch).write()
        if progress:
            progress(done)
    return report


class Paper:
    """A field that neither offers nor corrects."""

    def __init__(self, text: str = "") -> None:
        self.text = text
        self.suggestions: list[Any] = []
        self.correction = None

    def type(self, characters: str, at: object = None) -> None:
        """Type characters."""
        self.text += characters

    def backspace(self, count: int = 1) -> None:
        """Delete characters."""
        self.text = self.text[:-count] if count else self.text

    def accept(self, suggestion: Any) -> None:
        """Refuse: there is nothing to take.

        Raises
        ------
        ValueError
            Always.
        """
        raise ValueError(f"paper offers nothing, so there is no {suggestion!r} to take")


class _User:
    """Types one line."""

    def __init__(
        self,
        open_field: Open,
        typed: TypedLine,
        tally: Tally,
        form: Callable[[str], str],
        seconds: list[float],
        typist: Typist,
        *,
        touch: bool,
    ) -> None:
        self._open = open_field
        self._field: Field = open_field("")
        self._line = typed.line
        self._keys = typed.keys
        self._tally = tally
        self._form = form
        self._seconds = seconds
        self._layout = typist.layout
        self._touch = touch
        self._ends = _ends(typed.line)

    def write(self) -> None:
        """Type the line; in the end it stands there."""
        queue = list(self._keys)
        while queue:
            key = queue[0]
            done = self._take(key.meant)
            if done is not None:
                queue = [key for key in queue if key.meant >= done]
                continue
            self._press(queue.pop(0))
            ended = not is_of_word(key.character) and self._ends[key.meant] == key.meant
            if ended and (not queue or queue[0].meant > key.meant):
                self._look(key.meant + 1)
        self._look(len(self._line))

    def _take(self, place: int) -> int | None:
        """Take the word meant at a place if the bar puts it; give the place in the line that is reached then."""
        end = self._ends[place]
        if end == place and not (self._line[place] == " " and place and self._ends[place - 1] == place):
            return None  # no word is being typed, and none ends in a space here
        wanted = self._form(self._line[:end]) + " "
        for offered in self._field.suggestions:
            if self._form(after(self._field.text, offered)) == wanted:
                self._field.accept(offered)
                self._tally.keys += 1
                self._tally.taken += 1
                if self._line[end : end + 1] == " ":
                    return end + 1
                self._set(self._field.text[:-1])
                return end
        return None

    def _press(self, key: Keystroke) -> None:
        begun = time.perf_counter()
        self._field.type(key.character, key.at if self._touch else None)
        _ = self._field.suggestions
        self._seconds.append(time.perf_counter() - begun)
        self._tally.keys += 1

    def _look(self, reached: int) -> None:
        """See to it that the line stands right up to a place."""
        for attempt in range(_TRIES + 1):
            if self._right(reached):
                return
            if attempt == _TRIES:
                break
            self._tally.repairs += attempt == 0
            self._delete(reached)
            self._type_with_care(reached)
        self._tally.overruled += 1
        self._set(self._line[:reached])

    def _right(self, reached: int) -> bool:
        return self._form(self._field.text) == self._form(self._line[:reached])

    def _delete(self, reached: int) -> None:
        wanted = self._form(self._line[:reached])
        limit = 2 * len(self._field.text) + 2 * reached
        for _ in range(limit):  # a backspace may bring back what was typed, so the text can grow once
            if wanted.startswith(self._form(self._field.text)):
                return
            self._field.backspace()
            self._tally.keys += 1
            self._tally.backspaces += 1

    def _type_with_care(self, reached: int) -> None:
        while (place := len(self._field.text)) < reached:
            done = self._take(place)
            if done is None:
                self._press(self._careful(place))
                if not self._right(place + 1):
                    return

    def _careful(self, place: int) -> Keystroke:
        character = self._line[place]
        key = self._layout.index.get(character.lower())
        at = None if key is None else tuple(self._layout.centres[key].tolist())
        return Keystroke(character, at, place, None)

    def _set(self, text: str) -> None:
        """Make a text stand, free of charge; the field keeps what it remembers if deleting is enough."""
        if self._field.text.startswith(text):
            self._field.backspace(len(self._field.text) - len(text))
        if self._field.text != text:
            self._field = self._open(text)


def _ends(line: str) -> list[int]:
    """Give for each place of a line the end of the word that stands there, or the place itself; the line's end too."""
    ends = list(range(len(line) + 1))
    for start, word in words_of(line):
        ends[start : start + len(word)] = [start + len(word)] * len(word)
    return ends


def table(name: str, report: Report) -> str:
    """Lay a report out for reading."""
    figures = report.as_dict()
    ways = [figures["ignoring_case"], figures["exact"]]
    lines = [
        f"{name}, keystrokes with mistakes: {report.lines} lines, {report.characters} characters; "
        f"alone {report.alone.keys} keys, {report.alone.backspaces} of them backspaces",
        f"{'':44}{'ignoring case':>14}{'exact':>12}",
    ]
    for label, key in (
        ("keystroke savings", "keystroke_savings"),
        ("over the same user without help", "keystroke_savings_over_alone"),
    ):
        lines.append(f"{label:44}{100 * ways[0][key]:12.1f} %{100 * ways[1][key]:10.1f} %")
    for label, key in (
        ("keys", "keys"),
        ("  words taken from the bar", "taken"),
        ("  backspaces", "backspaces"),
        ("places repaired", "repairs"),
        ("places given up", "overruled"),
    ):
        lines.append(f"{label:44}{ways[0][key]:12}{ways[1][key]:12}")
    lines.append(latency_row(report.seconds))
    return "\n".join(lines)
