"""The command line: what it prints where, how it exits, how soon it answers."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import autocomplete
from autocomplete.cli import main
from autocomplete.loading import built_in_bundle
from tests.fake_field import FakeField

LINES = "Thank you for the call\nI will see you tomorrow\nno\nwe can talk about it then\n"


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    """A file of messages."""
    path = tmp_path / "lines.txt"
    path.write_text(LINES)
    return path


def test_suggest_prints_what_the_engine_offers() -> None:
    ref = autocomplete.load().suggest("See you tomo", k=2)
    plain, as_json = _run("suggest", "See you tomo", "-k", "2"), _run("suggest", "See you tomo", "-k", "2", "--json")
    assert plain.exit_code == as_json.exit_code == 0
    assert plain.stdout.splitlines() == [suggestion.word for suggestion in ref]
    comp = json.loads(as_json.stdout)
    assert [entry["word"] for entry in comp] == [suggestion.word for suggestion in ref]
    assert comp[0].keys() == {"word", "insert_text", "delete_left", "logprob", "confidence", "kind"}


def test_strict_measures_an_engine_that_allows_for_no_mistakes(tmp_path: Path) -> None:
    pairs = tmp_path / "pairs.tsv"
    pairs.write_text("tomprrow\ttomorrow\tkeys\n")
    tolerant, strict = (_run("eval", "--misspellings", str(pairs), "--json", *flags) for flags in ((), ("--strict",)))
    assert tolerant.exit_code == strict.exit_code == 0
    counts = [json.loads(result.stdout)["ignoring_case"]["all"] for result in (tolerant, strict)]
    assert [(count["among"], count["corrected"]) for count in counts] == [(1, 1), (0, 0)]


def test_nothing_to_offer_is_no_error() -> None:
    result = _run("suggest", "see https://exam")
    assert (result.exit_code, result.stdout) == (0, "")


def test_eval_prints_a_table_and_a_json_line_and_reports_on_stderr(lines: Path) -> None:
    result = _run("eval", str(lines), "--lines", "2")
    assert result.exit_code == 0
    assert "keystroke savings" in result.stdout
    found = json.loads(result.stdout.splitlines()[-1])
    assert (found["file"], found["lines"], found["seed"], found["k"]) == ("lines.txt", 2, 7, 3)
    assert len(found["bundle"]) == 64
    assert 0 < found["ignoring_case"]["keystroke_savings"] < 1
    assert "2/2 lines" in result.stderr
    assert "lines," not in result.stdout.splitlines()[-1]


def test_eval_json_is_one_line_a_file(lines: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text(LINES)
    result = _run("eval", str(lines), str(other), "--json")
    assert [json.loads(line)["file"] for line in result.stdout.splitlines()] == ["lines.txt", "other.txt"]


@pytest.fixture
def made_up_sessions(monkeypatch: pytest.MonkeyPatch) -> list[FakeField]:
    """Sessions whose answers are written down, in place of the engine's; those that were opened."""
    opened: list[FakeField] = []

    def session(self: object, text: str = "", k: int = 3) -> FakeField:
        opened.append(FakeField(text, {"taht": "that", "siter": "sister", "talk": "walk"}, {"siter": ["sister"]}, 0.9))
        return opened[-1]

    monkeypatch.setattr(autocomplete.Autocompleter, "session", session)
    return opened


def test_eval_types_with_mistakes(lines: Path, made_up_sessions: list[FakeField]) -> None:
    arguments = ("eval", str(lines), "--noise", "0.1", "--layout", "dvorak", "--seed", "3", "--touch")
    result = _run(*arguments)
    assert result.exit_code == 0, result.stderr
    found = json.loads(result.stdout.splitlines()[-1])
    assert (found["noise"], found["layout"], found["seed"], found["touch"]) == (0.1, "dvorak", 3, True)
    assert found["correcting"]["words"] == 16
    assert found["taking_words"]["characters"] == sum(len(line) for line in LINES.splitlines() if line != "no")
    assert found["correcting"]["slips"]
    assert len(found["bundle"]) == 64
    assert f"{found['taking_words']['alone']['keys']} keys" in result.stdout
    assert "10 % of the keys wrong" in result.stdout
    assert "correcting: 3/3 lines" in result.stderr
    assert any(place for field in made_up_sessions for place in field.places)
    again = json.loads(_run(*arguments, "--json").stdout)
    assert again["correcting"]["ignoring_case"] == found["correcting"]["ignoring_case"]
    made_up_sessions.clear()
    assert _run(*arguments[:-1]).exit_code == 0
    assert not any(place for field in made_up_sessions for place in field.places)


