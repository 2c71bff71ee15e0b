"""Downloads: an address into a file that is whole or absent, and the same bytes every time.

Goes on where a download broke off if the server allows it, tries again with growing pauses, and refuses bytes other
than those expected or those of the first fetch (`fetched.json`). What is downloaded, and why, `sources.py` knows.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
import urllib.request
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from urllib.error import HTTPError, URLError

from training.files import atomic_write_text

_CHUNK = 1 << 16
_TIMEOUT_S = 30
_PASSING_ERRORS = (408, 429)  # and every 5xx: the server may answer a moment later


class FetchError(OSError):
    """A download that failed: the message says how, and what to do."""


class Downloads:
    """A folder of downloaded files; `fetched.json` in it remembers the bytes of the first fetch."""

    def __init__(self, folder: Path, *, attempts: int = 5, pause_s: float = 1.0) -> None:
        self.folder = folder
        self.attempts = attempts
        self.pause_s = pause_s
        self.lock = folder / "fetched.json"

    def bring(self, name: str, address: str, sha256: str = "") -> Path:
        """Give the file `name`, downloaded unless it is there already.

        Raises
        ------
        FetchError
            If the server does not give it.
        ValueError
            If it gives other bytes than `sha256`, or than at the first fetch.
        """
        place, part = self.folder / name, self.folder / f"{name}.part"
        seen = json.loads(self.lock.read_text(encoding="utf8")) if self.lock.exists() else {}
        first = seen.get(name, {}).get("sha256", "")
        known = sha256 or first
        found = _digest(place) if place.exists() else ""
        if not found or (known and found != known):
            self.folder.mkdir(parents=True, exist_ok=True)
            self._download(address, part)
            found = _digest(part)
            if known and found != known:
                part.unlink()
                _version(part).unlink(missing_ok=True)
                said = (
                    f"the manifest says {sha256}: try a mirror with --fetch-from, or correct the manifest"
                    if sha256
                    else f"the first fetch gave {first}: if you trust the new bytes, "
                    f'delete "{name}" from {self.lock} and fetch again'
                )
                raise ValueError(f"{address}: sha256 is {found}, but {said}")
            part.replace(place)
            _version(part).unlink(missing_ok=True)
        if found != first:
            seen[name] = {"address": address, "sha256": found}
            atomic_write_text(self.lock, json.dumps(seen, indent=1, sort_keys=True))
        return place

    def _download(self, address: str, part: Path) -> None:
        reason: object = ""
        for attempt in range(self.attempts):
            if attempt:
                time.sleep(self.pause_s * 2 ** (attempt - 1))
            try:
                return _transfer(address, part)
            except HTTPError as error:
                error.close()
                reason = error
                if error.code == 416:  # the rest asked for does not exist: what is here is of another file
                    part.unlink()
                elif error.code < 500 and error.code not in _PASSING_ERRORS:
                    raise FetchError(f"{address}: {error}: name a mirror with --fetch-from") from error
            except (URLError, HTTPException, ConnectionError, TimeoutError) as error:
                reason = error
        raise FetchError(f"{address}: {reason}, {self.attempts} times: try again later, what came is kept")


def _transfer(address: str, part: Path) -> None:
    """Bring what is missing of `part`; all of it, where the server cannot go on in the middle of the same file."""
    version = _version(part)
    start = part.stat().st_size if part.exists() and version.exists() else 0
    headers = {"User-Agent": "autocomplete-training"}
    if start:
        headers |= {"Range": f"bytes={start}-", "If-Range": version.read_text(encoding="utf8")}
    with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=_TIMEOUT_S) as response:
        if response.status != 206:
            start = 0
        elif not response.headers.get("Content-Range", "").startswith(f"bytes {start}-"):
            raise HTTPException(f"asked for the bytes from {start} on, got {response.headers.get('Content-Range')}")
        length = response.headers.get("Content-Length")
        total = start + int(length) if length else None
        with part.open("ab" if start else "wb") as file:
            if not start:
                _remember_version(response, version)
            show = _Progress(part.name.removesuffix(".part"), start, total)
            while chunk := response.read(_CHUNK):
                file.write(chunk)
                show(file.tell())
            file.flush()
            os.fsync(file.fileno())
            if total is not None and file.tell() != total:
                raise HTTPException(f"the connection closed after {file.tell()} of {total} bytes")


def _version(part: Path) -> Path:
    """Name the file that says of which version `part` is the beginning: two versions must never be glued together."""
    return part.with_name(f"{part.name}.version")


def _remember_version(response: HTTPResponse, place: Path) -> None:
    version = response.headers.get("ETag", "")
    if not version or version.startswith("W/"):  # a weak tag does not promise the same bytes
        version = response.headers.get("Last-Modified", "")
    if version:
        place.write_text(version, encoding="utf8")
    else:
        place.unlink(missing_ok=True)


class _Progress:
    """Tells on stderr, at most every other second, how far a download is and how long it will take."""

    def __init__(self, name: str, start: int, total: int | None) -> None:
        self.name, self.start, self.total = name, start, total
        self.begun = self.shown = time.monotonic()

    def __call__(self, done: int) -> None:
        now = time.monotonic()
        if now - self.shown < 2:
            return
        self.shown = now
        speed = (done - self.start) / (now - self.begun)  # bytes per second
        line = f"{self.name}: {done / 1e6:.1f} MB"
        if self.total:
            left_s = round((self.total - done) / max(speed, 1))
            line += f" of {self.total / 1e6:.1f}, {left_s // 60}:{left_s % 60:02} left"
        print(line, file=sys.stderr)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
