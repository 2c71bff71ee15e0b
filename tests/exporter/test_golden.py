"""The golden vectors: what is in the file is what the bundle gives, in every runtime that can be had."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from autocomplete import bundle
from autocomplete.bundle import GRAPH
from autocomplete.loading import built_in_bundle
from export import golden
from export.__main__ import main
from tests.tiny import SHAPE, graph

pytestmark = pytest.mark.tflite

ROOT = Path(__file__).parents[2]
FILE = ROOT / "export" / "golden" / "en.json"
OTHER_PYTHON = "TFLITE_RUNTIME_PYTHON"
AGAIN = "the bundle or the search changed: make golden, then read the difference"


@pytest.fixture(scope="module")
def kept() -> dict[str, Any]:
    """The vectors in the repository."""
    return json.loads(FILE.read_text(encoding="utf8"))


@pytest.fixture(scope="module")
def made() -> dict[str, Any]:
    """The vectors as they are made now."""
    return golden.make(built_in_bundle())


def contexts_of(vectors: dict[str, Any]) -> list[dict[str, Any]]:
    """Give all contexts that are read, with what is searched after them."""
    parts = ("vectors", "phrases", "touched", "finished")
    return [context for part in parts for v in vectors[part] for context in v["contexts"]]


def _all_calls(vectors: dict[str, Any]) -> list[dict[str, Any]]:
    return [call for context in contexts_of(vectors) for call in context["calls"]]


def test_they_belong_to_the_bundle_that_ships(kept: dict[str, Any]) -> None:
    assert kept["bundle"] == bundle.read(built_in_bundle()).checksum, AGAIN
    assert [vector["text"] for vector in kept["vectors"]] == list(golden.TEXTS), AGAIN


def test_tokens_masks_and_words_are_the_same_again(kept: dict[str, Any], made: dict[str, Any]) -> None:
    def without_logprobs(value: Any) -> Any:
        if isinstance(value, dict):
            numbers = {"logprob", "top_tokens", "top_logprobs", "confidence", "margin", "lead", "cost", "runtime"}
            return {name: without_logprobs(v) for name, v in value.items() if name not in numbers}
        return [without_logprobs(v) for v in value] if isinstance(value, list) else value

    for part in ("vectors", "phrases", "touched", "finished", "fields"):
        for ref, comp in zip(kept[part], made[part], strict=True):
            assert without_logprobs(json.loads(json.dumps(comp))) == without_logprobs(ref), AGAIN


def test_logprobs_stay_within_the_tolerance_that_is_stated(kept: dict[str, Any]) -> None:
    opened = bundle.read(built_in_bundle())
    compared = 0
    for context in contexts_of(kept):
        calls = [
            golden.Call(call["tokens"], call["positions"], list(map(golden.numbers, call["mask"])), call["first_slot"])
            for call in context["calls"]
        ]
        found = golden.run(opened.sections[GRAPH], opened.manifest.shape, calls)
        for call, logprobs in zip(context["calls"], found, strict=True):
            comp = np.take_along_axis(logprobs, np.array(call["top_tokens"]), axis=1)
            assert np.abs(comp - np.array(call["top_logprobs"])).max() <= kept["tolerance"]
            compared += comp.size
    assert compared > 1000


def test_they_reach_what_a_host_can_get_wrong(kept: dict[str, Any]) -> None:
    calls = _all_calls(kept)
    depths = {len(mask.split(",")) for call in calls for mask in call["mask"]}
    assert len(depths) > 2, "no search goes deeper than one piece"
    assert any(len(context["tokens"]) > 64 for v in kept["vectors"] for context in v["contexts"]), "none is too long"
    assert any(not v["suggestions"] for v in kept["vectors"])
    kinds = {suggestion["kind"] for v in kept["vectors"] for suggestion in v["suggestions"]}
    assert kinds == {"prediction", "completion", "correction", "emoji", "punctuation"}
    with_phrases = [{suggestion["kind"] for suggestion in v["suggestions"]} for v in kept["phrases"]]
    assert [kinds for kinds in with_phrases if "phrase" in kinds and "prediction" in kinds]
    assert [kinds for kinds in with_phrases if "phrase" in kinds and "prediction" not in kinds]
    by_text = {v["text"]: v for v in kept["vectors"]}
    again = by_text["re you coming"]["suggestions"][0]  # the word before, seen again
    assert (again["word"], again["delete_left"]) == ("Are you coming", len("re you coming"))
    small = [v["suggestions"][0]["word"] for text, v in by_text.items() if text.startswith("we met anna on monday")]
    assert small == ["friday"]
    assert any(" " in v["correction"]["typed"].strip() for v in kept["finished"] if v["correction"])
    assert any(v["earlier"] for v in kept["fields"])
    assert any("🍕" in text for v in kept["fields"] for text in v["texts"])
    assert any(suggestion["delete_left"] for v in kept["vectors"] for suggestion in v["suggestions"])
    decided = [bool(v["correction"]) for v in kept["finished"]]
    assert min(decided.count(True), decided.count(False)) >= 8
    evidence = [one for v in kept["finished"] for one in v["evidence"]]
    for name in ("exists", "name", "touched", "misspelt"):
        assert {one[name] for one in evidence} == {True, False}, name
    assert {one["capitals"] for one in evidence} == {-1, 0, 1}
    assert len({one["mistake"] for one in evidence}) >= 12
    touched: dict[str, list[Any]] = {}
    for v in kept["touched"] + kept["finished"]:
        touched.setdefault(v["text"], []).append(v.get("suggestions") or v["confidence"])
    assert any(len(found) > 1 and found[0] != found[1] for found in touched.values()), "no touch changes anything"


def test_they_are_written_and_read_back(tmp_path: Path, made: dict[str, Any]) -> None:
    golden.write(tmp_path / "x.json", made)
    assert json.loads((tmp_path / "x.json").read_text(encoding="utf8")) == json.loads(json.dumps(made))
    assert FILE.stat().st_size < 300_000


def test_the_command_writes_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(golden.make, "__defaults__", (("See you tomo",),))
    monkeypatch.setattr(golden.make, "__kwdefaults__", {"typing": False})
    result = CliRunner().invoke(main, ["golden", "--out", str(tmp_path / "x.json")])
    assert result.exit_code == 0, result.output
    assert result.output.startswith("1 texts: ")
    assert json.loads((tmp_path / "x.json").read_text())["vectors"][0]["suggestions"][0]["word"] == "tomorrow"
    refused = CliRunner().invoke(main, ["golden", "--bundle", str(tmp_path / "none")])
    assert refused.exit_code == 1
    assert refused.output.startswith("Error: ")


def test_rules_that_give_other_numbers_than_the_runtime_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    right = golden.plan

    def late(*arguments: Any) -> list[golden.Call]:
        return [
            golden.Call(call.tokens, [place + 1 for place in call.positions], call.visible, call.first_slot)
            for call in right(*arguments)
        ]

    golden.make(built_in_bundle(), ["See yo"], typing=False)
    monkeypatch.setattr(golden, "plan", late)
    with pytest.raises(RuntimeError, match=r"for the tokens \[2, .*\]: make the two agree"):
        golden.make(built_in_bundle(), ["See yo"], typing=False)


@given(st.sets(st.integers(0, 120)))
def test_ranges_are_read_back(numbers: set[int]) -> None:
    assert golden.numbers(golden.ranges(sorted(numbers))) == sorted(numbers)


def test_the_other_runtime_gives_the_same_numbers_for_its_variant(tmp_path: Path) -> None:
    other = os.environ.get(OTHER_PYTHON)
    if not other:
        pytest.skip(f"{OTHER_PYTHON} names no Python with tflite-runtime (make test makes one)")
    code = (
        "import sys, numpy as np\n"
        "from export import golden; from tests.tiny import SHAPE, graph\n"
        "calls = golden.plan([2, *range(5, 40)], [([-1, -1], [7, 30]), ([1, 0, 1], [9, 11, 12])], SHAPE)\n"
        "np.save(sys.argv[1], np.concatenate(list(golden.run(graph('tflite-runtime'), SHAPE, calls))))\n"
    )
    for python, name in ((sys.executable, "ref"), (other, "comp")):
        done = subprocess.run([python, "-c", code, tmp_path / name], capture_output=True, text=True, cwd=ROOT)
        assert done.returncode == 0, done.stderr
    ref, comp = (np.load(tmp_path / f"{name}.npy") for name in ("ref", "comp"))
    assert ref.shape == comp.shape == (20 + 5, SHAPE.vocab_size)
    # weights drawn at random make activations, and what their rounding costs, larger than a trained model's
    assert np.abs(ref - comp).max() < 2 * golden.TOLERANCE
    assert np.abs(ref - comp).mean() < golden.TOLERANCE / 4
    assert np.ptp(ref, axis=0).max() > 1
    assert graph("tflite-runtime") != graph("default")


_RUN_VECTORS = """
import json, sys
from pathlib import Path
import numpy as np
from autocomplete import bundle
from autocomplete.bundle import GRAPH
from export import golden

