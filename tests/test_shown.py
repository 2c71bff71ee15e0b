"""Every command and snippet that the documents for app developers show is run, or stands here with the reason why not.

A line of a document that is in none of the lists below fails: whoever shows a command decides how it is run. Names in
capitals stand for a file of the reader's; here for a small one. What is not run is marked so where it is shown.
"""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import shutil
import struct
import subprocess
import sys
import termios
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from autocomplete.bench import SAMPLE
from autocomplete.loading import built_in_bundle
from tests.browser_page import Missing, build, drive
from tests.subject_text import LINES

ROOT = Path(__file__).parents[1]
BROWSER = ROOT / "export" / "browser"
PAGES = {
    "start": ROOT / "README.md",
    "format": ROOT / "export" / "README.md",
    "browser": BROWSER / "README.md",
    "native": ROOT / "export" / "native" / "README.md",
    "server": ROOT / "autocomplete" / "serve.md",
}
HELLO = '{"jsonrpc": "2.0", "id": 1, "method": "hello"}\n'
OPEN = '{"jsonrpc": "2.0", "id": 1, "method": "open", "params": {"field": "f", "text": "Looking forw"}}\n'
_FEW_LINES = "--eval-text lines.txt --eval-lines 5 --no-speed --min-agreement 0.5 --max-bits-rise 1"
"""of an export: a few lines do not tell how near a graph is to torch"""


@dataclass(frozen=True)
class Run:
    """How a command is run here."""

    shows: str
    """a pattern that is found in what it prints"""
    instead: dict[str, str] = field(default_factory=dict)
    """what is put in the place of parts of it"""
    says: str = ""
    """what it is told on its standard input"""
    needs: tuple[str, ...] = ()
    """programs and modules it cannot do without"""


RUN = {
    # the first page
    'autocomplete suggest "See you tomo"': Run(r"^tomorrow\n"),
    "autocomplete eval FILE... --plot plot.png": Run("keystroke savings", needs=("matplotlib",)),
    "autocomplete eval FILE... --noise 0.05": Run("typed right"),
    "autocomplete eval FILE... --lines 200 --strict": Run("keystroke savings"),
    "autocomplete eval FILE... --noise 0.05 --lines 200": Run("typed right"),
    "autocomplete eval FILE... --noise 0.05 --lines 200 --touch": Run("typed right"),
    "autocomplete bench": Run("latency of"),
    "autocomplete info": Run("English keyboard model"),
    "autocomplete learn FILE...": Run(r"\d+"),
    "autocomplete known": Run(r"\d+"),
    "python -m training adapter FILES --out medicine.adapter": Run("medicine.adapter", needs=("torch",)),
    "python -m tests.benchmarks.extras runs/corpus/validation.txt --lines 300": Run(
        "question", {"runs/corpus/validation.txt": "lines.txt"}
    ),
    "python -m tests.benchmarks.learning_curve WRITER.txt... --lines 100": Run(r"\d", {"--lines 100": "--lines 2"}),
    "python -m tests.benchmarks.added_names TEXT.txt": Run("of 132", {"TEXT.txt": "lines.txt"}),
    # the server
    "autocomplete serve": Run('"protocol":1', says=HELLO),
    "autocomplete serve --user FILE": Run('"learns":true', {"FILE": "user.db"}, HELLO),
    "autocomplete serve --phrases": Run('"kind":"phrase"', says=OPEN),
    "autocomplete serve --no-emoji": Run('"kind":"completion"', says=OPEN),
    "autocomplete serve --offensive": Run('"kind":"completion"', says=OPEN),
    "autocomplete serve --layout qwertz": Run('"layout":"qwertz"', says=HELLO),
    "autocomplete serve --bundle FILE": Run('"protocol":1', {"FILE": str(built_in_bundle())}, HELLO),
    # the format
    "python -m export --checkpoint RUN-OR-BUNDLE --variant small --out small.bundle": Run(
        r'"bytes": \d{7},',
        {"--variant": f"{_FEW_LINES} --variant"},
        needs=("torch",),
    ),
    # the browser
    "python -m tests.browser_page FILE --lines 200": Run(r"the same before \d+ of \d+", needs=("npm",)),
    "cd export/browser && npm ci && npm run build": Run("built in", {"npm ci": "ls node_modules"}, needs=("npm",)),
    "npm ci && npm run build": Run("built in", {"npm ci": "cd ROOT/export/browser && ls"}, needs=("npm",)),
}
"""Run by `test_it_runs`."""

