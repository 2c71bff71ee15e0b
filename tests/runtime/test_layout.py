"""Layouts: what the files say, which key a touch falls on, and what is refused."""

from pathlib import Path

import numpy as np
import pytest

from autocomplete.layout import ROW_HEIGHT, layout_names, load_layout


def test_the_layouts_that_come_along() -> None:
    assert layout_names() == ["azerty", "dvorak", "qwerty", "qwertz"]


@pytest.mark.parametrize("name", ["azerty", "dvorak", "qwerty", "qwertz"])
def test_each_has_the_alphabet_once_and_a_space_bar(name: str) -> None:
    layout = load_layout(name)
    assert set("abcdefghijklmnopqrstuvwxyz0123456789 ") <= set(layout.keys)
    assert len(set(layout.keys)) == len(layout.keys) == len(layout.centres) == len(layout.sizes)
    assert layout.sizes[layout.index[" "]].tolist() == [5.0, pytest.approx(ROW_HEIGHT)]


@pytest.mark.parametrize("name", ["azerty", "dvorak", "qwerty", "qwertz"])
def test_a_touch_on_a_keys_middle_is_that_key_and_no_two_keys_overlap(name: str) -> None:
    layout = load_layout(name)
    assert [layout.key_at(*centre) for centre in layout.centres] == list(layout.keys)
    apart = np.abs(layout.centres[:, None] - layout.centres[None]) * 2 - (layout.sizes[:, None] + layout.sizes[None])
    overlap = (apart < -1e-4).all(axis=2)
    assert overlap.sum() == len(layout.keys)  # each with itself


def test_neighbours_are_where_a_hand_finds_them() -> None:
    layout = load_layout("qwerty")
    x, y = layout.centres[layout.index["g"]]
    assert layout.key_at(x + 0.9, y) == "h"
    assert layout.key_at(x - 0.9, y) == "f"
    assert layout.key_at(x + 0.3, y - ROW_HEIGHT) == "y"
    assert layout.key_at(x, y + 2 * ROW_HEIGHT) == " "
    assert layout.key_at(-50, -50) == "1"


def test_a_layout_of_ones_own(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('rows = [{ x = 0.0, keys = "ab" }, { x = 0.0, keys = " " }]\nwide = { " " = 2.0 }\n')
    layout = load_layout(file)
    assert (layout.name, layout.keys) == ("mine", ("a", "b", " "))
    assert layout.centres.tolist() == [[0.5, pytest.approx(0.7)], [1.5, pytest.approx(0.7)], [1.0, pytest.approx(2.1)]]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("rows = 5", "describes no layout"),
        ("nothing = 1", "describes no layout"),
        ("rows = [", "describes no layout"),
        ('rows = [{ x = 0.0, keys = "aa" }]', "each key once"),
        ("rows = []", "each key once"),
        ('rows = [{ x = 0.0, keys = "a" }]\nwide = { a = 0.0 }', "some width"),
    ],
)
def test_a_file_that_describes_none_is_refused(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "odd.toml"
    file.write_text(text)
    with pytest.raises(ValueError, match=says):
        load_layout(file)


def test_a_layout_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="azerty, dvorak, qwerty, qwertz"):
        load_layout("colemak")
    with pytest.raises(ValueError, match="cannot be read"):
        load_layout(tmp_path / "none.toml")
