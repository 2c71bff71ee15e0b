"""A small text and everything the pipeline makes from it, built once for all trainer tests."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="torch is not installed: pip install -e '.[train]'")

from training import corpus, lexicon, shards, vocabulary
from training.config import PRESETS, RunConfig, read_preset

_SUBJECTS = ["I", "we", "they", "my sister", "the neighbour", "Anna", "the driver", "our teacher"]
_VERBS = ["don't see", "bought", "found", "can't open", "like", "wanted", "broke", "sold"]
_OBJECTS = [
    "the red car",
    "a new phone",
    "the old house",
    "two tickets",
    "some bread",
    "the garden door",
    "an umbrella",
    "the man with Anna",
]
_TIMES = ["on Monday", "in May", "today", "last week", "tomorrow morning", "again"]


def sentences(count: int, seed: int) -> list[str]:
    """Make simple sentences whose words follow each other with some regularity."""
    rng = random.Random(seed)
    made = []
    for _ in range(count):
        subject = rng.randrange(len(_SUBJECTS))
        verb = _VERBS[(subject + rng.randrange(2)) % len(_VERBS)]
        line = f"{_SUBJECTS[subject]} {verb} {rng.choice(_OBJECTS)} {rng.choice(_TIMES)}"
        made.append(line[0].upper() + line[1:] + rng.choice([".", ".", "!", "?"]))
    return made


@dataclass(frozen=True)
class Pipeline:
    """Where each step's result lies."""

    folder: Path
    text: Path
    corpus: Path
    lexicon: Path
    vocabulary: Path
    shards: Path

    def config(self, **train: object) -> RunConfig:
        """Give the smoke preset with changes to its training section."""
        size = shards.Shards.open(self.shards, "train").vocab_size
        return read_preset("smoke", size, {f"train.{name}": value for name, value in train.items()})


@pytest.fixture(scope="session")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """Run corpus, lexicon, vocabulary and shards on the small text."""
    folder = tmp_path_factory.mktemp("pipeline")
    text = folder / "text"
    text.mkdir()
    lines = sentences(3000, seed=5)
    dialogues = ["\n".join(lines[start : start + 5]) for start in range(0, len(lines), 5)]
    (text / "chat.txt").write_text("\n\n".join(dialogues) + "\n")
    made = Pipeline(folder, text, folder / "corpus", folder / "lexicon.tsv", folder / "pieces.model", folder / "shards")
    corpus.prepare(text=text, out=made.corpus, mixture=PRESETS / "mixture.en.toml", held_out=0.05, workers=1, seed=3)
    lexicon.make(
        corpus=made.corpus,
        out=made.lexicon,
        attested=folder / "attested.tsv",
        lists=None,
        language="en",
        config=lexicon.LexiconConfig(),
    )
    vocabulary.make(corpus=made.corpus, lexicon=made.lexicon, out=made.vocabulary, vocab_size=500)
    shards.make(
        corpus=made.corpus,
        vocabulary=made.vocabulary,
        lexicon=made.lexicon,
        out=made.shards,
        shard_tokens=5000,
        workers=1,
    )
    return made
