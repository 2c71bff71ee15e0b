"""What enters the corpus, what stays out, and that documents are never torn."""

from __future__ import annotations

import json
import lzma
from pathlib import Path

import pytest

from training import corpus
from training.corpus import SourceRule, choose_split, clean_line, fingerprint, prepare, read_documents, read_mixture

MIXTURE = "[default]\nweight = 1.0\n[sources.double]\nweight = 2.0\n[sources.none]\nweight = 0.0\n"


@pytest.fixture
def mixture(tmp_path: Path) -> Path:
    """A mixture file that doubles one source and leaves one out."""
    path = tmp_path / "mixture.toml"
    path.write_text(MIXTURE)
    return path


def _write(folder: Path, name: str, documents: list[list[str]]) -> None:
    folder.mkdir(exist_ok=True)
    text = "\n\n".join("\n".join(document) for document in documents) + "\n"
    if name.endswith(".xz"):
        with lzma.open(folder / name, "wt", encoding="utf8") as file:
            file.write(text)
    else:
        (folder / name).write_text(text, encoding="utf8")


@pytest.mark.parametrize(
    "line",
    [
        "write to anna.b@mail.example",
        "see https://example.org/x",
        "it is on example.com today",
        "call me on +44 20 7946 0958",
        "my number is 555-123-4567 ok",
        "12345678 is the code",
        "привет как дела",
        "aaaaaaaaah no",
        "== -- || ++ a",
        "this is a slur indeed",
        "   ",
    ],
)
def test_lines_left_out(line: str) -> None:
    assert clean_line(line, frozenset({"slur"})) is None


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("  It’s   fine… really ", "It's fine... really"),
        ("See you at 6:30, ok?", "See you at 6:30, ok?"),
        ("naïve café 😀 yes", "naïve café 😀 yes"),
        ("they paid us 1,250,000 for it", "they paid us 1,250,000 for it"),
    ],
)
def test_lines_kept(line: str, kept: str) -> None:
    assert clean_line(line, frozenset()) == kept


def test_documents_are_read_whole_from_both_kinds_of_file(tmp_path: Path) -> None:
    documents = [["a b", "c"], ["d"]]
    _write(tmp_path, "one.txt", documents)
    _write(tmp_path, "two.txt.xz", documents)
    assert list(read_documents(tmp_path / "one.txt", "dialogue")) == documents
    assert list(read_documents(tmp_path / "two.txt.xz", "dialogue")) == documents
    assert list(read_documents(tmp_path / "one.txt", "sentences")) == [["a b"], ["c"], ["d"]]


def test_splits_share_no_document_and_the_weights_hold(tmp_path: Path, mixture: Path) -> None:
    words = ["red", "blue", "green", "grey", "pink"]
    documents = [
        [f"The {a} {b} {c} boat", f"is {d} not {a}"] for a in words for b in words for c in words for d in words
    ]
    for name in ("double", "plain", "none"):
        _write(tmp_path / "text", f"{name}.txt", [[f"{name} {line}" for line in document] for document in documents])
    prepare(text=tmp_path / "text", out=tmp_path / "out", mixture=mixture, held_out=0.1, workers=1)
    splits = {
        split: ["\n".join(document) for document in corpus.iterate(tmp_path / "out" / f"{split}.txt")]
        for split in corpus.SPLITS
    }
    assert all(len(splits[split]) > 20 for split in corpus.SPLITS)
    for first, second in (("train", "validation"), ("train", "test"), ("validation", "test")):
        assert not set(splits[first]) & set(splits[second])
    train = splits["train"]
    doubled = [document for document in train if document.startswith("double")]
    plain = [document for document in train if document.startswith("plain")]
    assert len(doubled) == 2 * len(set(doubled))
    assert len(plain) == len(set(plain)) > 400
    assert not any(document.startswith("none") for split in splits.values() for document in split)


def test_lines_of_the_evaluation_text_are_left_out(tmp_path: Path, mixture: Path) -> None:
    _write(tmp_path / "text", "plain.txt", [["I will be LATE -- tonight!", "another line here"]])
    (tmp_path / "eval").mkdir()
    (tmp_path / "eval" / "test.txt").write_text("i will be late, tonight\n")
    summary = prepare(
        text=tmp_path / "text",
        out=tmp_path / "out",
        mixture=mixture,
        exclude=[tmp_path / "eval"],
        held_out=0.0,
        workers=1,
    )
    assert list(corpus.iterate(tmp_path / "out" / "train.txt")) == [["another line here"]]
    assert summary["sources"]["plain"]["lines_dropped_in_evaluation"] == 1
    assert json.loads((tmp_path / "out" / "corpus.json").read_text())["excluded_lines"] == 1


def test_fingerprint_ignores_case_spacing_and_punctuation() -> None:
    assert fingerprint("  Don’t -- STOP!") == fingerprint("don't stop") != fingerprint("do not stop")


def test_same_seed_same_corpus(tmp_path: Path, mixture: Path) -> None:
    mixture.write_text('[default]\nweight = 0.5\nthin = { pattern = "blue", keep = 0.5 }\n')
    _write(tmp_path / "text", "plain.txt", [[f"the blue boat number {i}"] for i in range(200)])
    for name in ("first", "second"):
        prepare(text=tmp_path / "text", out=tmp_path / name, mixture=mixture, workers=1, seed=4)
    first = (tmp_path / "first" / "train.txt").read_bytes()
    assert first == (tmp_path / "second" / "train.txt").read_bytes()
    assert 20 < len(first.split(b"\n\n")) < 90


def test_the_shipped_mixture_is_readable() -> None:
    from training.config import PRESETS

    rules = read_mixture(PRESETS / "mixture.en.toml")
    assert rules["self_dialogue"].weight > 1 > rules["sgd_dialogues"].weight
    assert rules["changelog_podcasts"].thin_keep < 1
    assert rules["tatoeba"].kind == "sentences"


def test_missing_text_says_what_to_do(tmp_path: Path, mixture: Path) -> None:
    with pytest.raises(FileNotFoundError, match="--text"):
        prepare(text=tmp_path / "nowhere", out=tmp_path / "out", mixture=mixture)
    with pytest.raises(FileNotFoundError, match="training corpus"):
        list(corpus.iterate(tmp_path / "train.txt"))


@pytest.mark.parametrize("rule", [{"kind": "prose"}, {"weight": -1.0}, {"thin_keep": 1.5}])
def test_a_senseless_mixture_is_refused(rule: dict) -> None:
    with pytest.raises(ValueError, match="mixture"):
        SourceRule(**rule)


def test_copies_of_a_document_fall_into_one_split() -> None:
    assert len({choose_split(["same", "text"], 0.3) for _ in range(5)}) == 1
