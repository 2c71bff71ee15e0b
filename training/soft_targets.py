"""What a teacher says of every position of the training rows, computed once and read by many students.

Kept of each position are the likeliest tokens with their probabilities, float16, and the entropy of the whole; the
other tokens share what is missing to one (`losses.top_distillation`). Cut into parts of equally many rows: a part is
whole or absent, several processes make parts side by side, and those that are there are not made again.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import DTypeLike, NDArray
from torch import Tensor

from training.allocator import keep_freed_memory
from training.config import DistillConfig
from training.distill import load_teacher
from training.files import atomic_path, atomic_write_text
from training.loop import inputs
from training.losses import entropy, interpolated
from training.model import Transformer
from training.ngram import NgramModel
from training.shards import Shards
from training.workers import parallel

INDEX = "soft-targets.json"
FORMAT = 1
_ROWS_AT_ONCE = 16


@dataclass(frozen=True, kw_only=True)
class SoftTargetsConfig:
    """What is computed of which rows."""

    keep: int = 32
    """tokens kept of each position, the likeliest ones"""
    row_len: int = 128
    """tokens per row, as the student reads them"""
    rows_per_part: int = 2048
    """rows of one file"""
    temperature: float = 1.0
    """softens the teacher's distribution"""
    ngram_weight: float = 0.0
    """share of an n-gram of the same text in it"""
    ngram_order: int = 4
    """tokens of its longest n-grams"""

    def __post_init__(self) -> None:
        if min(self.keep, self.row_len, self.rows_per_part) < 1 or self.temperature <= 0:
            raise ValueError(
                f"keep={self.keep}, row_len={self.row_len}, rows_per_part={self.rows_per_part} and "
                f"temperature={self.temperature} must be positive"
            )
        if not 0 <= self.ngram_weight < 1 or not 2 <= self.ngram_order <= 6:
            raise ValueError(
                f"ngram_weight={self.ngram_weight} must be in [0, 1), ngram_order={self.ngram_order} between 2 and 6"
            )


