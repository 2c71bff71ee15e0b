"""The C++ program gives the golden logprobs, and says what is wrong with what it is given."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from autocomplete import bundle
from autocomplete.bundle import GRAPH, LEXICON, PIECES
from autocomplete.loading import built_in_bundle
from tests.exporter.test_golden import contexts_of
from tests.tiny import graph, manifest

pytestmark = [pytest.mark.tflite, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
NATIVE = ROOT / "export" / "native"
GOLDEN = ROOT / "export" / "golden" / "en.json"


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program, built as its page says."""
    litert = pytest.importorskip("ai_edge_litert", reason="ai-edge-litert is not installed")
    library = Path(litert.__path__[0])
    if not shutil.which("g++"):
        pytest.skip("g++ is not installed")
    if not (library / "libLiteRt.so").exists():
        pytest.skip("this wheel of ai-edge-litert has no libLiteRt.so")
    built = tmp_path_factory.mktemp("native") / "logprobs"
    page = (NATIVE / "README.md").read_text()
    command = re.search(r"^(g\+\+ .*)$", page, re.MULTILINE)
    assert command
    words = command[1].replace('"$L"', str(library)).replace(",$L", f",{library}").split()
    words[words.index("-o") + 1] = str(built)
    done = subprocess.run([*words, "-Wall", "-Wextra", "-Werror"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return built


def _say(program: Path, path: Path, *lines: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([program, path], input="\n".join(lines), capture_output=True, text=True, timeout=120)


def _commands(context: dict[str, Any]) -> list[str]:
    """Turn the calls of a context into lines; the parent of a row is the last slot it sees."""
    lines = ["read " + " ".join(map(str, context["tokens"]))]
    for call in context["calls"]:
        if call["first_slot"] < 64:
            continue
        parents = []
        for mask in call["mask"]:
            seen = [int(part.split("-")[-1]) for part in mask.split(",")]
            parents.append(max([slot - 64 for slot in seen if 64 <= slot < 96], default=-1))
        lines.append("score " + " ".join(f"{p}:{t}" for p, t in zip(parents, call["tokens"], strict=True)))
    return lines


def test_the_golden_logprobs_come_out(program: Path) -> None:
    kept = json.loads(GOLDEN.read_text(encoding="utf8"))
    contexts = contexts_of(kept)
    done = _say(program, built_in_bundle(), *[line for context in contexts for line in _commands(context)])
    assert done.returncode == 0, done.stderr
    answers = iter(done.stdout.splitlines())
    compared = 0
    for context in contexts:
        reading = [call for call in context["calls"] if call["first_slot"] < 64]
        searching = [call for call in context["calls"] if call["first_slot"] >= 64]
        rows = [(reading[-1]["top_tokens"][-1], reading[-1]["top_logprobs"][-1])]
        rows += [row for call in searching for row in zip(call["top_tokens"], call["top_logprobs"], strict=True)]
        for tokens, logprobs in rows:
            found = dict(pair.split(":") for pair in next(answers).split())
            for token, ref in zip(tokens, logprobs, strict=True):
                assert abs(float(found[str(token)]) - ref) <= kept["tolerance"]
                compared += 1
    assert next(answers, None) is None
    assert compared > 1000


def _written(path: Path, **changes: Any) -> Path:
    bundle.write(path, manifest(**changes), {GRAPH: graph(), PIECES: b"-", LEXICON: b"-"})
    return path


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda data: b"something else" + data[14:], "is no bundle"),
        (lambda data: data[:40], "is no bundle"),
        (lambda data: data[:8] + b"\x02" + data[9:], "format version other than 1"),
        (lambda data: data[:12] + b"\x00" + data[13:], "never finished"),
        (lambda data: data[:100], "ends inside its manifest"),
        (lambda data: data[:5000], "ends inside its graph"),
    ],
)
def test_a_bundle_that_is_none_is_one_sentence(program: Path, tmp_path: Path, change: Any, message: str) -> None:
    path = _written(tmp_path / "xx.bundle")
    assert _say(program, path, "read 2 5").returncode == 0
    path.write_bytes(change(path.read_bytes()))
    done = _say(program, path, "read 2 5")
    assert done.returncode == 1
    assert message in done.stderr
    assert _say(program, tmp_path / "missing").returncode == 1


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["nonsense 3"], "cannot follow"),
        (["read"], "cannot follow"),
        (["read 2", "score 0:7"], "there is no node 0"),
        (["read 2", "score " + " ".join(["-1:7"] * 9)], "too many tokens"),
    ],
)
def test_a_wrong_line_is_one_sentence(program: Path, tmp_path: Path, lines: list[str], message: str) -> None:
    done = _say(program, _written(tmp_path / "xx.bundle"), *lines)
    assert done.returncode == 1
    assert f"Error: {message}" in done.stderr
