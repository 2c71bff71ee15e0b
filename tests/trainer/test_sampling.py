"""Sampled text: drawn as the model reads, the same from the same seed, and joined to the real text's shards."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from autocomplete.tokenizer import START, Tokenizer
from tests.tiny import transformer
from tests.trainer.conftest import Pipeline
from training.__main__ import main
from training.loop import Trainer
from training.sampling import _Rows, _text_size, messages
from training.shards import Shards


@pytest.fixture(scope="module")
def teacher(pipeline: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A teacher that has learned how sentences go."""
    run = tmp_path_factory.mktemp("teacher")
    config = replace(pipeline.config(tokens=150_000), distill=None)
    Trainer(config, shards=pipeline.shards, run=run, made_from={}).train()
    return run


def test_rows_that_grow_apart_are_read_as_alone() -> None:
    model, rng = transformer(), np.random.default_rng(4)
    rows = _Rows(model, 2, 20)
    texts: list[list[int]] = [[], []]
    with torch.no_grad():
        for step in range(14):
            if step == 6:  # the first row's message ends
                texts[0] = []
                rows.length[0] = 0
            tokens = rng.integers(4, 61, 2)
            found = rows.read(torch.from_numpy(tokens))
            for row in range(2):
                texts[row].append(int(tokens[row]))
                ref = model(torch.tensor([texts[row]]))[0, -1].log_softmax(-1)
                torch.testing.assert_close(found[row], ref, atol=1e-4, rtol=1e-4)


def test_tokens_are_drawn_with_their_probabilities() -> None:
    model = transformer()
    drawn = [message[1] for message in islice(messages(model, seed=3, rows=128, longest=2), 4000)]
    with torch.no_grad():
        expected = model(torch.tensor([[START]]))[0, -1].softmax(-1)
    expected[:3] = 0  # no padding, nothing unknown, and an empty message is not given
    expected /= expected.sum()
    found = torch.bincount(torch.tensor(drawn), minlength=61) / len(drawn)
    assert float((found - expected).abs().max()) < 4 * (0.25 / len(drawn)) ** 0.5


def test_a_seed_gives_the_same_messages_and_another_others() -> None:
    first, again, other = (list(islice(messages(transformer(), seed=seed, rows=4), 20)) for seed in (1, 1, 2))
    assert first == again != other
    assert all(message[0] == START and START not in message[1:] and len(message) <= 32 for message in first)


def test_a_low_temperature_draws_the_likeliest() -> None:
    model = transformer()
    (message,) = islice(messages(model, seed=1, rows=1, temperature=1e-3), 1)
    with torch.no_grad():
        logprobs = model(torch.tensor([message]))[0].log_softmax(-1)
    logprobs[:, :2] = -torch.inf
    assert logprobs[:-1].argmax(-1).tolist() == message[1:]


def _sample(pipeline: Pipeline, teacher: Path, out: Path, *options: object, code: int = 0) -> str:
    arguments = ["sample", "--teacher", teacher, "--shards", pipeline.shards, "--vocabulary", pipeline.vocabulary]
    done = CliRunner().invoke(main, [str(part) for part in (*arguments, "--out", out, *options)])
    assert done.exit_code == code, done.output
    return done.stdout if code == 0 else done.stderr


def test_sampled_shards_join_the_real_ones(pipeline: Pipeline, teacher: Path, tmp_path: Path) -> None:
    index = json.loads(_sample(pipeline, teacher, tmp_path / "out", "--tokens", 3000))
    real, both = Shards.open(pipeline.shards, "train"), Shards.open(tmp_path / "out", "train")
    assert np.array_equal(both.tokens[: len(real.tokens)], real.tokens)
    added = both.tokens[len(real.tokens) :]
    assert 3000 <= len(added) < 3100 and index["sampled"]["tokens"] == len(added)
    tokenizer = Tokenizer(pipeline.vocabulary.read_bytes())
    assert _text_size(real.tokens, tokenizer) == pytest.approx(real.bytes, rel=0.01)
    assert both.bytes - real.bytes == _text_size(added, tokenizer)
    assert np.array_equal(Shards.open(tmp_path / "out", "test").tokens, Shards.open(pipeline.shards, "test").tokens)
    # the teacher has learned from the text, so what it says reads like it, and not like the same tokens in disorder
    pairs = set(zip(real.tokens[:-1].tolist(), real.tokens[1:].tolist(), strict=True))
    shuffled = np.random.default_rng(1).permutation(added)
    drawn, disordered = (
        sum(pair in pairs for pair in zip(text[:-1].tolist(), text[1:].tolist(), strict=True)) / len(text)
        for text in (added, shuffled)
    )
    assert drawn > 0.5 and drawn > 2 * disordered
    config = replace(pipeline.config(tokens=4000), distill=None)
    assert Trainer(config, shards=tmp_path / "out", run=tmp_path / "run", made_from={}).train()


def test_sampling_goes_on_where_it_stopped(pipeline: Pipeline, teacher: Path, tmp_path: Path) -> None:
    options = ("--tokens", 900, "--shard-tokens", 400)
    _sample(pipeline, teacher, tmp_path / "whole", *options)
    _sample(pipeline, teacher, tmp_path / "cut", *options)
    (tmp_path / "cut" / "shards.json").unlink()
    (tmp_path / "cut" / "sampled-002.bin").unlink()
    kept = (tmp_path / "cut" / "sampled-000.bin").stat().st_mtime_ns
    _sample(pipeline, teacher, tmp_path / "cut", *options)
    assert (tmp_path / "cut" / "sampled-000.bin").stat().st_mtime_ns == kept
    for name in ("shards.json", "sampled-001.bin", "sampled-002.bin"):
        assert (tmp_path / "cut" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_what_cannot_be_sampled_is_refused(pipeline: Pipeline, teacher: Path, tmp_path: Path) -> None:
    assert "another folder" in _sample(pipeline, teacher, pipeline.shards, code=1)
    assert "temperature=0.0" in _sample(pipeline, teacher, tmp_path, "--temperature", 0.0, code=1)
    assert "rows=0" in _sample(pipeline, teacher, tmp_path, "--rows", 0, code=1)
    assert "--vocabulary" in _sample(pipeline, teacher, tmp_path, "--vocabulary", pipeline.lexicon, code=1)
