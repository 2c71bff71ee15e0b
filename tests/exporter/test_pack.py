"""The whole export of a tiny run: a bundle that loads, the same bytes each time, refusals of wrong input."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from safetensors.torch import save_file

import autocomplete
from autocomplete import bundle
from autocomplete.attested import Attested
from autocomplete.errors import BundleNotWritten
from autocomplete.lexicon import Lexicon
from autocomplete.tflite_lm import TFLiteModel
from autocomplete.tokenizer import Tokenizer
from export.__main__ import main
from export.pack import ExportConfig, export, measure, speed
from export.parity import ParityError, Tolerance
from export.quantize import VARIANTS
from export.source import read_source
from tests.tiny import config as tiny_config
from tests.tiny import transformer
from training import checkpoint, vocabulary
from training.checkpoint import CheckpointError
from training.config import RunConfig, TrainConfig

pytestmark = [pytest.mark.tflite, pytest.mark.torch, pytest.mark.slow]

TEXT = "see you tomorrow morning at the station and bring some bread please I am looking forward to it"
WORDS = TEXT.split()
LOOSE = Tolerance(bits_per_token_rise=1.0, agreement=0.5)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> ExportConfig:
    """A run with random weights, its pieces, a word list and some text; exported once."""
    folder = tmp_path_factory.mktemp("export")
    pieces = vocabulary.train(
        Counter({f" {word}": 50 - n for n, word in enumerate(WORDS)}), vocab_size=310, min_count=1
    )
    (folder / "pieces.model").write_bytes(pieces)
    (folder / "lexicon.tsv").write_text("".join(f"{word}\t{-4.0 - n / 10}\t\n" for n, word in enumerate(WORDS)))
    (folder / "attested.tsv").write_text("nite\t-13.5\t\nrecieve\t-14.0\treceive\n")
    rng = np.random.default_rng(5)
    (folder / "text.txt").write_text("\n\n".join(" ".join(rng.choice(WORDS, 9)) for _ in range(30)))
    (folder / "card.toml").write_text('name = "tiny"\n[sources]\nmade_up = { licence = "CC0" }\n')
    sizes = replace(tiny_config(), vocab_size=Tokenizer(pieces).vocab_size)
    settings = RunConfig(model=sizes, train=TrainConfig(tokens=1))
    checkpoint.write_config(folder / "run", settings, {"vocabulary_sha256": hashlib.sha256(pieces).hexdigest()})
    checkpoint.save(folder / "run", 3, transformer(sizes).state_dict(), {}, {"bits_per_byte": 1.5})
    config = ExportConfig(
        checkpoint=folder / "run",
        vocabulary=folder / "pieces.model",
        lexicon=folder / "lexicon.tsv",
        attested=folder / "attested.tsv",
        eval_text=folder / "text.txt",
        card=folder / "card.toml",
        out=folder / "xx.bundle",
        language="xx",
        tolerance=LOOSE,
    )
    export(config)
    return config


def test_the_bundle_loads_and_says_what_it_is(made: ExportConfig) -> None:
    read = bundle.read(made.out)
    lm = TFLiteModel.from_bundle(read)
    assert lm.vocab_size == read.manifest.shape.vocab_size == Tokenizer(read.sections[bundle.PIECES]).vocab_size
    assert read.manifest.special_tokens == {"<pad>": 0, "<unk>": 1, "<s>": 2, "<n>": 3}
    assert len(read.manifest.self_check.tokens) > lm.beam_size  # reading it takes several calls
    assert Attested.from_bytes(read.sections[bundle.ATTESTED]).frequency("nite") == 3.0
    card = read.manifest.model_card
    assert card["sources"] == {"made_up": {"licence": "CC0"}}
    assert card["training"]["model"]["n_embd"] == 32
    assert card["training"]["made_from"]["step"] == 3
    assert card["figures"] == measure(autocomplete.load(made.out), made.eval_text, made.typed_lines)
    assert card["figures"]["words"] == 30 * 9
    assert card["parity"]["float"]["mean_difference"] < 1e-3 < card["parity"]["int8"]["mean_difference"]
    assert card["size"] == {"words": len(WORDS), **{name: len(data) for name, data in read.sections.items()}}
    assert "speed" not in card


def test_exported_again_after_a_kill_the_bytes_are_the_same(made: ExportConfig) -> None:
    whole = made.out.read_bytes()
    made.out.with_name("xx.bundle.part").write_bytes(whole[:5000])  # what a kill while writing leaves
    export(made)
    assert made.out.read_bytes() == whole
    assert not made.out.with_name("xx.bundle.part").exists()


@pytest.mark.parametrize("moment", ["converting", "quantizing", "packing"])
def test_killed_at_any_step_the_old_bundle_stands(made: ExportConfig, moment: str) -> None:
    whole = made.out.read_bytes()
    command = [sys.executable, "-m", "export", *arguments(made), "--no-speed"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as process:
        assert process.stderr is not None
        assert any(line.startswith(moment) for line in process.stderr)
        process.kill()
    assert made.out.read_bytes() == whole
    bundle.read(made.out)


def test_the_variant_for_the_other_runtime(made: ExportConfig, tmp_path: Path) -> None:
    other = export(replace(made, variant="tflite-runtime", out=tmp_path / "other.bundle"))
    assert other.manifest.variant == "tflite-runtime"
    assert other.sections[bundle.GRAPH] != bundle.read(made.out).sections[bundle.GRAPH]
    TFLiteModel.from_bundle(other)


def test_the_small_variant_has_weights_of_four_bits(made: ExportConfig, tmp_path: Path) -> None:
    small = export(replace(made, variant="small", out=tmp_path / "small.bundle", tolerance=LOOSE))
    assert len(small.sections[bundle.GRAPH]) < len(bundle.read(made.out).sections[bundle.GRAPH]) - 10_000
    assert small.manifest.model_card["parity"]["int4"]["mean_difference"] > 0
    assert TFLiteModel.from_bundle(small).vocab_size == small.manifest.shape.vocab_size
    with pytest.raises(CheckpointError, match="holds weights of 4 bits: begin with"):
        export(replace(made, checkpoint=small.path, out=tmp_path / "again.bundle"))


def test_a_bundle_is_made_anew_with_fewer_words(
    made: ExportConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(VARIANTS, "few-words", replace(VARIANTS["few-words"], words=5))
    nowhere = tmp_path / "nothing"
    asked = replace(
        made,
        checkpoint=made.out,
        vocabulary=nowhere,
        lexicon=nowhere,
        attested=nowhere,
        variant="few-words",
        out=tmp_path / "few.bundle",
    )
    few, whole = export(asked), bundle.read(made.out)
    assert set(autocomplete.load(few.path)._lexicon.forms) == set(WORDS[:5])
    assert few.manifest.model_card["size"]["words"] == 5
    assert few.manifest.model_card["training"]["read_from_bundle"] == whole.checksum
    assert few.sections[bundle.PIECES] == whole.sections[bundle.PIECES]
    assert few.manifest.model_card["figures"]["exact"] != whole.manifest.model_card["figures"]["exact"]


def test_words_and_their_flags_survive_a_bundle(made: ExportConfig, tmp_path: Path) -> None:
    read = bundle.read(made.out)
    rows = [*((word, -4.0 - n / 10, "") for n, word in enumerate(WORDS)), ("sation", -9.0, "offensive,variant")]
    rows += [("brad", -9.5, "offensive"), ("mornin", -9.6, "variant")]
    words = Lexicon.from_rows(rows, Tokenizer(read.sections[bundle.PIECES])).to_bytes()
    path = tmp_path / "flagged.bundle"
    bundle.write(path, read.manifest, {**read.sections, bundle.LEXICON: words})
    nowhere = tmp_path / "nothing"
    source = read_source(path, nowhere, nowhere, nowhere)
    assert source.lexicon().to_bytes() == words
    assert set(source.lexicon(2).forms) == set(WORDS[:2])


def test_speed_stands_in_the_model_card_where_it_is_measured(made: ExportConfig, tmp_path: Path) -> None:
    read = bundle.read(made.out)
    measured = speed(read.manifest, {name: bytes(data) for name, data in read.sections.items()}, ["see you"])
    assert measured["runtime"].startswith("ai-edge-litert")
    assert measured["keystrokes"] == len("see you")
    assert 0 < measured["latency_ms"]["p50"] <= measured["latency_ms"]["p99"]
    assert measured["cold_start_s"] > 0


def test_past_the_tolerance_nothing_is_written(made: ExportConfig) -> None:
    whole = made.out.read_bytes()
    strict = replace(LOOSE, bits_per_token_rise=1e-9)
    with pytest.raises(ParityError, match=r"the int8 graph is not .*bits_per_token_rise"):
        export(replace(made, tolerance=strict))
    assert made.out.read_bytes() == whole


def test_a_bundle_larger_than_allowed(made: ExportConfig) -> None:
    with pytest.raises(BundleNotWritten, match="at most 1000"):
        export(replace(made, max_size=1000))


def test_pieces_of_another_run(made: ExportConfig, tmp_path: Path) -> None:
    other = tmp_path / "pieces.model"
    other.write_bytes(vocabulary.train(Counter({" other": 9, " words": 9}), vocab_size=280, min_count=1))
    with pytest.raises(CheckpointError, match="name the SentencePiece model of its shards"):
        export(replace(made, vocabulary=other))


def test_a_checkpoint_of_another_shape(made: ExportConfig, tmp_path: Path) -> None:
    settings, made_from = checkpoint.read_config(made.checkpoint)
    wider = RunConfig(model=replace(settings.model, n_embd=64, n_head=4), train=settings.train)
    checkpoint.write_config(tmp_path / "run", wider, made_from)
    step = checkpoint.save(tmp_path / "run", 1, transformer(settings.model).state_dict(), {}, {})
    with pytest.raises(CheckpointError, match=r"has shape \(\d+, 32\), the settings call for \(\d+, 64\)"):
        export(replace(made, checkpoint=tmp_path / "run"))
    save_file({}, step / "weights.safetensors")
    with pytest.raises(CheckpointError, match="has shape None"):
        export(replace(made, checkpoint=tmp_path / "run"))


def test_missing_text(made: ExportConfig, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="--eval-text"):
        export(replace(made, eval_text=tmp_path / "nothing.txt"))


def arguments(made: ExportConfig, **changes: object) -> list[str]:
    flags = {
        "checkpoint": made.checkpoint,
        "vocabulary": made.vocabulary,
        "lexicon": made.lexicon,
        "attested": made.attested,
        "out": made.out,
    }
    flags |= {
        "eval-text": made.eval_text,
        "card": made.card,
        "language": "xx",
        "max-bits-rise": 9,
        "min-agreement": 0.5,
    } | changes
    return [part for name, value in flags.items() for part in (f"--{name}", str(value))]


def test_the_command_prints_one_json_object(made: ExportConfig, tmp_path: Path) -> None:
    done = CliRunner().invoke(main, [*arguments(made, out=tmp_path / "cli.bundle"), "--no-speed"])
    assert done.exit_code == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["size"]["words"] == len(WORDS)
    assert result["speed"] is None
    assert result["bytes"] == (tmp_path / "cli.bundle").stat().st_size
    assert result["checksum"] == bundle.read(tmp_path / "cli.bundle").checksum
    assert "int8 graph" in done.stderr


@pytest.mark.parametrize(
    ("flag", "message"),
    [
        ("checkpoint", "it is not a run's folder"),
        ("lexicon", "python -m training lexicon"),
        ("vocabulary", "No such file"),
    ],
)
def test_the_command_ends_in_one_sentence(made: ExportConfig, tmp_path: Path, flag: str, message: str) -> None:
    done = CliRunner().invoke(main, arguments(made, **{flag: tmp_path / "nothing"}))
    assert done.exit_code == 1
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
