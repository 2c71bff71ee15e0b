"""What a bundle is made of: the model, pieces and words of a run's folder, or of a bundle that was made before."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autocomplete import bundle as bundles
from autocomplete.attested import Attested
from autocomplete.bundle import ATTESTED, LEXICON, PIECES
from autocomplete.lexicon import OFFENSIVE, VARIANT, Lexicon
from autocomplete.tokenizer import Tokenizer
from training.attested import read as read_attested
from training.checkpoint import CheckpointError, load_model
from training.from_bundle import read_model
from training.lexicon import read_rows
from training.model import Transformer

Row = tuple[str, float, str]
"""Form, natural-log probability, comma-separated flags."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """What is exported."""

    model: Transformer
    """in evaluation mode"""
    training: dict[str, Any]
    """how it was trained, for the model card"""
    pieces: bytes
    """the SentencePiece model it was trained with"""
    rows: list[Row]
    """the words that may be offered"""
    attested: bytes
    """words that are written though they are not listed, as a bundle holds them"""

    def lexicon(self, words: int | None = None) -> Lexicon:
        """Index the words, or the most frequent ones alone."""
        rows: Sequence[Row] = self.rows
        if words is not None:
            rows = sorted(rows, key=lambda row: (-row[1], row[0]))[:words]
        return Lexicon.from_rows(rows, Tokenizer(self.pieces))


def read_source(checkpoint: Path, vocabulary: Path, lexicon: Path, attested: Path) -> Source:
    """Read a run's folder with its vocabulary and word lists, or a bundle, which holds all of them.

    Raises
    ------
    CheckpointError, autocomplete.errors.BundleError, ValueError, OSError
        Each says what to do.
    """
    if checkpoint.is_file():
        return _of_bundle(checkpoint)
    model, settings, made_from = load_model(checkpoint)
    pieces = vocabulary.read_bytes()
    found, expected = hashlib.sha256(pieces).hexdigest(), made_from.get("vocabulary_sha256")
    if found != expected:
        raise CheckpointError(
            f"{vocabulary} has SHA-256 {found}, {checkpoint} was trained with {expected}: "
            "name the SentencePiece model of its shards with --vocabulary"
        )
    training = {**settings.as_dict(), "made_from": made_from}
    written = read_attested(attested)
    table = Attested.from_shares(written.shares, written.slips).to_bytes()
    return Source(model=model, training=training, pieces=pieces, rows=read_rows(lexicon), attested=table)


def _of_bundle(path: Path) -> Source:
    """Take a bundle apart; the weights are what rounding left of them."""
    opened = bundles.read(path)
    if opened.manifest.variant == "small":
        raise CheckpointError(f"{path} holds weights of 4 bits: begin with the bundle or the run it was made from")
    model, facts = read_model(path)
    words = Lexicon.from_bytes(opened.sections[LEXICON])
    names = {0: "", OFFENSIVE: "offensive", VARIANT: "variant", OFFENSIVE | VARIANT: "offensive,variant"}
    flags = [names[flag] for flag in words.flags.tolist()]
    return Source(
        model=model.eval(),
        training={**facts["training"], "read_from_bundle": opened.checksum},
        pieces=bytes(opened.sections[PIECES]),
        rows=list(zip(words.forms, words.logprobs.tolist(), flags, strict=True)),
        attested=bytes(opened.sections.get(ATTESTED) or Attested.from_shares({}).to_bytes()),
    )