_FIRST_PAGE = '{"jsonrpc":"2.0","id":1,"method":"open","params":{"field":"mail","text":"See you tomo"}}'
ELSEWHERE = {
    "autocomplete type": "test_it_completes_in_a_terminal",
    "autocomplete type --adapter medicine.adapter": "test_it_completes_in_a_terminal",
    "autocomplete serve --socket PATH": "test_the_server_listens_at_a_socket",
    "autocomplete serve --adapter FILE": "test_the_server_takes_an_adapter",
    "autocomplete new-key anna.key": "test_the_commands_take_a_key",
    "autocomplete learn FILE... --user annas-own.db --key-file anna.key": "test_the_commands_take_a_key",
    "AUTOCOMPLETE_USER_KEY=$(cat anna.key) autocomplete known --user annas-own.db": "test_the_commands_take_a_key",
    "autocomplete import-user anna.db --user annas-own.db --key-file anna.key": "test_the_commands_take_a_key",
    "autocomplete serve --user FILE --key-file KEY": "test_the_commands_take_a_key",
    f"echo '{_FIRST_PAGE}' | autocomplete serve": "test_the_pipe_of_the_first_page",
    'L=$(.venv/bin/python -c "import ai_edge_litert; print(ai_edge_litert.__path__[0])")': "test_the_native_program",
    'g++ -std=c++17 -O2 -o logprobs export/native/logprobs.cc -L"$L" -lLiteRt -Wl,-rpath,"$L"': (
        "test_the_native_program"
    ),
    "printf 'read 2\\nscore -1:275 -1:417\\n' | ./logprobs autocomplete/en.bundle": "test_the_native_program",
}
"""Run by a test of its own."""

NOT_RUN = {
    "python3.11 -m venv .venv && .venv/bin/pip install . && .venv/bin/autocomplete type": (
        "it fetches packages from a registry; `make pythons` does it with a wheel, and the last part is run above",
        "from nothing to typing",
    ),
    "make test": ("it passes these tests", "To pass the tests"),
    "python -m tests.benchmarks.kenlm_peer MODEL.bin VOCABULARY.txt FILE... --lines 200": (
        "kenlm and its model are no part of the project",
        "needs `pip install kenlm`",
    ),
    "python -m tests.benchmarks.spelling_peers --tagged FILE --misspellings FILE --hunspell en_US --lines 1500": (
        "hunspell and SymSpell are no part of the project; `test_spelling_peers.py` runs it without them",
        "# needs both",
    ),
    "python -m tests.benchmarks.user_latency TEXT.txt": ("it takes many minutes", "takes minutes"),
    "make shards TEXT=folder LISTS=folder-of-word-lists EXCLUDE=folder-of-test-text": (
        "it wants a corpus; `tests/system/test_pipeline.py` goes the whole way with a small one",
        "From your own folder of text",
    ),
    "make teacher student": ("it takes hours", "hours on a CPU"),
    "make report bundle": ("it needs the two models before", "hours on a CPU"),
}
"""Not run, with the reason, and how the document marks it."""

SNIPPETS = {
    ("start", "python"): "test_the_python_runs of tests/test_readme.py",
    ("start", "ts"): "test_the_snippets_of_the_browser",
    ("browser", "ts"): "test_the_snippets_of_the_browser",
    ("format", "python"): "test_the_patterns_are_those_of_the_code of tests/exporter/test_format.py",
    ("native", "kotlin"): "not run: it needs the Android SDK",
    ("native", "swift"): "not run: it needs a Mac",
}
"""What else is code in the documents; blocks without a language are drawings and output."""


def commands(page: str) -> list[str]:
    """Give the commands that a document shows, without comments."""
    text = PAGES[page].read_text(encoding="utf8")
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    lines += [re.split(r"  +", line.strip())[0] for line in re.findall(r"^    (autocomplete .*)$", text, re.MULTILINE)]
    return [command for line in lines if (command := re.split(r"\s+#", line)[0].strip())]


def test_every_command_is_run_or_said_why_not() -> None:
    shown = {command for page in PAGES for command in commands(page)}
    assert len(shown) > 30
    assert shown == {*RUN, *ELSEWHERE, *NOT_RUN}, "a document shows another command: decide here how it is run"
    for name in [*ELSEWHERE.values(), *(where for where in SNIPPETS.values() if where.startswith("test_"))]:
        file = ROOT / (re.findall(r" of (\S+)$", name) or ["tests/test_shown.py"])[0]
        assert f"def {name.split()[0]}" in file.read_text(encoding="utf8"), name


def test_every_snippet_is_run_or_said_why_not() -> None:
    shown = {
        (page, language)
        for page, path in PAGES.items()
        for language in re.findall(r"^```(\w+)$", path.read_text(encoding="utf8"), re.MULTILINE)
    }
    assert {(page, language) for page, language in shown if language != "sh"} == set(SNIPPETS)


