"""What many tests share: a seeded generator, a small vocabulary, a small lexicon, a language model made up for them."""

from __future__ import annotations

import io
import os

# Models this small gain nothing from threads, and threads that wait for each other on a busy machine lose minutes. Set
# before torch is imported; the processes that tests start inherit it.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pytest
import sentencepiece

from autocomplete.lexicon import Lexicon
from autocomplete.tokenizer import SPECIALS, Tokenizer
from tests.fakes import RandomModel

WORDS = {
    "I": 90, "the": 80, "a": 60, "to": 55, "you": 50, "us": 12, "US": 4, "may": 9, "May": 8, "will": 15, "well": 14,
    "we'll": 9, "I'll": 12, "ill": 3, "I'm": 20, "don't": 16, "were": 11, "we're": 10, "Monday": 7, "iPhone": 4,
    "tomorrow": 13, "tomato": 3, "tomatoes": 2, "tomography": 1, "today": 14, "town": 5, "to-do": 1, "then": 14,
    "there": 13, "their": 9, "these": 8, "thermometer": 1, "café": 2, "cafeteria": 1, "naïve": 1, "door": 4, "doors": 2,
    "and": 40, "are": 22, "area": 3, "art": 2, "Anna": 6, "Ann": 3, "damn": 2, "dam": 1, "slurp": 2, "hello": 9,
    "help": 8, "helping": 3, "helped": 3, "xylophone": 1,
}  # fmt: skip
VARIANTS = {"i": 30, "monday": 2, "dont": 6, "im": 7, "iphone": 2}
OFFENSIVE = {"slur": 3, "slurs": 1}


def lexicon_rows() -> list[tuple[str, float, str]]:
    """Give the rows of the small word list."""
    total = sum(WORDS.values()) + sum(VARIANTS.values()) + sum(OFFENSIVE.values())
    rows = []
    for words, flags in ((WORDS, ""), (VARIANTS, "variant"), (OFFENSIVE, "offensive")):
        rows += [(form, float(np.log(count / total)), flags) for form, count in words.items()]
    return rows


@pytest.fixture
def rng() -> np.random.Generator:
    """A seeded generator."""
    return np.random.default_rng(17)


@pytest.fixture(scope="session")
def tokenizer() -> Tokenizer:
    """Pieces trained on the small word list: frequent words are whole, rare ones are not."""
    counts = {" " + word: count for word, count in (WORDS | VARIANTS).items()} | {",": 30, ".": 40, "!": 9, "'s": 5}
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([f"{chunk}\t{count}" for chunk, count in counts.items()]),
        input_format="tsv",
        model_writer=model,
        model_type="bpe",
        vocab_size=440,
        byte_fallback=True,
        split_by_unicode_script=False,
        normalization_rule_name="identity",
        add_dummy_prefix=False,
        remove_extra_whitespaces=False,
        pad_id=0,
        unk_id=1,
        bos_id=2,
        eos_id=-1,
        pad_piece=SPECIALS[0],
        unk_piece=SPECIALS[1],
        bos_piece=SPECIALS[2],
        control_symbols=[SPECIALS[3]],
        minloglevel=2,
    )
    return Tokenizer(model.getvalue())


@pytest.fixture(scope="session")
def lexicon(tokenizer: Tokenizer) -> Lexicon:
    """The small word list, indexed."""
    return Lexicon.from_rows(lexicon_rows(), tokenizer)


@pytest.fixture
def lm(tokenizer: Tokenizer) -> RandomModel:
    """A language model whose every distribution differs."""
    return RandomModel(tokenizer.vocab_size)
