"""Where the keys of a keyboard lie: a data file a layout, read into arrays.

Owns names, centres and sizes of keys. Knows nothing of fingers or errors; `error_model.py` and `typist.py` do. Lengths
are in key widths, x to the right, y downward from the top of the first row.
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

ROW_HEIGHT: Final = 1.4
"""Key widths from one row to the next: phones make their keys that much taller than wide."""

_SUFFIX: Final = ".toml"


@dataclass(frozen=True, kw_only=True, eq=False)
class Layout:
    """The keys of one keyboard."""

    name: str
    """what it was loaded as"""
    keys: tuple[str, ...]
    """what each key types, in lower case; " " is the space bar"""
    centres: NDArray[np.float32]
    """float32 [n_keys, 2]: x and y of each key's middle"""
    sizes: NDArray[np.float32]
    """float32 [n_keys, 2]: width and height"""
    index: dict[str, int]
    """place of each key in `keys`"""

    def key_at(self, x: float, y: float) -> str:
        """Give the key a touch falls on: the one whose rectangle it is in, or is least far from."""
        away = np.maximum(np.abs(np.array([x, y], np.float32) - self.centres) - self.sizes / 2, 0)
        distance = np.square(away).sum(axis=1)
        # on an edge two keys are equally near: the one whose middle is nearer
        ties = np.flatnonzero(distance == distance.min())
        middle = np.square(self.centres[ties] - (x, y)).sum(axis=1)
        return self.keys[int(ties[int(np.argmin(middle))])]


def layout_names() -> list[str]:
    """List the layouts that come with the package."""
    folder = files("autocomplete") / "layouts"
    return sorted(entry.name.removesuffix(_SUFFIX) for entry in folder.iterdir() if entry.name.endswith(_SUFFIX))


def load_layout(layout: str | os.PathLike[str] = "qwerty") -> Layout:
    """Read a layout: one of `layout_names()`, or a file of the same form by its path.

    Raises
    ------
    ValueError
        If there is no such layout, or the file does not describe one.
    """
    name = os.fspath(layout)
    if name.endswith(_SUFFIX):
        path = Path(name)
    elif name in layout_names():
        path = Path(str(files("autocomplete") / "layouts" / f"{name}{_SUFFIX}"))
    else:
        raise ValueError(f'there is no layout "{name}": name one of {", ".join(layout_names())}, or a .toml file')
    try:
        table = tomllib.loads(path.read_text(encoding="utf8"))
        return _build(path.stem, table["rows"], table.get("wide", {}))
    except OSError as error:
        raise ValueError(f"the layout {path} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, KeyError, TypeError, UnicodeDecodeError) as error:
        raise ValueError(
            f'{path} describes no layout ({error!r}): give rows = [{{ x = 0.0, keys = "qwertyuiop" }}, ...]'
        ) from error


def _build(name: str, rows: list[dict[str, Any]], wide: dict[str, float]) -> Layout:
    keys: list[str] = []
    boxes: list[tuple[float, float, float]] = []
    for number, row in enumerate(rows):
        left = float(row["x"])
        for key in row["keys"]:
            width = float(wide.get(key, 1.0))
            keys.append(key)
            boxes.append((left + width / 2, (number + 0.5) * ROW_HEIGHT, width))
            left += width
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice or not keys or any(width <= 0 for *_, width in boxes):
        raise ValueError(f'the layout "{name}" must have each key once and of some width; twice there: {twice}')
    table = np.array(boxes, np.float32)
    return Layout(
        name=name,
        keys=tuple(keys),
        centres=np.ascontiguousarray(table[:, :2]),
        sizes=np.column_stack((table[:, 2], np.full(len(keys), ROW_HEIGHT, np.float32))),
        index={key: place for place, key in enumerate(keys)},
    )
