"""A table of variants, each trained at the same small budget: distillation compared, not assumed.

The table is a TOML file:

    [base]                # what all have in common: preset, tokens, teacher, cached, init_from, shards, seeds, set
    [variants.NAME]       # the same names, where it differs; taught = false: from text alone, cached = "": live

One run folder per variant and seed, `NAME-seedN`, all first seeds before the second ones. Stopped at any moment it
goes on with the same command.
"""

from __future__ import annotations

import re
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path
from typing import Any

from training.runs import RunRequest, carry_out, is_finished

_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")
_PATHS = ("teacher", "cached", "init_from", "shards", "vocabulary")
_NAMES = {"preset", "tokens", "taught", "seeds", "set", "teacher_hf", *_PATHS}


def read_table(path: Path, out: Path, shards: Path, vocabulary: Path) -> list[RunRequest]:
    """Read a table of variants: a run for each variant and seed, under `out`, seed after seed.

    Raises
    ------
    ValueError
        If the table has no variants, or a name in it means nothing here.
    """
    table = tomllib.loads(path.read_text(encoding="utf8"))
    unknown = set(table) - {"base", "variants"}
    if unknown or not table.get("variants"):
        raise ValueError(f"{path}: expected [base] and [variants.NAME], found {', '.join(table) or 'nothing'}")
    defaults = {"shards": str(shards), "vocabulary": str(vocabulary)}
    variants = [
        _requests(path, name, _merged(defaults | table.get("base", {}), entry), out)
        for name, entry in table["variants"].items()
    ]
    return [request for of_a_seed in zip_longest(*variants) for request in of_a_seed if request is not None]


def _merged(base: Mapping[str, Any], entry: Mapping[str, Any]) -> dict[str, Any]:
    return {**base, **entry, "set": {**base.get("set", {}), **entry.get("set", {})}}


def _requests(path: Path, name: str, entry: dict[str, Any], out: Path) -> Iterator[RunRequest]:
    unknown = set(entry) - _NAMES
    if unknown or not _NAME.fullmatch(name):
        raise ValueError(
            f"{path}: [variants.{name}] "
            + (f"has no setting {', '.join(sorted(unknown))}" if unknown else "is no name:")
            + f"; settings are {', '.join(sorted(_NAMES))}, names are of small letters, digits and hyphens"
        )
    values: dict[str, Any] = {key: value for key, value in entry.items() if value != ""}
    values |= {key: Path(values[key]) for key in _PATHS if key in values}
    settings, seeds = values.pop("set"), values.pop("seeds", [1])
    request = RunRequest(taught=values.pop("taught", True), out=out, **values)
    for seed in seeds:
        changes = {**settings, "train.seed": seed}
        yield replace(
            request,
            out=out / f"{name}-seed{seed}",
            settings=tuple(f"{key}={_toml(value)}" for key, value in changes.items()),
        )


def _toml(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else repr(value)


def run(requests: list[RunRequest], max_minutes: float, progress: Callable[[str], None]) -> bool:
    """Train what is not finished yet, in order, for so long; True when all of it is."""
    started = time.monotonic()
    for number, request in enumerate(requests, 1):
        if is_finished(request):
            continue
        left = max_minutes - (time.monotonic() - started) / 60
        if left <= 0:
            return False
        progress(f"{number} of {len(requests)}: {request.out.name}")
        result = carry_out(request, left)
        if result and not result["finished"]:
            return False
    return True
