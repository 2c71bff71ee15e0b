"""Step 2: float graph to whole-number weights; activations are quantized row by row as it runs, uncalibrated.

Owns the variants: what each does to the weights, how far it may then be from torch, and how many words it keeps.
"""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass, field
from typing import Final

from export.parity import Tolerance

DEFAULT: Final = "default"
FLOAT: Final = "float"


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One kind of bundle."""

    bits: int = 8
    """of a weight; 32 leaves the graph as it is"""
    per_channel: bool = True
    """a scale for each output, else one for each matrix"""
    words: int | None = None
    """the most frequent words that are kept; all of them by default"""
    tolerance: Tolerance = field(default_factory=Tolerance)
    """how far it may be from torch"""


VARIANTS: Final = {
    DEFAULT: Variant(),
    "small": Variant(bits=4, tolerance=Tolerance(bits_per_token_rise=0.15, agreement=0.75)),
    # version 2.14 of that runtime computes garbage from scales per channel, without an error
    "tflite-runtime": Variant(per_channel=False),
    "few-words": Variant(words=20_000),
    # four times as large: to measure by what whole numbers cost, and how a teacher types
    FLOAT: Variant(bits=32),
}


def variant_of(name: str) -> Variant:
    """Look a variant up by its name."""
    if name not in VARIANTS:
        raise ValueError(f'there is no variant "{name}": choose one of {", ".join(VARIANTS)}')
    return VARIANTS[name]


def quantize(float_graph: bytes, variant: str = DEFAULT) -> bytes:
    """Quantize every matrix of a graph, as the variant says."""
    from ai_edge_quantizer import qtyping, quantizer, recipe_manager

    chosen = variant_of(variant)
    if chosen.bits == 32:
        return float_graph
    granularity = qtyping.QuantGranularity.CHANNELWISE if chosen.per_channel else qtyping.QuantGranularity.TENSORWISE
    recipe = recipe_manager.RecipeManager()
    recipe.add_dynamic_config(
        regex=".*",
        operation_name=qtyping.TFLOperationName.ALL_SUPPORTED,
        num_bits=chosen.bits,
        granularity=granularity,
    )
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        made = quantizer.Quantizer(bytearray(float_graph), recipe.get_quantization_recipe()).quantize()
    assert made.quantized_model is not None
    return bytes(made.quantized_model)
