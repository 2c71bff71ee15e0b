"""The server's methods on what is learned: to show it, to forget, to block; of one user, whatever field it came from.

`serve.md` is the document of what is here; each public method is a method of the protocol.
"""

from __future__ import annotations

from typing import Any

from autocomplete.personal_data import PersonalData
from autocomplete.serve_protocol import INVALID_PARAMS, NOTHING_LEARNED, Handler, RpcError

MAX_WORDS = 1000
"""words in one call"""


class UserMethods:
    """What an app must let its user see and take back.

    Parameters
    ----------
    data : PersonalData, optional
        What is learned; None where nothing is.
    """

    def __init__(self, data: PersonalData | None) -> None:
        self._kept = data
        names = ("learned", "add_words", "forget", "forget_all", "block", "unblock")
        self.methods: dict[str, Handler] = {name: getattr(self, name) for name in names}

    def learned(self, most: int = 100) -> dict[str, Any]:
        """List the words that were learned, the most used first, and those that are blocked."""
        if isinstance(most, bool) or not isinstance(most, int) or most < 0:
            raise RpcError(INVALID_PARAMS, f"most is {str(most)[:40]}, expected a whole number from 0")
        known = self._data.known()
        return {
            "words": [word._asdict() for word in known[:most]],
            "count": len(known),
            "blocked": sorted(self._data.blocked),
        }

    def add_words(self, words: list[str]) -> dict[str, Any]:
        """Add words with their casing, as from an address book: offered at once."""
        try:
            return {"added": self._data.add_words(_words(words))}
        except ValueError as error:
            raise RpcError(INVALID_PARAMS, str(error)) from error

    def forget(self, words: list[str]) -> dict[str, Any]:
        """Forget words, with what was learned before and after them."""
        data = self._data
        return {"forgotten": sum([data.forget(word) for word in _words(words)])}

    def forget_all(self) -> dict[str, Any]:
        """Forget everything that was learned."""
        data = self._data
        count = len(data.known())
        data.forget_all()
        return {"forgotten": count}

    def block(self, words: list[str]) -> dict[str, Any]:
        """Never offer nor learn some words again."""
        data = self._data
        for word in _words(words):
            data.block(word)
        return {"blocked": sorted(data.blocked)}

    def unblock(self, words: list[str]) -> dict[str, Any]:
        """Let some words be offered and learned again."""
        data = self._data
        for word in _words(words):
            data.unblock(word)
        return {"blocked": sorted(data.blocked)}

    @property
    def _data(self) -> PersonalData:
        if self._kept is None or not self._kept.learns:
            raise RpcError(NOTHING_LEARNED, "nothing is learned here: start the server with --user FILE")
        return self._kept


def _words(value: Any) -> list[str]:
    fits = isinstance(value, list) and len(value) <= MAX_WORDS
    if not fits or not all(isinstance(word, str) and word.strip() for word in value):
        raise RpcError(INVALID_PARAMS, f"words is {str(value)[:40]}, expected a list of up to {MAX_WORDS} words")
    try:
        "".join(value).encode()
    except UnicodeEncodeError as error:
        raise RpcError(INVALID_PARAMS, "words has half of a surrogate pair: send whole ones") from error
    return value
