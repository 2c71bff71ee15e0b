"""The methods of the server: text fields opened, typed into and closed, each over a `TypingSession`.

Owns the fields of one connection and what an app is told of them. Knows nothing of messages or streams.
`serve.md` is the document of what is here; each public method is a method of the protocol.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Final, Unpack

import autocomplete
from autocomplete.caret import Point, Touches
from autocomplete.casing import Suggestion
from autocomplete.correction import Correction
from autocomplete.engine import Autocompleter
from autocomplete.lm import State
from autocomplete.serve_protocol import (
    CANCELLED,
    FIELD_IS_OPEN,
    INVALID_PARAMS,
    OUTDATED,
    TOO_MANY_FIELDS,
    UNKNOWN_FIELD,
    UNSUPPORTED_PROTOCOL,
    Handler,
    RpcError,
)
from autocomplete.serve_user import UserMethods
from autocomplete.session import Asking, TypingSession

PROTOCOL: Final = 1
MAX_FIELDS: Final = 256
MAX_TEXT: Final = 1_000_000
"""characters in one field"""
MAX_K: Final = 20
MAX_DISTANCE: Final = 100
"""key widths of a touch from the keyboard's corner"""
MAX_OFFERS: Final = MAX_K + 3
"""words, and what stands beside them"""

CANCELLABLE: Final = frozenset({"type", "backspace", "move"})
"""Methods whose suggestions nobody wants once a newer message of the field waits."""
CANCELLING: Final = CANCELLABLE | {"accept", "close"}


class _Skipper:
    """Stands between a session and the engine, so that a key nobody waits for costs no search."""

    def __init__(self, engine: Autocompleter) -> None:
        self._engine = engine
        self.skips = False

    def suggest_from(
        self, text: str, k: int, previous: State | None, touches: Touches = (), **asking: Unpack[Asking]
    ) -> tuple[list[Suggestion], State | None]:
        """Ask the engine, or offer nothing."""
        if self.skips:
            return [], previous
        return self._engine.suggest_from(text, k, previous, touches, **asking)

    def correct_from(
        self, text: str, previous: State | None, touches: Touches = (), **asking: Unpack[Asking]
    ) -> tuple[Correction | None, State | None]:
        """Ask the engine: what a key does to the text does not depend on who waits for it."""
        return self._engine.correct_from(text, previous, touches, **asking)

    def clear(self) -> None:
        """Pass on that texts are to be forgotten."""
        self._engine.clear()


@dataclass
class _Field:
    """One text field."""

    engine: _Skipper
    session: TypingSession
    shown: str
    """the text before the caret in the app, if it did what it was told"""
    revision: int = 0
    """grows with every change of the text"""