def test_eval_types_real_misspellings(tmp_path: Path, made_up_sessions: list[FakeField]) -> None:
    pairs, tagged = tmp_path / "pairs.tsv", tmp_path / "tagged.txt"
    pairs.write_text("taht\tthat\tweb\nxyz\tzebra\tweb\n")
    tagged.write_text("my <ERR targ=sister> siter </ERR> can talk\n")
    result = _run("eval", "--misspellings", str(pairs), "--tagged", str(tagged))
    assert result.exit_code == 0, result.stderr
    first, second = (json.loads(line) for line in result.stdout.splitlines() if line.startswith("{"))
    assert (first["file"], second["file"]) == ("pairs.tsv", "tagged.txt")
    assert first["ignoring_case"]["all"]["corrected"] == 1
    assert second["ignoring_case"]["target listed"]["first"] == 1
    assert second["right_words"]["examples"] == [["talk", "walk", 1]]
    assert "talk → walk" in result.stdout


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--noise", "0.5"], "0.5"),
        (["--noise", "0.1", "--plot", "plot.png"], "--plot draws what a perfect user saves"),
    ],
)
def test_eval_refuses_what_makes_no_sense(lines: Path, options: list[str], message: str) -> None:
    result = _run("eval", str(lines), *options)
    assert result.exit_code == 2
    assert message in result.stderr


def test_an_unknown_layout_is_one_sentence_before_anything_is_measured(lines: Path) -> None:
    result = _run("eval", str(lines), "--noise", "0.1", "--layout", "nonsense")
    assert result.exit_code == 1
    assert 'no layout "nonsense"' in result.stderr
    assert "lines," not in result.stderr


def test_a_plan_without_anything_to_measure_is_refused() -> None:
    from autocomplete.measuring import Plan

    with pytest.raises(ValueError, match="nothing to measure on"):
        Plan()


def test_eval_draws_a_picture(lines: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed: pip install 'autocomplete[plot]'")
    assert _run("eval", str(lines), "--plot", str(tmp_path / "plot.png")).exit_code == 0
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")


def test_without_matplotlib_the_message_names_the_extra(
    lines: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    result = _run("eval", str(lines), "--plot", str(tmp_path / "plot.png"))
    assert result.exit_code == 1
    assert "autocomplete[plot]" in result.stderr


def test_a_picture_that_cannot_be_written_is_refused_before_anything_is_measured(lines: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed: pip install 'autocomplete[plot]'")
    result = _run("eval", str(lines), "--plot", str(tmp_path / "nowhere" / "plot.png"))
    assert result.exit_code == 1
    assert "nowhere" in result.stderr
    assert "lines," not in result.stderr + result.stdout


def test_a_reader_that_has_seen_enough_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(*_: object, **__: object) -> None:
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    monkeypatch.setattr("autocomplete.info.describe", closed)
    result = _run("info")
    assert result.exit_code == 1
    assert "Error" not in result.stderr


def test_bench_measures_everything() -> None:
    result = _run("bench", "--repeats", "1", "--json")
    assert result.exit_code == 0, result.stderr
    found = json.loads(result.stdout)
    assert found["latency_ms"]["p50"] <= found["latency_ms"]["p99"]
    assert found["cold_start_s"] > found["import_libraries_s"] > 0
    assert found["keystrokes"] > 500
    if sys.platform == "linux":
        assert 5 < found["memory_added_mb"] < 400


def test_bench_types_the_text_it_is_given(lines: Path) -> None:
    result = _run("bench", "--repeats", "1", "--text", str(lines))
    assert result.exit_code == 0
    assert f"latency of {sum(len(line) for line in LINES.splitlines() if line != 'no')} keystrokes" in result.stdout


def test_info_shows_the_card_and_the_sizes() -> None:
    found = json.loads(_run("info", "--json").stdout)
    assert found["bytes"] == built_in_bundle().stat().st_size
    assert found["model_card"]["sources"]
    text = _run("info").stdout
    assert found["checksum"] in text
    assert "licence" in text


@pytest.mark.parametrize("command", [["suggest", "x", "--bundle"], ["info"], ["bench", "--bundle"]])
def test_a_bundle_that_is_none_is_one_sentence_and_exit_code_1(command: list[str], tmp_path: Path) -> None:
    path = tmp_path / "foreign.bundle"
    path.write_bytes(b"something else entirely" * 100)
    result = _run(*command, str(path))
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith("Error: ")
    assert "Traceback" not in result.stderr
    assert _run(*command, str(tmp_path / "missing")).exit_code == 1


@pytest.mark.parametrize(
    "command", [["suggest"], ["suggest", "x", "-k", "0"], ["eval"], ["eval", "missing.txt"], ["nonsense"]]
)
def test_wrong_usage_is_exit_code_2(command: list[str]) -> None:
    assert _run(*command).exit_code == 2


def test_a_file_without_lines_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("a\n")
    result = _run("eval", str(tmp_path / "empty.txt"))
    assert result.exit_code == 1
    assert "three words" in result.stderr


def test_help_imports_nothing_heavy_and_answers_at_once() -> None:
    code = (
        "import sys; from autocomplete.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "print(sorted({'numba', 'numpy', 'ai_edge_litert', 'prompt_toolkit'} & set(sys.modules)))"
    )
    seconds = []
    for _ in range(3):
        begun = time.perf_counter()
        output = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
        seconds.append(time.perf_counter() - begun)
    assert output.splitlines()[-1] == "[]"
    assert "suggest" in output
    bare = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import click"], check=True)
    assert min(seconds) < time.perf_counter() - bare + 0.3