kept, opened = json.loads(Path(sys.argv[2]).read_text()), bundle.read(Path(sys.argv[1]))
greatest = count = 0
for context in (context for vector in kept["vectors"] for context in vector["contexts"]):
    calls = [
        golden.Call(call["tokens"], call["positions"], list(map(golden.numbers, call["mask"])), call["first_slot"])
        for call in context["calls"]
    ]
    found = golden.run(opened.sections[GRAPH], opened.manifest.shape, calls)
    for call, logprobs in zip(context["calls"], found):
        away = np.take_along_axis(logprobs, np.array(call["top_tokens"]), axis=1) - np.array(call["top_logprobs"])
        greatest, count = max(greatest, float(np.abs(away).max())), count + away.size
print(json.dumps([greatest, count]))
"""


@pytest.mark.torch
@pytest.mark.slow
def test_both_runtimes_reproduce_the_vectors_of_the_english_model(tmp_path: Path) -> None:
    """The variant that both run right, made of the bundle that ships."""
    other = os.environ.get(OTHER_PYTHON)
    if not other:
        pytest.skip(f"{OTHER_PYTHON} names no Python with tflite-runtime (make test makes one)")
    from dataclasses import replace

    from autocomplete.interpreter import open_graph
    from autocomplete.self_check import record
    from autocomplete.tflite_lm import TFLiteModel
    from export.convert import convert
    from export.quantize import quantize
    from training.from_bundle import read_model

    opened = bundle.read(built_in_bundle())
    shape = opened.manifest.shape
    made = quantize(convert(read_model(built_in_bundle())[0].eval(), shape), "tflite-runtime")
    check = record(TFLiteModel(open_graph(made), shape), opened.manifest.self_check.tokens, tolerance=0.25)
    path, vectors = tmp_path / "other.bundle", tmp_path / "vectors.json"
    manifest = replace(opened.manifest, variant="tflite-runtime", self_check=check)
    bundle.write(path, manifest, {**opened.sections, GRAPH: made})
    golden.write(vectors, golden.make(path, golden.TEXTS[2:8], typing=False))
    for python in (sys.executable, other):
        done = subprocess.run([python, "-c", _RUN_VECTORS, path, vectors], capture_output=True, text=True, cwd=ROOT)
        assert done.returncode == 0, done.stderr
        greatest, count = json.loads(done.stdout)
        assert greatest <= golden.TOLERANCE
        assert count > 100
