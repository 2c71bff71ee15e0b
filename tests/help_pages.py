"""The help of every command, as it is printed 80 columns wide.

`python -m tests.help_pages` writes the pages in `tests/golden/help` anew; the change is to be read before it is kept.
"""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from autocomplete.cli import main

GOLDEN = Path(__file__).with_name("golden") / "help"


def pages() -> dict[str, str]:
    """Print the help of the program and of each command; the name is the file's."""
    runner = CliRunner()  # forces a width of 80
    asked = {"autocomplete": ["--help"], **{name: [name, "--help"] for name in main.commands}}
    return {
        f"{name}.txt": runner.invoke(main, arguments, prog_name="autocomplete").stdout
        for name, arguments in asked.items()
    }


def write_golden() -> None:
    """Make the golden pages anew."""
    GOLDEN.mkdir(exist_ok=True)
    for path in GOLDEN.glob("*.txt"):
        path.unlink()
    for name, page in pages().items():
        (GOLDEN / name).write_text(page, encoding="utf8")


if __name__ == "__main__":
    write_golden()
