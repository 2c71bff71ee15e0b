"""A transformer of a few thousand weights, and graphs of it, for tests that need a real graph but no quality.

`python -m tests.tiny` writes the graphs in `tests/golden` anew; the runtime's tests read them, without torch.
`python -m tests.tiny FILE` writes a bundle of such a model with English pieces and words, for what lasts long and is
not about the words.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from autocomplete.interpreter import open_graph
from autocomplete.manifest import Manifest, ModelShape, SelfCheck
from autocomplete.tflite_lm import TFLiteModel

if TYPE_CHECKING:
    from training.model import ModelConfig, Transformer

GOLDEN = Path(__file__).with_name("golden")
KINDS = ("float", "default", "tflite-runtime")
SHAPE = ModelShape(
    vocab_size=61, n_layer=2, n_head=2, n_embd=32, head_dim=16, context_len=32, hop=16, slots=64, buckets=(8,)
)


def graph(kind: str = "default") -> bytes:
    """Read a golden graph: `float`, or an int8 variant."""
    return (GOLDEN / f"tiny.{kind}.tflite").read_bytes()


def language_model(kind: str = "default", runtime: str | None = None, *, placeless: bool = False) -> TFLiteModel:
    """Open a golden graph; keep what it finds, if told so."""
    return TFLiteModel(open_graph(graph(kind), runtime=runtime), SHAPE, placeless=placeless)


def manifest(**changes: object) -> Manifest:
    """Give a manifest whose self-check nothing has computed."""
    check = SelfCheck(
        tokens=(2, 5, 7),
        top_tokens=((4, 9), (8, 6)),
        top_logprobs=((-0.5, -2.0), (-1.0, -1.5)),
        tolerance=0.1,
    )
    values = {
        "language": "xx",
        "variant": "default",
        "shape": SHAPE,
        "special_tokens": {"<s>": 2},
        "self_check": check,
    }
    return Manifest(**{**values, **changes})  # type: ignore[arg-type]


def config() -> ModelConfig:
    """Give the sizes of the model behind the graphs."""
    from training.model import ModelConfig

    return ModelConfig(vocab_size=61, n_layer=2, n_head=2, n_embd=32, n_hidden=64, context_len=32)


def transformer(sizes: ModelConfig | None = None, sharpness: float = 0.6) -> Transformer:
    """Build a model with weights far from uniform; the same on every call."""
    import torch

    from training.model import Transformer

    generator = torch.Generator().manual_seed(11)
    model = Transformer(sizes or config())
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            drawn = torch.randn(parameter.shape, generator=generator)
            if parameter.ndim == 1:
                parameter.copy_(1 + 0.2 * drawn)
            else:
                parameter.copy_(drawn * (sharpness if name == "embedding.weight" else parameter.shape[1] ** -0.5))
    return model.eval()


def write_golden() -> None:
    """Make the golden graphs anew."""
    from export.convert import convert
    from export.quantize import VARIANTS, quantize
    from training.cached import shape_of

    assert shape_of(config()) == SHAPE
    float_graph = convert(transformer(), SHAPE)
    (GOLDEN / "tiny.float.tflite").write_bytes(float_graph)
    for variant in (name for name, made in VARIANTS.items() if made.words is None):
        (GOLDEN / f"tiny.{variant}.tflite").write_bytes(quantize(float_graph, variant))


def write_bundle(path: Path, words: int = 5000) -> None:
    """Write a bundle whose model knows nothing, with the pieces and the most frequent words of the built-in one."""
    from autocomplete import bundle, self_check
    from autocomplete.bundle import ATTESTED, GRAPH, LEXICON, PIECES
    from autocomplete.loading import built_in_bundle
    from export.convert import convert
    from export.quantize import quantize
    from export.source import read_source
    from training.cached import shape_of

    source = read_source(built_in_bundle(), Path(), Path(), Path())
    sizes = replace(config(), vocab_size=source.model.config.vocab_size, context_len=source.model.config.context_len)
    shape = shape_of(sizes)
    made = quantize(convert(transformer(sizes), shape))
    checked = self_check.record(TFLiteModel(open_graph(made), shape), (2, 5, 7), tolerance=0.25)
    sections = {
        GRAPH: made,
        PIECES: source.pieces,
        LEXICON: source.lexicon(words).to_bytes(),
        ATTESTED: source.attested,
    }
    bundle.write(path, manifest(language="en", shape=shape, self_check=checked), sections)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        write_bundle(Path(sys.argv[1]))
    else:
        write_golden()
