"""The file: what it holds, who may read it, what it says when it cannot be used, what is left after forgetting."""

from __future__ import annotations

import os
import resource
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from autocomplete import store_schema as schema
from autocomplete.errors import NotAStore, StoreBusy, StoreDamaged, StoreError, StoreFull, StoreNotWritable, StoreTooNew
from autocomplete.increments import Batch, Clock, WordRow, whole_hour
from autocomplete.learned_words import Columns
from autocomplete.store import Store
from autocomplete.store_check import Check


def _batch(*words: str, uses: int = 1) -> Batch:
    """Words one after the other."""
    batch = Batch()
    for place, word in enumerate(words):
        batch.words.setdefault(word, WordRow()).uses += uses
        batch.forms[word, word] = batch.forms.get((word, word), 0) + uses
        for context in [words[place - 1 : place], words[max(0, place - 2) : place]][: min(place, 2)]:
            followers = batch.followers.setdefault(tuple(context), {})
            followers[word] = followers.get(word, 0) + uses
    return batch


def _bytes(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(path.parent.glob(f"{path.name}*")))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a store is to stand, in a folder that is not there yet."""
    return tmp_path / "folder" / "user.db"


def test_what_is_added_is_there_and_adds_up(path: Path) -> None:
    store = Store(path)
    store.apply(_batch("see", "you", "soon"))
    store.apply(_batch("see", "you", "then"))
    store.close()
    store = Store(path)
    assert [row[:2] for row in store.words()] == [("see", 2), ("soon", 1), ("then", 1), ("you", 2)]
    assert [row[:2] for row in store.followers(("see",))] == [("you", 2)]
    assert [row[:2] for row in store.followers(("see", "you"))] == [("soon", 1), ("then", 1)]
    assert store.forms("you") == [("you", 2)]
    assert store.ngram_count() == 4 + 3 + 2
    store.check()
    store.close()


def test_what_is_undone_leaves_no_row(path: Path) -> None:
    store = Store(path)
    store.apply(_batch("see", "yuo", "soon"))
    store.apply(_batch("see", "yuo", "soon", uses=-1))
    assert all(not rows for rows in store.all_rows().values())
    store.close()


def test_the_file_is_its_users_alone(path: Path) -> None:
    before = os.umask(0)
    try:
        store = Store(path)
        store.apply(_batch("see", "you"))
    finally:
        os.umask(before)
    for file in (path, *store.beside()):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    store.close()
    path.chmod(0o644)  # copied there by something careless
    Store(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("step", ["stat", "chmod"])
def test_a_log_may_be_taken_away_while_the_store_is_opened(
    path: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever closes a store last removes its log; that may be between two steps of whoever opens it."""
    Store(path).close()
    log = path.with_name("user.db-wal")
    log.touch(0o644)
    log.chmod(0o644)
    done = getattr(Path, step)

    def after_it_is_gone(one: Path, *arguments: object, **options: object) -> object:
        if one == log:
            one.unlink(missing_ok=True)
        return done(one, *arguments, **options)

    monkeypatch.setattr(Path, step, after_it_is_gone)
    Store(path).close()
    assert not log.exists()


def test_neither_order_nor_moment_of_typing_is_kept(path: Path) -> None:
    words = ["zebra", "saw", "an", "owl", "by", "my", "barn"]
    store = Store(path)
    for word in words:  # a batch each
        store.apply(_batch(word))
    rows = store.all_rows()
    assert [row[0] for row in rows["words"]] == sorted(words)
    assert {time for row in rows["words"] for time in row[-2:]} == {whole_hour(time.time())}
    assert {row[5] for row in rows["words"]} == {store.clock.scale(whole_hour(time.time()))}
    tables = sqlite3.connect(path).execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall()
    assert len(tables) == 8
    assert all("WITHOUT ROWID" in sql for _, sql in tables)
    store.close()


def test_uses_fade_by_half_in_a_half_life() -> None:
    clock = Clock(epoch=1e9, half_life=100.0)
    assert clock.scale(1e9 + 200) == 2 * clock.scale(1e9 + 100) == 4 * clock.scale(1e9) == 4


