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
from typing import Any, Final, Protocol

import numpy as np

from autocomplete.errors import RuntimeMissing

RUNTIMES: Final = {
    "ai-edge-litert": "ai_edge_litert.interpreter",
    "tflite-runtime": "tflite_runtime.interpreter",
}
"""Distributions and the module of each that has the class `Interpreter`; the first that imports is used."""

Shapes = Mapping[str, tuple[tuple[int, ...], type]]
"""Of the inputs of a signature, by name: shape and type of the elements."""


class Step(Protocol):
    """One signature of a graph. Inputs stay as they were left from one run to the next, all zero at first."""

    def input(self, name: str) -> np.ndarray:
        """Give an input to be written to; hold it no longer than to the next run."""
        ...

    def run(self) -> None:
        """Compute the outputs."""
        ...

    def output(self, name: str) -> np.ndarray:
        """Give an output; hold it no longer than to the next run."""
        ...


@dataclass(frozen=True, kw_only=True)
class Graph:
    """An opened graph, for one model alone: its inputs are that model's memory."""

    runtime: str
    """distribution and version, as in `ai-edge-litert 2.3.0`"""
    steps: Mapping[str, Step]
    """by the name of the signature"""


class CopyingStep:
    """A signature as a function of arrays by name, which gives arrays by name."""

    def __init__(self, function: Callable[..., Mapping[str, np.ndarray]], inputs: Shapes) -> None:
        self._function = function
        self._inputs = {name: np.zeros(shape, kind) for name, (shape, kind) in inputs.items()}
        self._outputs: Mapping[str, np.ndarray] = {}

    def input(self, name: str) -> np.ndarray:
        """Give an input to be written to."""
        return self._inputs[name]

    def run(self) -> None:
        """Compute the outputs."""
        self._outputs = self._function(**self._inputs)

    def output(self, name: str) -> np.ndarray:
        """Give an output."""
        return self._outputs[name]


class _InPlace:
    """The only signature of a graph, its tensors read and written where the runtime has them: a tenth of the time.

    The runtime keeps inputs as they are; should one not, the self-check of a bundle would show it, whose second call
    relies on what the first one left.
    """

    def __init__(self, interpreter: Any, name: str) -> None:
        self._interpreter = interpreter
        runner = interpreter.get_signature_runner(name)  # not kept: while it lives the runtime refuses to run otherwise
        details = {**runner.get_input_details(), **runner.get_output_details()}
        self._tensors = {name: interpreter.tensor(tensor["index"]) for name, tensor in details.items()}
        for name in runner.get_input_details():
            self._tensors[name]()[...] = 0

    def input(self, name: str) -> np.ndarray:
        """Give an input to be written to."""
        return self._tensors[name]()

    def run(self) -> None:
        """Compute the outputs."""
        self._interpreter.invoke()

    def output(self, name: str) -> np.ndarray:
        """Give an output."""
        return self._tensors[name]()


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
        return Graph(runtime=name, steps=_steps(interpreter))


def _steps(interpreter: Any) -> dict[str, Step]:
    names = list(interpreter.get_signature_list())
    if len(names) == 1:  # the tensors of others are out of reach
        return {names[0]: _InPlace(interpreter, names[0])}
    runners = {name: interpreter.get_signature_runner(name) for name in names}
    return {
        name: CopyingStep(
            runner, {key: (tuple(of["shape"]), of["dtype"]) for key, of in runner.get_input_details().items()}
        )
        for name, runner in runners.items()
    }


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
