"""The commands about a user's data."""

from __future__ import annotations

import json
import stat
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from autocomplete.cli import main
from autocomplete.user_commands import default_path


def _run(*arguments: str, **options: str) -> Result:
    return CliRunner().invoke(main, list(arguments), **options)


@pytest.fixture
def user(tmp_path: Path) -> str:
    """Where the user's data is to stand."""
    return str(tmp_path / "user.db")


@pytest.fixture
def messages(tmp_path: Path) -> str:
    """A file of messages."""
    path = tmp_path / "messages.txt"
    path.write_text("I met Anneke today\n\nsee you at Anneke's\nI met Anneke, call 01234567\n")
    return str(path)


def test_learn_then_known_then_forget(user: str, messages: str) -> None:
    result = _run("learn", messages, "--user", user)
    assert result.exit_code == 0, result.stderr
    assert result.stdout.startswith("9 new words, 9 in all")
    assert "messages.txt: 3/3 lines" in result.stderr
    listed = [line.split("\t") for line in _run("known", "--user", user).stdout.splitlines()]
    assert ["Anneke", "2", time.strftime("%Y-%m-%d")] in listed
    assert [word for word, *_ in listed[:3]] == ["Anneke", "I", "met"]
    assert "01234567" not in str(listed)
    assert _run("forget", "anneke", "zorblax", "--user", user).stderr == "zorblax: was not known\n"
    words = [word["form"] for word in json.loads(_run("known", "--json", "--user", user).stdout)]
    assert "Anneke" not in words
    assert "today" in words


def test_words_are_added_with_their_casing(user: str, tmp_path: Path) -> None:
    (tmp_path / "contacts.txt").write_text("Anneke\nMcTavish\n")
    assert _run("learn", "--words", str(tmp_path / "contacts.txt"), "--user", user).exit_code == 0
    assert [line.split("\t")[::3] for line in _run("known", "--user", user).stdout.splitlines()] == [
        ["Anneke", "added"],
        ["McTavish", "added"],
    ]


def test_block_and_undo(user: str, messages: str) -> None:
    _run("learn", messages, "--user", user)
    assert _run("block", "Anneke", "--user", user).exit_code == 0
    assert _run("known", "--blocked", "--user", user).stdout == "anneke\n"
    assert json.loads(_run("known", "--blocked", "--json", "--user", user).stdout) == ["anneke"]
    _run("learn", messages, "--user", user)
    assert "Anneke\t" not in _run("known", "--user", user).stdout
    _run("block", "--undo", "anneke", "--user", user)
    _run("learn", messages, "--user", user)
    assert "Anneke\t" in _run("known", "--user", user).stdout


def test_forget_since_and_all(user: str, messages: str) -> None:
    _run("learn", messages, "--user", user)
    assert _run("forget", "--since", "2100-01-01", "--user", user).exit_code == 0
    assert _run("known", "--user", user).stdout
    assert _run("forget", "--since", "2020-01-01", "--user", user).exit_code == 0
    assert _run("known", "--user", user).stdout == ""
    _run("learn", messages, "--user", user)
    assert _run("forget", "--all", "--user", user).exit_code == 0
    assert _run("known", "--user", user).stdout == ""


@pytest.mark.parametrize("arguments", [[], ["word", "--all"], ["--all", "--since", "2020-01-01"]])
def test_forget_wants_to_know_what(user: str, arguments: list[str]) -> None:
    assert _run("forget", *arguments, "--user", user).exit_code == 2


def test_export_and_import(user: str, messages: str, tmp_path: Path) -> None:
    _run("learn", messages, "--user", user)
    assert _run("export-user", str(tmp_path / "user.json"), "--user", user).exit_code == 0
    assert json.loads((tmp_path / "user.json").read_text()) == json.loads(_run("export-user", "--user", user).stdout)
    other, third = str(tmp_path / "other.db"), str(tmp_path / "third.db")
    assert _run("import-user", str(tmp_path / "user.json"), "--user", other).stdout.startswith("9 words in all")
    assert _run("import-user", other, "--user", third).stdout.startswith("9 words in all")
    assert _run("known", "--user", third).stdout == _run("known", "--user", user).stdout


def test_what_cannot_be_read_is_one_sentence(user: str, tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "latin.txt").write_bytes("grüße".encode("latin1"))
    for arguments, says in (
        (["import-user", str(tmp_path / "broken.json")], "no JSON"),
        (["learn", str(tmp_path / "latin.txt")], "not UTF-8"),
        (["known"], "nothing was learned yet"),
    ):
        Path(user).unlink(missing_ok=True)
        result = _run(*arguments, "--user", user)
        assert result.exit_code == 1
        assert says in result.stderr
        assert result.stderr.count("\n") == 1


def test_what_was_exported_may_be_read_by_its_user_alone(user: str, messages: str, tmp_path: Path) -> None:
    _run("learn", messages, "--user", user)
    _run("export-user", str(tmp_path / "user.json"), "--user", user)
    assert stat.S_IMODE((tmp_path / "user.json").stat().st_mode) == 0o600


def _damage(user: str) -> bytes:
    broken = bytearray(Path(user).read_bytes())
    broken[4096:16384] = bytes(12288)
    Path(user).write_bytes(broken)
    return bytes(broken)


def test_a_damaged_file_is_an_error_that_says_what_to_do_or_kept_beside(user: str, messages: str) -> None:
    _run("learn", messages, "--user", user)
    broken = _damage(user)
    for arguments in (["known"], ["learn", messages], ["type"], ["forget", "Anneke"], ["export-user"]):
        result = _run(*arguments, "--user", user)
        assert result.exit_code == 1
        assert "--if-unusable anew" in result.stderr
        assert result.stderr.count("\n") == 1
        assert Path(user).read_bytes() == broken
    result = _run("learn", messages, "--user", user, "--if-unusable", "anew")
    assert result.exit_code == 0
    assert "it was kept as" in result.stderr
    assert result.stdout.startswith("9 new words, 9 in all")
    (kept,) = [path for path in Path(user).parent.glob("user.db.damaged-*") if path.suffix not in ("-wal", "-shm")]
    assert kept.read_bytes() == broken


def test_the_default_is_in_the_data_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert default_path().name == "user.db"
    assert "autocomplete" in str(default_path())


def test_type_learns_unless_it_is_private(user: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from prompt_toolkit.application import create_app_session
    from prompt_toolkit.input import create_pipe_input
    from prompt_toolkit.output import DummyOutput

    def typed(keys: str, *arguments: str) -> Result:
        with create_pipe_input() as pipe, create_app_session(input=pipe, output=DummyOutput()):
            pipe.send_text(keys + "\x03")
            return _run("type", "--user", user, *arguments)

    assert typed("we met Zorblatt", "--private").stdout == "we met Zorblatt\n"
    assert not Path(user).exists()
    assert typed("we met Zorblatt").stdout == "we met Zorblatt\n"
    assert "Zorblatt\t1\t" in _run("known", "--user", user).stdout
    assert typed("we met Zorblang", "--private").exit_code == 0
    broken = _damage(user)
    result = typed("we met Zorblatt", "--if-unusable", "without")
    assert result.stdout == "we met Zorblatt\n"
    assert "nothing will be learned" in result.stderr
    assert Path(user).read_bytes() == broken
    assert typed("we met Zorblatt", "--if-unusable", "anew").exit_code == 0
    assert "Zorblang" not in _run("known", "--user", user).stdout
