"""Extractors: the bytes of a published file into dialogues, lists of turns.

Four general readers (`json`, `table`, `lines`, `chat`) and a tidying that all share; a manifest (`sources.py`) says
which one reads a source, and with which settings. Also opens archives and zips. Downloads nothing, writes nothing.
"""

from __future__ import annotations

import csv
import gzip
import inspect
import io
import json
import re
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

Dialogue = list[str]


def dialogues(
    data: bytes,
    *,
    kind: str,
    replace: Sequence[Sequence[str]] = (),
    drop: str = "",
    min_words: int = 1,
    **settings: Any,
) -> Iterator[Dialogue]:
    """Read a file's dialogues and tidy their turns: one line each, none empty.

    Parameters
    ----------
    data : the file
    kind : the reader's name, with its `settings`
    replace : pairs of a pattern and its replacement, applied to each turn in their order
    drop : pattern of turns that are left out
    min_words : shorter turns are left out

    Raises
    ------
    ValueError
        If the file is not what the reader expects.
    """
    patterns = [(re.compile(pattern), replacement) for pattern, replacement in replace]
    dropped = re.compile(drop) if drop else None
    try:
        for raw in READERS[kind](data, **settings):
            turns = []
            for turn in raw:
                for pattern, replacement in patterns:
                    turn = pattern.sub(replacement, turn)
                words = turn.split()
                turn = " ".join(words)
                if len(words) >= max(min_words, 1) and not (dropped and dropped.search(turn)):
                    turns.append(turn)
            if turns:
                yield turns
    except (csv.Error, json.JSONDecodeError, re.error, AttributeError, LookupError, TypeError) as error:
        raise ValueError(f'cannot be read as "{kind}": {error!r}') from error


def check_settings(kind: str, **settings: Any) -> None:
    """Refuse a reader that does not exist, and settings it does not know.

    Raises
    ------
    ValueError
        If there is no such reader, or a setting is missing or unknown.
    """
    if kind not in READERS:
        raise ValueError(f'there is no extraction "{kind}", expected one of {", ".join(READERS)}')
    for name in ("replace", "drop", "min_words"):
        settings.pop(name, None)
    try:
        inspect.signature(READERS[kind]).bind(b"", **settings)
    except TypeError as error:
        raise ValueError(f'extraction "{kind}": {error}') from error


def archive_files(
    archive: Path, wanted: Sequence[str], skip: Sequence[str], max_bytes: int
) -> Iterator[tuple[str, bytes]]:
    """Yield path and content of the wanted files of a repository's .tar.gz, in one pass; 0 bytes: of any size.

    Raises
    ------
    ValueError
        If the archive is damaged.
    """
    take, leave = _globs(wanted), _globs(skip)
    try:
        with gzip.open(archive) as unpacked, tarfile.open(fileobj=unpacked, mode="r|") as members:
            for member in members:
                path = member.name.partition("/")[2]  # the host puts everything into a folder named by the commit
                if not member.isfile() or not take(path) or leave(path) or 0 < max_bytes < member.size:
                    continue
                content = members.extractfile(member)
                if content:
                    yield path, content.read()
            while unpacked.read(1 << 20):  # to the end, where the checksum is
                pass
    except (tarfile.TarError, zlib.error, EOFError, gzip.BadGzipFile) as error:
        raise ValueError(
            f"{archive} is damaged ({error}): delete it and its entry in fetched.json, then fetch again"
        ) from error


def zip_files(data: bytes, wanted: str) -> Iterator[bytes]:
    """Yield the content of the wanted files of a zip.

    Raises
    ------
    ValueError
        If it is no zip, or a damaged one.
    """
    take = _globs([wanted])
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as members:
            for name in members.namelist():
                if take(name):
                    yield members.read(name)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise ValueError(f"is no whole zip: {error}") from error


def read_json(
    data: bytes, *, turns: str, text: str, documents: str = "", where: Mapping[str, str] | None = None
) -> Iterator[Dialogue]:
    """Read dialogues out of JSON.

    A path is a row of names with dots between; `*` stands for every element, `@` for JSON inside a string.
    `documents` leads from the whole to the dialogues, `turns` from one to its turns, `text` from a turn to its text,
    whose pieces are joined. Turns without text, or whose fields do not match `where` (name to pattern), are left out.
    """
    for document in _walk(json.loads(_decode(data)), _steps(documents)):
        yield [
            " ".join(piece for piece in _walk(turn, _steps(text)) if isinstance(piece, str))
            for turn in _walk(document, _steps(turns))
            if _matches(turn, where)
        ]


