"""What the README says can be done: its Python is run, its files exist; `test_shown.py` runs its commands."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def test_the_python_runs(tmp_path: Path) -> None:
    blocks = [text for language, text in BLOCKS if language == "python"]
    assert blocks
    output = subprocess.run(
        [sys.executable, "-c", "\n".join(blocks)],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert "tomorrow" in output
    assert "See you tomorrow" in output


def test_the_targets_of_make_exist() -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    commands = "".join(text for language, text in BLOCKS if language == "sh")
    called = re.findall(r"(?:^|&& )make ([^#\n]+)", commands, re.MULTILINE)
    assert len(called) >= 4
    for line in called:
        assert {word for word in line.split() if "=" not in word} <= targets


def test_the_tree_names_files_that_exist_and_all_of_the_runtime() -> None:
    drawn = README[README.index("## What is where") :]
    block = re.search(r"^```\n(.*?)^```", drawn, re.MULTILINE | re.DOTALL)
    assert block
    part = ""
    for line in block[1].splitlines():
        if match := re.match(r"(\w+)/ ", line):
            part = match[1]
        for name in re.findall(r"\b\w+\.py\b", line):
            assert (ROOT / part / name).exists(), f"{part}/{name}"
    for path in (ROOT / "autocomplete").glob("*.py"):
        if not path.name.startswith("__"):
            assert path.name in block[1], path.name


def test_links_lead_somewhere() -> None:
    for page in (ROOT / "README.md", *sorted(ROOT.glob("export/**/README.md")), ROOT / "training" / "README.md"):
        if "node_modules" in page.parts:
            continue
        prose = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
        for target in re.findall(r"\]\((?!http)([^)#]+)\)", prose):
            assert (page.parent / target).exists(), target
