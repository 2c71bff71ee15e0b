"""The compiled kernels, ready to be called, without starting the compiler once that has been done.

Owns the machine code on disk. The kernels are compiled by Numba the first time (`kernel_compiler.py`); what comes of it
is kept, and from then on llvmlite alone loads it, in a fraction of the time and memory that Numba takes to start. Where
nothing can be kept the kernels are compiled anew at each start; with `NUMBA_DISABLE_JIT=1` they run as plain Python.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeAlias

import llvmlite
import llvmlite.binding as llvm

Kernel: TypeAlias = Callable[..., int]

SIGNATURES: Final = {
    "find_letters": "i4[2] i4[1]",
    "find_groups": "i4[2] i4[1] u1[1] i4[1] u1[1] i4[2] b1[1] i4[1] i4[2] i4[1]",
    "match_letters": "i4[2] i4[1] f4[2] f4[2] f4[2] f4[1] f4[2] i4[1] f4[1] i4[2]",
    "first_costs": "f4[1] i4[2] i4[1] f4[1]",
    "push_first_pieces": "i4[1] f4[1] f4[1] f4[1] i4[2] f4[1]",
    "push_children": "i4[2] i4[1] f4[1] i4[2] f4[1] f4[2] i4[1] f4[1] i4[2] f4[1]",
    "least_costs": "i4[2] i4[1] f4[1] i4[1] f4[1]",
    "take_best": "f4[1] i4[2] f4[1] i4[2] f4[1]",
    "finish_words": "i4[2] i4[1] f4[1] i4[2] f4[1] f4[1] i4[1] f4[1]",
    "build_letters": "i4[1] i4[1] i4[1] i4[1] i4[2]",
    "count_pieces": "i4[1] i4[1] i4[1] i4[1] i4[1]",
    "build_pieces": "i4[1] i4[1] i4[1] i4[1] i4[1] i4[1] i4[2] i4[1] i4[1]",
    "adapt_rows": "f4[2] i4[1] f4[2] f4[1] i4[1] f4[1] f4[2] f4[2] f4[1] f4[2]",
    "merge_spellings": "i4[1] f4[1] f4[1] i4[1] b1[1] i4[1] f8[2] i4[1] f8[1]",
    "best_shares": "f8[1] f4[1] i4[1] i4[1] f8[1]",
    "bound_nodes": "i4[1] f8[1] i4[1] i4[1] i4[1] f4[1]",
    "lift_pool": "i4[1] f4[1] f4[1] f4[1] i4[2] f4[1]",
    "mix_shares": "i4[1] f8[2] i4[1] i4[1] i4[1] f8[2]",
}
"""The kernels that are called from outside, with the types and dimensions of their arrays, which are contiguous. Each
gives a whole number."""

_SOURCES: Final = (
    "kernels.py",
    "trie_kernels.py",
    "adapter_kernels.py",
    "share_kernels.py",
    "kernel_compiler.py",
    "compiled.py",
)
_PREFIX: Final = "autocomplete_"
"""before a kernel's name in machine code"""
_WRONG: Final = -(2**63)
"""What a kernel gives if an array is not laid out as its signature says."""
_KEPT: Final = b"KERNELS1"
"""Begins a file of machine code; the SHA-256 of the rest follows."""


def kernel(name: str) -> Kernel:
    """Give a kernel of `SIGNATURES`, compiled."""
    return _kernels()[name]


def _target() -> llvm.TargetMachine:
    """Give what code is made for: this processor."""
    return llvm.Target.from_triple(llvm.get_process_triple()).create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=_features(), opt=3, reloc="default", codemodel="jitdefault", jit=True
    )


@cache
def _kernels() -> Mapping[str, Kernel]:
    if os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0"):
        return _plain()
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    for place in _places():
        code = _read(place)
        if code is not None:
            return _loaded(code)
    from autocomplete.kernel_compiler import compile_kernels  # brings Numba

    code = compile_kernels(SIGNATURES, _target(), wrong=_WRONG, prefix=_PREFIX)
    if code is None:
        return _plain()
    any(_write(place, code) for place in _places())
    return _loaded(code)


def _plain() -> dict[str, Kernel]:
    """Give the kernels as Numba has them, or Python."""
    from autocomplete.kernel_compiler import function_of

    return {name: function_of(name) for name in SIGNATURES}


def _loaded(code: bytes) -> dict[str, Kernel]:
    """Make machine code callable."""
    nothing = llvm.parse_assembly("")
    nothing.triple = llvm.get_process_triple()
    engine = llvm.create_mcjit_compiler(nothing, _target())
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    return {name: _callable(engine, name, signature) for name, signature in SIGNATURES.items()}


def _callable(engine: llvm.ExecutionEngine, name: str, signature: str) -> Kernel:
    # PYFUNCTYPE: arrays are passed as the objects they are, and the interpreter waits
    prototype = ctypes.PYFUNCTYPE(ctypes.c_int64, *[ctypes.py_object] * len(signature.split()))
    call = prototype(engine.get_function_address(_PREFIX + name))

    def checked(*arrays: Any, engine: llvm.ExecutionEngine = engine) -> int:  # the code lives as long as the engine
        found = call(*arrays)
        if found == _WRONG:
            raise TypeError(f"{name} takes contiguous arrays: {signature}")
        return found

    return checked


def _features() -> str:
    return llvm.get_host_cpu_features().flatten()


def _places() -> Iterator[Path]:
    """Give where machine code may be kept, best first; other sources, libraries and processors have other files."""
    folder = Path(__file__).parent
    sources = [(folder / name).read_bytes() for name in _SOURCES]
    made_for = (llvmlite.__version__, llvm.get_process_triple(), llvm.get_host_cpu_name(), _features())
    name = f"kernels.{hashlib.sha256(b''.join(sources) + repr(made_for).encode()).hexdigest()[:24]}.o"
    yield folder / "__pycache__" / name
    from platformdirs import user_cache_path  # for an installation that belongs to another

    yield user_cache_path("autocomplete") / name


def _read(place: Path) -> bytes | None:
    """Read machine code; None where there is none, or it is damaged."""
    try:
        kept = place.read_bytes()
    except OSError:
        return None
    head = len(_KEPT) + hashlib.sha256().digest_size
    return kept[head:] if kept[:head] == _KEPT + hashlib.sha256(kept[head:]).digest() else None


def _write(place: Path, code: bytes) -> bool:
    """Keep machine code, whole or not at all; tell whether that was possible."""
    part = place.with_suffix(f".{os.getpid()}.part")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(_KEPT + hashlib.sha256(code).digest() + code)
        part.replace(place)
    except OSError:
        return False
    return True
