"""The built-in engine, loaded once a module."""

from __future__ import annotations

import pytest

import autocomplete
from autocomplete.engine import Autocompleter


@pytest.fixture(scope="module")
def engine() -> Autocompleter:
    """The built-in engine."""
    return autocomplete.load()
