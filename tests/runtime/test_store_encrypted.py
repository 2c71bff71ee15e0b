"""A store with a key: nothing reads without it, each wrong way to open is told apart, forgetting is as thorough."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

import autocomplete
from autocomplete.errors import EncryptionMissing, NotAStore, StoreDamaged, WrongKey
from autocomplete.increments import Batch, WordRow
from autocomplete.learning import learn_lines
from autocomplete.personal import PersonalModel
from autocomplete.personal_data import PersonalData
from autocomplete.store import Store
from tests.fakes import WordList

pytest.importorskip("sqlcipher3", reason="needs `pip install '.[encrypted]'`")

KEY, OTHER = bytes(range(32)), bytes(range(1, 33))


def _batch(*words: str) -> Batch:
    batch = Batch()
    for word in words:
        batch.words[word] = WordRow(uses=1)
        batch.forms[word, word] = 1
        batch.followers.setdefault(("see",), {})[word] = 1
    return batch


def _bytes(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(path.parent.glob(f"{path.name}*")))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a store is to stand."""
    return tmp_path / "user.db"


def test_what_is_added_is_there_for_who_has_the_key_and_nowhere_to_be_read(path: Path) -> None:
    store = Store(path, key=KEY)
    store.apply(_batch("qwertzname", "soon"))
    for file in (path, *store.beside()):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    while_open = _bytes(path)
    store.checkpoint()
    store.close()
    for content in (while_open, _bytes(path)):
        assert b"qwertz" not in content
        assert b"SQLite" not in content
        assert KEY not in content
    store = Store(path, key=KEY)
    assert [row[:2] for row in store.words()] == [("qwertzname", 1), ("soon", 1)]
    assert [row[0] for row in store.followers(("see",))] == ["qwertzname", "soon"]
    store.check()
    store.close()


def test_every_wrong_way_to_open_is_told(path: Path, tmp_path: Path) -> None:
    Store(path, key=KEY).close()
    plain = tmp_path / "plain.db"
    Store(plain).close()
    text = tmp_path / "notes.txt"
    text.write_text("Dear diary, this is no store" * 400)
    for file, key, error, says in (
        (path, OTHER, WrongKey, "does not open with this key"),
        (path, None, NotAStore, "or an encrypted one: give its key"),
        (plain, KEY, WrongKey, "is not encrypted: open it without a key"),
        (text, KEY, WrongKey, "or it is damaged, or no store"),
    ):
        before = file.read_bytes()
        with pytest.raises(error, match=says):
            Store(file, key=key)
        assert file.read_bytes() == before
    for key in (b"short", KEY + b"x", "password" * 4):
        with pytest.raises(ValueError, match="must be 32 bytes"):
            Store(path, key=key)  # type: ignore[arg-type]


def test_a_wrong_key_is_no_reason_to_begin_anew(path: Path) -> None:
    PersonalData(path, key=KEY).close()
    with pytest.raises(WrongKey):
        PersonalData(path, key=OTHER, trouble="anew")
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    with pytest.warns(RuntimeWarning, match="nothing will be learned"):
        data = PersonalData(path, key=OTHER, trouble="without")
    assert not data.learns
    PersonalData(path, key=KEY).close()


def test_nothing_says_what_went_wrong_on_stderr(path: Path) -> None:
    """SQLCipher would, past Python."""
    Store(path, key=KEY).close()
    code = (
        "import sys; from autocomplete.store import Store; from autocomplete.errors import WrongKey\n"
        "try: Store(sys.argv[1], key=bytes(32))\n"
        "except WrongKey: print('told')"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code, str(path)], cwd=root, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("told\n", "")


def test_a_changed_page_is_noticed(path: Path) -> None:
    store = Store(path, key=KEY)
    store.apply(_batch(*[f"word{number}" for number in range(3000)]))
    store.close()
    data = bytearray(path.read_bytes())
    data[4096 * 6 + 100] ^= 1
    path.write_bytes(data)
    with pytest.raises(StoreDamaged):  # noqa: PT012
        store = Store(path, key=KEY)
        try:
            store.check()
        finally:
            store.close()
    with pytest.warns(RuntimeWarning, match="a new one begun"):
        data = PersonalData(path, key=KEY, trouble="anew")
    assert data.known() == []
    data.close()


def test_forgetting_leaves_neither_rows_nor_free_pages_nor_a_log(path: Path) -> None:
    store = Store(path, key=KEY)
    for start in range(0, 3000, 100):
        store.apply(_batch("qwertzname", *[f"filler{number}" for number in range(start, start + 100)]))
    store.forget("qwertzname")
    assert store.beside()[0].stat().st_size == 0
    assert store._writer.execute("PRAGMA freelist_count").fetchone() == (0,)
    assert store._writer.execute("PRAGMA secure_delete").fetchone() == (1,)
    assert "qwertzname" not in str(store.all_rows())
    store.forget_all()
    assert store.words() == []
    assert path.stat().st_size < 100_000
    store.close()


def test_without_the_library_it_is_said_what_to_install(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sqlcipher3", None)
    monkeypatch.setitem(sys.modules, "sqlcipher3.dbapi2", None)
    with pytest.raises(EncryptionMissing, match=r"pip install 'autocomplete\[encrypted\]'"):
        Store(path, key=KEY)
    assert not path.exists()


def test_an_engine_learns_into_an_encrypted_file(path: Path, tmp_path: Path) -> None:
    engine = autocomplete.load(user=path, user_key=KEY)
    assert engine.user
    learn_lines(engine.user, ["I met Zorblatt today", "I saw Zorblatt there"])
    engine.close()
    assert b"orblatt" not in _bytes(path)
    engine = autocomplete.load(user=path, user_key=KEY)
    assert "Zorblatt" in [suggestion.word for suggestion in engine.suggest("I met Zo")]
    engine.close()
    plain = PersonalData(tmp_path / "plain.db")
    plain.merge(path, key=KEY)
    assert "Zorblatt" in [word.form for word in plain.known()]
    plain.close()


def test_two_see_what_each_other_learned(path: Path) -> None:
    first, second = (PersonalData(path, key=KEY) for _ in range(2))
    learn_lines(PersonalModel(first, WordList({"met": -5.0})), ["met Anneke", "met Anneke"])
    first.flush()
    second.counts.refresh()
    assert [word.form for word in second.known()] == ["Anneke", "met"]
    first.close()
    second.close()
