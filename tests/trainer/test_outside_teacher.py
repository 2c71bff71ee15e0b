"""A teacher from outside: what it is asked, what it says, and what a student takes from it."""

from __future__ import annotations

import json
import math
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from click.testing import CliRunner

from autocomplete.text import at_sentence_start, chunks
from autocomplete.tokenizer import BREAK, START, Tokenizer
from tests.trainer.conftest import Pipeline
from training.__main__ import main
from training.corpus import iterate
from training.loop import Trainer, inputs
from training.losses import word_divergences
from training.outside_teacher import OutsideTeacher, load_outside_teacher, outside_objective
from training.shards import Shards

transformers = pytest.importorskip("transformers", reason="transformers is not installed: pip install -e '.[hf]'")
tokenizers = pytest.importorskip("tokenizers")


def _tokenizer(lines: list[str], vocab_size: int) -> Any:
    """Train byte-level BPE, as GPT-2 has it."""
    bpe = tokenizers.Tokenizer(tokenizers.models.BPE())
    bpe.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = tokenizers.decoders.ByteLevel()
    bpe.train_from_iterator(
        lines,
        tokenizers.trainers.BpeTrainer(
            vocab_size=vocab_size,
            special_tokens=["<|endoftext|>"],
            initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    return transformers.PreTrainedTokenizerFast(tokenizer_object=bpe, bos_token="<|endoftext|>")


def _gpt2(vocab_size: int) -> Any:
    torch.manual_seed(3)
    sizes = {"n_layer": 2, "n_head": 2, "n_embd": 64, "n_positions": 96}
    return transformers.GPT2LMHeadModel(
        transformers.GPT2Config(vocab_size=vocab_size, **sizes, bos_token_id=0, eos_token_id=0)
    )


@pytest.fixture(scope="module")
def lines(pipeline: Pipeline) -> list[str]:
    """The training text as the student reads it."""
    vocabulary = Tokenizer(pipeline.vocabulary.read_bytes())
    text = vocabulary.decode(
        [BREAK if token == START else int(token) for token in Shards.open(pipeline.shards, "train").tokens]
    )
    return [line.strip() for line in text.split("\n") if line.strip()]


@pytest.fixture(scope="module")
def folder(lines: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small model with tokens of its own, trained for some seconds on a part of the text that speaks of mornings."""
    tokenizer = _tokenizer(lines, 360)
    lines = [line for line in lines if "morning" in line]
    model = _gpt2(len(tokenizer))
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    for step in range(120):
        batch = [tokenizer.bos_token + line for line in (lines * 20)[step * 32 :][:32]]
        tokenizer.pad_token = tokenizer.bos_token
        read = tokenizer(batch, padding=True, return_tensors="pt")
        labels = read.input_ids.masked_fill(read.attention_mask == 0, -100)
        loss = model(**read, labels=labels).loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    path = tmp_path_factory.mktemp("outside") / "tiny-gpt2"
    model.save_pretrained(path)
    tokenizer.save_pretrained(path)
    return path


@pytest.fixture(scope="module")
def outside(pipeline: Pipeline, folder: Path) -> OutsideTeacher:
    """That model as a teacher."""
    digest = Shards.open(pipeline.shards, "train").vocabulary_sha256
    return load_outside_teacher(str(folder), pipeline.vocabulary, digest)[0]


def _opening(text: str, tokenizer: Any, vocabulary: Tokenizer) -> str | None:
    """Cut a text down to what is one token to both, by asking both again and again."""
    while re.match(" [A-Za-z]", text):
        token = tokenizer.convert_ids_to_tokens(tokenizer(text).input_ids[0]).replace("Ġ", " ")
        if token == text == vocabulary.pieces[vocabulary.encode(text)[0]].replace("▁", " "):
            return text
        text = vocabulary.pieces[vocabulary.encode(token)[0]].replace("▁", " ")
    return None


def _words(text: str) -> list[tuple[str, str]]:
    """Give what stands before each word but those that begin a sentence, and the word with its space."""
    found, before = [], ""
    for number, line in enumerate(text.split("\n")):
        before += "\n" * bool(number)
        for chunk in chunks(" " + line):
            if chunk[1:].isalpha() or "'" in chunk[1:-1]:
                found.append((before, chunk))
            before += chunk if before and not before.endswith("\n") else chunk[1:]
    return [(before, word) for before, word in found if not at_sentence_start(before + " ")]


class _Slow:
    """What the teacher says of one word, by plain calls."""

    def __init__(self, folder: Path, vocabulary: Tokenizer) -> None:
        self.vocabulary = vocabulary
        self.tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
        self.model = transformers.AutoModelForCausalLM.from_pretrained(folder)
        self.texts = [
            token.replace("Ġ", " ") for token in self.tokenizer.convert_ids_to_tokens(range(len(self.tokenizer)))
        ]
        self.openings = [_opening(text, self.tokenizer, vocabulary) for text in self.texts]

    def next_token(self, text: str) -> list[float]:
        with torch.no_grad():
            read = [0, *self.tokenizer(text).input_ids]
            return self.model(torch.tensor([read])).logits[0, -1].softmax(-1).tolist()

    def opens(self, before: str) -> dict[str, float]:
        sums: dict[str, float] = {}
        for probability, opening in zip(self.next_token(before), self.openings, strict=True):
            if opening:
                sums[opening] = sums.get(opening, 0.0) + probability
        return sums

    def whole(self, before: str, word: str) -> float:
        logprob, read = 0.0, before
        for token in self.tokenizer(word).input_ids:
            logprob += math.log(self.next_token(read)[token])
            read += self.texts[token]
        after = zip(self.next_token(read), self.texts, strict=True)
        return logprob + math.log(sum(p for p, text in after if not re.match("[A-Za-z]|'[A-Za-z]|'$", text)))


def test_the_teacher_says_what_plain_calls_say_word_by_word(
    pipeline: Pipeline, folder: Path, outside: OutsideTeacher
) -> None:
    vocabulary = Tokenizer(pipeline.vocabulary.read_bytes())
    slow = _Slow(folder, vocabulary)
    names = sorted(opening for opening in set(slow.openings) if opening)
    texts = [
        "we don't see the red car. the driver sold 12 cars, didn't they",
        "my sister\nthey can't open the garden-door 🙂 again",
        "two tickets (on Monday) wanted by the neighbour",
    ]
    row = [token for text in texts for token in vocabulary.encode_context(text)]
    taught = outside.targets(torch.tensor([row, row[:20] + [START] * (len(row) - 20)]))
    assert taught.openings.size(-1) == outside.n_openings == len(names)
    assert torch.equal(taught.openings[0, :19], taught.openings[1, :19])
    spoken, judged, start = set(), set(), 0
    for text in texts:
        for before, word in _words(text):
            place = start + len(vocabulary.encode_context(before))
            opening = _opening(vocabulary.pieces[row[place]].replace("▁", " "), slow.tokenizer, vocabulary)
            if opening is None:
                continue
            spoken.add(place - 1)
            sums = slow.opens(before)
            ref = [sums[name] / sum(sums.values()) for name in names]
            assert taught.openings[0, place - 1].tolist() == pytest.approx(ref, rel=1e-4, abs=1e-7), word
            end = place + len(vocabulary.encode(word))
            if (
                end < len(row)
                and _opening(slow.texts[slow.tokenizer(word).input_ids[0]], slow.tokenizer, vocabulary) == opening
            ):
                judged.add(place - 1)
                assert taught.ends[0, place - 1] == end - 1, word
                ref_whole = slow.whole(before, word) - math.log(sums[opening])
                assert float(taught.whole[0, place - 1]) == pytest.approx(ref_whole, rel=1e-3, abs=1e-4), word
        start += len(vocabulary.encode_context(text))
    assert len(judged) > 15
    assert set(taught.openings[0].any(-1).nonzero().flatten().tolist()) == spoken
    assert set(taught.ends[0].nonzero().flatten().tolist()) == judged


def test_a_word_of_one_token_on_either_side_opens_alike_on_both(
    pipeline: Pipeline, folder: Path, outside: OutsideTeacher
) -> None:
    vocabulary = Tokenizer(pipeline.vocabulary.read_bytes())
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    text = (line for document in iterate(pipeline.corpus / "train.txt") for line in document)
    words = {chunk for line in text for chunk in chunks(" " + line) if re.match(" [A-Za-z]", chunk)}
    alone = 0
    for word in words:
        pieces, tokens = vocabulary.encode(word), tokenizer(word).input_ids
        if min(len(pieces), len(tokens)) == 1:
            alone += len(pieces) != len(tokens) and int(outside.of_piece[pieces[0]]) < outside.n_openings
            assert outside.of_piece[pieces[0]] == outside.of_token[tokens[0]], word
    assert alone > 5


@pytest.mark.slow
def test_a_student_comes_closer_to_it(pipeline: Pipeline, outside: OutsideTeacher, tmp_path: Path) -> None:
    config = pipeline.config(seed=4, tokens=40_000)
    assert config.distill is not None
    distances = []
    for soft_weight in (0.0, 0.8):
        distill = replace(config.distill, soft_weight=soft_weight)
        objective, prepare = outside_objective(outside, distill)
        trainer = Trainer(
            replace(config, distill=distill),
            shards=pipeline.shards,
            run=tmp_path / str(soft_weight),
            made_from={},
            objective=objective,
            prepare=prepare,
        )
        trainer.train()
        rows = torch.from_numpy(trainer.validation.rows(torch.arange(8).numpy(), 64))
        tokens, segments, targets = inputs(rows)
        taught = outside.targets(rows)
        with torch.no_grad():
            _, openings, wholes = word_divergences(
                trainer.model(tokens, segments), targets, taught, outside.of_piece, outside.piece_ends_word, 1.0
            )
        words = taught.openings.any(-1)
        distances.append((float(openings[0][words].mean()), float(wholes[0][taught.ends > 0].mean())))
    assert distances[1][0] < 0.9 * distances[0][0]
    assert distances[1][1] < distances[0][1]


def test_the_command_trains_a_student_and_notes_the_teacher(pipeline: Pipeline, folder: Path, tmp_path: Path) -> None:
    options = ["--shards", str(pipeline.shards), "--vocabulary", str(pipeline.vocabulary), "--out", str(tmp_path)]
    command = ["student", "--preset", "smoke", "--tokens", "4096", "--teacher-hf", str(folder), *options]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 0, result.output
    teacher = json.loads((tmp_path / "config.json").read_text())["made_from"]["teacher"]
    assert teacher["name"] == "tiny-gpt2"
    assert teacher["architecture"] == "gpt2"
    assert teacher["n_parameters"] > 100_000
    lines = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert lines[-1]["loss"] != lines[-1]["cross_entropy"]
    assert CliRunner().invoke(main, [*command, "--teacher", str(tmp_path)]).exit_code == 2


def _refused(pipeline: Pipeline, folder: Path, match: str, digest: str | None = None) -> None:
    digest = digest or Shards.open(pipeline.shards, "train").vocabulary_sha256
    with pytest.raises(ValueError, match=match):
        load_outside_teacher(str(folder), pipeline.vocabulary, digest)


def test_other_pieces_are_refused(pipeline: Pipeline, folder: Path) -> None:
    _refused(pipeline, folder, "--vocabulary", digest="0" * 64)


def test_without_transformers_the_extra_is_named(
    pipeline: Pipeline, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    _refused(pipeline, folder, r"pip install '\.\[hf\]'")


def test_a_folder_without_a_model_is_refused(pipeline: Pipeline, tmp_path: Path) -> None:
    _refused(pipeline, tmp_path, "no causal language model")


def test_a_model_that_lacks_weights_is_refused(pipeline: Pipeline, folder: Path, tmp_path: Path) -> None:
    sizes = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    config = transformers.LlamaConfig(vocab_size=360, pad_token_id=0, **sizes)
    transformers.LlamaForSequenceClassification(config).save_pretrained(tmp_path)
    transformers.AutoTokenizer.from_pretrained(folder).save_pretrained(tmp_path)
    _refused(pipeline, tmp_path, "lacks lm_head.weight")


def test_code_beside_the_model_is_not_run(pipeline: Pipeline, folder: Path, tmp_path: Path) -> None:
    settings = json.loads((folder / "config.json").read_text())
    settings |= {
        "model_type": "home_made",
        "auto_map": dict.fromkeys(("AutoConfig", "AutoModelForCausalLM"), "made.Made"),
    }
    (tmp_path / "config.json").write_text(json.dumps(settings))
    (tmp_path / "made.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\nclass Made: pass\n")
    transformers.AutoTokenizer.from_pretrained(folder).save_pretrained(tmp_path)
    _refused(pipeline, tmp_path, "no causal language model")
    assert not (tmp_path / "ran").exists()


def test_a_model_that_reads_ahead_is_refused(pipeline: Pipeline, folder: Path, tmp_path: Path) -> None:
    sizes = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    transformers.BertLMHeadModel(
        transformers.BertConfig(vocab_size=360, initializer_range=1.0, **sizes)
    ).save_pretrained(tmp_path)
    transformers.AutoTokenizer.from_pretrained(folder).save_pretrained(tmp_path)
    _refused(pipeline, tmp_path, "reads ahead")


def test_a_tokenizer_without_offsets_is_refused(pipeline: Pipeline) -> None:
    class Slow:
        is_fast = False

    with pytest.raises(ValueError, match="fast"):
        OutsideTeacher(None, Slow(), Tokenizer(pipeline.vocabulary.read_bytes()))


def test_a_teacher_of_single_letters_is_refused(pipeline: Pipeline, lines: list[str]) -> None:
    tokenizer = _tokenizer(lines[:1], 257)
    with pytest.raises(ValueError, match="no word opens alike"):
        OutsideTeacher(_gpt2(len(tokenizer)).eval(), tokenizer, Tokenizer(pipeline.vocabulary.read_bytes()))