class Fields:
    """The fields of one connection.

    Parameters
    ----------
    engine : Autocompleter
        Shared by all connections.
    is_superseded : callable
        Tells whether a newer message of a field waits.
    """

    def __init__(self, engine: Autocompleter, is_superseded: Callable[[str], bool] = lambda _: False) -> None:
        self._engine = engine
        self._is_superseded = is_superseded
        self._fields: dict[str, _Field] = {}
        names = ("hello", "layout", "open", "type", "backspace", "move", "accept", "close")
        user = UserMethods(engine.user.data if engine.user else None)
        self.methods: dict[str, Handler] = {name: getattr(self, name) for name in names} | user.methods

    def hello(self, protocol: int = PROTOCOL) -> dict[str, Any]:
        """Say what is served; refuse a protocol that is not spoken here."""
        if _number(protocol, "protocol", 0, 2**31) != PROTOCOL:
            raise RpcError(UNSUPPORTED_PROTOCOL, f"protocol {protocol} is not spoken here, {PROTOCOL} is")
        return {
            "protocol": PROTOCOL,
            "server": f"autocomplete {autocomplete.__version__}",
            "bundle": self._engine.checksum,
            "layout": self._engine.layout.name,
            "learns": self._engine.user is not None and self._engine.user.data.learns,
            "methods": list(self.methods),
        }

    def layout(self) -> dict[str, Any]:
        """Say where the keys lie, so that a touch can be told in key widths."""
        layout = self._engine.layout
        boxes = zip(layout.keys, layout.centres.tolist(), layout.sizes.tolist(), strict=True)
        keys = [
            {"key": key, "x": x, "y": y, "width": width, "height": height} for key, (x, y), (width, height) in boxes
        ]
        return {"name": layout.name, "keys": keys}

    def open(
        self,
        field: str,
        text: str = "",
        k: int = 3,
        autocorrect: bool = False,
        double_space: bool = False,
        private: bool = False,
        earlier: str = "",
    ) -> dict[str, Any]:
        """Open a field that holds `text` before the caret and shows k words; finished words may be corrected."""
        if _text(field, "field") in self._fields:
            raise RpcError(FIELD_IS_OPEN, f'the field "{field}" is open: close it first, or move its caret')
        if len(self._fields) >= MAX_FIELDS:
            raise RpcError(TOO_MANY_FIELDS, f"{MAX_FIELDS} fields are open: close one first")
        if len(_text(text, "text")) > MAX_TEXT or len(_text(earlier, "earlier")) > MAX_TEXT:
            raise RpcError(INVALID_PARAMS, f"text or earlier has more than {MAX_TEXT} characters: send its end")
        _number(k, "k", 1, MAX_K)
        engine = _Skipper(self._engine)
        session = TypingSession(
            engine,
            text,
            k,
            autocorrect=_flag(autocorrect, "autocorrect"),
            double_space=_flag(double_space, "double_space"),
            observer=None if _flag(private, "private") else self._engine.observer(text),
            private=private,
            earlier=earlier,
        )
        opened = _Field(engine, session, text)
        answer = self._state(opened)
        self._fields[field] = opened
        return answer

    def type(self, field: str, text: str, at: list[float] | None = None) -> dict[str, Any]:
        """Type one or more characters before the caret; `at` says where the finger fell for a single one."""
        found = self._find(field)
        if len(found.session.text) + len(_text(text, "text")) > MAX_TEXT:
            raise RpcError(INVALID_PARAMS, f"the field would hold more than {MAX_TEXT} characters: open another")
        touched = _point(at, text)
        found.shown += text
        return self._changed(field, found, lambda: found.session.type(text, touched))

    def backspace(self, field: str, count: int = 1) -> dict[str, Any]:
        """Delete characters before the caret, as many as there are at most."""
        found = self._find(field)
        _number(count, "count", 0, MAX_TEXT)
        found.shown = found.shown[: max(0, len(found.shown) - count)]
        return self._changed(field, found, lambda: found.session.backspace(count))

    def move(self, field: str, text: str) -> dict[str, Any]:
        """Move the caret: `text` is what stands before it now. A change of the text from elsewhere is told so too."""
        found = self._find(field)
        if len(_text(text, "text")) > MAX_TEXT:
            raise RpcError(INVALID_PARAMS, f"text has more than {MAX_TEXT} characters: send its end")
        found.shown = text
        return self._changed(field, found, lambda: found.session.move(text))

    def accept(self, field: str, revision: int, index: int) -> dict[str, Any]:
        """Take the suggestion at a place of the bar that the answer with this revision showed."""
        found = self._find(field)
        _number(revision, "revision", 0, 2**53)
        _number(index, "index", 0, MAX_OFFERS - 1)
        if revision != found.revision:
            raise RpcError(OUTDATED, f"the bar of revision {revision} is gone, the text is at {found.revision}")
        suggestions = found.session.suggestions
        if index >= len(suggestions):
            raise RpcError(INVALID_PARAMS, f"index {index}: the bar has {len(suggestions)} suggestions")
        found.session.accept(suggestions[index])
        found.revision += 1
        return self._state(found)

    def close(self, field: str) -> dict[str, Any]:
        """Close a field: its last word is finished, too. Give the keys it took."""
        found = self._find(field)
        del self._fields[field]
        found.session.close()
        return {"keystrokes": found.session.keystrokes}

    def close_all(self) -> None:
        """Close what a client leaves open when it goes."""
        for name in list(self._fields):
            self.close(name)

    def _find(self, field: str) -> _Field:
        found = self._fields.get(_text(field, "field"))
        if found is None:
            raise RpcError(UNKNOWN_FIELD, f'there is no field "{field}": open it first')
        return found

    def _changed(self, name: str, field: _Field, change: Callable[[], object]) -> dict[str, Any]:
        """Change a field's text; search unless a newer message of the field waits."""
        superseded = self._is_superseded(name)
        field.engine.skips = superseded
        field.revision += 1
        try:
            change()
        finally:
            field.engine.skips = False
        if superseded:
            raise RpcError(CANCELLED, "a newer message of this field came: the text was changed, the search left out")
        return self._state(field)

    def _state(self, field: _Field) -> dict[str, Any]:
        session = field.session
        suggestions, text, correction = session.suggestions, session.text, session.correction
        edit, field.shown = _edit(field.shown, text), text
        return {
            "revision": field.revision,
            "edit": edit,
            "correction": asdict(correction) if correction else None,
            "suggestions": [asdict(suggestion) for suggestion in suggestions],
            "keystrokes": session.keystrokes,
        }


def _edit(before: str, after: str) -> dict[str, Any] | None:
    """Give what turns one text into the other at its end, None if they are the same."""
    if before == after:
        return None
    low, high = 0, min(len(before), len(after))
    while low < high:  # by halves: texts are long, edits are short
        middle = (low + high + 1) // 2
        low, high = (middle, high) if before[:middle] == after[:middle] else (low, middle - 1)
    return {"delete_left": len(before) - low, "insert_text": after[low:]}


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise RpcError(INVALID_PARAMS, f"{name} is a {type(value).__name__}, expected a string")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise RpcError(
            INVALID_PARAMS, f"{name} has half of a surrogate pair at {error.start}: send whole ones"
        ) from error
    return value


def _flag(value: Any, name: str) -> bool:
    if not isinstance(value, bool):
        raise RpcError(INVALID_PARAMS, f"{name} is a {type(value).__name__}, expected true or false")
    return value


def _point(value: Any, text: str) -> Point | None:
    """Read where a finger fell, in key widths of the layout."""
    if value is None:
        return None
    if len(text) != 1:
        raise RpcError(INVALID_PARAMS, f"at is one touch, text has {len(text)} characters: type them one by one")
    numbers = value if isinstance(value, list) and len(value) == 2 else []
    if not numbers or any(isinstance(n, bool) or not isinstance(n, (int, float)) for n in numbers):
        raise RpcError(INVALID_PARAMS, f"at is {str(value)[:40]}, expected [x, y] in key widths")
    if not all(abs(n) <= MAX_DISTANCE for n in numbers):
        raise RpcError(INVALID_PARAMS, f"at is {str(value)[:40]}, at most {MAX_DISTANCE} key widths are on a keyboard")
    return float(numbers[0]), float(numbers[1])


def _number(value: Any, name: str, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise RpcError(INVALID_PARAMS, f"{name} is {str(value)[:40]}, expected a whole number from {least} to {most}")
    return value
