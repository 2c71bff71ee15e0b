"""Freed memory is used again: after the first steps hardly a page is asked of the kernel."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

import pytest

_CODE = """
import resource, sys, torch
from training.allocator import keep_freed_memory
if sys.argv[1] == "kept":
    assert keep_freed_memory()
layer, rows = torch.nn.Linear(16, 12288), torch.randn(1000, 16)
def step():
    layer(rows).log_softmax(-1).mean().backward()
for _ in range(6):
    step()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(6):
    step()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has this setting")
def test_freed_memory_is_kept() -> None:
    faults = {}
    for way in ("kept", "default"):
        command = [sys.executable, "-c", _CODE, way]
        root = Path(__file__).parents[2]
        faults[way] = int(subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout)
    assert faults["kept"] < 0.3 * faults["default"]


def test_other_systems_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    from training import allocator

    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))
    assert not allocator.keep_freed_memory()
