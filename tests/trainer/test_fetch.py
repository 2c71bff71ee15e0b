"""Downloads against a local server that breaks off, lies and forgets; and `corpus --fetch` as a whole."""

from __future__ import annotations

import io
import json
import random
import tarfile
import threading
import time
import tomllib
import zipfile
from collections.abc import Iterator
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from training import fetch
from training.__main__ import main
from training.fetch import Downloads, FetchError
from training.sources import MissingSources, bring, read_manifest

ROOT = Path(__file__).parents[2]
BIG = random.Random(1).randbytes(300_000)


class _Server(ThreadingHTTPServer):
    """Serves `files`; the rest says how badly."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, bytes] = {}
        self.requests: list[tuple[str, Message]] = []
        self.drops = 0  # answers that end after 100,000 bytes
        self.failures: list[int] = []  # status codes of the next answers
        self.ranges = True
        self.tag = '"1"'
        self.shift = 0  # how far the answered range is from the one asked for
        self.chunked = False
        self.stalls = 0  # answers that come too late

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a client that hung up."""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, *arguments: object) -> None:
        pass

    def do_GET(self) -> None:
        server = self.server
        self.close_connection = True
        server.requests.append((self.path, self.headers))
        if server.stalls:
            server.stalls -= 1
            time.sleep(0.3)
        content = server.files.get(self.path)
        if content is None or server.failures:
            self.send_error(server.failures.pop(0) if server.failures else 404)
            return
        start = self._start()
        if start >= len(content):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        if start:
            first = start + server.shift
            self.send_header("Content-Range", f"bytes {first}-{len(content) - 1}/{len(content)}")
        if server.tag:
            self.send_header("ETag", server.tag)
        if server.chunked:
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        self._send(content[start:])

    def _start(self) -> int:
        asked = self.headers.get("Range", "")
        if not self.server.ranges or not asked or self.headers.get("If-Range") != self.server.tag:
            return 0
        return int(asked.removeprefix("bytes=").removesuffix("-"))

    def _send(self, body: bytes) -> None:
        dropped = self.server.drops > 0
        self.server.drops -= dropped
        body = body[:100_000] if dropped else body
        if self.server.chunked:
            body = b"%x\r\n%b\r\n" % (len(body), body) + (b"" if dropped else b"0\r\n\r\n")
        self.wfile.write(body)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[_Server]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with _Server() as server:
        server.files["/big"] = BIG
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def downloads(tmp_path: Path) -> Downloads:
    return Downloads(tmp_path / "downloads", pause_s=0)


def _names(downloads: Downloads) -> set[str]:
    return {path.name for path in downloads.folder.iterdir()}


# ---- one download


def test_a_file_arrives_whole_and_is_remembered(server: _Server, downloads: Downloads) -> None:
    assert downloads.bring("big", f"{server.address}/big").read_bytes() == BIG
    assert _names(downloads) == {"big", "fetched.json"}
    assert json.loads(downloads.lock.read_text())["big"]["address"] == f"{server.address}/big"


def test_what_is_there_is_not_fetched_again(server: _Server, downloads: Downloads) -> None:
    place = downloads.bring("big", f"{server.address}/big")
    assert downloads.bring("big", "http://nowhere.invalid/big") == place
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("chunked", "starts"),
    [
        (False, [None, "bytes=100000-", "bytes=200000-"]),
        (True, [None, "bytes=65536-", "bytes=131072-", "bytes=196608-"]),
    ],
)
def test_a_download_goes_on_where_it_broke_off(
    server: _Server, downloads: Downloads, chunked: bool, starts: list[str | None]
) -> None:
    server.drops, server.chunked = len(starts) - 1, chunked
    assert downloads.bring("big", f"{server.address}/big").read_bytes() == BIG
    assert [headers.get("Range") for _, headers in server.requests] == starts


def test_a_server_that_says_nothing_is_not_waited_for(
    server: _Server, downloads: Downloads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "_TIMEOUT_S", 0.1)
    server.stalls = 1
    assert downloads.bring("big", f"{server.address}/big").read_bytes() == BIG
    assert len(server.requests) == 2


def test_a_download_begins_anew_where_the_server_cannot_go_on(server: _Server, downloads: Downloads) -> None:
    server.drops, server.ranges = 2, False
    assert downloads.bring("big", f"{server.address}/big").read_bytes() == BIG
    assert len(server.requests) == 3


