"""A text field, one keystroke at a time.

Owns the text before the caret, where the fingers fell, the count of keys, what was corrected and what was put back, and
the state that one keystroke leaves for the next. What it offers is what `Autocompleter.suggest` offers for the same
text, whatever was typed, deleted or accepted on the way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, Self, TypedDict, Unpack

from autocomplete.caret import Point, Touches
from autocomplete.casing import Suggestion
from autocomplete.clusters import last_length
from autocomplete.correction import Correction
from autocomplete.lm import State
from autocomplete.spacing import After, press, unstop
from autocomplete.text import ends_word, split

if TYPE_CHECKING:  # brought in by who follows a user
    from autocomplete.learning import Observer


@dataclass(frozen=True, kw_only=True)
class Edit:
    """What one call did to the text: delete `delete_left` characters before the caret, insert `insert_text`."""

    delete_left: int
    """characters deleted before the caret"""
    insert_text: str
    """characters inserted after that"""
    kind: str
    """"typing", "deletion", "suggestion", "correction" (of a finished word), "restoration" (of what was typed), "move"
    (nothing was done, the caret is elsewhere)"""


class Asking(TypedDict, total=False):
    """What else may be said when words are asked for."""

    remember: bool
    """keep of the text among the user's counts; True if nothing is said"""
    earlier: str
    """what the same person wrote before, to be followed in the use of capitals"""


class Suggester(Protocol):
    """What a session asks: an `Autocompleter`."""

    def suggest_from(
        self, text: str, k: int, previous: State | None, touches: Touches = (), **asking: Unpack[Asking]
    ) -> tuple[list[Suggestion], State | None]:
        """Offer up to k words for a text, reusing a state; give the new state too."""
        ...

    def clear(self) -> None:
        """Forget every text that was read."""
        ...

    def correct_from(
        self, text: str, previous: State | None, touches: Touches = (), **asking: Unpack[Asking]
    ) -> tuple[Correction | None, State | None]:
        """Decide whether the word at the end of a text is to be replaced, reusing a state; give a new one too."""
        ...


