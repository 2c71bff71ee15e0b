"""Work spread over processes, results in order.

Owns how processes start: fresh ones, since forking a process that has threads (torch, JAX) may lock up for ever.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

Job = TypeVar("Job")
Result = TypeVar("Result")


@contextmanager
def parallel(
    workers: int, start: Callable[..., None] | None = None, arguments: tuple[Any, ...] = ()
) -> Iterator[Callable[[Callable[[Job], Result], Iterable[Job]], Iterator[Result]]]:
    """Give a `map` over processes, each of which begins with `start(*arguments)`; one worker is this process itself."""
    if workers == 1:
        if start:
            start(*arguments)
        yield map
        return
    with multiprocessing.get_context("spawn").Pool(workers, start, arguments) as pool:
        yield pool.imap
