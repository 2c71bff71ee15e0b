"""Step 2: float graph to int8 weights; activations are quantized row by row as it runs, uncalibrated.

Owns the variants. `default` has a scale per output channel. `tflite-runtime` has one per matrix: version
2.14 of that runtime computes garbage from scales per channel, without an error. `float` is left as it is: four times as
large, to measure by what int8 costs, and how a teacher types.
"""

from __future__ import annotations

import contextlib
import io

DEFAULT = "default"
FLOAT = "float"
VARIANTS = (DEFAULT, "tflite-runtime", FLOAT)


def quantize(float_graph: bytes, variant: str = DEFAULT) -> bytes:
    """Quantize every matrix of a graph to int8, as the variant says."""
    from ai_edge_quantizer import qtyping, quantizer, recipe_manager

    if variant not in VARIANTS:
        raise ValueError(f'there is no variant "{variant}": choose one of {", ".join(VARIANTS)}')
    if variant == FLOAT:
        return float_graph
    granularity = qtyping.QuantGranularity.CHANNELWISE if variant == DEFAULT else qtyping.QuantGranularity.TENSORWISE
    recipe = recipe_manager.RecipeManager()
    recipe.add_dynamic_config(
        regex=".*", operation_name=qtyping.TFLOperationName.ALL_SUPPORTED, num_bits=8, granularity=granularity
    )
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        made = quantizer.Quantizer(bytearray(float_graph), recipe.get_quantization_recipe()).quantize()
    assert made.quantized_model is not None
    return bytes(made.quantized_model)