class TypingSession:
    """One text field.

    Usage
    -----
    >>> session = engine.session()
    >>> session.type("h")                       # what the bar shows now
    >>> session.type("h", at=(6.0, 3.5))        # the same, with the touch point in key widths
    >>> session.accept(session.suggestions[0])
    >>> session.backspace()                     # right after a correction: puts back what was typed
    >>> session.text, session.keystrokes, session.edit, session.correction
    """

    def __init__(
        self,
        engine: Suggester,
        text: str = "",
        k: int = 3,
        *,
        autocorrect: bool = True,
        double_space: bool = False,
        observer: Observer | None = None,
        private: bool = False,
        earlier: str = "",
    ) -> None:
        self._engine = engine
        self._earlier = earlier
        self._observer = observer
        self._private = private
        self._k = k
        self._text = text
        self._touches: list[Point | None] = []
        self._autocorrect = autocorrect
        self._double_space = double_space
        self._after = After.OTHER
        self._kept: set[str] = set()  # words of this field that were typed and stayed, or were put back
        self._restored: set[str] = set()  # the latter
        self._corrected_at = ""
        self._state: State | None = None
        self._suggestions: list[Suggestion] | None = None
        self.keystrokes = 0
        """keys pressed so far; taking a suggestion is one"""
        self.edit = Edit(delete_left=0, insert_text="", kind="typing")
        """what the last call did to the text; an app that does the same holds the same text"""
        self.correction: Correction | None = None
        """what the last call replaced, if it did"""

    @property
    def text(self) -> str:
        """All that stands before the caret."""
        return self._text

    @property
    def suggestions(self) -> list[Suggestion]:
        """What the bar shows now, best first."""
        if self._suggestions is None:
            self._suggestions, self._state = self._engine.suggest_from(
                self._text, self._k, self._state, self._touches, remember=not self._private, earlier=self._earlier
            )
        return list(self._suggestions)

    def type(self, characters: str, at: Point | None = None) -> list[Suggestion]:
        """Type some characters; give what the bar shows then.

        A character that ends a word may replace the word: `correction` and `edit` tell. Marks typed right after a word
        that was taken stand close to it, and the next word gets its space.

        Parameters
        ----------
        characters : str
            What the keys give, one key each.
        at : (x, y), optional
            Where the finger fell, in key widths of the layout; for a single character.

        Raises
        ------
        ValueError
            If a point is given for several characters.
        """
        if at is not None and len(characters) != 1:
            raise ValueError(f"at={at} is one touch, {characters!r} is not one character: type them one by one")
        before = self._text
        self.keystrokes += len(characters)
        self.correction = None
        for character in characters:
            corrected = self._autocorrect and ends_word(character, self._text) and self._correct()
            self._press(character, at)
            self._corrected_at = self._text if corrected else ""
        return self._changed(before, "correction" if self.correction else "typing")

    def backspace(self, count: int = 1) -> list[Suggestion]:
        """Delete characters before the caret, as many as there are at most.

        A single one is the key: it takes a whole emoji, however many characters that is. Right after a correction it
        puts back what was typed instead, and that word stays as it is; right after two spaces became a full stop it
        brings them back.

        Raises
        ------
        ValueError
            If the count is negative.
        """
        if count < 0:
            raise ValueError(f"count={count}: delete no or more characters")
        before, correction = self._text, self.correction
        stopped, self._after = self._after is After.STOP, After.OTHER
        self.keystrokes += count
        self.correction = None
        if count == 1 and stopped:
            self._text = unstop(before)
            return self._changed(before, "restoration")
        if count == 1 and correction is not None and before == self._corrected_at:
            end = before[-1]
            kept = before[: len(before) - 1 - len(correction.word)]
            self._kept.add(correction.typed.casefold())
            self._restored.update(correction.typed.casefold().split(" "))
            self._text = kept + correction.typed + end
            self._touches = [None] * len(self._text)
            return self._changed(before, "restoration")
        deleted = last_length(before) if count == 1 else count
        self._text = before[: max(0, len(before) - deleted)]
        del self._touches[max(0, len(self._touches) - deleted) :]
        return self._changed(before, "deletion")

    def accept(self, suggestion: Suggestion) -> list[Suggestion]:
        """Take a suggestion the bar shows.

        Raises
        ------
        ValueError
            If the bar does not show it: its edit was made for another text.
        """
        if suggestion not in self.suggestions:
            raise ValueError(f'"{suggestion.word}" is not among the suggestions now: take one of `session.suggestions`')
        before = self._text
        self.keystrokes += 1
        self.correction = None
        self._text = before[: len(before) - suggestion.delete_left] + suggestion.insert_text
        self._touches = []
        self._after = After.TAKEN if self._text.endswith(" ") else After.OTHER
        return self._changed(before, "suggestion", replaced=_replaced(suggestion, before))

    def move(self, text: str) -> list[Suggestion]:
        """Go where the caret was moved, or take over what the app changed: `text` is what stands before the caret now.

        No key is counted and nothing is corrected. Words that were put back in this field stay as they are.
        """
        if self._observer:
            self._observer = self._observer.moved(text)
        self._text, self._touches = text, []
        self._after, self._corrected_at, self.correction = After.OTHER, "", None
        self.edit = Edit(delete_left=0, insert_text="", kind="move")
        self._suggestions = None
        return self.suggestions

    def expected_correction(self) -> Correction | None:
        """Give what a key that ends the word at the caret would correct now, None if nothing."""
        if not self._autocorrect or not ends_word(" ", self._text):
            return None
        correction, self._state = self._engine.correct_from(
            self._text, self._state, self._touches, remember=not self._private, earlier=self._earlier
        )
        return None if correction is None or self._stays(correction.typed.casefold()) else correction

    def _press(self, character: str, at: Point | None) -> None:
        """Put a character at the end of the text, with the spaces it asks for."""
        grown = self._text + character
        self._text, self._after = press(self._text, character, self._after, double_space=self._double_space)
        if self._text == grown:
            self._touches.append(at)
        else:
            self._touches = [at] * self._text.endswith(character)

    def close(self) -> None:
        """End the session: the last word is finished, too. Of a private one nothing is left in memory."""
        if self._observer:
            self._observer.close(self._text)
            self._observer = None
        if self._private:
            self._text, self._state, self._suggestions, self.correction = "", None, None, None
            self.edit = Edit(delete_left=0, insert_text="", kind="typing")
            self._touches, self._corrected_at, self._kept, self._earlier = [], "", set(), ""
            self._restored = set()
            self._engine.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _observe(self, replaced: str | None) -> None:
        """Say what stands there now, and what a suggestion or a correction took the place of."""
        if self._observer is None:
            return
        if self.correction is not None:
            replaced = self.correction.typed
        self._observer.observe(self._text, replaced=replaced, touches=self._touches)

    def _correct(self) -> bool:
        """Replace the word at the caret if it is surely another, and was not put back before; tell whether it was."""
        correction = self.expected_correction()
        if correction is None:
            self._kept.add(split(self._text)[1].casefold())
            return False
        self.correction = correction
        self._text = self._text[: len(self._text) - len(correction.typed)] + correction.word
        self._touches = []
        return True

    def _stays(self, typed: str) -> bool:
        """Tell whether what would be corrected stayed, or was put back, before; with the word before it, either."""
        return typed in self._kept or (" " in typed and not self._restored.isdisjoint(typed.split(" ")))

    def _changed(self, before: str, kind: str, replaced: str | None = None) -> list[Suggestion]:
        shared = 0
        for old, new in zip(before, self._text, strict=False):
            if old != new:
                break
            shared += 1
        self.edit = Edit(delete_left=len(before) - shared, insert_text=self._text[shared:], kind=kind)
        self._suggestions = None
        self._observe(replaced)
        return self.suggestions


def _replaced(suggestion: Suggestion, before: str) -> str | None:
    """Give what was typed of the words that a suggestion puts there; None if it puts none there."""
    if suggestion.kind in ("punctuation", "emoji"):
        return None
    return "" if suggestion.insert_text.startswith(" ") else split(before)[1]
