"""An adapter for a subject, made of its text: medicine, law, a company's words.

Owns which lines are held out, how often the rest is read and whether the result is worth writing. Nothing of torch: the
model stays as it is in its bundle, and what is trained is what the runtime trains for a user
(`autocomplete/adapter_trainer.py`). The bundle's word list stays too: words it lacks are `autocomplete learn --words`'.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from autocomplete import adapter_file
from autocomplete import bundle as bundles
from autocomplete.adaptation import windows
from autocomplete.adapter import features_of
from autocomplete.adapter_trainer import Snapshot, Trainer
from autocomplete.bundle import LEXICON, PIECES
from autocomplete.lexicon import Lexicon
from autocomplete.lm import LanguageModel
from autocomplete.text import normalise, recase
from autocomplete.tflite_lm import TFLiteModel
from autocomplete.tokenizer import SPECIALS, Tokenizer

_HELD_OUT = 10
"""of so many lines one is held out"""
_FEWEST = 2 * _HELD_OUT
"""lines"""


@dataclass(frozen=True)
class HeldOut:
    """Bits a piece of the lines held out."""

    pieces: int
    plain: float
    adapted: float


def make(
    files: Sequence[Path],
    bundle: Path,
    out: Path,
    *,
    epochs: int = 10,
    name: str = "",
    progress: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Train an adapter on text and write it; give its figures. The same text gives the same bytes.

    Raises
    ------
    ValueError
        If there is too little text, or the adapter does not make the lines held out cheaper; nothing is written.
    autocomplete.errors.AutocompleteError, OSError
        If a file cannot be read or written.
    """
    opened = bundles.read(bundle)
    tokenizer = Tokenizer(opened.sections[PIECES])
    lexicon = Lexicon.from_bytes(opened.sections[LEXICON])
    lines = [line for path in files for line in read_lines(path)]
    texts = [tokenizer.encode_context(recase(normalise(line), lexicon.usual, lexicon.only)) for line in lines]
    if len(texts) < _FEWEST:
        raise ValueError(f"{len(texts)} lines of text: give at least {_FEWEST}, a message or paragraph a line")
    held_out = texts[_HELD_OUT - 1 :: _HELD_OUT]
    learned = [text for number, text in enumerate(texts, 1) if number % _HELD_OUT]
    lm = TFLiteModel.from_bundle(opened)
    pieces = np.flatnonzero(tokenizer.is_boundary)[len(SPECIALS) :].astype(np.int32)
    trainer = Trainer(features_of(lm, pieces), lm.vocab_size)
    best: tuple[HeldOut, Snapshot, int] | None = None
    for epoch in range(1, epochs + 1):
        for text in learned:
            _read(lm, trainer, text)
        found = judge(lm, trainer, held_out)
        progress(f"reading {epoch}: {found.plain:.3f} bits a piece without the adapter, {found.adapted:.3f} with it")
        if best and found.adapted >= best[0].adapted:
            break
        best = (found, trainer.snapshot(), epoch)
    if best is None or best[0].adapted >= best[0].plain:
        raise ValueError("the adapter does not make the lines held out cheaper: give more text of the subject")
    figures = {"lines": len(lines), "held_out": asdict(best[0]), "epochs": best[2], "pieces": trainer.pieces}
    card = {"name": name or out.stem, **figures}
    adapter_file.write(out, adapter_file.AdapterFile(model=opened.model, snapshot=best[1], card=card))
    kept = adapter_file.read(out, model=opened.model, vocab_size=lm.vocab_size)
    return {"file": str(out), "bytes": out.stat().st_size, "checksum": kept.checksum, **card}


def read_lines(path: Path) -> list[str]:
    """Read the lines of a text that hold something."""
    try:
        text = path.read_text(encoding="utf8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not UTF-8 text (byte {error.start}): save it as UTF-8") from error
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def judge(lm: LanguageModel, trainer: Trainer, texts: Sequence[list[int]]) -> HeldOut:
    """Give what texts cost without and with an adapter."""
    plain, adapted, pieces = 0.0, 0.0, 0
    for text in texts:
        for seen, targets in windows(text, [True] * len(text), lm.context_len):
            rows = np.concatenate(list(lm.rows(seen)))
            without, with_it = trainer.judge(rows, targets)
            plain, adapted, pieces = plain + without.sum(), adapted + with_it.sum(), pieces + len(without)
    return HeldOut(pieces, float(plain / max(1, pieces)), float(adapted / max(1, pieces)))


def _read(lm: LanguageModel, trainer: Trainer, text: list[int]) -> None:
    for seen, targets in windows(text, [True] * len(text), lm.context_len):
        at = 0
        for rows in lm.rows(seen):
            trainer.learn(rows, targets[at : at + len(rows)])
            at += len(rows)