def test_another_half_life_keeps_what_each_word_was_worth_when_it_was_last_used(path: Path) -> None:
    store = Store(path, half_life=30)
    store.apply(_batch("old", "old", "new"))
    with sqlite3.connect(path) as sql:
        then = whole_hour(time.time()) - 60 * 86400
        weight = 2 * store.clock.scale(then)
        sql.execute("UPDATE words SET last_used = ?, weight = ? WHERE word = 'old'", (then, weight))
    store.close()
    store = Store(path, half_life=60)
    assert store.clock.half_life == 60 * 86400
    weights = {row[0]: row[5] / store.clock.scale() for row in store.words()}
    assert weights["old"] == pytest.approx(1, rel=0.01)  # two uses, sixty days ago
    assert weights["new"] == pytest.approx(1, rel=0.01)
    store.close()
    store = Store(path)  # what it was made with
    assert store.clock.half_life == 60 * 86400
    store.close()
    with pytest.raises(ValueError, match="at least 7 days"):
        Store(path, half_life=1)


def test_weights_of_an_old_store_do_not_overflow(path: Path) -> None:
    store = Store(path, half_life=7)
    store.apply(_batch("hello"))
    store.close()
    with sqlite3.connect(path) as sql:
        sql.execute("UPDATE settings SET value = value - 7 * 86400.0 * 1000 WHERE name = 'epoch'")
    store = Store(path)
    assert store.clock.scale() < 2
    store.apply(_batch("hello"))
    assert store.words()[0][5] / store.clock.scale() == pytest.approx(1, rel=0.01)
    store.close()


# ---- taking out


def test_a_forgotten_word_is_gone_from_every_byte(path: Path) -> None:
    store = Store(path)
    filler = [f"filler{number}" for number in range(3000)]
    for start in range(0, 3000, 100):
        store.apply(_batch(*filler[start : start + 50], "qwertzname", *filler[start + 50 : start + 100]))
    assert b"qwertzname" in _bytes(path)
    assert store.forget("qwertzname") > 100
    assert b"qwertzname" not in _bytes(path)
    assert b"filler77" in _bytes(path)
    store.check()
    store.close()
    assert b"qwertzname" not in _bytes(path)


def test_forgetting_waits_for_a_reader_and_says_so_if_that_takes_too_long(path: Path) -> None:
    store = Store(path)
    store.apply(_batch("qwertzname"))
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN")
    other.execute("SELECT * FROM words").fetchone()
    with pytest.raises(StoreBusy, match="forget again"):
        store.forget("qwertzname")
    assert store.words() == []
    other.execute("COMMIT")
    other.close()
    store.forget("qwertzname")
    assert b"qwertzname" not in _bytes(path)
    store.close()


def test_forgetting_since_a_time_keeps_what_was_known_before(path: Path) -> None:
    store = Store(path)
    store.apply(_batch("old", "friend"))
    yesterday = whole_hour(time.time()) - 86400
    with sqlite3.connect(path) as sql:
        for table in ("words", "pairs"):
            sql.execute(f"UPDATE {table} SET first_used = ?, last_used = ?", (yesterday, yesterday))
    store.apply(_batch("old", "friend", "newname"))
    store.forget_since(time.time() - 60)
    assert [row[0] for row in store.words()] == ["friend", "old"]
    assert all(row[-1] < whole_hour(time.time() - 60) for row in store.words())
    assert store.followers(("old",)) != []
    assert store.followers(("friend",)) == store.forms("newname") == []
    assert b"newname" not in _bytes(path)
    store.forget_since(yesterday)
    assert store.words() == []
    store.close()


def test_forgetting_all_leaves_what_is_blocked(path: Path) -> None:
    store = Store(path)
    store.apply(_batch("see", "qwertzname"))
    store.block("slur")
    generation = store.generation()
    store.forget_all()
    assert store.generation() > generation
    assert store.blocked() == {"slur"}
    assert store.ngram_count() == 0
    assert b"qwertzname" not in _bytes(path)
    store.close()


def test_what_is_blocked_is_not_added(path: Path) -> None:
    store = Store(path)
    store.block("slur")
    store.apply(_batch("see", "slur", "there"))
    assert b"slur" not in b"".join(str(rows).encode() for name, rows in store.all_rows().items() if name != "blocked")
    store.block("slur", unblock=True)
    store.apply(_batch("slur"))
    assert "slur" in [row[0] for row in store.words()]
    store.close()


def test_a_store_that_grows_too_large_loses_the_faintest(path: Path) -> None:
    store = Store(path)
    store.apply(_batch(*[f"w{number}" for number in range(300)]))
    for _ in range(3):
        store.apply(_batch("see", "you", "soon"))
    assert store.prune(10_000) == 0
    assert store.prune(700) > 0
    assert store.ngram_count() <= 700
    assert [row[0] for row in store.followers(("see", "you"))] == ["soon"]
    store.close()


# ---- what cannot be used


