"""Other words for a bundle that exists: lexicon and attested words are replaced, graph and pieces stay to the byte.

For a word list that was mended or enlarged without training anew. What the model card says of words is measured anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from autocomplete import bundle
from autocomplete.attested import Attested
from autocomplete.bundle import ATTESTED, LEXICON, PIECES, Bundle
from autocomplete.engine import Autocompleter
from autocomplete.lexicon import Lexicon
from autocomplete.tflite_lm import TFLiteModel
from autocomplete.tokenizer import Tokenizer
from export.pack import measure
from training.attested import read as read_attested
from training.lexicon import read_rows


@dataclass(frozen=True, kw_only=True)
class RepackConfig:
    """What gets other words, and which."""

    bundle: Path
    """the bundle whose model is kept"""
    lexicon: Path
    """the word list, TSV"""
    attested: Path
    """words that are written but not listed, TSV"""
    eval_text: Path
    """text that is typed for the figures of the model card, one message a line"""
    typed_lines: int = 100
    """lines drawn from it"""
    out: Path
    """the bundle to write; may be the one that is read"""


def repack(config: RepackConfig, progress: Callable[[str], None] = lambda _: None) -> Bundle:
    """Write a bundle with other words; the same inputs give the same bytes.

    Raises
    ------
    autocomplete.errors.BundleError, ValueError, FileNotFoundError
        Each says what to do; what stood at `out` is unchanged then.
    """
    opened = bundle.read(config.bundle)
    tokenizer = Tokenizer(opened.sections[PIECES])
    lexicon = Lexicon.from_rows(read_rows(config.lexicon), tokenizer)
    written = read_attested(config.attested)
    attested = Attested.from_shares(written.shares, written.slips)
    progress(f"typing {config.typed_lines} lines")
    engine = Autocompleter(TFLiteModel.from_bundle(opened), tokenizer, lexicon, attested=attested)
    card = {**opened.manifest.model_card, "figures": measure(engine, config.eval_text, config.typed_lines)}
    sections = {**opened.sections, LEXICON: lexicon.to_bytes(), ATTESTED: attested.to_bytes()}
    return bundle.write(config.out, replace(opened.manifest, model_card=card), sections)
