"""The page in a real browser, without a network: the golden vectors, the same words as Python, typing, what it costs.

`BROWSER_TEXT=FILE` compares on 200 lines of a file of your own besides.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

import autocomplete
from autocomplete.bench import SAMPLE
from autocomplete.evaluation import choose_lines

pytestmark = [pytest.mark.tflite, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "export" / "browser"
GOLDEN = ROOT / "export" / "golden" / "en.json"
TYPED = (
    "See you tomorrow at the station",
    "thank you for your help with the move last week",
    "I'm on my way, be there soon",
)
MISTYPED = (
    "see you tomorow mornign",
    "i hpoe you are well",
    "thankyou for teh invitation",
    "we culd meet at the statoin",
)


def _browser() -> str | None:
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="module")
def page() -> Path:
    """The page, built as its page says."""
    if not shutil.which("npm"):
        pytest.skip("npm is not installed")
    if not _browser():
        pytest.skip("there is no Chromium: apt-get install chromium")
    if not (PAGE / "node_modules").exists():
        fetched = subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=PAGE, capture_output=True, text=True)
        if fetched.returncode:
            pytest.skip(f"npm cannot fetch what the page is built with: {fetched.stderr[-300:]}")
    built = subprocess.run(["npm", "run", "build"], cwd=PAGE, capture_output=True, text=True)
    assert built.returncode == 0, built.stdout + built.stderr
    return PAGE / "dist"


def _drive(page: Path, **asked: Any) -> dict[str, Any]:
    done = subprocess.run(
        ["node", page.parent / "test" / "drive.mjs"],
        input=json.dumps(asked),
        env={**os.environ, "CHROMIUM": _browser() or ""},
        capture_output=True,
        text=True,
        timeout=1500,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def golden() -> dict[str, Any]:
    """The golden vectors."""
    return json.loads(GOLDEN.read_text(encoding="utf8"))


@pytest.fixture(scope="module")
def found(page: Path, golden: dict[str, Any]) -> dict[str, Any]:
    """What the page gives for the golden vectors."""
    texts = [vector["text"] for vector in golden["vectors"]]
    contexts = [context for vector in golden["vectors"] for context in vector["contexts"]]
    return _drive(page, tokens=texts, contexts=contexts, texts=texts)


def test_the_page_loads_little_and_breaks_nothing(found: dict[str, Any]) -> None:
    assert found["errors"] == []
    assert found["status"].startswith("Ready")
    assert 10e6 < found["loaded"] <= 25e6


def test_golden_tokens(found: dict[str, Any], golden: dict[str, Any]) -> None:
    for vector, tokens in zip(golden["vectors"], found["tokens"], strict=True):
        assert tokens == (vector["contexts"][0]["tokens"] if vector["contexts"] else []), vector["text"]


def test_golden_logprobs(found: dict[str, Any], golden: dict[str, Any]) -> None:
    contexts = [context for vector in golden["vectors"] for context in vector["contexts"]]
    compared = 0
    for context, comp in zip(contexts, found["contexts"], strict=True):
        reading = [call for call in context["calls"] if call["first_slot"] < 64]
        searching = [call for call in context["calls"] if call["first_slot"] >= 64]
        ref = [reading[-1]["top_logprobs"][-1]] + [row for call in searching for row in call["top_logprobs"]]
        for ref_row, comp_row in zip(ref, comp, strict=True):
            assert max(abs(a - b) for a, b in zip(ref_row, comp_row, strict=True)) <= golden["tolerance"]
            compared += len(ref_row)
    assert compared > 1000


def test_golden_suggestions(found: dict[str, Any], golden: dict[str, Any]) -> None:
    same = 0
    for vector, answer in zip(golden["vectors"], found["texts"], strict=True):
        ref = [(s["word"], s["kind"], s["delete_left"], s["insert_text"]) for s in vector["suggestions"]]
        comp = [(s["word"], s["kind"], s["deleteLeft"], s["insertText"]) for s in answer["suggestions"]]
        same += ref == comp
    assert same >= len(golden["vectors"]) - 1  # one may fall to rounding


def _compare(page: Path, lines: list[str]) -> tuple[float, list[str]]:
    """Give the share of prefixes with the same three words, and what differs by more than rounding can explain."""
    texts = [line[:end] for line in lines for end in range(len(line) + 1)]
    engine = autocomplete.load()
    same, unexplained = 0, []
    for text, answer in zip(texts, _drive(page, texts=texts)["texts"], strict=True):
        ref, comp = engine.suggest(text), answer["suggestions"]
        words = [s["word"] for s in comp]
        same += [s.word for s in ref] == words
        missing = [s for s in ref if s.word not in words]
        if missing:  # what is missing must be about as likely as what stands there instead
            worst = min(s["logprob"] for s in comp) if comp else 0.0
            if len(words) != len(ref) or min(abs(s.logprob - worst) for s in missing) > 6:
                unexplained.append(f"{text!r}: {[s.word for s in ref]} here, {words} in the browser")
    return same / len(texts), unexplained


def test_the_same_three_words_as_python_before_every_key(page: Path) -> None:
    share, unexplained = _compare(page, [*SAMPLE, *MISTYPED])
    assert unexplained == []
    assert share >= 0.99


def test_the_same_three_words_on_a_text_of_ones_own(page: Path) -> None:
    path = os.environ.get("BROWSER_TEXT")
    if not path:
        pytest.skip("BROWSER_TEXT names no file")
    share, unexplained = _compare(page, choose_lines(Path(path), 200))
    assert unexplained == []
    assert share >= 0.99


def test_typing_in_the_page_saves_keys_and_is_quick(page: Path, tmp_path: Path) -> None:
    found = _drive(page, type=TYPED, pictures=str(tmp_path))
    for line, typed in zip(TYPED, found["typed"], strict=True):
        assert typed["text"].rstrip() == line
        assert typed["taken"] >= 3
        keys, characters, saved = map(int, re.findall(r"(\d+) (?:keys|characters|saved)", typed["figures"]))
        assert saved == characters - keys > len(line) / 4
    assert found["errors"] == []
    assert all(name.strip() for name in found["names"])
    assert {"Your text", "Space", "Delete", "Shift", "New line", "q", "apostrophe"} <= set(found["names"])
    light, dark = ((tmp_path / f"{scheme}.png").read_bytes() for scheme in ("light", "dark"))
    assert light != dark
    milliseconds = sorted(ms for typed in found["typed"] for ms in typed["ms"])
    # other work on the machine lengthens every time: then the quicker keys tell what one costs
    is_busy = os.getloadavg()[0] > (os.cpu_count() or 1)
    assert milliseconds[len(milliseconds) // (10 if is_busy else 2)] <= 12
