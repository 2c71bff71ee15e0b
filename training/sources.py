"""The sources of a corpus: what a manifest names, downloaded and extracted into a folder, a text file each.

Comes before step 1. Owns the manifest (TOML) and the order of things: `fetch.py` downloads, `extract.py` reads. A
source that fails does not stop the others, and what is there already is left alone.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from training.extract import Dialogue, archive_files, check_settings, dialogues, zip_files
from training.fetch import Downloads
from training.files import atomic_path

ARCHIVE = "archive"  # the name under which a manifest gives the sha256 of a whole archive


class MissingSources(OSError):
    """Sources that could not be brought: the message names them and the command to go on."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """Files of one repository that are read the same way."""

    repository: str
    """owner/name"""
    commit: str
    """the commit's hash, full or its beginning"""
    paths: list[str]
    """files in the repository; with `*` or `?` they are picked out of the archive of the commit"""
    extract: dict[str, Any]
    """`kind` and settings of the extraction"""
    skip: list[str] = field(default_factory=list)
    """patterns of files that are not wanted"""
    max_bytes: int = 0
    """larger files are not wanted; 0: no limit"""
    member: str = ""
    """pattern of the wanted files inside a zip"""
    sha256: dict[str, str] = field(default_factory=dict)
    """what a download must be, by path, "archive" for the archive; those not listed are held to the first fetch"""

    def __post_init__(self) -> None:
        check_settings(**self.extract)

    @property
    def is_archive(self) -> bool:
        """Whether the files are picked out of an archive."""
        return any(wild in path for path in self.paths for wild in "*?")


@dataclass(frozen=True, kw_only=True)
class Source:
    """One text file of the corpus and where it comes from."""

    name: str
    licence: str
    parts: list[Part]
    unique: bool = False
    """whether a line that came before is left out"""
    verified: bool = True
    """whether the extraction was compared with a real file of the source"""


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """All sources, and the addresses of archives and files of a repository."""

    archive: str
    """address with {repository} and {commit}"""
    file: str
    """address with {repository}, {commit} and {path}"""
    sources: list[Source]


def read_manifest(path: Path, fetch_from: str = "") -> Manifest:
    """Read a manifest; `fetch_from` takes the place of the hosts in its addresses.

    Raises
    ------
    ValueError
        If the manifest is not as it should be.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf8"))
        addresses = {}
        for name, address in table.get("addresses", {}).items():
            _, found, rest = address.partition("/{repository}")
            if not found:
                raise ValueError(f'address "{name}" has no "/{{repository}}"')
            addresses[name] = fetch_from.rstrip("/") + found + rest if fetch_from else address
        sources = [_read_source(name, entry) for name, entry in table.get("sources", {}).items()]
        return Manifest(**addresses, sources=sources)
    except (TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"{path} is no manifest of sources: {error}") from error


def _read_source(name: str, entry: Mapping[str, Any]) -> Source:
    own = {key: entry[key] for key in ("licence", "unique", "verified") if key in entry}
    shared = {key: value for key, value in entry.items() if key not in own and key != "parts"}
    try:
        return Source(name=name, parts=[Part(**shared | part) for part in entry.get("parts", [{}])], **own)
    except (TypeError, ValueError) as error:
        raise ValueError(f"source {name}: {error}") from error


def bring(text: Path, manifest: Manifest, downloads: Downloads) -> list[str]:
    """Make `text/NAME.txt` of every source that is not there yet; give their names.

    Raises
    ------
    MissingSources
        If some could not be made; the others are.
    """
    made, missing = [], []
    for source in manifest.sources:
        place = text / f"{source.name}.txt"
        if place.exists() or place.with_suffix(".txt.xz").exists():
            continue
        try:
            lines = _make(source, manifest, downloads, place)
        except (ValueError, OSError) as error:
            missing.append(source.name)
            print(f"{source.name}: {error}", file=sys.stderr)
            continue
        made.append(source.name)
        note = "" if source.verified else "; its extraction was never compared with the original: look at it"
        print(f"{source.name}: {lines} lines in {place}{note}", file=sys.stderr)
    if missing:
        raise MissingSources(
            f"{len(missing)} of {len(manifest.sources)} sources are missing ({', '.join(missing)}; reasons above): "
            "run `python -m training corpus --fetch` with the same options to go on, what is there is kept"
        )
    return made


def _make(source: Source, manifest: Manifest, downloads: Downloads, place: Path) -> int:
    """Download and extract a source; give the number of its lines."""
    lines, seen = 0, set()
    place.parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(place) as temporary, temporary.open("w", encoding="utf8") as file:
        for part in source.parts:
            for dialogue in _read_part(part, manifest, downloads):
                turns = [turn for turn in dict.fromkeys(dialogue) if turn not in seen] if source.unique else dialogue
                if source.unique:
                    seen.update(turns)
                if turns:
                    file.write("\n".join(turns) + "\n\n")
                    lines += len(turns)
        if not lines:
            raise ValueError("no text was found in its files: the manifest's extraction does not fit them")
    return lines


def _read_part(part: Part, manifest: Manifest, downloads: Downloads) -> Iterator[Dialogue]:
    found = False
    for path, data in _files(part, manifest, downloads):
        found = True
        try:
            for content in zip_files(data, part.member) if part.member else [data]:
                yield from dialogues(content, **part.extract)
        except ValueError as error:
            raise ValueError(f"{part.repository}, {path}: {error}") from error
    if not found:
        raise ValueError(f"{part.repository}@{part.commit} holds no {', '.join(part.paths)}: correct the paths")


def _files(part: Part, manifest: Manifest, downloads: Downloads) -> Iterator[tuple[str, bytes]]:
    """Yield path and content of a part's files, downloading what is not there."""
    where = {"repository": part.repository, "commit": part.commit}
    stem = f"{part.repository}@{part.commit}".replace("/", "--")
    if part.is_archive:
        address = manifest.archive.format(**where)
        archive = downloads.bring(f"{stem}.tar.gz", address, part.sha256.get(ARCHIVE, ""))
        yield from archive_files(archive, part.paths, part.skip, part.max_bytes)
        return
    for path in part.paths:
        address = manifest.file.format(**where, path=quote(path))
        place = downloads.bring(f"{stem}--{path.replace('/', '--')}", address, part.sha256.get(path, ""))
        yield path, place.read_bytes()
