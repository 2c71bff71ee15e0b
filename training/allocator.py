"""Memory that is used again instead of being given back to the system.

By default glibc maps each large tensor anew and unmaps it when it is freed, and the kernel clears its pages every time:
on a CPU that was half the time of an uncompiled small student with its teacher (1,400 tokens per second became 2,900).
Owns that one setting of the process; other systems are left alone.
"""

from __future__ import annotations

import ctypes
import platform

_M_TRIM_THRESHOLD, _M_MMAP_MAX = -1, -4  # malloc.h
_NEVER = 2**31 - 1


def keep_freed_memory() -> bool:
    """Keep freed memory for the next tensor; give whether this system can."""
    if platform.libc_ver()[0] != "glibc":
        return False
    mallopt = ctypes.CDLL(None).mallopt
    return bool(mallopt(_M_MMAP_MAX, 0)) and bool(mallopt(_M_TRIM_THRESHOLD, _NEVER))
