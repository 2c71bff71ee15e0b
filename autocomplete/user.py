"""What an engine asks of whoever follows a user, beside probabilities: a `PersonalModel` answers."""

from __future__ import annotations

from typing import Protocol


class User(Protocol):
    """Tells of a user's words."""

    @property
    def blocked(self) -> frozenset[str]:
        """Folded words that are never to be offered."""
        ...

    def is_offered(self, folded: str) -> bool:
        """Tell whether the user writes a word."""
        ...
