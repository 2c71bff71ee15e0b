"""A personal store as a JSON value, both directions: for moving to another machine, and for reading what is kept.

    {"format": "autocomplete user", "version": 1,
     "words":   [{"word", "uses", "deliberate", "against", "kept", "weight", "first_used", "last_used"}, ...],
     "forms":   [{"word", "form", "uses"}, ...],
     "pairs":   [{"second", "word", "uses", "weight", "first_used", "last_used"}, ...],
     "triples": [{"first", "second", "word", "uses", "weight", "first_used", "last_used"}, ...],
     "blocked": [{"word"}, ...]}

Times are seconds since 1970, at a whole hour. `weight` is what the uses were worth at `last_used`, each halved for
every half-life before it; so it means the same in a store with another half-life. "" as a word before is the start of a
sentence.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from autocomplete.errors import NotAnExport
from autocomplete.increments import Clock, Row
from autocomplete.store import Store

_FORMAT: Final = "autocomplete user"
_VERSION: Final = 1
_COUNTS: Final = {"uses": int, "weight": float, "first_used": int, "last_used": int}
COLUMNS: Final[dict[str, dict[str, type]]] = {
    "words": {
        "word": str,
        "uses": int,
        "deliberate": int,
        "against": int,
        "kept": int,
        "weight": float,
        "first_used": int,
        "last_used": int,
    },
    "forms": {"word": str, "form": str, "uses": int},
    "pairs": {"second": str, "word": str, **_COUNTS},
    "triples": {"first": str, "second": str, "word": str, **_COUNTS},
    "blocked": {"word": str},
}
"""tables and their columns, in the order of the schema"""


def to_json(store: Store) -> dict[str, Any]:
    """Give all that a store holds."""
    tables = {}
    for table, rows in store.all_rows().items():
        entries = [dict(zip(COLUMNS[table], row, strict=True)) for row in rows]
        for entry in entries:
            if "weight" in entry:
                entry["weight"] = entry["weight"] / store.clock.scale(entry["last_used"])
        tables[table] = entries
    return {"format": _FORMAT, "version": _VERSION, **tables}


def from_json(value: Mapping[str, Any], clock: Clock) -> dict[str, list[Row]]:
    """Give the rows of an export for a store with a clock.

    Raises
    ------
    NotAnExport
        If the value is not what `to_json` gives; it says where.
    """
    if not isinstance(value, Mapping) or value.get("format") != _FORMAT:
        raise NotAnExport(f'this is no export: expected an object with "format": "{_FORMAT}"')
    if value.get("version") != _VERSION:
        raise NotAnExport(
            f"the export has version {value.get('version')}, this release reads {_VERSION}: install a newer release"
        )
    return {table: [_row(entry, table, clock) for entry in value.get(table, ())] for table in COLUMNS}


def _row(entry: Any, table: str, clock: Clock) -> Row:
    columns = COLUMNS[table]
    if not isinstance(entry, Mapping) or entry.keys() != columns.keys():
        raise NotAnExport(f"an entry of {table} is {entry!r}, expected {', '.join(columns)}")
    row = []
    for name, kind in columns.items():
        cell = entry[name]
        if isinstance(cell, bool) or not isinstance(cell, (int, float) if kind is float else kind):
            raise NotAnExport(f'"{name}" of {table} is {cell!r}, expected {kind.__name__}')
        if kind is not str and not 0 <= cell < 2**53:
            raise NotAnExport(f'"{name}" of {table} is {cell}, expected a number from 0 to 2^53')
        row.append(cell * clock.scale(entry["last_used"]) if name == "weight" else cell)
    return tuple(row)