@pytest.mark.parametrize("tag", ["", 'W/"1"'])
def test_a_download_begins_anew_where_the_version_is_unknown(server: _Server, downloads: Downloads, tag: str) -> None:
    server.drops, server.tag = 1, tag
    assert downloads.bring("big", f"{server.address}/big").read_bytes() == BIG
    assert [headers.get("Range") for _, headers in server.requests] == [None, None]


def test_a_killed_download_leaves_nothing_whole_and_goes_on_later(server: _Server, downloads: Downloads) -> None:
    server.drops = 1
    with pytest.raises(FetchError, match="closed after 100000 of 300000 bytes"):
        Downloads(downloads.folder, attempts=1).bring("big", f"{server.address}/big")
    assert _names(downloads) == {"big.part", "big.part.version"}
    assert downloads.bring("big", f"{server.address}/big").read_bytes() == BIG
    assert server.requests[1][1]["Range"] == "bytes=100000-"
    assert _names(downloads) == {"big", "fetched.json"}


def test_two_versions_are_never_glued_together(server: _Server, downloads: Downloads) -> None:
    server.drops = 1
    with pytest.raises(FetchError):
        Downloads(downloads.folder, attempts=1).bring("big", f"{server.address}/big")
    server.files["/big"], server.tag = BIG[::-1], '"2"'
    assert downloads.bring("big", f"{server.address}/big").read_bytes() == BIG[::-1]


def test_another_range_than_the_one_asked_for_is_refused(server: _Server, downloads: Downloads) -> None:
    server.drops, server.shift = 1, 5
    with pytest.raises(FetchError, match="asked for the bytes from 100000 on, got bytes 100005-"):
        downloads.bring("big", f"{server.address}/big")


def test_a_beginning_longer_than_the_file_is_thrown_away(server: _Server, downloads: Downloads) -> None:
    downloads.folder.mkdir()
    (downloads.folder / "big.part").write_bytes(BIG * 2)
    (downloads.folder / "big.part.version").write_text('"1"')
    assert downloads.bring("big", f"{server.address}/big").read_bytes() == BIG


def test_a_server_that_is_busy_is_asked_again_but_not_for_ever(server: _Server, downloads: Downloads) -> None:
    server.failures = [503, 429, 500]
    assert downloads.bring("big", f"{server.address}/big").read_bytes() == BIG
    server.failures = [503] * 9
    with pytest.raises(FetchError, match=r"503.*5 times: try again later"):
        downloads.bring("other", f"{server.address}/big")
    assert len(server.requests) == 4 + 5


