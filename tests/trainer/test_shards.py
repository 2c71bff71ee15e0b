"""Shards: that nothing is lost on the way to disk and back, and that sampling follows from seed and step."""

from __future__ import annotations

import json
import random
import shutil
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from autocomplete.tokenizer import START, Tokenizer
from tests.trainer.conftest import Pipeline
from training import corpus, shards
from training.shards import Shards, messages
from training.vocabulary import casing_function


def test_long_lines_are_cut_at_sentences_and_nothing_is_lost() -> None:
    line = " ".join(f"Sentence number {i} has some words." for i in range(12))
    cut = list(messages([line], random.Random(1)))
    whole = [message.split("\n")[-1] for message in cut]
    assert " ".join(whole) == line
    assert all(1 <= message.count(".") <= 3 for message in whole)


def test_short_lines_are_messages_and_some_follow_the_one_before() -> None:
    document = [f"line {i}" for i in range(400)]
    cut = list(messages(document, random.Random(2)))
    assert [message.split("\n")[-1] for message in cut] == document
    joined = [message for message in cut if "\n" in message]
    assert 30 < len(joined) < 100
    assert all(int(a.split()[1]) + 1 == int(b.split()[1]) for a, b in (message.split("\n") for message in joined))


def test_shards_hold_the_corpus(pipeline: Pipeline) -> None:
    tokenizer = Tokenizer(pipeline.vocabulary.read_bytes())
    recase = casing_function("truecased", pipeline.lexicon)
    expected = {recase(line) for document in corpus.iterate(pipeline.corpus / "validation.txt") for line in document}
    opened = Shards.open(pipeline.shards, "validation")
    tokens = opened.tokens.tolist()
    starts = [i for i, token in enumerate(tokens) if token == START] + [len(tokens)]
    found = {tokenizer.decode(tokens[a:b]).split("\n")[-1].strip() for a, b in pairwise(starts)}
    assert found == expected
    assert len(json.loads((pipeline.shards / "shards.json").read_text())["splits"]["train"]["files"]) > 1


def test_rows_overlap_by_the_token_to_predict(pipeline: Pipeline) -> None:
    opened = Shards.open(pipeline.shards, "train")
    rows = opened.rows(np.array([0, 1]), 32)
    assert rows.shape == (2, 33)
    assert rows[0, -1] == rows[1, 0]
    assert rows[0].tolist() == opened.tokens[:33].tolist()


def test_every_epoch_reads_every_row_once_in_its_own_order(pipeline: Pipeline) -> None:
    opened = Shards.open(pipeline.shards, "train")
    total = opened.n_rows(32)
    per_step = 7
    seen = np.concatenate(
        [opened.batch(step, rows=per_step, row_len=32, seed=3) for step in range(2 * total // per_step)]
    )
    first, second = seen[:total], seen[total : 2 * total]
    assert sorted(first) == list(range(total))
    assert not np.array_equal(first[: len(second)], second)


def test_a_step_s_rows_follow_from_seed_and_step(pipeline: Pipeline) -> None:
    first, again = Shards.open(pipeline.shards, "train"), Shards.open(pipeline.shards, "train")
    again.batch(3, rows=4, row_len=16, seed=1)
    np.testing.assert_array_equal(
        first.batch(9, rows=4, row_len=16, seed=1), again.batch(9, rows=4, row_len=16, seed=1)
    )
    assert not np.array_equal(first.batch(9, rows=4, row_len=16, seed=1), first.batch(9, rows=4, row_len=16, seed=2))


def test_making_shards_again_gives_the_same(pipeline: Pipeline, tmp_path: Path) -> None:
    shards.make(
        corpus=pipeline.corpus,
        vocabulary=pipeline.vocabulary,
        lexicon=pipeline.lexicon,
        out=tmp_path,
        shard_tokens=5000,
        workers=2,
    )
    assert (tmp_path / "shards.json").read_bytes() == (pipeline.shards / "shards.json").read_bytes()


def test_a_sample_of_the_text_begins_as_all_of_it(pipeline: Pipeline, tmp_path: Path) -> None:
    made = shards.make(
        corpus=pipeline.corpus,
        vocabulary=pipeline.vocabulary,
        lexicon=pipeline.lexicon,
        out=tmp_path,
        shard_tokens=5000,
        workers=2,
        tokens=3000,
    )
    sample, whole = (Shards.open(folder, "train").tokens for folder in (tmp_path, pipeline.shards))
    assert 3000 <= len(sample) < 8000 < len(whole) and np.array_equal(sample, whole[: len(sample)])
    other, same = (json.loads((folder / "shards.json").read_text())["splits"] for folder in (tmp_path, pipeline.shards))
    assert other["validation"] == same["validation"] and made["splits"]["test"] == same["test"]


def test_missing_and_broken_shards_say_what_to_do(pipeline: Pipeline, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="training shards"):
        Shards.open(tmp_path, "train")
    broken = tmp_path / "broken"
    shutil.copytree(pipeline.shards, broken)
    first = broken / "train-000.bin"
    first.write_bytes(first.read_bytes()[:-10])
    with pytest.raises(ValueError, match="make the shards anew"):
        Shards.open(broken, "train")
    index = json.loads((broken / "shards.json").read_text())
    (broken / "shards.json").write_text(json.dumps(index | {"format": 99}))
    with pytest.raises(ValueError, match="format 99"):
        Shards.open(broken, "train")


def test_too_little_text_for_a_batch_is_refused(pipeline: Pipeline) -> None:
    with pytest.raises(ValueError, match="bring more text"):
        Shards.open(pipeline.shards, "test").batch(0, rows=10_000, row_len=128, seed=1)


def test_too_many_pieces_for_uint16_are_refused(
    pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shards.Tokenizer, "__init__", lambda self, model: setattr(self, "vocab_size", 70_000))
    with pytest.raises(ValueError, match="65535"):
        shards.make(corpus=pipeline.corpus, vocabulary=pipeline.vocabulary, lexicon=None, out=tmp_path, casing="cased")
