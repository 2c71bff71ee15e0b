"""How fast it answers: latency of each keystroke, cold start and memory.

Owns the measurements that need a process or a clock; what is typed comes in. Times on shared machines move, so a
reference workload is timed too and reports give the ratio.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from autocomplete.engine import Autocompleter

SAMPLE = (
    "Are you still coming over tonight? I can pick you up at the station around seven.",
    "Thanks for sending the photos, the kids loved them!",
    "I'm running a bit late, please start without me and save me some cake.",
    "Could you look at the report before the meeting on Thursday? It doesn't have to be perfect.",
    "We should really go back to that little restaurant by the lake next summer.",
    "No worries, I'll call the landlord tomorrow morning and ask what happened.",
    "Did you see what Anna wrote? That made my day.",
    "The train was cancelled again, so I took the bus and walked the rest of the way.",
    "Let me know if you need anything else from the shop, I'm here for another ten minutes.",
    "Happy birthday! I hope you have a wonderful day and get some time for yourself.",
)
"""Messages written for this purpose, typed where no text is given."""

_COLD = """
import json, mmap, os, sys

def resident():
    if not os.path.exists("/proc/self/statm"):
        return None
    with open("/proc/self/statm") as pages:
        return int(pages.read().split()[1]) * mmap.PAGESIZE

import numpy, llvmlite.binding
libraries = resident()
import autocomplete
engine = autocomplete.load(sys.argv[1] or None)
words = [s.word for s in engine.suggest("See you tomo")]
added = None if libraries is None else (resident() - libraries) / 1e6
print(json.dumps({"words": words, "memory_added_mb": added}))
"""


def bench(
    engine: Autocompleter, lines: Sequence[str], *, k: int = 3, repeats: int = 5, bundle: str = ""
) -> dict[str, Any]:
    """Type lines in a session and measure; one thread, after a warm-up.

    Returns
    -------
    dict
        Latency in milliseconds per keystroke, the same divided by a reference workload of this run, cold start in
        seconds (median of `repeats` fresh processes) and memory added by loading and a first suggestion, in MB.
    """
    for line in lines[:3]:
        _type(engine, line, k)
    reference = _reference_seconds()
    seconds = sorted(second for line in lines for second in _type(engine, line, k))
    reference = statistics.median([reference, _reference_seconds()])
    cold = [_cold_start(bundle) for _ in range(repeats)]
    bare = statistics.median(
        _timed([sys.executable, "-c", "import numpy, llvmlite.binding"])[0] for _ in range(repeats)
    )
    latency = {
        f"p{round(100 * q)}": 1e3 * seconds[min(len(seconds) - 1, int(q * len(seconds)))] for q in (0.5, 0.95, 0.99)
    }
    memory = [found["memory_added_mb"] for _, found in cold if found["memory_added_mb"] is not None]
    return {
        "keystrokes": len(seconds),
        "k": k,
        "latency_ms": {name: round(value, 3) for name, value in latency.items()},
        "reference_ms": round(1e3 * reference, 3),
        "p50_per_reference": round(latency["p50"] / (1e3 * reference), 3),
        "cold_start_s": round(statistics.median(took for took, _ in cold), 3),
        "import_libraries_s": round(bare, 3),
        "memory_added_mb": round(statistics.median(memory), 1) if memory else None,
        "machine": machine(),
    }


def _type(engine: Autocompleter, line: str, k: int) -> list[float]:
    session = engine.session(k=k)
    seconds = []
    for letter in line:
        begun = time.perf_counter()
        session.type(letter)
        seconds.append(time.perf_counter() - begun)
    return seconds


def _reference_seconds(repeats: int = 50) -> float:
    """Median time of a float32 matrix-vector product of the size of a small vocabulary projection, by numpy."""
    import numpy as np

    rng = np.random.default_rng(0)
    matrix, vector = rng.standard_normal((12_288, 256), np.float32), rng.standard_normal(256, np.float32)
    return _median_seconds(lambda: matrix @ vector, repeats)


def _median_seconds(work: Callable[[], object], repeats: int) -> float:
    seconds = []
    for _ in range(repeats):
        begun = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - begun)
    return statistics.median(seconds)


def _cold_start(bundle: str) -> tuple[float, dict[str, Any]]:
    took, output = _timed([sys.executable, "-c", _COLD, bundle])
    return took, json.loads(output.splitlines()[-1])


def _timed(command: list[str]) -> tuple[float, str]:
    begun = time.perf_counter()
    output = subprocess.run(
        command, check=True, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": _path()}
    )
    return time.perf_counter() - begun, output.stdout


def _path() -> str:
    """Let a fresh process find this package where it runs from a checkout."""
    return os.pathsep.join(path for path in sys.path if path)


def machine() -> str:
    """Describe the machine in a few words."""
    model = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo", encoding="utf8") as lines:
            model = next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    return f"{model}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"


def table(result: dict[str, Any]) -> str:
    """Lay a result out for reading."""
    latency = "   ".join(f"{name} {value:.2f} ms" for name, value in result["latency_ms"].items())
    memory = result["memory_added_mb"]
    return "\n".join(
        [
            f"latency of {result['keystrokes']} keystrokes   {latency}",
            f"  reference workload          {result['reference_ms']:.2f} ms,"
            f" p50 is {result['p50_per_reference']:.2f} times that",
            f"process start to first word   {result['cold_start_s']:.2f} s"
            f" (importing numpy and llvmlite alone {result['import_libraries_s']:.2f} s)",
            f"memory added by load          {'not known on this system' if memory is None else f'{memory:.0f} MB'}",
            f"measured on                   {result['machine']}",
        ]
    )