def make(
    config: SoftTargetsConfig,
    *,
    teacher: Path,
    shards: Path,
    out: Path,
    workers: int,
    progress: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Compute the parts that are not in `out` yet; give the index.

    Raises
    ------
    ValueError
        If `out` holds soft targets of another teacher, of other shards or made with other settings, or more tokens are
        to be kept than there are.
    CheckpointError
        If the teacher reads another vocabulary than the shards.
    """
    data = Shards.open(shards, "train")
    if config.keep > data.vocab_size:
        raise ValueError(f"keep={config.keep} is more than there are pieces, {data.vocab_size}")
    _, facts = load_teacher(teacher, data.vocabulary_sha256)
    index = {
        "format": FORMAT,
        "teacher": facts,
        "text_sha256": _digest(data),
        "vocab_size": data.vocab_size,
        "rows": data.n_rows(config.row_len),
        **asdict(config),
    }
    if (out / INDEX).exists() and json.loads((out / INDEX).read_text()) != json.loads(json.dumps(index)):
        raise ValueError(f"{out} holds soft targets of another teacher or text, or made otherwise: name another folder")
    out.mkdir(parents=True, exist_ok=True)
    atomic_write_text(out / INDEX, json.dumps(index, indent=1))
    missing = [number for number in range(_n_parts(index)) if not (out / _name(number)).exists()]
    with parallel(min(workers, max(1, len(missing))), _start_worker, (config, teacher, shards, out, workers)) as run:
        begun = time.monotonic()
        for done, _ in enumerate(run(_make_part, missing), 1):
            left = (time.monotonic() - begun) / done * (len(missing) - done)
            progress(f"{done} of {len(missing)} parts  {left / 60:.0f} min left")
    return index


_worker: tuple[SoftTargetsConfig, Transformer, Shards, NgramModel | None, Path]


def _start_worker(config: SoftTargetsConfig, teacher: Path, shards: Path, out: Path, workers: int) -> None:
    global _worker
    keep_freed_memory()
    if workers > 1:
        torch.set_num_threads(max(1, (os.cpu_count() or 1) // workers))
    device = "cuda" if torch.cuda.is_available() else "cpu"
    data = Shards.open(shards, "train")
    model, _ = load_teacher(teacher, data.vocabulary_sha256, device)
    ngram = NgramModel.count(data, config.ngram_order, device) if config.ngram_weight else None
    _worker = config, model, data, ngram, out


def _make_part(number: int) -> None:
    config, model, data, ngram, out = _worker
    first = number * config.rows_per_part
    rows = np.arange(first, min(first + config.rows_per_part, data.n_rows(config.row_len)))
    kind = _record(config.keep)
    with atomic_path(out / _name(number)) as temporary, temporary.open("wb") as file:
        for start in range(0, len(rows), _ROWS_AT_ONCE):
            batch = torch.from_numpy(data.rows(rows[start : start + _ROWS_AT_ONCE], config.row_len))
            probabilities, whole = _distribution(config, model, ngram, batch)
            kept = probabilities.topk(config.keep, dim=-1)
            records = np.empty(whole.shape, kind)
            records["tokens"] = kept.indices.cpu().numpy()
            records["probabilities"] = kept.values.cpu().numpy()
            records["entropy"] = whole.cpu().numpy()
            file.write(records.tobytes())


@torch.no_grad()
def _distribution(
    config: SoftTargetsConfig, model: Transformer, ngram: NgramModel | None, rows: Tensor
) -> tuple[Tensor, Tensor]:
    """Give the softened probabilities [B, T, vocab_size], and the entropy before they were softened [B, T]."""
    device = model.embedding.weight.device
    tokens, segments, targets = inputs(rows.to(device))
    with torch.autocast(device.type, torch.bfloat16):
        logits = model(tokens, segments)
    if ngram is not None:
        logits = interpolated(logits, ngram.probabilities(tokens, targets), config.ngram_weight)
    return (logits.float() / config.temperature).softmax(-1), entropy(logits)


def _record(keep: int) -> np.dtype:
    fields: list[tuple[str, DTypeLike, tuple[int, ...]]] = [
        ("tokens", "<u2", (keep,)),
        ("probabilities", "<f2", (keep,)),
        ("entropy", "<f2", ()),
    ]
    return np.dtype(fields)


def _n_parts(index: dict[str, Any]) -> int:
    return -(-index["rows"] // index["rows_per_part"])


def _name(number: int) -> str:
    return f"part-{number:05d}.bin"


def _digest(data: Shards) -> str:
    return hashlib.sha256(data.tokens.tobytes()).hexdigest()


class SoftTargets:
    """A folder of soft targets, ready to be read by rows.

    Parameters
    ----------
    parts : list of ndarray
        Records of each part, mapped from its file.
    index : dict
        What they are.
    """

    def __init__(self, parts: list[NDArray[Any]], index: dict[str, Any]) -> None:
        self._parts = parts
        self.index = index

    @classmethod
    def open(cls, folder: Path, data: Shards, config: DistillConfig, row_len: int) -> SoftTargets:
        """Open a folder for a student's settings.

        Raises
        ------
        FileNotFoundError, ValueError
            If there is no whole set of soft targets, or it is of another text, or made for other settings.
        """
        if not (folder / INDEX).exists():
            raise FileNotFoundError(f"{folder} holds no {INDEX}: make soft targets with `python -m training cache`")
        index = json.loads((folder / INDEX).read_text())
        if index.get("format") != FORMAT:
            raise ValueError(f"{folder / INDEX} has format {index.get('format')}, expected {FORMAT}: make them anew")
        if index["text_sha256"] != _digest(data):
            raise ValueError(f"{folder} speaks of other text than the shards: make soft targets of these shards")
        if config.relation_weight:
            raise ValueError("attention relations need the teacher itself: name it with --teacher in place of --cached")
        asked: dict[str, Any] = {"row_len": row_len, "temperature": config.temperature}
        asked["ngram_weight"] = config.ngram_weight
        if config.ngram_weight:
            asked["ngram_order"] = config.ngram_order
        for name, value in asked.items():
            if index[name] != value:
                raise ValueError(
                    f"{folder} was made with {name}={index[name]}, the student asks for {value}: "
                    "make soft targets with the student's settings, or change those"
                )
        kind, parts = _record(index["keep"]), []
        for number in range(_n_parts(index)):
            path = folder / _name(number)
            rows = min(index["rows_per_part"], index["rows"] - number * index["rows_per_part"])
            if not path.exists() or path.stat().st_size != rows * row_len * kind.itemsize:
                raise ValueError(f"{path} is missing or not whole: run the same `python -m training cache` again")
            parts.append(np.memmap(path, kind, "r", shape=(rows, row_len)))
        return cls(parts, index)

    def prepare(self, rows: Tensor, numbers: Tensor) -> tuple[Tensor, ...]:
        """Give tokens int64 [B, T, keep], probabilities float32 [B, T, keep] and entropy float32 [B, T]."""
        places = (divmod(int(number), self.index["rows_per_part"]) for number in numbers)
        records = np.stack([self._parts[part][row] for part, row in places])
        return (
            torch.from_numpy(records["tokens"].astype(np.int64)),
            torch.from_numpy(records["probabilities"].astype(np.float32)),
            torch.from_numpy(records["entropy"].astype(np.float32)),
        )
