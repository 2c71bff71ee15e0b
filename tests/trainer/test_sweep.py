"""A table of variants is trained, goes on where it stopped, and is laid out with its spread."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.trainer.conftest import Pipeline
from training.__main__ import main
from training.checkpoint import latest, load_model, read_config
from training.loop import Trainer
from training.sweep import read_table


@pytest.fixture(scope="module")
def teacher(pipeline: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A teacher that has read a little."""
    run = tmp_path_factory.mktemp("teacher")
    config = replace(pipeline.config(tokens=40_000), distill=None)
    Trainer(
        replace(config, model=replace(config.model, n_hidden=256)), shards=pipeline.shards, run=run, made_from={}
    ).train()
    return run


def _table(path: Path, teacher: Path, extra: str = "") -> Path:
    path.write_text(
        f'[base]\npreset = "smoke"\ntokens = 9000\nteacher = "{teacher}"\nseeds = [1, 2]\n'
        'set = { "model.n_hidden" = 96 }\n'
        "[variants.alone]\ntaught = false\n"
        '[variants.taught]\nset = { "distill.temperature" = 2.0, "train.compile" = false }\n' + extra
    )
    return path


def _run(pipeline: Pipeline, *arguments: object, code: int = 0) -> str:
    places = ("--vocabulary", pipeline.vocabulary)
    done = CliRunner().invoke(main, [str(argument) for argument in (*arguments, *places)])
    assert done.exit_code == code, done.output
    return done.stdout if code == 0 else done.stderr


def test_a_sweep_goes_on_where_it_stopped(pipeline: Pipeline, teacher: Path, tmp_path: Path) -> None:
    command = (
        "sweep",
        _table(tmp_path / "table.toml", teacher),
        "--out",
        tmp_path / "runs",
        "--shards",
        pipeline.shards,
    )
    assert not json.loads(_run(pipeline, *command, "--max-minutes", 0.005))["finished"]
    made = json.loads(_run(pipeline, *command))
    assert made["finished"]
    names = ["alone-seed1", "taught-seed1", "alone-seed2", "taught-seed2"]
    assert [Path(run).name for run in made["runs"]] == names
    settings = {name: read_config(tmp_path / "runs" / name) for name in names}
    assert [settings[name][0].train.seed for name in names] == [1, 1, 2, 2]
    assert all(config.model.n_hidden == 96 for config, _ in settings.values())
    assert settings["alone-seed1"][0].distill is None and settings["taught-seed1"][0].distill is not None
    assert settings["taught-seed2"][0].distill.temperature == 2.0
    before = [latest(tmp_path / "runs" / name).folder.stat().st_mtime_ns for name in names]  # type: ignore[union-attr]
    assert json.loads(_run(pipeline, *command))["finished"]
    after = [latest(tmp_path / "runs" / name).folder.stat().st_mtime_ns for name in names]  # type: ignore[union-attr]
    assert before == after  # nothing was trained again

    runs = [tmp_path / "runs" / name for name in names]
    report = _run(
        pipeline,
        *("report", *runs, "--teacher", teacher, "--corpus", pipeline.corpus, "--lexicon", pipeline.lexicon),
        *("--lines", 40, "--typed", 6, "--out", tmp_path / "report.md", "--plot", tmp_path / "curves.png"),
    )
    main_table, kept, spread = (block.splitlines() for block in report.strip().split("\n\n"))
    assert len(main_table) == 7 and len(kept) == 6 and len(spread) == 2 + 3
    bits = [load_model(run)[2]["bits_per_byte"] for run in runs]
    row = next(line for line in spread if "taught" in line)
    assert f"{(bits[1] + bits[3]) / 2:.4f} ± {abs(bits[1] - bits[3]) / 2:.4f}" in row
    columns = [cell.strip() for cell in main_table[0].split("|")]
    typed = [line.split("|")[columns.index("typed: savings")].strip() for line in main_table[2:]]
    ours, theirs = (float(cell.rstrip("%")) for cell in (typed[1], typed[0]))
    kept_savings = float(kept[2].split("|")[2].strip().rstrip("%"))
    assert kept_savings == pytest.approx(100 * ours / theirs, abs=0.4)
    written = (tmp_path / "report.md").read_text()
    assert report.strip().split("\n\n")[2] in written
    assert "![curves](curves.png)" in written
    assert '"temperature": 2.0' in written and '"n_hidden": 256' in written


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[variants.a]\nsedes = [1]\n", "no setting sedes"),
        ('[variants."a b"]\n', "is no name"),
        ("[base]\ntokens = 5\n", r"\[variants.NAME\]"),
        ("[runs.a]\n", "found runs"),
    ],
)
def test_what_means_nothing_is_named(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "table.toml").write_text(text)
    with pytest.raises(ValueError, match=message):
        read_table(tmp_path / "table.toml", tmp_path, Path("shards"), Path("pieces.model"))


@pytest.mark.parametrize(
    ("name", "least"), [("distillation", 14), ("minutes", 11), ("long", 11), ("sizes", 6), ("vocabulary", 3)]
)
def test_the_tables_that_are_shipped_can_be_read(tmp_path: Path, name: str, least: int) -> None:
    from training.config import PRESETS, read_preset
    from training.runs import parse_settings

    requests = read_table(PRESETS / f"sweep.{name}.toml", tmp_path, Path("shards"), Path("pieces.model"))
    assert len({request.out for request in requests}) == len(requests) >= least
    for request in requests:
        config = read_preset(request.preset or "student", 12_288, parse_settings(request.settings))
        assert config.distill is not None


def test_a_variant_can_do_without_what_the_others_have(tmp_path: Path) -> None:
    from training.config import PRESETS

    requests = read_table(PRESETS / "sweep.long.toml", tmp_path, Path("shards"), Path("pieces.model"))
    cached = {request.out.name: request.cached for request in requests}
    assert cached["taught-seed2"] == Path("runs/soft-2m") and cached["relations-seed1"] is None


def test_a_bundle_stands_beside_its_run(pipeline: Pipeline, teacher: Path, tmp_path: Path) -> None:
    from tests.trainer.test_from_bundle import write_tiny_bundle
    from training.measures import measure, typist

    bundle = write_tiny_bundle(tmp_path / "tiny.bundle", "default", model_card={"n_parameters": 77})
    measured = measure(bundle, repeats=1)
    assert measured.n_parameters == 77 and measured.size == bundle.stat().st_size
    assert measured.bits_per_byte is None and measured.milliseconds > 0
    types = typist(corpus=pipeline.corpus, vocabulary=pipeline.vocabulary, lexicon=pipeline.lexicon, lines=3)
    with pytest.raises(ValueError, match="a model of 61 pieces"):
        measure(bundle, typist=types)
