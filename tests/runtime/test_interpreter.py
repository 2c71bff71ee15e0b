"""The seam to a TFLite runtime, and what the other runtime does with each variant of a graph."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from autocomplete import bundle, interpreter, self_check
from autocomplete.bundle import GRAPH, LEXICON, PIECES
from autocomplete.errors import RuntimeMissing
from autocomplete.interpreter import open_graph
from tests.tiny import SHAPE, graph, language_model, manifest

pytestmark = pytest.mark.tflite

OTHER_PYTHON = "TFLITE_RUNTIME_PYTHON"
"""Environment variable: a Python with tflite-runtime 2.14 and numpy < 2, where this one cannot have both."""

LOAD = """
import sys
from pathlib import Path
from autocomplete import bundle, errors
from autocomplete.tflite_lm import TFLiteModel
try:
    lm = TFLiteModel.from_bundle(bundle.read(Path(sys.argv[1])), runtime="tflite-runtime")
    print("loaded by", lm.runtime)
except errors.SelfCheckFailed as error:
    print("refused:", error)
"""


@pytest.fixture(scope="module")
def other_python() -> str:
    if OTHER_PYTHON in os.environ:
        return os.environ[OTHER_PYTHON]
    if importlib.util.find_spec("tflite_runtime") is None:
        pytest.skip(f"tflite-runtime is not installed, nor is a Python that has it named in {OTHER_PYTHON}")
    return sys.executable


def write_bundle(path: Path, variant: str) -> Path:
    lm = language_model(variant)
    tokens = [2, *np.random.default_rng(3).integers(4, SHAPE.vocab_size, 20).tolist()]
    check = self_check.record(lm, tokens, tolerance=0.25)
    bundle.write(path, manifest(variant=variant, self_check=check), {GRAPH: graph(variant), PIECES: b"", LEXICON: b""})
    return path


def load_elsewhere(python: str, path: Path) -> str:
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [python, "-c", LOAD, str(path)],
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_other_runtime_computes_garbage_and_the_self_check_says_so(other_python: str, tmp_path: Path) -> None:
    said = load_elsewhere(other_python, write_bundle(tmp_path / "xx.bundle", "default"))
    assert said.startswith("refused: tflite-runtime 2.14")
    assert "pip install ai-edge-litert" in said
    assert "--variant tflite-runtime" in said


def test_the_other_runtime_runs_its_variant_rightly(other_python: str, tmp_path: Path) -> None:
    said = load_elsewhere(other_python, write_bundle(tmp_path / "xx.bundle", "tflite-runtime"))
    assert said.startswith("loaded by tflite-runtime 2.14")


def test_the_preferred_runtime_is_named_with_its_version() -> None:
    opened = open_graph(graph())
    assert opened.runtime.startswith("ai-edge-litert 2.")
    assert set(opened.steps) == {"t8"}


def test_the_next_runtime_is_taken_where_the_first_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in = {"nothing-here": "no_such_module", "anything": interpreter.RUNTIMES["ai-edge-litert"]}
    monkeypatch.setattr(interpreter, "RUNTIMES", stand_in)
    assert open_graph(graph()).runtime == "anything"


def test_no_runtime_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interpreter, "RUNTIMES", {"nothing-here": "no_such_module"})
    with pytest.raises(RuntimeMissing, match="pip install ai-edge-litert"):
        open_graph(graph())


def test_the_greeting_of_native_code_stays_off_the_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    language_model().start([2, 5])
    assert capfd.readouterr().err == ""
    os.write(2, b"still open")
    assert capfd.readouterr().err == "still open"


def test_a_process_without_standard_error_can_open_a_graph() -> None:
    code = "import os; os.close(2); from tests.tiny import language_model as lm; print(lm().start([2]).tokens)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=Path(__file__).parents[2])
    assert done.stdout == "(2,)\n"
