"""Emoji by their names: the one that a word plainly means, and those that `:jo` may become.

Owns the file `emoji.en.tsv.gz` in both directions and what counts as plain. The file is made by `training/emoji.py`
from `muan/emojilib` (MIT; its notice stands at its head and beside it); it is opened when it is first asked.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Final

FILE: Final = Path(str(files("autocomplete") / "emoji.en.tsv.gz"))
"""The English list inside the package."""

_GZIP: Final = 31
"""zlib's number for the frame of gzip; importing `gzip` for it would cost more than the reading"""
_COLUMNS: Final = 5
_NAME: Final = re.compile(r"(?:^|(?<=[\s(\[\"“]))(:[^\W\d_](?:[^\W_]|[_+\-](?!:))+|:100|:[+-]1):?\Z")
"""A name begun with a colon where a word may begin, with its closing colon or without: not `10:30`, `:30`, `:)`."""
_LAST_WORDS: Final = re.compile(r"[^\W\d_]+(?: [^\W\d_]+){0,2} ?\Z")
_WHOLE: Final = 1
_LONGEST: Final = 48
"""characters looked at for either"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One emoji."""

    emoji: str
    name: str
    """words joined by underscores"""
    shortcodes: tuple[str, ...]
    """other names that chat programs know it by"""
    keywords: tuple[str, ...]
    plain: tuple[str, ...]
    """words, up to three with spaces between, that mean it in running text"""


class EmojiFileError(ValueError):
    """The file of emoji is not of its form."""


class EmojiList:
    """The emoji of a language.

    Usage
    -----
    >>> emoji = EmojiList()
    >>> emoji.meant("I had pizza")      # "🍕"
    >>> emoji.named(":jo", 3)           # those whose name begins so
    """

    def __init__(self, path: Path = FILE) -> None:
        self._path = path

    def meant(self, text: str) -> str | None:
        """Give the emoji that the last words of a text plainly mean, the longest run of words first."""
        match = _LAST_WORDS.search(text[-_LONGEST:])
        words = match.group().rstrip().lower().split(" ") if match else []
        for start in range(len(words)):
            emoji = self._plain.get(" ".join(words[start:]))
            if emoji:
                return emoji
        return None

    def named(self, name: str, k: int) -> list[str]:
        """Give up to k emoji by the beginning of a name; with a closing colon only those of exactly that name."""
        closed = name.endswith(":") and len(name) > 1
        asked = name.strip(":").lower().replace("-", "_") if name[:2] not in (":+", ":-") else name.strip(":")
        ranked = []
        for place, line in enumerate(self._lines):
            if asked not in line:  # nearly all of them
                continue
            entry = self._parsed(line)
            rank = _rank(entry, asked)
            if rank is not None and (rank <= _WHOLE or not closed):
                ranked.append((rank, place, entry.emoji))
        return [emoji for *_, emoji in sorted(ranked)[:k]]

    def every(self) -> list[str]:
        """Give all emoji, in the order of the list."""
        return [line.partition("\t")[0] for line in self._lines]

    @cached_property
    def _lines(self) -> list[str]:
        try:
            content = zlib.decompress(self._path.read_bytes(), _GZIP).decode("utf8")
        except (OSError, zlib.error, UnicodeDecodeError) as error:
            raise EmojiFileError(f"{self._path} cannot be read ({error}): install the package again") from error
        return [line for line in content.splitlines() if not line.startswith("# ")]

    @cached_property
    def _plain(self) -> dict[str, str]:
        found = {}
        for line in self._lines:
            words = line.rpartition("\t")[2]
            if words:
                found.update(dict.fromkeys(words.split(","), line.partition("\t")[0]))
        return found

    def _parsed(self, line: str) -> Entry:
        columns = line.split("\t")
        if len(columns) != _COLUMNS:
            raise EmojiFileError(f"{self._path} has a line of {len(columns)} columns, expected {_COLUMNS}: {line[:40]}")
        emoji, name, *lists = columns
        shortcodes, keywords, plain = (tuple(filter(None, part.split(","))) for part in lists)
        return Entry(emoji, name, shortcodes, keywords, plain)


def lay_out(entries: Iterable[Entry], notice: str) -> str:
    """Write entries down as `EmojiList` reads them, under a notice."""
    lines = [f"# {line}" for line in notice.splitlines()]
    lines += [
        "\t".join((e.emoji, e.name, ",".join(e.shortcodes), ",".join(e.keywords), ",".join(e.plain))) for e in entries
    ]
    return "\n".join(lines) + "\n"


def name_begun(text: str) -> str | None:
    """Give the name of an emoji that is being written at the end of a text, with its colon; None if there is none."""
    match = _NAME.search(text[-_LONGEST:])
    return match.group() if match else None


def _rank(entry: Entry, asked: str) -> int | None:
    """Tell how well an emoji answers to a name, 0 best, up to `_WHOLE` to all of it; None if not at all."""
    names = (*entry.shortcodes, entry.name)
    words = entry.name.split("_")
    tests = (
        asked in entry.shortcodes,
        asked == entry.name,
        asked in words,
        any(name.startswith(asked) for name in entry.shortcodes),
        any(name.startswith(asked) for name in (*names, *words)),
        asked in entry.keywords,
        any(keyword.startswith(asked) for keyword in entry.keywords),
    )
    return next((rank for rank, passed in enumerate(tests) if passed), None)
