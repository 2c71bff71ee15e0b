"""The metrics of a run for TensorBoard: the same lines as `metrics.jsonl`, in `RUN/tensorboard`.

Needs tensorboardX (extra `tensorboard`), which writes the files without TensorBoard itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from autocomplete.errors import AutocompleteError
from training.loop import Watch


class TensorBoardMissing(AutocompleteError):
    """What writes the files is not installed."""


@contextmanager
def watched(run: Path, wanted: bool = True) -> Iterator[Watch | None]:
    """Give what writes each line of a run's metrics to `RUN/tensorboard`; None where it is not wanted.

    Raises
    ------
    TensorBoardMissing
        If tensorboardX is not installed.
    """
    if not wanted:
        yield None
        return
    try:
        from tensorboardX import SummaryWriter
    except ImportError as error:
        raise TensorBoardMissing(
            "--tensorboard needs tensorboardX: pip install '.[tensorboard]', or leave it out; metrics.jsonl is always "
            "written"
        ) from error
    writer = SummaryWriter(str(run / "tensorboard"), flush_secs=10)

    def watch(line: dict[str, Any]) -> None:
        for name in ("loss", "cross_entropy", "bits_per_byte"):
            if line[name] is not None:
                writer.add_scalar(name, line[name], line["step"])

    try:
        yield watch
    finally:
        writer.close()  # a thread of its own writes: it is waited for
