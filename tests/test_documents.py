"""What the pages for app developers show is run: the page's snippet, the native program's and the server's commands."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from autocomplete.cli import main

ROOT = Path(__file__).parents[1]
BROWSER = ROOT / "export" / "browser"


def blocks(page: Path, language: str) -> list[str]:
    """Give the code blocks of a page in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf8"), re.MULTILINE | re.DOTALL)


def test_the_snippet_of_the_browser_s_page_compiles_against_the_sources(tmp_path: Path) -> None:
    compiler = BROWSER / "node_modules" / ".bin" / "tsc"
    if not compiler.exists():
        pytest.skip("npm ci was not run in export/browser")
    (snippet,) = blocks(BROWSER / "README.md", "ts")
    imports = [
        ("readBundle", "decoder/bundle.ts"), ("Autocompleter", "decoder/engine.ts"), ("layout", "layout.ts"),
        ("openGraph", "litert.ts"), ("TypingSession", "decoder/session.ts"),
    ]  # fmt: skip
    head = "".join(f'import {{ {name} }} from "{BROWSER}/src/{path}";\n' for name, path in imports)
    (tmp_path / "snippet.ts").write_text(head + snippet)
    config = (
        f'{{"extends": "{BROWSER}/tsconfig.json", "compilerOptions": {{"typeRoots": ["{BROWSER}/node_modules/@types", \
"{BROWSER}/node_modules"]}}, "include": ["snippet.ts", "{BROWSER}/src/*.d.ts"]}}'
    )
    (tmp_path / "tsconfig.json").write_text(config)
    done = subprocess.run([compiler, "-p", tmp_path], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_the_commands_of_the_native_page_run(tmp_path: Path) -> None:
    pytest.importorskip("ai_edge_litert", reason="ai-edge-litert is not installed")
    if sys.platform != "linux" or not shutil.which("g++"):
        pytest.skip("needs g++ on Linux")
    (commands,) = blocks(ROOT / "export" / "native" / "README.md", "sh")
    script = commands.replace(".venv/bin/python", sys.executable).replace("logprobs ex", f"{tmp_path}/logprobs ex")
    script = script.replace("./logprobs", f"{tmp_path}/logprobs")
    done = subprocess.run(["bash", "-euc", script], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 3  # the context's row, and one for each of the two tokens


def test_what_was_not_run_is_marked() -> None:
    page = (ROOT / "export" / "native" / "README.md").read_text(encoding="utf8")
    assert page.index("have not been run here") < page.index("## Android") < page.index("## iOS")


def test_the_commands_of_the_server_s_page_exist() -> None:
    page = (ROOT / "autocomplete" / "serve.md").read_text(encoding="utf8")
    options = re.findall(r"^    autocomplete serve (--\w+)", page, re.MULTILINE)
    assert len(options) >= 2
    shown = CliRunner().invoke(main, ["serve", "--help"]).stdout
    assert all(option in shown for option in options)
