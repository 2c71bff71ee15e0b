"""Typing in the terminal, driven through the keys a person presses."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

import autocomplete
from autocomplete.terminal import Terminal, run


@pytest.fixture(scope="module")
def engine() -> autocomplete.Autocompleter:
    """The engine of the built-in bundle."""
    return autocomplete.load()


@pytest.fixture
def press(engine: autocomplete.Autocompleter) -> Iterator[object]:
    """Press keys, end with Ctrl-C, give the text."""
    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):

        def pressed(data: str) -> str:
            keys.send_text(data + "\x03")
            return run(engine)

        yield pressed


def test_letters_are_typed_and_backspace_deletes(press) -> None:
    assert press("helo\x7fp me") == "help me"


def test_tab_takes_the_first_word_and_a_digit_the_one_it_names(press, engine: autocomplete.Autocompleter) -> None:
    first, second = engine.suggest("See you tomo")[:2]
    assert press("See you tomo\t") == f"See you {first.word} "
    assert press("See you tomo2") == f"See you {second.word} "


def test_alt_and_a_digit_type_the_digit_and_enter_a_line(press) -> None:
    assert press("a \x1b1\rb") == "a 1\nb"


def test_a_digit_with_nothing_to_take_is_typed(press) -> None:
    assert press("see https://x9") == "see https://x9"


def test_pasted_text_is_taken_as_it_is(press) -> None:
    assert press("\x1b[200~12 days\x1b[201~") == "12 days"


def test_ctrl_d_ends_too(engine: autocomplete.Autocompleter) -> None:
    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        keys.send_text("ok\x04")
        assert run(engine) == "ok"


def test_the_bar_the_line_and_the_status_tell_what_happened(engine: autocomplete.Autocompleter) -> None:
    terminal = Terminal(engine, 3)
    terminal.type("See you tomo")
    suggestions = engine.suggest("See you tomo")
    bar = "".join(part[1] for part in terminal.bar())
    assert all(suggestion.word in bar for suggestion in suggestions)
    line = "".join(part[1] for part in terminal.line())
    assert line.startswith("See you tomo")
    assert line.endswith(suggestions[0].insert_text.rstrip())
    terminal.take(0)
    saved = len(f"See you {suggestions[0].word} ") - len("See you tomo") - 1
    assert terminal.characters_saved == saved
    status = "".join(part[1] for part in terminal.status())
    assert f"{saved} keys saved" in status
    assert " ms" in status
    terminal.take(99)
    assert terminal.session.text == f"See you {suggestions[0].word} "
