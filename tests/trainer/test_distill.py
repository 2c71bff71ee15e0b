"""Ways to learn from a teacher, through the command: each does what its setting says, and goes on where it stopped."""

from __future__ import annotations

import json
import struct
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

from tests.trainer.conftest import Pipeline
from tests.trainer.test_from_bundle import PIECES_BYTES, write_shards, write_tiny_bundle
from training.__main__ import main
from training.checkpoint import CheckpointError, load_model, read_config
from training.config import DistillConfig
from training.distill import distill_objective, load_teacher, word_beginnings
from training.loop import Trainer, inputs
from training.losses import relation_divergence
from training.model import visible_tokens
from training.shards import Shards


@pytest.fixture(scope="module")
def teacher(pipeline: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained teacher, deeper and wider inside than its students."""
    run = tmp_path_factory.mktemp("teacher")
    config = pipeline.config(tokens=60_000)
    config = replace(config, distill=None, model=replace(config.model, n_layer=4, n_hidden=160))
    Trainer(config, shards=pipeline.shards, run=run, made_from={}).train()
    return run


def _student(pipeline: Pipeline, teacher: Path, run: Path, *options: str, code: int = 0) -> str:
    arguments = [
        *("student", "--teacher", str(teacher), "--shards", str(pipeline.shards), "--preset", "smoke"),
        *("--vocabulary", str(pipeline.vocabulary), "--out", str(run), "--tokens", "12000", *options),
    ]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == code, done.output
    return done.output


VARIANTS = {
    "softened": ["distill.temperature=2.0"],
    "word starts": ["distill.word_start_weight=3.0"],
    "uncertain": ["distill.uncertainty=1.0"],
    "relations": ["distill.relation_weight=2.0", "distill.relation_heads=2"],
    "n-gram": ["distill.ngram_weight=0.3", "distill.ngram_order=3"],
    "all": ["distill.word_start_weight=2.0", "distill.relation_weight=1.0", "distill.ngram_weight=0.2"],
}


@pytest.fixture(scope="module")
def plain(pipeline: Pipeline, teacher: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A student with the settings of the preset."""
    run = tmp_path_factory.mktemp("plain")
    _student(pipeline, teacher, run)
    return run


@pytest.mark.parametrize("name", VARIANTS)
def test_each_variant_learns_something_of_its_own(
    pipeline: Pipeline, teacher: Path, plain: Path, tmp_path: Path, name: str
) -> None:
    settings = [part for setting in VARIANTS[name] for part in ("--set", setting)]
    _student(pipeline, teacher, tmp_path / "run", *settings)
    found, ordinary = load_model(tmp_path / "run")[2], load_model(plain)[2]
    assert found["bits_per_byte"] != ordinary["bits_per_byte"]
    assert found["bits_per_byte"] < 1.25 * ordinary["bits_per_byte"]
    config, made_from = read_config(tmp_path / "run")
    assert config.distill != DistillConfig()
    assert made_from["teacher"]["tokens"] > 50_000


def test_a_variant_goes_on_exactly(pipeline: Pipeline, teacher: Path, tmp_path: Path) -> None:
    settings = [part for setting in VARIANTS["all"] for part in ("--set", setting)]
    _student(pipeline, teacher, tmp_path / "whole", *settings)
    while "again to go on" in _student(pipeline, teacher, tmp_path / "cut", *settings, "--max-minutes", "0.005"):
        pass
    whole, cut = (load_model(tmp_path / name)[0].state_dict() for name in ("whole", "cut"))
    assert all(torch.equal(whole[name], cut[name]) for name in whole)


def test_relations_come_closer_where_they_are_taught(
    pipeline: Pipeline, teacher: Path, plain: Path, tmp_path: Path
) -> None:
    _student(pipeline, teacher, tmp_path, "--set", "distill.relation_weight=2.0", "--set", "distill.relation_heads=2")
    data = Shards.open(pipeline.shards, "validation")
    tokens, segments, _ = inputs(torch.from_numpy(data.rows(torch.arange(8).numpy(), 64)))
    with torch.no_grad():
        target, without, taught = (
            load_model(run)[0](tokens, segments, with_vectors=True)[1] for run in (teacher, plain, tmp_path)
        )
    visible = visible_tokens(tokens, segments)
    assert relation_divergence(taught, target, visible, 2) < 0.7 * relation_divergence(without, target, visible, 2)


def test_a_student_begins_with_the_teacher_s_layers(pipeline: Pipeline, teacher: Path, tmp_path: Path) -> None:
    _student(pipeline, teacher, tmp_path / "fresh")
    _student(pipeline, teacher, tmp_path / "begun", "--init-from", str(teacher))
    fresh, begun = (load_model(tmp_path / name)[2]["bits_per_byte"] for name in ("fresh", "begun"))
    assert begun < fresh
    assert read_config(tmp_path / "begun")[1]["grown_from"]["model"]["n_layer"] == 4


def test_a_bundle_may_teach(tmp_path: Path) -> None:
    bundle = write_tiny_bundle(tmp_path / "tiny.bundle", "default")
    shards = write_shards(tmp_path / "shards", PIECES_BYTES)
    model, facts = load_teacher(bundle, Shards.open(shards, "train").vocabulary_sha256)
    assert facts["n_parameters"] == model.n_parameters > 0 and len(facts["bundle"]) == 64
    assert not any(parameter.requires_grad for parameter in model.parameters())
    with pytest.raises(CheckpointError, match="another vocabulary"):
        load_teacher(bundle, "0" * 64)


def test_word_beginnings_are_pieces_with_a_space_and_a_letter(pipeline: Pipeline, tmp_path: Path) -> None:
    from autocomplete.tokenizer import Tokenizer

    data = Shards.open(pipeline.shards, "train")
    begins = word_beginnings(pipeline.vocabulary, data.vocabulary_sha256)
    tokenizer = Tokenizer(pipeline.vocabulary.read_bytes())
    assert begins[tokenizer.encode(" the")[0]]
    assert not begins[tokenizer.encode(".")[0]]
    assert not begins[2]
    (tmp_path / "other").write_bytes(b"other pieces")
    with pytest.raises(CheckpointError, match="--vocabulary"):
        word_beginnings(tmp_path / "other", data.vocabulary_sha256)


def test_what_does_not_fit_is_refused(pipeline: Pipeline, teacher: Path, tmp_path: Path) -> None:
    model = load_model(teacher)[0]
    with pytest.raises(ValueError, match="begins_word"):
        distill_objective(model, DistillConfig(word_start_weight=2.0))
    with pytest.raises(ValueError, match="relation_heads=5 must divide n_embd=64"):
        distill_objective(model, DistillConfig(relation_weight=1.0, relation_heads=5))
    for setting, message in (
        ("distill.uncertainty=-1.0", "uncertainty=-1.0"),
        ("distill.ngram_weight=1.0", "ngram_weight=1.0"),
        ("distill.temperature=warm", "no TOML value"),
    ):
        assert message in _student(pipeline, teacher, tmp_path, "--set", setting, code=1)
    bare = tmp_path / "bare.toml"
    bare.write_text("[model]\nn_layer = 1\nn_head = 1\nn_embd = 8\nn_hidden = 8\n[train]\ntokens = 1\n")
    assert "no [distill] section" in _student(pipeline, teacher, tmp_path, "--preset", str(bare), code=1)


def _records(data: bytes) -> Iterator[bytes]:
    """Read a file of TFRecords: length, its checksum, content, its checksum."""
    while data:
        (length,) = struct.unpack_from("<Q", data)
        yield data[12 : 12 + length]
        data = data[16 + length :]


def test_the_metrics_reach_tensorboard(
    pipeline: Pipeline, teacher: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("tensorboardX", reason="tensorboardX is not installed: pip install -e '.[tensorboard]'")
    from tensorboardX.proto.event_pb2 import Event

    _student(pipeline, teacher, tmp_path / "run", "--tensorboard")
    lines = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    (written,) = (tmp_path / "run" / "tensorboard").iterdir()
    found = {}
    for record in _records(written.read_bytes()):
        for value in (event := Event.FromString(record)).summary.value:
            found[value.tag, event.step] = value.simple_value
    for name in ("loss", "cross_entropy", "bits_per_byte"):
        assert found[name, lines[-1]["step"]] == pytest.approx(lines[-1][name], rel=1e-5)
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    assert "pip install" in _student(pipeline, teacher, tmp_path / "other", "--tensorboard", code=1)
