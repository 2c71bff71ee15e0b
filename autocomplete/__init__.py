"""A predictive keyboard engine: completes words as they are typed, on the device, from a tiny transformer.

    engine = autocomplete.load()
    engine.suggest("See you tomo")      # -> list of Suggestion, best first
    session = engine.session()          # a text field, one keystroke at a time

Names are loaded when they are first used, so that importing the package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autocomplete.beam import DecodingOptions
    from autocomplete.casing import Suggestion
    from autocomplete.engine import Autocompleter
    from autocomplete.errors import AutocompleteError, BundleError, RuntimeMissing
    from autocomplete.loading import load
    from autocomplete.session import TypingSession

__all__ = [
    "AutocompleteError",
    "Autocompleter",
    "BundleError",
    "DecodingOptions",
    "RuntimeMissing",
    "Suggestion",
    "TypingSession",
    "load",
]
__version__ = "0.1.0"

_HOMES = {
    "AutocompleteError": "errors",
    "Autocompleter": "engine",
    "BundleError": "errors",
    "DecodingOptions": "beam",
    "RuntimeMissing": "errors",
    "Suggestion": "casing",
    "TypingSession": "session",
    "load": "loading",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