def test_another_kind_of_file_is_left_alone(tmp_path: Path) -> None:
    text, database = tmp_path / "notes.txt", tmp_path / "mail.db"
    text.write_text("Dear diary, this is no store")
    with sqlite3.connect(database) as sql:
        sql.execute("CREATE TABLE mails (subject)")
    for path in (text, database):
        before = path.read_bytes()
        with pytest.raises(NotAStore, match="another path"):
            Store(path)
        assert path.read_bytes() == before


def test_a_store_of_a_later_release_is_left_alone(path: Path) -> None:
    Store(path).close()
    with sqlite3.connect(path) as sql:
        sql.execute("PRAGMA user_version = 2")
    before = path.read_bytes()
    with pytest.raises(StoreTooNew, match="version 2"):
        Store(path)
    assert path.read_bytes() == before


def test_a_damaged_store_is_left_alone(path: Path) -> None:
    store = Store(path)
    store.apply(_batch(*[f"word{number}" for number in range(2000)]))
    store.close()
    data = bytearray(path.read_bytes())
    data[4096 * 3 : 4096 * 9] = b"\xa5" * 4096 * 6
    path.write_bytes(data)
    with pytest.raises(StoreDamaged, match=r"damaged|malformed"):  # noqa: PT012
        store = Store(path)
        try:
            store.check()
        finally:
            store.close()
    assert path.read_bytes()[4096 * 3 : 4096 * 9] == b"\xa5" * 4096 * 6


def test_a_cut_store_is_an_error(path: Path) -> None:
    store = Store(path)
    store.apply(_batch(*[f"word{number}" for number in range(2000)]))
    store.close()
    path.write_bytes(path.read_bytes()[:6000])
    with pytest.raises(StoreDamaged):  # noqa: PT012
        store = Store(path)
        try:
            store.check()
        finally:
            store.close()


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreNotWritable, match="cannot be opened or made"):
        Store(tmp_path / "file" / "user.db")


_READ_ONLY = """
import ctypes, os, sys
from autocomplete.errors import StoreNotWritable
from autocomplete.store import Store
if os.getuid() == 0:
    # root may write everywhere: not without its capabilities, which it can lay down inside a namespace too
    version, none = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    assert ctypes.CDLL(None).capset(version, none) == 0
for path in sys.argv[1:]:
    try:
        Store(path)
    except StoreNotWritable as error:
        print(error)
"""


def test_a_file_and_a_folder_that_may_only_be_read_are_an_error(tmp_path: Path) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as name:  # below a folder that any user may enter, unlike pytest's
        folder = Path(name)
        path = folder / "user.db"
        Store(path).close()
        path.chmod(0o444)
        folder.chmod(0o555)
        arguments = [sys.executable, "-c", _READ_ONLY, str(path), str(folder / "new.db")]
        root = Path(__file__).parents[2]
        result = subprocess.run(arguments, cwd=root, capture_output=True, text=True, check=True)
        folder.chmod(0o755)
    lines = result.stdout.splitlines()
    assert len(lines) == 2
    assert "may only be read" in lines[0]
    assert "new.db cannot be opened or made" in lines[1]


def test_a_full_disk_is_an_error_and_nothing_is_half_written(path: Path) -> None:
    store = Store(path)
    store.apply(_batch("see", "you"))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    large = _batch(*[f"word{number}" for number in range(20_000)])
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, limits[1]))
    try:
        with pytest.raises(StoreFull, match="stays in memory"):
            store.apply(large)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert [row[0] for row in store.words()] == ["see", "you"]
    store.apply(large)
    assert len(store.words()) == 20_002
    store.check()
    store.close()


def test_a_limit_of_pages_is_a_full_disk_too(path: Path) -> None:
    store = Store(path)
    store._writer.execute("PRAGMA max_page_count = 10")
    with pytest.raises(StoreFull, match="full"):
        store.apply(_batch(*[f"word{number}" for number in range(5000)]))
    store.close()


def test_a_closed_store_says_so(path: Path) -> None:
    store = Store(path)
    store.close()
    with pytest.raises(StoreError, match="closed"):
        store.words()


def test_a_new_store_may_be_made_by_several_at_the_same_moment(tmp_path: Path) -> None:
    together = threading.Barrier(4, timeout=60)

    def make(number: int) -> list[int]:
        counts = []
        for file in range(60):
            together.wait()
            store = Store(tmp_path / f"{file}.db")
            store.apply(_batch(f"word{number}x"))
            together.wait()
            counts.append(len(store.words()))
            store.close()
        return counts

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(make, range(4))) == [[4] * 60] * 4


