"""From the modules of kernels to machine code: each kernel as a C function that takes NumPy arrays as they are.

Owns what stands between an array object and a kernel. An array's `data`, `dimensions` and `strides` are read where
NumPy's C API has them (`PyArrayObject_fields` in `ndarraytypes.h`), so that a call costs no conversion. Only public
parts of Numba are used: `cfunc`, `carray` and the LLVM code that they give.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

import llvmlite.binding as llvm
import numba
import numpy as np
from numba import carray, cfunc, njit, types

from autocomplete import adapter_kernels, kernels, share_kernels, trie_kernels

_ARRAY: Final = types.CPointer(types.voidptr)
_DATA, _DIMENSIONS, _STRIDES = 2, 4, 5
"""Words of a `PyArrayObject`, after those of every Python object."""
_NUMBAS_OWN: Final = re.compile(r"^declare (.*@(?:numba|NRT)_\w+\(.*\)).*$", re.MULTILINE)
"""Functions of Numba's library, which is not there when the code is loaded. They report exceptions, which no kernel
raises, and free arrays, which none makes: they are never called."""


def compile_kernels(
    signatures: Mapping[str, str], target: llvm.TargetMachine, *, wrong: int, prefix: str
) -> bytes | None:
    """Compile kernels to an object file; None if it would need what is not there without Numba.

    Parameters
    ----------
    signatures : mapping of str to str
        Kernels by name, with the types and dimensions of their arrays, as in `i4[2] f4[1]`.
    target : TargetMachine
        What to compile for.
    wrong : int
        What a kernel gives if an array is not contiguous or has elements of another size.
    prefix : str
        Put before each name.
    """
    module = llvm.parse_assembly("")
    for name, signature in signatures.items():
        module.link_in(llvm.parse_assembly(_code(name, signature, wrong, prefix + name)))
    code = _NUMBAS_OWN.sub(r"define \1 { call void @abort() unreachable }", str(module))
    module = llvm.parse_assembly(f"{code}\ndeclare void @abort()\n")
    module.verify()
    needed = [function.name for function in module.functions if function.is_declaration]
    if any(llvm.address_of_symbol(name) is None for name in needed if not name.startswith("llvm.")):
        return None
    return target.emit_object(module)


def function_of(name: str) -> Callable:
    """Give a kernel as Numba has it, or Python."""
    (module,) = (module for module in (kernels, trie_kernels, adapter_kernels, share_kernels) if hasattr(module, name))
    return getattr(module, name)


def _code(name: str, signature: str, wrong: int, symbol: str) -> str:
    """Give the LLVM code of a kernel's C function, with all that it calls."""
    parts = [(np.dtype(kind), int(dims)) for kind, dims in (part[:-1].split("[") for part in signature.split())]
    scope: dict[str, Any] = {"kernel": function_of(name), "wrong": wrong}
    for place, (kind, dims) in enumerate(parts):
        scope[f"fits{place}"], scope[f"view{place}"] = _reader(kind, dims)
    names = [f"array{place}" for place in range(len(parts))]
    fits = " and ".join(f"fits{place}({array})" for place, array in enumerate(names))
    views = ", ".join(f"view{place}({array})" for place, array in enumerate(names))
    # Numba compiles functions of as many arguments as they are written with: so this one is written here
    exec(f"def entry({', '.join(names)}):\n    return kernel({views}) if {fits} else wrong", scope)
    made = cfunc(numba.int64(*[_ARRAY] * len(parts)), error_model="numpy")(scope["entry"])
    return made.inspect_llvm().replace(made.native_name, symbol)


@cache
def _reader(kind: np.dtype, dims: int) -> tuple[Callable, Callable]:
    """Give what tells whether an array object is laid out as a contiguous array of a kind is, and what views it."""
    scalar, size, line = kind.type, kind.itemsize, dims - 1

    @njit
    def fits(array):
        lengths, steps = carray(array[_DIMENSIONS], dims, np.int64), carray(array[_STRIDES], dims, np.int64)
        if lengths[0] == 0 or lengths[line] == 0:  # no element, whatever the steps are
            return True
        if lengths[line] > 1 and steps[line] != size:
            return False
        return dims == 1 or lengths[0] < 2 or steps[0] == lengths[line] * size

    @njit
    def view(array):
        return carray(array[_DATA], carray(array[_DIMENSIONS], dims, np.int64)[0], scalar)

    @njit
    def view_table(array):
        lengths = carray(array[_DIMENSIONS], dims, np.int64)
        return carray(array[_DATA], (lengths[0], lengths[1]), scalar)

    return fits, view if dims == 1 else view_table
