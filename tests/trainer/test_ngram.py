"""The n-gram against a slow twin that counts with dictionaries, also with an occurrence left out."""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from autocomplete.tokenizer import START
from tests.trainer.conftest import Pipeline
from training.__main__ import main
from training.checkpoint import load_model
from training.interpolation import measure
from training.loop import Trainer, inputs
from training.model import ModelConfig, Transformer
from training.ngram import NgramModel, prepare_with
from training.shards import Shards

V = 9
ORDER = 4


def _stream(seed: int = 1, messages: int = 120) -> np.ndarray:
    rng = np.random.default_rng(seed)
    parts = []
    for _ in range(messages):
        words = [int(rng.integers(3, V))]
        for _ in range(rng.integers(0, 7)):
            words.append(int(3 + (words[-1] * 2 + rng.integers(0, 3)) % (V - 3)))
        parts.append([START, *words])
    return np.concatenate(parts)


def _shards(tokens: np.ndarray) -> Shards:
    return Shards(tokens.astype(np.uint16), len(tokens), V, "", "truecased")


class SlowNgram:
    """Interpolated modified Kneser-Ney from the occurrences of n-grams, each a tuple of tokens."""

    def __init__(self, occurrences: list[tuple[int, ...]], discounts: list[list[float]]) -> None:
        self.discounts = discounts
        self.counts: list[Counter[tuple[int, ...]]] = [Counter() for _ in range(ORDER + 1)]
        whole = Counter(occurrences)
        for gram, count in whole.items():
            if len(gram) == ORDER or (gram[0] == START and len(gram) > 1):
                self.counts[len(gram)][gram] = count
        for length in range(ORDER, 1, -1):
            for gram in list(self.counts[length]):
                shorter = gram[1:]
                if length == 2 or shorter[0] != START:
                    self.counts[length - 1][shorter] += 1
        self.children: dict[tuple[int, ...], dict[int, int]] = defaultdict(dict)
        for counted in self.counts:
            for gram, count in counted.items():
                self.children[gram[:-1]][gram[-1]] = count

    def probability(self, context: tuple[int, ...], token: int) -> float:
        lower = self.probability(context[1:], token) if context else 1 / V
        children = self.children.get(context, {})
        if not children:
            return lower
        taken = [self.discounts[len(context)][min(3, count)] for count in children.values()]
        total = sum(children.values())
        count = children.get(token, 0)
        return (count - self.discounts[len(context)][min(3, count)] + sum(taken) * lower) / total


def _occurrences(tokens: np.ndarray) -> list[tuple[int, ...]]:
    """Each place's n-gram that is as long as its message and the order allow."""
    made = []
    for end in range(1, len(tokens)):
        begin = end - 1
        while begin > 0 and tokens[begin] != START and end - begin < ORDER - 1:
            begin -= 1
        made.append(tuple(int(token) for token in tokens[begin : end + 1]))
    return made


@pytest.fixture(scope="module")
def tokens() -> np.ndarray:
    """Messages that follow a rule loosely."""
    return _stream()


@pytest.fixture(scope="module")
def model(tokens: np.ndarray) -> NgramModel:
    """Their n-grams."""
    return NgramModel.count(_shards(tokens), ORDER)


def _discounts(model: NgramModel) -> list[list[float]]:
    return [order.discounts.tolist() for order in model.orders]


def _context(tokens: np.ndarray, place: int) -> tuple[int, ...]:
    """What is known before the token after `place`."""
    begin = place
    while begin > 0 and tokens[begin] != START and place + 1 - begin < ORDER - 1:
        begin -= 1
    return tuple(int(token) for token in tokens[begin : place + 1])


def test_it_is_modified_kneser_ney(tokens: np.ndarray, model: NgramModel) -> None:
    slow = SlowNgram(_occurrences(tokens), _discounts(model))
    assert len({tuple(values) for values in _discounts(model)}) >= 3  # estimated, each its own, or the fallback
    row = tokens[:60]
    comp = model.probabilities(torch.from_numpy(row)[None])[0]
    ref = [[slow.probability(_context(row, place), token) for token in range(V)] for place in range(len(row))]
    torch.testing.assert_close(comp, torch.tensor(ref), atol=1e-6, rtol=1e-5)


def test_every_distribution_sums_to_one(tokens: np.ndarray, model: NgramModel) -> None:
    rows = torch.from_numpy(tokens[:400]).view(8, 50)
    unseen = torch.from_numpy(np.random.default_rng(2).integers(2, V, (4, 30)))
    for made in (model.probabilities(rows), model.probabilities(unseen)):
        torch.testing.assert_close(made.sum(-1), torch.ones(made.shape[:2]))
        assert float(made[..., 3:].min()) > 0  # the special tokens before stand nowhere