def test_a_reader_does_not_wait_for_a_writer(path: Path) -> None:
    store = Store(path)
    store.apply(_batch("see", "you"))
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    other.execute("DELETE FROM pairs")
    begun = time.perf_counter()
    assert [row[0] for row in store.followers(("see",))] == ["you"]
    assert time.perf_counter() - begun < 0.05
    other.execute("ROLLBACK")
    other.close()
    store.close()


def test_a_writer_that_waits_in_vain_says_so(path: Path) -> None:
    store = Store(path)
    store._writer.execute("PRAGMA busy_timeout = 20")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreBusy, match="locked"):
        store.apply(_batch("see"))
    other.execute("ROLLBACK")
    other.close()
    store.apply(_batch("see"))
    store.close()


def test_what_is_packed_is_what_the_table_holds_or_is_not_taken(path: Path) -> None:
    """Whoever wrote last: also a release that knows nothing of it."""
    store = Store(path)
    store.apply(_batch("anneke", "zebra"))
    store.close()
    store = Store(path)
    assert len(store._read_aside(schema.PACK)) == 1
    assert store.columns().words == ["anneke", "zebra"]
    np.testing.assert_array_equal(store.columns().counts, Columns.of(store.words()).counts)
    store.apply(_batch("zebra", "owl"))
    assert store._read_aside(schema.PACK) == []
    assert store.columns().words == ["anneke", "owl", "zebra"]
    assert store.columns().counts[0].tolist() == [1, 1, 2]
    store.close()
    with closing(sqlite3.connect(path)) as other, other:
        assert other.execute("SELECT value FROM settings WHERE name = 'packed'").fetchone() == (1,)
        other.execute("UPDATE words SET uses = 7 WHERE word = 'owl'")
    store = Store(path)
    assert store.columns().counts[0].tolist() == [1, 7, 2]
    store.close()
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("DELETE FROM words WHERE word = 'owl'")
        assert other.execute("SELECT count(*) FROM pack").fetchone() == (0,)


def test_only_what_changed_is_read_again(path: Path) -> None:
    store, other = Store(path), Store(path)
    hour = whole_hour(time.time())
    store.apply(_batch("see", "you"))
    assert [row[:2] for row in store.changed_words(hour)] == [("see", 1), ("you", 1)]
    assert store.changed_words(hour) == []
    other.apply(_batch("you", "owl"))
    assert store.changed_words(hour + 3600) == []
    assert [row[:2] for row in store.changed_words(hour)] == [("owl", 1), ("you", 2)]
    assert store.changed_words(hour) == []
    store.columns()  # all of them, from the beginning
    assert [row[0] for row in store.changed_words(hour)] == ["owl", "see", "you"]
    store.forget("owl")
    assert [row[0] for row in store.changed_words(hour)] == ["see", "you"]
    store.close()
    other.close()


def test_a_pack_that_cannot_be_written_does_not_keep_a_store_from_closing(path: Path) -> None:
    store = Store(path)
    store.apply(_batch("anneke"))
    store._writer.execute("CREATE TRIGGER refuses BEFORE INSERT ON pack BEGIN SELECT RAISE(ABORT, 'no'); END")
    store.close()
    store = Store(path)
    assert store.columns().words == ["anneke"]
    store.close()


def test_a_forgotten_word_is_gone_from_the_pack(path: Path) -> None:
    store = Store(path)
    store.apply(_batch("zorblatt", "owl"))
    store.close()
    assert b"zorblatt" in path.read_bytes()
    store = Store(path)
    store.forget("zorblatt")
    assert b"zorblatt" not in _bytes(path)
    assert store.columns().words == ["owl"]
    store.close()
    assert b"zorblatt" not in _bytes(path)


def test_a_file_that_is_no_store_is_not_checked(path: Path, tmp_path: Path) -> None:
    Check(path).wait()
    (tmp_path / "notes.txt").write_text("x" * 5000)
    Check(tmp_path / "notes.txt").wait()
    with closing(sqlite3.connect(tmp_path / "other.db")) as other, other:
        other.execute("CREATE TABLE things (name)")
    Check(tmp_path / "other.db").wait()
    assert {file.name for file in tmp_path.iterdir()} == {"notes.txt", "other.db"}
    Store(path).close()
    data = bytearray(path.read_bytes())
    data[4096:] = bytes(len(data) - 4096)
    path.write_bytes(data)
    with pytest.raises(StoreDamaged):
        Check(path).wait()
