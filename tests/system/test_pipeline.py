"""From a folder of text to suggestions, by the commands of the README, at the smallest size."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="torch is not installed: pip install -e '.[train]'")
pytest.importorskip("litert_torch", reason="litert-torch is not installed: pip install -e '.[export]'")

from tests.trainer.conftest import sentences

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.slow


def _run(folder: Path, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    """Run `python -m ...` in a folder of its own, so that all defaults (`runs/...`) land there."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    result = subprocess.run(
        [sys.executable, "-m", *arguments], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert result.returncode == code, result.stderr[-2000:]
    return result


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the whole pipeline has run."""
    folder = tmp_path_factory.mktemp("pipeline")
    (folder / "text").mkdir()
    lines = sentences(6000, seed=8)
    dialogues = ["\n".join(lines[start : start + 4]) for start in range(0, len(lines), 4)]
    (folder / "text" / "chat.txt").write_text("\n\n".join(dialogues) + "\n")
    _run(folder, "training", "corpus", "--text", "text")
    _run(folder, "training", "lexicon")
    _run(folder, "training", "vocabulary", "--vocab-size", "500")
    _run(folder, "training", "shards")
    _run(folder, "training", "teacher", "--preset", "smoke", "--tokens", "150000")
    _run(folder, "training", "student", "--preset", "smoke", "--tokens", "150000")
    _run(folder, "export", "--out", "small.bundle")
    return folder


def _words(folder: Path, text: str) -> list[str]:
    result = _run(folder, "autocomplete", "suggest", text, "--bundle", "small.bundle", "--json")
    return [entry["word"] for entry in json.loads(result.stdout)]


def test_the_bundle_completes_what_the_text_taught(folder: Path) -> None:
    assert "Monday" in _words(folder, "We bought a new phone on ")
    assert _words(folder, "My sister found the garden do")[0] == "door"
    assert "don't" in _words(folder, "they dont")


def test_the_report_compares_teacher_and_student(folder: Path) -> None:
    lines = _run(folder, "training", "report").stdout.splitlines()
    assert [line.split("|")[1].strip() for line in lines[2:]] == ["teacher", "student"]


def test_the_card_tells_where_the_model_comes_from(folder: Path) -> None:
    card = json.loads(_run(folder, "autocomplete", "info", "small.bundle", "--json").stdout)["model_card"]
    assert card["training"]["distill"]["temperature"] == 1.0
    assert card["training"]["made_from"]["teacher"]["tokens"] > 100_000
    assert card["parity"]["int8"]["top1_agreement"] > 0.9


def test_missing_steps_are_named(folder: Path, tmp_path: Path) -> None:
    for arguments, remedy in (
        (("training", "corpus", "--text", "nowhere"), "--text"),
        (("training", "lexicon"), "training corpus"),
        (("training", "vocabulary"), "training lexicon"),
        (("training", "teacher"), "training shards"),
        (("export",), "training"),
    ):
        result = _run(tmp_path, *arguments, code=1)
        assert remedy in result.stderr
        assert "Traceback" not in result.stderr


def test_an_export_that_is_killed_leaves_the_old_bundle(folder: Path) -> None:
    old = (folder / "small.bundle").read_bytes()
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(
        [sys.executable, "-m", "export", "--out", "small.bundle"],
        cwd=folder,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr
        assert any(line.startswith("typing") for line in process.stderr)  # nearly at the end
        process.kill()
    assert process.returncode == -signal.SIGKILL
    assert (folder / "small.bundle").read_bytes() == old
    assert _words(folder, "My sister found the garden do")[0] == "door"


def test_a_tolerance_that_is_not_met_ships_nothing(folder: Path) -> None:
    result = _run(folder, "export", "--min-agreement", "1.01", "--out", "refused.bundle", code=1)
    assert "Traceback" not in result.stderr
    assert not (folder / "refused.bundle").exists()
