"""How far long work has come, on stderr: one line every other second, with the time left."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable


def reporter(name: str, total: int) -> Callable[[int], None]:
    """Give a function to be called with the number of lines done."""
    begun = last = time.monotonic()

    def report(done: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last < 2 and done < total:
            return
        last = now
        left = (now - begun) / done * (total - done)
        sys.stderr.write(f"{name}: {done}/{total} lines, {left:.0f} s left\n")
        sys.stderr.flush()

    return report
