"""The single edit, against a slow twin that makes all of them."""

from __future__ import annotations

import random

import pytest

from autocomplete.edits import Edit, single_edit

LETTERS = "abc"


def _all_edits(meant: str) -> dict[str, set[str]]:
    """Make all that one edit can make of letters, by its kind."""
    cuts = range(len(meant) + 1)
    return {
        "omission": {meant[:at] + meant[at + 1 :] for at in cuts[:-1]},
        "insertion": {meant[:at] + letter + meant[at:] for at in cuts for letter in LETTERS},
        "substitution": {meant[:at] + letter + meant[at + 1 :] for at in cuts[:-1] for letter in LETTERS} - {meant},
        "transposition": {meant[:at] + meant[at : at + 2][::-1] + meant[at + 2 :] for at in cuts[:-2]} - {meant},
    }


def test_every_single_edit_is_named_and_no_other() -> None:
    rng = random.Random(1)
    for _ in range(3000):
        meant, typed = ("".join(rng.choices(LETTERS, k=rng.randint(1, 5))) for _ in range(2))
        kinds = {kind for kind, made in _all_edits(meant).items() if typed in made}
        edit = single_edit(typed, meant)
        assert ({edit.kind} if edit else set()) == kinds, (typed, meant)


@pytest.mark.parametrize(
    ("typed", "meant", "edit"),
    [
        ("teh", "the", Edit("transposition", 1)),
        ("helo", "hello", Edit("omission", 3)),
        ("emember", "remember", Edit("omission", 0)),
        ("gamers", "games", Edit("insertion", 4)),
        ("po8nt", "point", Edit("substitution", 2)),
        ("the", "the", None),
        ("eht", "the", None),
    ],
)
def test_its_place_is_that_of_the_first_letter_that_differs(typed: str, meant: str, edit: Edit | None) -> None:
    assert single_edit(typed, meant) == edit