def test_left_out_it_knows_what_it_would_without_that_place(tokens: np.ndarray, model: NgramModel) -> None:
    row = tokens[:80]
    comp = model.probabilities(torch.from_numpy(row[:-1])[None], torch.from_numpy(row[1:])[None])[0]
    torch.testing.assert_close(comp.sum(-1), torch.ones(len(comp)))
    occurrences = _occurrences(tokens)
    for place in range(len(row) - 1):
        slow = SlowNgram(occurrences[:place] + occurrences[place + 1 :], _discounts(model))
        ref = [slow.probability(_context(row, place), token) for token in range(V)]
        torch.testing.assert_close(comp[place], torch.tensor(ref), atol=1e-6, rtol=1e-5, msg=str(place))


def test_left_out_it_is_as_surprised_as_by_new_text(model: NgramModel, tokens: np.ndarray) -> None:
    def bits(made: torch.Tensor, targets: torch.Tensor) -> float:
        return -float(made.gather(-1, targets[..., None]).log2().mean())

    seen, new = torch.from_numpy(tokens[:401]), torch.from_numpy(_stream(seed=8)[:401])
    rows, targets = seen[:-1][None], seen[1:][None]
    knowing = bits(model.probabilities(rows), targets)
    left_out = bits(*((prepare_with(model)(seen[None], torch.zeros(1))[0]), targets))
    unseen = bits(model.probabilities(new[:-1][None]), new[1:][None])
    assert abs(left_out - unseen) < abs(knowing - unseen)


def test_a_mixture_is_better_than_the_teacher_alone(pipeline: Pipeline, tmp_path: Path) -> None:
    config = replace(pipeline.config(tokens=12_000), distill=None)
    Trainer(config, shards=pipeline.shards, run=tmp_path / "teacher", made_from={}).train()
    command = ["interpolate", "--teacher", str(tmp_path / "teacher"), "--shards", str(pipeline.shards)]
    done = CliRunner().invoke(main, [*command, "--order", "3", "--rows", "20"])
    assert done.exit_code == 0, done.output
    measured = json.loads(done.stdout)
    bits = measured["bits_per_byte"]
    assert bits[f"{measured['best_weight']:g}"] == min(bits.values()) < bits["0"]
    assert measured["gain"] == pytest.approx(bits["0"] - min(bits.values()), abs=2e-4)
    # the same on whole rows, written out
    teacher, data = load_model(tmp_path / "teacher")[0], Shards.open(pipeline.shards, "validation")
    ngram = NgramModel.count(Shards.open(pipeline.shards, "train"), 3)
    picked = np.linspace(0, data.n_rows(128) - 1, min(20, data.n_rows(128))).round().astype(int)
    nats = []
    with torch.no_grad():
        for row in torch.from_numpy(data.rows(picked, 128)):
            tokens, segments, targets = inputs(row[None])
            probabilities = 0.7 * teacher(tokens, segments).softmax(-1) + 0.3 * ngram.probabilities(tokens)
            nats += [-math.log(float(probabilities[0, place, token])) for place, token in enumerate(targets[0])]
    ref = sum(nats) / len(nats) / math.log(2) * len(data.tokens) / data.bytes
    assert bits["0.3"] == pytest.approx(ref, abs=1e-3)
    assert "--order 9" in CliRunner().invoke(main, [*command, "--order", "9"]).output


def test_text_too_short_to_measure_on_is_refused(model: NgramModel) -> None:
    teacher = Transformer(ModelConfig(vocab_size=V, n_layer=1, n_head=1, n_embd=8, n_hidden=8))
    with pytest.raises(ValueError, match="shorter than a row of 128"):
        measure(teacher, model, _shards(_stream(messages=3)), rows=5)


def test_too_short_messages_are_refused() -> None:
    with pytest.raises(ValueError, match="no message has 4 tokens"):
        NgramModel.count(_shards(np.array([START, 4, START, 5, 6] * 3)), 5)


def test_a_small_text_has_discounts_too() -> None:
    model = NgramModel.count(_shards(np.array([START, 4, 5, START, 4, 6])), 2)
    made = model.probabilities(torch.tensor([[START, 4, 8]]))
    torch.testing.assert_close(made.sum(-1), torch.ones(1, 3))
