"""What one model costs and how well it predicts: a run in float by torch, or a bundle on the device's runtime.

Types lines of the test split through the engine, the same for both, so that a student in int8 is compared with its
teacher in float by what a user gets. Owns the figures of one model; `report.py` lays several out.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import torch

from autocomplete import bundle as bundles
from autocomplete.engine import Autocompleter
from autocomplete.evaluation import choose_lines, type_lines
from autocomplete.lexicon import Lexicon
from autocomplete.tflite_lm import TFLiteModel
from autocomplete.tokenizer import Tokenizer
from training.cached import language_model
from training.checkpoint import load_model
from training.corpus import iterate
from training.lexicon import read_rows
from training.model import Transformer
from training.next_word import NextWord

Type = Callable[[TFLiteModel], dict[str, Any]]
"""Types some lines with a language model; gives the figures of `autocomplete eval` that ignore case."""

_ROW = 64
"""tokens that are read to measure time"""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """The figures of one model; None where one was not measured."""

    name: str
    n_parameters: int
    size: int
    """bytes of its weights, or of the bundle"""
    tokens: int
    """read in training"""
    seconds: float
    """of training"""
    bits_per_byte: float | None
    milliseconds: float
    """median time to read 64 tokens on one thread"""
    next_word: NextWord | None = None
    typed: dict[str, Any] | None = None
    card: dict[str, Any] = field(default_factory=dict)
    """settings, and what it was made from"""


def measure(
    path: Path,
    *,
    foretell: Callable[[Transformer, str], NextWord] | None = None,
    typist: Type | None = None,
    repeats: int = 15,
) -> Measured:
    """Measure a run's newest checkpoint, or a bundle.

    Raises
    ------
    CheckpointError, autocomplete.errors.BundleError
        If the folder holds no run or no checkpoint, or the file is no bundle.
    """
    return _measure_bundle(path, typist, repeats) if path.is_file() else _measure_run(path, foretell, typist, repeats)


def _measure_run(
    run: Path, foretell: Callable[[Transformer, str], NextWord] | None, typist: Type | None, repeats: int
) -> Measured:
    model, config, facts = load_model(run)
    # The engine writes capitals as truecased text needs them: what a model of other text offers, it would spoil.
    typed = typist(language_model(model)) if typist and facts.get("casing", "truecased") == "truecased" else None
    tokens = torch.arange(_ROW)[None] % model.config.vocab_size

    @torch.no_grad()
    def read() -> None:
        model(tokens)

    return Measured(
        name=run.name,
        n_parameters=model.n_parameters,
        size=4 * model.n_parameters,
        tokens=facts["tokens"],
        seconds=facts["seconds"],
        bits_per_byte=facts["bits_per_byte"],
        milliseconds=_median_time(read, repeats),
        next_word=foretell(model, facts["casing"]) if foretell else None,
        typed=typed,
        card=config.as_dict() | {"made_from": facts},
    )


def _measure_bundle(path: Path, typist: Type | None, repeats: int) -> Measured:
    opened = bundles.read(path)
    lm = TFLiteModel.from_bundle(opened)
    card = opened.manifest.model_card
    facts = card.get("training", {}).get("made_from", {})
    tokens = [token % lm.vocab_size for token in range(min(_ROW, lm.context_len))]
    return Measured(
        name=path.name,
        n_parameters=card.get("n_parameters", 0),
        size=path.stat().st_size,
        tokens=facts.get("tokens", 0),
        seconds=facts.get("seconds", 0.0),
        bits_per_byte=facts.get("bits_per_byte"),
        milliseconds=_median_time(lambda: lm.start(tokens), repeats),
        typed=typist(lm) if typist else None,
        card=card,
    )


def typist(*, corpus: Path, vocabulary: Path, lexicon: Path, lines: int, text: Path | None = None) -> Type:
    """Give what types the first lines of a corpus's test split, or as many of `text` as `autocomplete eval` chooses."""
    chosen = (
        list(islice((line for document in iterate(corpus / "test.txt") for line in document), lines))
        if text is None
        else choose_lines(text, lines)
    )
    tokenizer = Tokenizer(vocabulary.read_bytes())
    words = Lexicon.from_rows(read_rows(lexicon), tokenizer)

    def type_with(lm: TFLiteModel) -> dict[str, Any]:
        if lm.vocab_size != tokenizer.vocab_size:
            raise ValueError(f"a model of {lm.vocab_size} pieces cannot use {vocabulary}: name its own --vocabulary")
        engine = Autocompleter(lm, tokenizer, words, tolerant=False)
        report = type_lines(lambda typed, k: [suggestion.word for suggestion in engine.suggest(typed, k)], chosen, 3)
        return {"lines": report.lines, "words": report.words, **report.as_dict()["ignoring_case"]}

    return type_with


def _median_time(read: Callable[[], object], repeats: int) -> float:
    """Median milliseconds of a call on one thread, after two to warm up."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        seconds = []
        for _ in range(repeats + 2):
            begun = time.perf_counter()
            read()
            seconds.append(time.perf_counter() - begun)
        return 1e3 * statistics.median(seconds[2:])
    finally:
        torch.set_num_threads(threads)
