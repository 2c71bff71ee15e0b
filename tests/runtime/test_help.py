"""The help is part of what is promised: it changes only where someone means it to."""

from __future__ import annotations

import pytest

from tests.help_pages import GOLDEN, pages

PAGES = pages()


def test_every_command_has_a_page_and_no_page_is_left_over() -> None:
    assert {path.name for path in GOLDEN.glob("*.txt")} == set(PAGES)


@pytest.mark.parametrize("name", sorted(PAGES))
def test_the_help_is_the_page_that_was_reviewed(name: str) -> None:
    ref = (GOLDEN / name).read_text(encoding="utf8")
    assert ref == PAGES[name], "make golden, then read the difference"