def test_what_is_not_run_is_marked_where_it_is_shown() -> None:
    first = " ".join(PAGES["start"].read_text(encoding="utf8").split())
    for command, (reason, mark) in NOT_RUN.items():
        assert reason
        assert mark in first, command
        assert abs(first.index(mark) - first.index(command)) < 600, command
    native = PAGES["native"].read_text(encoding="utf8")
    assert native.index("have not been run here") < native.index("```kotlin") < native.index("```swift")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the commands are called with, and the programs of this environment."""
    folder = tmp_path_factory.mktemp("shown")
    (folder / "lines.txt").write_text("\n".join(SAMPLE[:8]) + "\n")
    (folder / "writer.txt").write_text("\n".join([*SAMPLE[:8], *LINES[:12]]) + "\n")
    (folder / "ward.txt").write_text("\n".join(LINES) + "\n")
    programs = folder / "bin"
    programs.mkdir()
    for name, call in (("autocomplete", "-m autocomplete"), ("python", "")):
        (programs / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {call} "$@"\n')
        (programs / name).chmod(0o755)
    return folder


def environment(place: Path) -> dict[str, str]:
    """Give an environment with the programs of the folder, and a home of its own."""
    path = f"{place / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return {
        **os.environ,
        "PATH": path,
        "PYTHONPATH": str(ROOT),
        "HOME": str(place),
        "XDG_DATA_HOME": str(place / "home"),
    }


def filled(command: str, instead: dict[str, str]) -> str:
    """Put files in the place of the names in capitals."""
    for name, value in instead.items():
        command = command.replace(name, value)
    for name, value in (
        ("WRITER.txt...", "writer.txt"), ("FILE...", "lines.txt"), ("FILES", "ward.txt"), ("FILE", "lines.txt"),
        ("RUN-OR-BUNDLE", str(built_in_bundle())), ("ROOT", str(ROOT)),
    ):  # fmt: skip
        command = re.sub(rf"(?<![\w-]){re.escape(name)}(?![\w-])", lambda _, value=value: value, command)
    return command.replace("cd export/browser", f"cd {BROWSER}")


@pytest.mark.slow
@pytest.mark.parametrize("command", RUN)
def test_it_runs(command: str, place: Path) -> None:
    how = RUN[command]
    for needed in how.needs:
        if needed == "npm":
            try:
                build()
            except Missing as missing:
                pytest.skip(str(missing))
        else:
            pytest.importorskip(needed, reason=f"{needed} is not installed")
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", filled(command, how.instead)],
        cwd=place,
        env=environment(place),
        input=how.says,
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert done.returncode == 0, done.stderr
    assert re.search(how.shows, done.stdout), done.stdout


@pytest.fixture(scope="module")
def adapter(place: Path) -> Path:
    """The adapter that the first page makes."""
    pytest.importorskip("torch", reason="torch is not installed")
    made = place / "medicine.adapter"
    if not made.exists():
        command = filled("python -m training adapter FILES --out medicine.adapter", {})
        subprocess.run(["bash", "-euc", command], cwd=place, env=environment(place), check=True, capture_output=True)
    return made


@pytest.mark.slow
@pytest.mark.parametrize("with_adapter", [False, True])
def test_it_completes_in_a_terminal(place: Path, with_adapter: bool, request: pytest.FixtureRequest) -> None:
    arguments = ["type"]
    if with_adapter:
        arguments += ["--adapter", request.getfixturevalue("adapter").name]
    terminal, theirs = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 120, 0, 0))
    process = subprocess.Popen(
        [place / "bin" / "autocomplete", *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=place,
        env=environment(place) | {"TERM": "xterm"},
        start_new_session=True,
    )
    os.close(theirs)
    try:
        seen = _until(terminal, b"keys saved")
        os.write(terminal, b"See you tomo")
        seen += _until(terminal, b"rrow")
        os.write(terminal, b"\t\x04")
        seen += _until(terminal, None)
    finally:
        process.kill()  # it has ended, unless something is wrong
        process.wait()
        os.close(terminal)
    assert b"See you tomorrow" in seen[seen.rindex(b"tomo") - 40 :], seen


def _until(terminal: int, expected: bytes | None, seconds: float = 120) -> bytes:
    """Read from a terminal until something is shown, or the program ends."""
    seen, end = b"", time.monotonic() + seconds
    while (expected is None or expected not in seen) and time.monotonic() < end:
        if select.select([terminal], [], [], 1)[0]:
            try:
                seen += os.read(terminal, 4096)
            except OSError:  # the program has ended
                break
    return seen


@pytest.mark.slow
def test_the_pipe_of_the_first_page(place: Path) -> None:
    (command,) = (shown for shown in commands("start") if shown.startswith("echo"))
    done = subprocess.run(["bash", "-euc", command], env=environment(place), capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["result"]["suggestions"][0]["word"] == "tomorrow"


@pytest.mark.slow
def test_the_server_listens_at_a_socket(place: Path) -> None:
    import socket

    if not hasattr(socket, "AF_UNIX"):
        pytest.skip("this system has no Unix sockets")
    path = place / "s"
    command = [place / "bin" / "autocomplete", "serve", "--socket", path]
    with subprocess.Popen(command, env=environment(place), stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr
        assert "listening at" in server.stderr.readline()
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.connect(str(path))
            client.sendall(HELLO.encode())
            assert json.loads(client.makefile().readline())["result"]["protocol"] == 1
        server.terminate()


@pytest.mark.slow
def test_the_commands_take_a_key(place: Path) -> None:
    pytest.importorskip("sqlcipher3", reason="sqlcipher3 is not installed")
    subprocess.run([place / "bin" / "autocomplete", "block", "Anna", "--user", place / "anna.db"], check=True)
    for command, says, shows in (
        ("autocomplete new-key anna.key", None, ""),
        ("autocomplete learn FILE... --user annas-own.db --key-file anna.key", None, r"\d+ new words"),
        ("AUTOCOMPLETE_USER_KEY=$(cat anna.key) autocomplete known --user annas-own.db", None, r"\w+\t\d+"),
        ("autocomplete import-user anna.db --user annas-own.db --key-file anna.key", None, r"\d+ words in all"),
        ("autocomplete serve --user FILE --key-file KEY", HELLO, '"learns":true'),
    ):
        filled_in = filled(command, {"FILE --key-file KEY": "annas-own.db --key-file anna.key"})
        done = subprocess.run(
            ["bash", "-euc", filled_in], cwd=place, env=environment(place), input=says, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        assert re.search(shows, done.stdout), done.stdout
    assert not (place / "annas-own.db").read_bytes().startswith(b"SQLite")


@pytest.mark.slow
def test_the_server_takes_an_adapter(place: Path, adapter: Path) -> None:
    command = [place / "bin" / "autocomplete", "serve", "--adapter", adapter]
    done = subprocess.run(command, env=environment(place), input=HELLO, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["result"]["protocol"] == 1


@pytest.mark.slow
@pytest.mark.parametrize("page", ["start", "native"])
def test_the_native_program(page: str, place: Path) -> None:
    pytest.importorskip("ai_edge_litert", reason="ai-edge-litert is not installed")
    if sys.platform != "linux" or not shutil.which("g++"):
        pytest.skip("needs g++ on Linux")
    lines = [line for line in commands(page) if "logprobs" in line or line.startswith("L=")]
    assert len(lines) == 3
    script = "\n".join(lines).replace(".venv/bin/python", sys.executable).replace("-o logprobs", f"-o {place}/logprobs")
    script = script.replace("./logprobs", f"{place}/logprobs")
    done = subprocess.run(["bash", "-euc", script], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 3  # the context's row, and one for each of the two tokens


def _typescript() -> list[str]:
    return [
        block
        for page in ("start", "browser")
        for block in re.findall(r"^```ts\n(.*?)^```", PAGES[page].read_text(encoding="utf8"), re.MULTILINE | re.DOTALL)
    ]


@pytest.mark.slow
def test_the_snippets_of_the_browser(tmp_path: Path) -> None:
    """They compile against the sources, and run in the page."""
    try:
        build()
    except Missing as missing:
        pytest.skip(str(missing))
    imports = [
        ("readBundle", "decoder/bundle.ts"), ("Autocompleter", "decoder/engine.ts"), ("layout", "layout.ts"),
        ("openGraph", "litert.ts"), ("TypingSession", "decoder/session.ts"), ("readEmoji", "decoder/emoji.ts"),
    ]  # fmt: skip
    snippets = _typescript()
    for number, snippet in enumerate(snippets):
        used = [f'import {{ {name} }} from "{BROWSER}/src/{path}";\n' for name, path in imports if name in snippet]
        (tmp_path / f"snippet{number}.ts").write_text("".join(used) + snippet + "export {};\n")
    folders = [f"{BROWSER}/node_modules/@types", f"{BROWSER}/node_modules"]
    config: dict[str, Any] = {
        "extends": f"{BROWSER}/tsconfig.json",
        "compilerOptions": {"typeRoots": folders},
        "include": ["snippet*.ts", f"{BROWSER}/src/*.d.ts"],
    }
    (tmp_path / "tsconfig.json").write_text(json.dumps(config))
    compiler = BROWSER / "node_modules" / ".bin" / "tsc"
    done = subprocess.run([compiler, "-p", tmp_path], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    found = drive(snippets=snippets)
    assert found["errors"] == []
    first, second = found["snippets"]
    assert first[0][0][0]["word"] == "tomorrow"
    word, text, correction = second[0]
    assert (word, text, correction["word"]) == ("tomorrow", "I saw the ", "the")
