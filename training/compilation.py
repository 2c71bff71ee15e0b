"""What is compiled: on a CPU the whole objective, on a GPU each block by itself, and the loss of a taught student.

All blocks of a model are alike, so one of them is compiled and serves for all (PyTorch's "regional compilation"): ten
seconds in the place of a minute, of which a GPU that is lent for minutes has few.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import torch

from training.model import Transformer

_Function = TypeVar("_Function", bound=Callable[..., object])


def by_region(wanted: bool, device: str) -> bool:
    """Tell whether a model on `device` is compiled by its parts, if it is to be compiled at all."""
    return wanted and device.startswith("cuda")


def compile_blocks(model: Transformer) -> None:
    """Have each block compiled when it is first used."""
    for block in model.blocks:
        block.compile(dynamic=False)


def compiled(function: _Function) -> _Function:
    """Have a function of tensors compiled when it is first used."""
    return torch.compile(function, dynamic=False)  # type: ignore[return-value]
