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


def test_the_right_arrow_takes_the_grey_phrase_and_a_digit_the_emoji(engine: autocomplete.Autocompleter) -> None:
    wordy = autocomplete.load(phrases=True)
    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        keys.send_text("Looking forw\x1b[C\x03")
        assert run(wordy) == "Looking forward to "
    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        keys.send_text("I had pizza4\x03")
        assert run(engine) == "I had pizza 🍕 "


def test_the_phrase_stands_in_grey_and_behind_the_words() -> None:
    terminal = Terminal(autocomplete.load(phrases=True), 3)
    for letter in "Looking forw":
        terminal.type(letter)
    assert "".join(part[1] for part in terminal.line()).startswith("Looking forward to")
    assert "".join(part[1] for part in terminal.bar()).rstrip().endswith("4 forward to …")


def test_what_a_space_will_correct_is_shown_before_and_after(engine: autocomplete.Autocompleter) -> None:
    terminal = Terminal(engine, 3)
    for letter in "what is the po8nt":
        terminal.type(letter) if letter.isalpha() or letter == " " else terminal.literal(letter)
    assert terminal.expected is not None
    assert "".join(part[1] for part in terminal.line()).endswith("  po8nt → point")
    terminal.type(" ")
    assert terminal.session.text == "what is the point "
    assert "po8nt → point, Backspace takes it back" in "".join(part[1] for part in terminal.bar())
    terminal.backspace()
    assert terminal.session.text == "what is the po8nt "
    assert terminal.expected is None
    assert "→" not in "".join(part[1] for part in terminal.bar())


def test_nothing_in_grey_deletes_what_was_typed(engine: autocomplete.Autocompleter) -> None:
    terminal = Terminal(engine, 3)
    terminal.literal("I said helllo")
    assert terminal.grey is None
    terminal.take_grey()
    assert terminal.session.text == "I said hello "
