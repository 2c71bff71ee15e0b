"""The rows of a store over an open connection, inside a transaction: adding to them, taking out by time.

Pure SQL over the statements of `store_schema.py`; `store.py` owns the connection and the file.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from typing import Final

from autocomplete import store_schema as schema
from autocomplete.increments import HOUR, Batch, Clock, Row, whole_hour

_NEVER: Final = 2**53
"""a time later than any"""


def add(sql: sqlite3.Connection, batch: Batch, scale: float, times: tuple[int, int]) -> None:
    """Add increments, each use weighing so much, first and last used then; rows that come to nothing are deleted."""
    blocked = {word for (word,) in sql.execute("SELECT word FROM blocked")}
    words: list[Row] = [
        (word, r.uses, r.deliberate, r.against, r.kept, (r.uses + r.kept) * scale, *times)
        for word, r in sorted(batch.words.items())
        if word not in blocked
    ]
    sql.executemany(schema.ADD_WORD, words)
    forms = [(*key, uses) for key, uses in sorted(batch.forms.items()) if key[0] not in blocked]
    sql.executemany(schema.ADD_FORM, forms)
    for length, table in ((1, "pairs"), (2, "triples")):
        rows: list[Row] = [
            (*context, word, uses, uses * scale, *times)
            for context, followers in sorted(batch.followers.items())
            for word, uses in sorted(followers.items())
            if len(context) == length and blocked.isdisjoint((*context, word))
        ]
        sql.executemany(schema.ADD_NGRAM[table], rows)
        undone = [row[: length + 1] for row in rows if row[length + 1] < 0]
        sql.executemany(schema.DELETE_UNUSED[table], undone)
    undone = [(row[0],) for row in words if row[1] < 0 or row[3] > 0 or row[4] < 0]
    sql.executemany(schema.DELETE_UNUSED["words"], undone)
    sql.executemany(schema.DELETE_UNUSED["forms"], undone)


def run(sql: sqlite3.Connection, statements: Iterable[str], values: Mapping[str, str | int]) -> int:
    """Run statements that delete; give how many rows went."""
    return sum(max(0, sql.execute(statement, values).rowcount) for statement in statements)


def forget_since(
    sql: sqlite3.Connection, clock: Clock, hour: int, since: Iterable[tuple[int, Batch]], earlier: Batch
) -> int:
    """Take back what came since a time in an hour; as `Store.forget_since`."""
    for then, batch in since:
        undone = Batch()
        undone.add(batch, -1)
        add(sql, undone, clock.scale(whole_hour(then)), (_NEVER, 0))
    known, deleted = _keys(earlier), 0
    for table, columns in schema.KEYS.items():
        where = f"({columns}) = ({', '.join('?' for _ in columns.split(','))})"
        for row in sql.execute(f"SELECT {columns} FROM {table} WHERE last_used >= ?", (hour,)).fetchall():
            kept = row in known[table]
            first, last = (hour + HOUR, hour) if kept else (hour, hour - HOUR)
            gone = sql.execute(f"DELETE FROM {table} WHERE {where} AND first_used >= ?", (*row, first)).rowcount
            deleted += gone
            if not gone:
                sql.execute(f"UPDATE {table} SET last_used = ? WHERE {where}", (last, *row))
    sql.execute("DELETE FROM forms WHERE word NOT IN (SELECT word FROM words)")
    return deleted


def _keys(batch: Batch) -> dict[str, set[tuple[str, ...]]]:
    """Give the keys of the rows that a batch adds uses to, by table."""
    ngrams = [(*context, word) for context, followers in batch.followers.items() for word in followers]
    return {
        "words": {(word,) for word in batch.words},
        "pairs": {ngram for ngram in ngrams if len(ngram) == 2},
        "triples": {ngram for ngram in ngrams if len(ngram) == 3},
    }