def read_table(
    data: bytes,
    *,
    columns: str,
    delimiter: str = ",",
    quoted: bool = True,
    dialogue: str = "",
    where: Mapping[str, str] | None = None,
) -> Iterator[Dialogue]:
    """Read dialogues out of a table with a header.

    `columns` is a pattern of the columns that hold text, taken in the order of the numbers in their names; each line of
    a cell is a turn. Rows with the same value in the column `dialogue` are one dialogue, or each row is one by itself.
    """
    quoting = csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE
    rows = csv.DictReader(io.StringIO(_decode(data), newline=""), delimiter=delimiter, quoting=quoting, restval="")
    names = [name for name in rows.fieldnames or () if re.fullmatch(columns, name)]
    if not names:
        raise ValueError(f'no column is named "{columns}": the columns are {", ".join(rows.fieldnames or ())}')
    names.sort(key=lambda name: [int(number) for number in re.findall(r"\d+", name)])
    turns: Dialogue = []
    current = None
    for row in rows:
        if not _matches(row, where):
            continue
        if turns and (not dialogue or row[dialogue] != current):
            yield turns
            turns = []
        current = row[dialogue] if dialogue else None
        turns += [line for name in names for line in row[name].split("\n")]
    yield turns


def read_lines(data: bytes, *, find: str = "") -> Iterator[Dialogue]:
    """Read a text whose every line is a turn; or, with `find`, every match of its first group."""
    lines = _decode(data).split("\n")
    yield [turn for line in lines for turn in re.findall(find, line)] if find else lines


def read_chat(data: bytes, *, line: str, bots: Sequence[str] = ()) -> Iterator[Dialogue]:
    """Read a chat log: `line` is a pattern with the groups `nick` and `text`, other lines are the server's.

    What bots say is left out, and so is the name of the person addressed ("anna: try this").
    """
    said = [match for raw in _decode(data).split("\n") if (match := re.match(line, raw))]
    nicks = {match["nick"] for match in said}
    turns = []
    for match in said:
        addressed = re.match(r"([^\s,:]+)[,:]\s*", match["text"])
        if match["nick"] not in bots:
            turns.append(match["text"][addressed.end() if addressed and addressed[1] in nicks else 0 :])
    yield turns


READERS: dict[str, Callable[..., Iterator[Dialogue]]] = {
    "json": read_json,
    "table": read_table,
    "lines": read_lines,
    "chat": read_chat,
}


def _decode(data: bytes) -> str:
    """Decode UTF-8, and Windows-1252 in the lines that are none: old logs and reviews mix both."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return "\n".join(map(_decode_line, data.split(b"\n")))


def _decode_line(line: bytes) -> str:
    try:
        return line.decode("utf-8-sig")
    except UnicodeDecodeError:
        return line.decode("cp1252", errors="replace")


def _steps(path: str) -> list[str]:
    return path.split(".") if path else []


def _walk(value: Any, steps: Sequence[str]) -> Iterator[Any]:
    """Yield what a path leads to; nothing where it leads nowhere."""
    if not steps:
        yield value
        return
    found: Iterable[Any] = ()
    if steps[0] == "@" and isinstance(value, str):
        found = [json.loads(value)]
    elif isinstance(value, dict):
        found = value.values() if steps[0] == "*" else [value[steps[0]]] if steps[0] in value else ()
    elif isinstance(value, list) and steps[0] == "*":
        found = value
    for item in found:
        yield from _walk(item, steps[1:])


def _matches(fields: Mapping[str, Any], where: Mapping[str, str] | None) -> bool:
    return all(re.fullmatch(pattern, str(fields.get(name, ""))) for name, pattern in (where or {}).items())


def _globs(patterns: Iterable[str]) -> Callable[[str], bool]:
    """Match paths: `*` and `?` stay inside a folder, `**/` is any number of folders."""
    wild = {"**/": "(?:.*/)?", "*": "[^/]*", "?": "[^/]"}
    expressions = [
        re.compile("".join(wild.get(piece, re.escape(piece)) for piece in re.split(r"(\*\*/|\*|\?)", pattern)))
        for pattern in patterns
    ]
    return lambda path: any(expression.fullmatch(path) for expression in expressions)