def test_the_pauses_grow(server: _Server, downloads: Downloads, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(fetch.time, "sleep", pauses.append)
    server.failures = [503] * 9
    with pytest.raises(FetchError):
        Downloads(downloads.folder).bring("big", f"{server.address}/big")
    assert pauses == [1, 2, 4, 8]


def test_a_missing_file_is_asked_for_once(server: _Server, downloads: Downloads) -> None:
    with pytest.raises(FetchError, match=r"404.*--fetch-from"):
        downloads.bring("x", f"{server.address}/x")
    assert len(server.requests) == 1


def test_a_host_that_is_not_there_is_said(server: _Server, downloads: Downloads) -> None:
    address = server.address
    server.server_close()
    with pytest.raises(FetchError, match="refused"):
        downloads.bring("x", f"{address}/x")


def test_other_bytes_than_the_manifest_says_are_refused(server: _Server, downloads: Downloads) -> None:
    with pytest.raises(ValueError, match="the manifest says 00ff"):
        downloads.bring("big", f"{server.address}/big", "00ff")
    assert _names(downloads) == set()


def test_other_bytes_than_at_the_first_fetch_are_refused_until_trusted(server: _Server, downloads: Downloads) -> None:
    place = downloads.bring("big", f"{server.address}/big")
    place.unlink()
    server.files["/big"] = b"other"
    with pytest.raises(ValueError, match=r'if you trust the new bytes, delete "big" from .*fetched.json'):
        downloads.bring("big", f"{server.address}/big")
    assert not place.exists()
    downloads.lock.write_text("{}")
    assert downloads.bring("big", f"{server.address}/big").read_bytes() == b"other"


def test_a_file_damaged_on_disk_is_fetched_again(server: _Server, downloads: Downloads) -> None:
    place = downloads.bring("big", f"{server.address}/big")
    place.write_bytes(BIG[:-1])
    assert downloads.bring("big", f"{server.address}/big").read_bytes() == BIG


def test_progress_is_told_every_other_second_with_the_time_left(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = 0.0
    monkeypatch.setattr(fetch.time, "monotonic", lambda: now)
    show = fetch._Progress("big", 0, 100_000_000)
    for now in range(11):
        show(now * 1_000_000)
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 5
    assert told[1] == "big: 4.0 MB of 100.0, 1:36 left"
    fetch._Progress("big", 0, None)(1)
    assert capsys.readouterr().err == ""


# ---- the whole


MANIFEST = """
[addresses]
archive = "https://archives.invalid/{repository}/tar.gz/{commit}"
file = "https://files.invalid/{repository}/{commit}/{path}"
[sources.talk]
licence = "none"
repository = "ann/talk"
commit = "1a2b"
paths = ["data/*.json"]
unique = true
verified = false
extract = { kind = "json", documents = "*", turns = "*", text = "say" }
[sources.prompts]
licence = "none"
extract = { kind = "lines" }
[[sources.prompts.parts]]
repository = "bo/prompts"
commit = "3c4d"
paths = ["good and bad.txt"]
[[sources.prompts.parts]]
repository = "bo/zipped"
commit = "5e6f"
paths = ["a.zip"]
member = "x/*.txt"
"""


def _tar_gz(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(f"talk-1a2b/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def _say(*documents: list[str]) -> bytes:
    return json.dumps([[{"say": turn} for turn in document] for document in documents]).encode()


@pytest.fixture
def manifest(server: _Server, tmp_path: Path) -> Path:
    """A manifest of two sources, and a server that has their files."""
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("x/a.txt", "Read this aloud.")
        archive.writestr("readme.txt", "not this")
    server.files |= {
        "/ann/talk/tar.gz/1a2b": _tar_gz(
            {
                "data/one.json": _say(["Good morning Ann.", "Hello!"], ["Hello!"]),
                "data/two.json": _say(["Hello!", "Is it late?"]),
                "README.md": b"not this",
            }
        ),
        "/bo/prompts/3c4d/good%20and%20bad.txt": b"Say this slowly.\n\nAnd this.\n",
        "/bo/zipped/5e6f/a.zip": zipped.getvalue(),
    }
    path = tmp_path / "sources.toml"
    path.write_text(MANIFEST)
    return path


def _corpus(folder: Path, *arguments: object) -> Result:
    return CliRunner().invoke(main, ["corpus", "--out", str(folder / "corpus"), "--workers", "1", *map(str, arguments)])


def test_the_whole_from_manifest_to_corpus(server: _Server, manifest: Path, tmp_path: Path) -> None:
    text = tmp_path / "text"
    options = ["--fetch", "--sources", manifest, "--fetch-from", f"{server.address}/", "--text", text]
    result = _corpus(tmp_path, *options)
    assert result.exit_code == 0, result.stderr
    assert (text / "talk.txt").read_text() == "Good morning Ann.\nHello!\n\nIs it late?\n\n"
    assert (text / "prompts.txt").read_text() == "Say this slowly.\nAnd this.\n\nRead this aloud.\n\n"
    assert set(json.loads(result.stdout)) == {"prompts", "talk"}
    assert "talk: 3 lines" in result.stderr
    assert "never compared with the original" in result.stderr.splitlines()[0]
    assert {path.name for path in (text / "downloads").iterdir()} == {
        "ann--talk@1a2b.tar.gz",
        "bo--prompts@3c4d--good and bad.txt",
        "bo--zipped@5e6f--a.zip",
        "fetched.json",
    }
    assert len(server.requests) == 3
    assert _corpus(tmp_path, *options).exit_code == 0
    assert len(server.requests) == 3
    (text / "talk.txt").unlink()
    assert _corpus(tmp_path, *options).exit_code == 0
    assert (text / "talk.txt").exists()
    assert len(server.requests) == 3


def test_a_source_that_fails_does_not_stop_the_others(server: _Server, manifest: Path, tmp_path: Path) -> None:
    archive = server.files.pop("/ann/talk/tar.gz/1a2b")
    options = ["--fetch", "--sources", manifest, "--fetch-from", server.address, "--text", tmp_path / "text"]
    result = _corpus(tmp_path, *options)
    assert result.exit_code == 1
    *_, last = result.stderr.splitlines()
    assert last.startswith("Error: 1 of 2 sources are missing (talk; reasons above)")
    assert "python -m training corpus --fetch" in last
    assert "talk: http" in result.stderr
    assert "404" in result.stderr
    assert {path.name for path in (tmp_path / "text").iterdir()} == {"downloads", "prompts.txt"}
    assert not (tmp_path / "corpus").exists()
    server.files["/ann/talk/tar.gz/1a2b"] = archive
    assert _corpus(tmp_path, *options).exit_code == 0


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"data/one.json": b"{"}, 'ann/talk, data/one.json: cannot be read as "json"'),
        ({"data/one.json": b"{}"}, "no text was found in its files"),
        ({"other/one.json": b"{}"}, "ann/talk@1a2b holds no data/*.json"),
    ],
)
def test_files_that_are_not_as_expected_are_named(
    server: _Server,
    manifest: Path,
    tmp_path: Path,
    files: dict[str, bytes],
    reason: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    server.files["/ann/talk/tar.gz/1a2b"] = _tar_gz(files)
    with pytest.raises(MissingSources, match=r"missing \(talk;"):
        bring(tmp_path / "text", read_manifest(manifest, server.address), Downloads(tmp_path / "text" / "downloads"))
    assert reason in capsys.readouterr().err
    assert not (tmp_path / "text" / "talk.txt").exists()


def test_a_text_that_is_there_is_left_alone(server: _Server, manifest: Path, tmp_path: Path) -> None:
    text = tmp_path / "text"
    text.mkdir()
    (text / "talk.txt.xz").write_bytes(b"")
    assert bring(text, read_manifest(manifest, server.address), Downloads(text / "downloads")) == ["prompts"]
    assert not (text / "talk.txt").exists()


def test_a_checksum_of_the_manifest_is_held_to(
    server: _Server, manifest: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest.write_text(MANIFEST.replace('commit = "1a2b"', 'commit = "1a2b"\nsha256 = { archive = "00ff" }'))
    with pytest.raises(MissingSources):
        bring(tmp_path, read_manifest(manifest, server.address), Downloads(tmp_path / "downloads"))
    assert "the manifest says 00ff" in capsys.readouterr().err


def test_the_folder_is_named_text_by_default(
    server: _Server, manifest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert _corpus(tmp_path, "--fetch", "--sources", manifest, "--fetch-from", server.address).exit_code == 0
    assert (tmp_path / "text" / "talk.txt").exists()


def test_without_fetch_the_text_is_asked_for(tmp_path: Path) -> None:
    result = _corpus(tmp_path)
    assert result.exit_code == 2
    assert "Missing option '--text'" in result.stderr


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('licence = "none"', "", "source talk: .*licence"),
        ('kind = "lines"', 'kind = "xml"', "source prompts: .*xml"),
        ('commit = "3c4d"', 'commitment = "3c4d"', "source prompts: .*commit"),
        ("https://files.invalid/{repository}", "https://files.invalid/{repo}", 'address "file"'),
        ("archive = ", "arch = ", "arch"),
        ("[addresses]", "[addresses", "sources.toml is no manifest"),
    ],
)
def test_a_manifest_that_is_not_as_it_should_be_is_refused(manifest: Path, old: str, new: str, message: str) -> None:
    manifest.write_text(MANIFEST.replace(old, new))
    with pytest.raises(ValueError, match=message):
        read_manifest(manifest)


def test_the_shipped_manifest_mixture_and_card_name_the_same_sources() -> None:
    manifest = read_manifest(ROOT / "training" / "presets" / "sources.en.toml")
    card = tomllib.loads((ROOT / "export" / "card.en.toml").read_text())["sources"]
    mixture = tomllib.loads((ROOT / "training" / "presets" / "mixture.en.toml").read_text())["sources"]
    assert {source.name for source in manifest.sources} == set(card) == set(mixture)
    for source in manifest.sources:
        assert source.licence == card[source.name]["licence"]
        commits = [origin.split("@")[1] for origin in card[source.name]["origin"].split(", ")]
        assert {part.commit[:10] for part in source.parts} == set(commits)
