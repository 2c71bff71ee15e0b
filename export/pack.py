"""Step 4: graph, pieces, lexicon and manifest become one bundle.

Owns the order of the four steps and the model card. The bytes are `autocomplete/bundle.py`'s.
"""

from __future__ import annotations

import tempfile
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from autocomplete import bundle, self_check
from autocomplete.attested import Attested
from autocomplete.bench import SAMPLE, bench
from autocomplete.bundle import ATTESTED, GRAPH, LEXICON, PIECES, Bundle
from autocomplete.engine import Autocompleter
from autocomplete.evaluation import choose_lines, type_lines
from autocomplete.interpreter import open_graph
from autocomplete.lexicon import Lexicon
from autocomplete.loading import load
from autocomplete.manifest import Manifest
from autocomplete.text import normalise, truecase
from autocomplete.tflite_lm import TFLiteModel
from autocomplete.tokenizer import SPECIALS, Tokenizer
from export.convert import convert
from export.parity import FLOAT_TOLERANCE, Tolerance, compare
from export.quantize import DEFAULT, quantize, variant_of
from export.source import read_source
from training.cached import shape_of

_SELF_CHECK_TOLERANCE = 0.25  # processors round int8 activations apart; garbage differs by whole nats
_SELF_CHECK_TOKENS = 24


@dataclass(frozen=True, kw_only=True)
class ExportConfig:
    """What to export, and how."""

    checkpoint: Path
    """the student's run folder, or a bundle, whose weights, pieces and words are taken"""
    vocabulary: Path
    """the SentencePiece model a run was trained with"""
    lexicon: Path
    """the word list of a run, TSV"""
    attested: Path
    """words that are written but not listed, TSV; a bundle has its own"""
    eval_text: Path
    """text that parity is measured on, one message a line"""
    card: Path
    """TOML: what the model card says of the data"""
    out: Path
    """the bundle to write"""
    language: str = "en"
    """language code"""
    variant: str = DEFAULT
    """one of `quantize.VARIANTS`"""
    eval_lines: int = 200
    """lines of the text that are read"""
    typed_lines: int = 100
    """lines drawn from the text and typed, for the figures of the model card"""
    tolerance: Tolerance | None = None
    """how far the graph may be from torch; by default as far as the variant says"""
    speed: bool = False
    """whether speed is measured too, for the model card: no two runs give the same bytes then"""
    max_size: int = 12_000_000
    """greatest size of the bundle in bytes; an app has to carry it"""


def export(config: ExportConfig, progress: Callable[[str], None] = lambda _: None) -> Bundle:
    """Make a bundle of a checkpoint; the same inputs give the same bytes.

    All work is done in memory and the file is written last, so a killed export leaves nothing to clear
    away; run again.

    Raises
    ------
    CheckpointError, ParityError, autocomplete.errors.BundleError, ValueError, FileNotFoundError
        Each says what to do.
    """
    variant = variant_of(config.variant)
    source = read_source(config.checkpoint, config.vocabulary, config.lexicon, config.attested)
    model, tokenizer, words = source.model, Tokenizer(source.pieces), source.lexicon()
    windows = read_windows(config, tokenizer, words, model.config.context_len)
    shape = shape_of(model.config)

    progress("converting to a float graph")
    float_graph = convert(model, shape)
    float_parity = compare(model, TFLiteModel(open_graph(float_graph), shape), windows)
    progress(f"float graph: {float_parity.as_dict()}")
    FLOAT_TOLERANCE.verify(float_parity, "float")

    progress(f"quantizing, variant {config.variant}")
    graph = quantize(float_graph, config.variant)
    lm = TFLiteModel(open_graph(graph), shape)
    parity = compare(model, lm, windows)
    progress(f"int{variant.bits} graph: {parity.as_dict()}")
    tolerance = config.tolerance or variant.tolerance
    tolerance.verify(parity, f"int{variant.bits}")
    lexicon = source.lexicon(variant.words) if variant.words else words
    progress(f"typing {config.typed_lines} lines")
    engine = Autocompleter(lm, tokenizer, lexicon, attested=Attested.from_bytes(source.attested))
    figures = measure(engine, config.eval_text, config.typed_lines)

    sections = {GRAPH: graph, PIECES: source.pieces, LEXICON: lexicon.to_bytes(), ATTESTED: source.attested}
    card = {
        **tomllib.loads(config.card.read_text(encoding="utf8")),
        "n_parameters": model.n_parameters,
        "training": source.training,
        "parity": {
            "float": float_parity.as_dict(),
            f"int{variant.bits}": parity.as_dict(),
            "tolerance": asdict(tolerance),
        },
        "figures": figures,
        "size": {"words": len(lexicon), **{name: len(data) for name, data in sections.items()}},
        "made_with": {name: version(name) for name in ("torch", "litert-torch", "ai-edge-quantizer", "ai-edge-litert")},
    }
    manifest = Manifest(
        language=config.language,
        variant=config.variant,
        shape=shape,
        special_tokens={piece: token for token, piece in enumerate(SPECIALS)},
        self_check=self_check.record(lm, _longest_start(windows), tolerance=_SELF_CHECK_TOLERANCE),
        placeless=True,
        model_card=card,
    )
    if config.speed:
        progress("measuring speed")
        manifest = replace(manifest, model_card={**card, "speed": speed(manifest, sections)})
    progress("packing")
    return bundle.write(config.out, manifest, sections, max_size=config.max_size)


def speed(manifest: Manifest, sections: dict[str, bytes], lines: Sequence[str] = SAMPLE) -> dict[str, Any]:
    """Write a bundle where nobody sees it and measure it as `autocomplete bench` does."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "measured.bundle"
        bundle.write(path, manifest, sections)
        engine = load(path)
        return {"runtime": open_graph(sections[GRAPH]).runtime, **bench(engine, lines, repeats=3, bundle=str(path))}


def measure(engine: Autocompleter, text: Path, count: int) -> dict[str, Any]:
    """Type lines of a text as `autocomplete eval` does; give what was saved. Times would differ from run to run."""
    lines = choose_lines(text, count)
    report = type_lines(lambda text, k: [suggestion.word for suggestion in engine.suggest(text, k)], lines, 3)
    figures = report.as_dict()
    return {name: figures[name] for name in ("k", "lines", "characters", "words", "ignoring_case", "exact")}


def read_windows(config: ExportConfig, tokenizer: Tokenizer, words: Lexicon, context_len: int) -> list[list[int]]:
    """Encode the first lines of the text as the model reads them, each cut to the context length."""
    if not config.eval_text.is_file():
        raise FileNotFoundError(f"{config.eval_text} is missing: name a text, one message a line, with --eval-text")
    lines = (line.strip() for line in config.eval_text.read_text(encoding="utf8").splitlines())
    chosen = [line for line in lines if line][: config.eval_lines]
    return [tokenizer.encode_context(truecase(normalise(line), words.usual))[:context_len] for line in chosen]


def _longest_start(windows: Sequence[Sequence[int]]) -> Sequence[int]:
    """Choose the context of the self-check: the first that takes several calls to read, else the longest."""
    long = [window for window in windows if len(window) >= _SELF_CHECK_TOKENS]
    return (long[0] if long else max(windows, key=len))[:_SELF_CHECK_TOKENS]
