"""The key of an encrypted user's file, for the commands: from a file or the environment, told to nobody else."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from autocomplete.cli import main
from autocomplete.user_key import VARIABLE, make_key, read_key
from tests.serve_exchange import Client


def _run(*arguments: str, key: str | None = None) -> Result:
    return CliRunner().invoke(main, list(arguments), env={VARIABLE: key})


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    """A file with a key."""
    path = tmp_path / "anna.key"
    assert _run("new-key", str(path)).exit_code == 0
    return path


def test_a_new_key_is_its_owners_alone_and_never_written_over(key_file: Path, tmp_path: Path) -> None:
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    key = read_key(key_file)
    assert key is not None and len(key) == 32
    assert _run("new-key", str(key_file)).exit_code == 1
    assert read_key(key_file) == key
    make_key(tmp_path / "other.key")
    assert read_key(tmp_path / "other.key") != key


def test_a_key_may_be_bytes_or_digits_in_a_file_or_digits_in_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = bytes(range(0xE0, 0x100))
    monkeypatch.setenv(VARIABLE, key.hex().upper())
    for name, content in (("raw", key), ("hex", key.hex().encode()), ("line", key.hex().encode() + b"\n")):
        path = tmp_path / name
        path.touch(mode=0o600)
        path.write_bytes(content)
        monkeypatch.setenv(VARIABLE, bytes(32).hex())  # the file goes first
        assert read_key(path) == key
        assert VARIABLE not in os.environ  # what is started from here does not get it
    monkeypatch.setenv(VARIABLE, key.hex().upper())
    assert read_key(None) == key
    assert read_key(None) is None


@pytest.mark.parametrize("content", [b"", b"password", bytes(31), b"0" * 63, b"0" * 65, b"zz" * 32, bytes(300)])
def test_what_is_no_key_is_refused_and_not_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    path = tmp_path / "no.key"
    path.touch(mode=0o600)
    path.write_bytes(content)
    with pytest.raises(ValueError, match="holds no key") as refused:
        read_key(path)
    assert content.decode("latin1") not in str(refused.value).replace(str(path), "") or not content
    if content.isascii() and content.isalnum():
        monkeypatch.setenv(VARIABLE, content.decode())
        with pytest.raises(ValueError, match=f"{VARIABLE} holds no key"):
            read_key(None)


@pytest.mark.skipif(os.name != "posix", reason="permissions of another kind")
def test_a_key_that_others_may_read_is_refused(key_file: Path) -> None:
    for mode in (0o640, 0o604):
        key_file.chmod(mode)
        with pytest.raises(ValueError, match="chmod 600"):
            read_key(key_file)
    key_file.chmod(0o400)
    assert read_key(key_file)


def test_every_command_opens_an_encrypted_file(key_file: Path, tmp_path: Path) -> None:
    pytest.importorskip("sqlcipher3", reason="needs `pip install '.[encrypted]'`")
    (tmp_path / "messages.txt").write_text("I met Qwertzora today\nI met Qwertzora there\n")
    user, digits = str(tmp_path / "user.db"), key_file.read_text().strip()
    opened = ("--user", user, "--key-file", str(key_file))
    assert _run("learn", str(tmp_path / "messages.txt"), *opened).exit_code == 0
    assert b"wertzora" not in (tmp_path / "user.db").read_bytes()
    listed = _run("known", *opened).stdout
    assert "Qwertzora\t2" in listed
    assert _run("known", "--user", user, key=digits).stdout == listed
    assert _run("block", "there", *opened).exit_code == 0
    assert _run("forget", "today", "--user", user, key=digits).exit_code == 0
    exported = json.loads(_run("export-user", *opened).stdout)
    assert {"qwertzora", "met", "i"} == {word["word"] for word in exported["words"]}
    for key in (None, bytes(32).hex()):
        result = _run("known", "--user", user, key=key)
        assert result.exit_code == 1
        assert "give" in result.stderr and digits not in result.stderr
    plain, other = str(tmp_path / "plain.db"), str(tmp_path / "other.db")
    assert _run("import-user", user, "--from-key-file", str(key_file), "--user", plain).exit_code == 0
    assert _run("known", "--user", plain).stdout == _run("known", *opened).stdout
    assert _run("import-user", plain, "--user", other, key=bytes(32).hex()).exit_code == 0
    assert _run("known", "--user", other, key=bytes(32).hex()).stdout == _run("known", *opened).stdout


def test_the_server_learns_into_an_encrypted_file(key_file: Path, tmp_path: Path) -> None:
    pytest.importorskip("sqlcipher3", reason="needs `pip install '.[encrypted]'`")
    user = tmp_path / "user.db"
    with Client("--user", str(user), "--key-file", str(key_file)) as client:
        client.call("add_words", words=["Qwertzora"])
        assert client.call("learned")["result"]["count"] == 1
    assert not user.read_bytes().startswith(b"SQLite")
    assert "Qwertzora" in _run("known", "--user", str(user), "--key-file", str(key_file)).stdout
    assert _run("serve", "--key-file", str(key_file)).exit_code == 2
