"""The examples do what they show. The window is opened on a virtual screen where there is no other."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import autocomplete

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def screen() -> Iterator[str]:
    """A screen to open windows on."""
    pytest.importorskip("tkinter", reason="this Python has no tkinter")
    if os.environ.get("DISPLAY"):
        yield os.environ["DISPLAY"]
        return
    if not shutil.which("Xvfb"):
        pytest.skip("there is no screen and no Xvfb: apt-get install xvfb")
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "800x600x24", "-nolisten", "tcp"],
        pass_fds=[write],
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as pipe:
        number = pipe.readline().strip()
    assert number, "Xvfb gave no screen"
    yield f":{number}"
    server.terminate()
    server.wait()


@pytest.fixture
def example() -> ModuleType:
    """The example, imported."""
    spec = importlib.util.spec_from_file_location("tk_field", EXAMPLES / "tk_field.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def field(screen: str, example: ModuleType) -> Iterator[Any]:
    """The field of an open window."""
    import tkinter as tk

    window = tk.Tk(screen)
    made = example.Field(window, autocomplete.load())
    made.pack()
    window.update()
    made.text.focus_force()
    window.update()
    yield made
    window.destroy()


def _press(field: Any, keys: str) -> None:
    for key in keys:
        name = {" ": "space", "<": "BackSpace", "\n": "Return"}.get(key, key)
        field.text.event_generate(f"<KeyPress-{name}>")
        field.text.event_generate(f"<KeyRelease-{name}>")
        field.update()


def _words(field: Any) -> list[str]:
    return [button["text"] for button in field.buttons]


def test_what_is_typed_is_completed_and_taken(field: Any) -> None:
    _press(field, "See you tomo")
    engine = autocomplete.load()
    assert _words(field) == [suggestion.word for suggestion in engine.suggest("See you tomo")]
    assert _words(field)[0] == "tomorrow"
    field.buttons[0].invoke()
    assert field.text.get("1.0", "end-1c") == "See you tomorrow "
    assert _words(field) == [suggestion.word for suggestion in engine.suggest("See you tomorrow ")]


def test_tab_takes_the_first_word_and_alt_with_a_number_another(field: Any) -> None:
    _press(field, "im")
    field.text.event_generate("<Tab>")
    field.update()
    assert field.text.get("1.0", "end-1c") == "I'm "
    third = _words(field)[2]
    field.text.event_generate("<Alt-Key-3>")
    field.update()
    assert field.text.get("1.0", "end-1c") == f"I'm {third} "


def test_the_words_are_for_the_caret_wherever_it_is(field: Any) -> None:
    field.text.insert("1.0", "I will see them later")
    field.text.mark_set("insert", "1.10")
    _press(field, "")
    field.text.event_generate("<KeyRelease-Left>")
    field.update()
    assert _words(field) == [suggestion.word for suggestion in autocomplete.load().suggest("I will see")]
    before = _words(field)[0]
    field.take(0)
    assert field.text.get("1.0", "end-1c").startswith(f"I will {before} ")
    assert field.text.get("1.0", "end-1c").endswith("them later")


def test_a_slip_is_corrected_as_its_word_ends_and_a_backspace_brings_it_back(field: Any) -> None:
    _press(field, "I saw teh ")
    assert field.text.get("1.0", "end-1c") == "I saw the "
    assert field.note["text"] == "teh → the (Backspace undoes it)"
    _press(field, "<")
    assert field.text.get("1.0", "end-1c") == "I saw teh "
    assert field.note["text"] == ""
    _press(field, "<<<<")
    assert field.text.get("1.0", "end-1c") == "I saw "
    _press(field, "\nteh ")
    assert field.text.get("1.0", "end-1c") == "I saw \nteh "  # put back once, it stays


def test_where_a_key_is_clicked_decides_among_words(field: Any) -> None:
    engine = autocomplete.load()
    middle = dict(zip(engine.layout.keys, engine.layout.centres.tolist(), strict=True))
    for across in (0.5, 0.92):
        field.text.delete("1.0", "end")
        _press(field, "see you s")
        session = engine.session("see you s")
        key = field.keys["i"]
        key.event_generate("<Button-1>", x=round(across * key.winfo_width()), y=5)
        field.update()
        told = round(across * key.winfo_width()) / key.winfo_width()
        session.type("i", at=(middle["i"][0] - 0.5 + told, middle["i"][1]))
        assert _words(field) == [suggestion.word for suggestion in session.suggestions]
    assert _words(field) != [suggestion.word for suggestion in engine.suggest("see you si")]


def test_what_is_written_is_learned(screen: str, example: ModuleType, tmp_path: Path) -> None:
    import tkinter as tk

    engine = autocomplete.load(user=tmp_path / "user.db")
    window = tk.Tk(screen)
    field = example.Field(window, engine)
    field.pack()
    window.update()
    _press(field, "Quorlan is here Quorlan is there ")
    _press(field, "and Quorl")
    assert "Quorlan" in _words(field)
    field.session.close()
    engine.close()
    window.destroy()


def test_the_example_is_short_and_runs_as_it_says(example: ModuleType, screen: str) -> None:
    lines = (EXAMPLES / "tk_field.py").read_text().splitlines()
    assert len(lines) < 100
    assert "python examples/tk_field.py" in lines[0]
    code = (
        "import runpy, tkinter\n"
        "tkinter.Tk.mainloop = lambda window, n=0: (window.update(), print(window.title()), window.destroy())\n"
        "runpy.run_path('examples/tk_field.py', run_name='__main__')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=EXAMPLES.parent,
        env={**os.environ, "DISPLAY": screen},
        capture_output=True,
        text=True,
    )
    assert done.stdout == "Autocomplete\n", done.stderr
