"""What a bundle's graph holds is read back: the weights it was made of, as far as int8 kept them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from autocomplete import bundle, self_check
from autocomplete.bundle import GRAPH, LEXICON, PIECES
from autocomplete.manifest import Manifest
from tests.tiny import SHAPE, config, graph, language_model, manifest, transformer
from training.__main__ import main
from training.checkpoint import CheckpointError, load_model, read_config
from training.from_bundle import read_model
from training.growth import grown_from

PIECES_BYTES = b"pieces of the tiny vocabulary"


def write_tiny_bundle(path: Path, kind: str, **changes: object) -> Path:
    check = self_check.record(language_model("default"), [2, 5, 9, 30, 17, 44, 8], tolerance=0.25)
    described: Manifest = manifest(**({"self_check": check, "variant": kind} | changes))
    bundle.write(path, described, {GRAPH: graph(kind), PIECES: PIECES_BYTES, LEXICON: b"-"})
    return path


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """A bundle around the golden int8 graph."""
    return write_tiny_bundle(tmp_path / "tiny.bundle", "default")


def test_float_weights_come_back_bit_for_bit(tmp_path: Path) -> None:
    model, facts = read_model(write_tiny_bundle(tmp_path / "float.bundle", "float"))
    assert model.config == config()
    for name, tensor in transformer().state_dict().items():
        assert torch.equal(model.state_dict()[name], tensor), name
    assert facts["vocabulary_sha256"] == hashlib.sha256(PIECES_BYTES).hexdigest()


@pytest.mark.parametrize("kind", ["default", "tflite-runtime"])
def test_int8_weights_come_back_within_half_a_step(tmp_path: Path, kind: str) -> None:
    path = write_tiny_bundle(tmp_path / "int8.bundle", kind)
    model, facts = read_model(path)
    assert facts["bundle"] == bundle.read(path).checksum
    for name, tensor in transformer().state_dict().items():
        found = model.state_dict()[name]
        largest = tensor.abs().amax(-1, keepdim=True) if kind == "default" else tensor.abs().max()
        assert bool(((found - tensor).abs() <= largest / 127 * 0.51 + 1e-6).all()), name
    assert not torch.equal(model.embedding.weight, transformer().embedding.weight)


def test_a_larger_model_begins_as_a_bundle_s(written: Path) -> None:
    model, _ = read_model(written)
    larger = replace(config(), n_layer=4, n_hidden=96)
    weights, facts = grown_from(written, larger, seed=3)
    grown = type(model)(larger)
    grown.load_state_dict(weights)
    tokens = torch.tensor([[2, 7, 30, 11]])
    torch.testing.assert_close(grown(tokens), model(tokens))
    assert facts["model"] == config().as_dict()


def test_a_graph_laid_out_otherwise_is_refused(tmp_path: Path) -> None:
    path = write_tiny_bundle(tmp_path / "other.bundle", "default", shape=replace(SHAPE, n_layer=3))
    with pytest.raises(CheckpointError, match=r"has 9 matrices and 5 norms, a model of 3 layers has 13 and 7"):
        read_model(path)


def test_weights_that_compute_other_numbers_are_refused(tmp_path: Path) -> None:
    path = write_tiny_bundle(tmp_path / "other.bundle", "default", self_check=manifest().self_check)
    with pytest.raises(CheckpointError, match=r"logprobs that differ by .* begin with a bundle"):
        read_model(path)


def write_shards(folder: Path, pieces: bytes) -> Path:
    """Write shards of random tokens of the tiny vocabulary."""
    folder.mkdir()
    rng = np.random.default_rng(3)
    splits = {}
    for split, count in (("train", 3000), ("validation", 700), ("test", 700)):
        data = rng.integers(2, SHAPE.vocab_size, count).astype(np.uint16)
        (folder / f"{split}-000.bin").write_bytes(data.tobytes())
        splits[split] = {"files": [{"name": f"{split}-000.bin", "tokens": count}], "tokens": count, "bytes": 4 * count}
    described = {
        "format": 1,
        "vocab_size": SHAPE.vocab_size,
        "vocabulary_sha256": hashlib.sha256(pieces).hexdigest(),
        "casing": "truecased",
        "splits": splits,
    }
    (folder / "shards.json").write_text(json.dumps(described))
    return folder


def _teacher(written: Path, shards: Path, run: Path) -> tuple[int, str]:
    preset = written.with_name("tiny.toml")
    preset.write_text(
        "[model]\nn_layer = 2\nn_head = 2\nn_embd = 32\nn_hidden = 64\ncontext_len = 32\n"
        "[train]\ntokens = 64\nbatch_rows = 2\nmicro_rows = 2\nrow_len = 32\ncompile = false\nmatrix_lr = 0.0\n"
        "vector_lr = 0.0\n"
    )
    arguments = ["teacher", "--init-from", written, "--shards", shards, "--preset", preset, "--out", run]
    done = CliRunner().invoke(main, [str(argument) for argument in arguments])
    return done.exit_code, done.output


def test_a_run_begins_with_a_bundle(written: Path, tmp_path: Path) -> None:
    code, output = _teacher(written, write_shards(tmp_path / "shards", PIECES_BYTES), tmp_path / "run")
    assert code == 0, output
    trained, from_file = load_model(tmp_path / "run")[0], read_model(written)[0]
    for name, tensor in from_file.state_dict().items():  # it learned at rate zero
        assert torch.equal(trained.state_dict()[name], tensor), name
    assert read_config(tmp_path / "run")[1]["grown_from"]["bundle"] == bundle.read(written).checksum


def test_a_bundle_of_other_pieces_is_refused(written: Path, tmp_path: Path) -> None:
    code, output = _teacher(written, write_shards(tmp_path / "shards", b"others"), tmp_path / "run")
    assert code == 1
    assert "reads another vocabulary" in output


def test_a_file_that_is_no_bundle_ends_in_one_sentence(written: Path, tmp_path: Path) -> None:
    written.write_bytes(b"no bundle at all" * 20)
    code, output = _teacher(written, write_shards(tmp_path / "shards", PIECES_BYTES), tmp_path / "run")
    assert code == 1
    assert "tiny.bundle" in output and "Traceback" not in output
