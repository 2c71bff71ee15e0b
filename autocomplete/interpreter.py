"""The one seam to a TFLite runtime: `ai-edge-litert` where it is installed, else `tflite-runtime`.

Owns the choice and the opening of a graph. Knows nothing of what the tensors mean, nor whether the runtime
computes the graph rightly: the bundle's self-check finds that out (`self_check.py`).
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final, TypeAlias

import numpy as np

from autocomplete.errors import RuntimeMissing

RUNTIMES: Final = {
    "ai-edge-litert": "ai_edge_litert.interpreter",
    "tflite-runtime": "tflite_runtime.interpreter",
}
"""Distributions and the module of each that has the class `Interpreter`; the first that imports is used."""

Signature: TypeAlias = Callable[..., Mapping[str, np.ndarray]]


@dataclass(frozen=True, kw_only=True)
class Graph:
    """An opened graph."""

    runtime: str
    """distribution and version, as in `ai-edge-litert 2.3.0`"""
    signatures: Mapping[str, Signature]
    """by name; called with arrays by input name, each gives arrays by output name"""


def open_graph(content: bytes, *, runtime: str | None = None) -> Graph:
    """Open a `.tflite` graph on one thread.

    Parameters
    ----------
    content : bytes
        The graph.
    runtime : str, optional
        One of `RUNTIMES`; by default the first that is installed.

    Raises
    ------
    RuntimeMissing
        If no runtime, or not the one asked for, is installed.
    """
    name, module = _import_runtime(list(RUNTIMES) if runtime is None else [runtime])
    with _native_messages_hidden():
        interpreter = module.Interpreter(model_content=content, num_threads=1)
        interpreter.allocate_tensors()  # here, not at the first call: this is when the greeting comes
        signatures = {key: interpreter.get_signature_runner(key) for key in interpreter.get_signature_list()}
    return Graph(runtime=name, signatures=signatures)


def _import_runtime(names: list[str]) -> tuple[str, Any]:
    for name in names:
        try:
            module = importlib.import_module(RUNTIMES[name])
        except ImportError:
            continue
        try:
            return f"{name} {version(name)}", module
        except PackageNotFoundError:
            return name, module
    raise RuntimeMissing(f"none of {', '.join(names)} can be imported: install one with `pip install ai-edge-litert`")


@contextmanager
def _native_messages_hidden() -> Iterator[None]:
    """Keep the runtime's greeting off the terminal.

    Native code prints it, past `sys.stderr`, into any interface. Errors come as exceptions.
    """
    try:
        saved = os.dup(2)
    except OSError:  # a process without a standard error
        yield
        return
    if sys.stderr is not None:
        sys.stderr.flush()
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
