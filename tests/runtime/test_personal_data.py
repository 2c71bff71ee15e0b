"""A user's data in the hands of an app: several at once, forgetting, carrying, a file that cannot be used."""

from __future__ import annotations

import gc
import json
import sqlite3
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autocomplete.errors import NotAnExport, NotAStore, StoreDamaged, StoreFull, StoreTooNew
from autocomplete.journal import Journal
from autocomplete.learning import learn_lines
from autocomplete.personal import PersonalModel
from autocomplete.personal_data import PersonalData
from tests.fakes import WordList

ROOT = Path(__file__).parents[2]


def _learn(data: PersonalData, *lines: str) -> PersonalModel:
    model = PersonalModel(data, WordList({"see": -5.0, "you": -5.0}))
    learn_lines(model, lines)
    return model


def _bytes(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(path.parent.iterdir()) if file.is_file()).lower()


def _uses(data: PersonalData) -> dict[str, int]:
    return {word.form: word.uses for word in data.known()}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a store is to stand."""
    return tmp_path / "user.db"


def test_what_was_learned_is_known_after_opening_again(path: Path) -> None:
    data = PersonalData(path)
    model = _learn(data, "I met Anneke today", "I met Anneke here", "I met Anneke there")
    model.counts.recent.drop(None)  # it is not kept
    ref = model.predict(("i", "met"))
    weight = model.weight(("i", "met"))
    data.close()
    data = PersonalData(path)
    model = _learn(data)
    assert data.known()[0].form in {"I", "met", "Anneke"}
    assert _uses(data)["Anneke"] == 3
    assert model.predict(("i", "met")) == pytest.approx(ref, rel=1e-3)
    assert model.weight(("i", "met")) == pytest.approx(weight, rel=1e-3)
    data.close()


def test_memory_and_file_agree_whatever_is_flushed_when(path: Path) -> None:
    data, memory = PersonalData(path), PersonalData()
    model, ref = _learn(data), _learn(memory)
    lines = ["see you soon", "see you then", "you see Anneke", "see you soon", "you see you"] * 3
    for number, line in enumerate(lines):
        learn_lines(model, [line])
        learn_lines(ref, [line])
        if number % 4 == 1:
            data.flush()
        for context in [("", "see"), ("see", "you"), ("you", "see")]:
            assert model.predict(context) == pytest.approx(ref.predict(context), rel=1e-3)
    assert _uses(data) == _uses(memory)
    data.close()


def test_learning_is_saved_within_a_second_without_being_asked(path: Path) -> None:
    data = PersonalData(path)
    _learn(data, "see Anneke")
    end = time.monotonic() + 5
    other = sqlite3.connect(path)
    while not other.execute("SELECT count(*) FROM words").fetchone()[0]:
        assert time.monotonic() < end
        time.sleep(0.02)
    other.close()
    data.close()


def test_learning_is_saved_when_it_is_let_go_and_at_exit(path: Path) -> None:
    data = PersonalData(path)
    _learn(data, "see Anneke")
    del data
    gc.collect()
    data = PersonalData(path)
    assert _uses(data) == {"Anneke": 1, "see": 1}
    data.close()
    code = (
        "import sys\nfrom autocomplete.personal_data import PersonalData\n"
        "data = PersonalData(sys.argv[1]); data.add_words(['Zorblax'])"
    )
    subprocess.run([sys.executable, "-c", code, str(path)], cwd=ROOT, check=True)
    data = PersonalData(path)
    assert "Zorblax" in _uses(data)
    data.close()
    data.close()  # twice is no error


def test_two_see_what_each_other_learned(path: Path) -> None:
    one, two = PersonalData(path), PersonalData(path)
    model = _learn(two, "you see")
    _learn(one, "see Anneke", "see Anneke")
    one.flush()
    two.flush()
    two.counts.refresh()
    assert _uses(two) == {"Anneke": 2, "see": 3, "you": 1}
    assert "anneke" in model.predict(("", "see"))
    one.forget("anneke")
    two.counts.refresh()
    assert "Anneke" not in _uses(two)
    assert model.predict(("", "see"), "an") == {}
    one.close()
    two.close()


def test_a_large_context_that_others_add_to_is_read_again_in_the_background(path: Path) -> None:
    here, other = PersonalData(path), PersonalData(path)
    names = ["zor" + "".join("bdfgklmnpr"[int(digit)] + "a" for digit in f"{number:02}") for number in range(80)]
    _learn(here, *[f"see {name}" for name in names], "you soon")
    here.flush()
    large, small = here.counts.followers(("see",)), here.counts.followers(("you",))
    assert large and len(large.weights) == 80
    assert small
    _learn(other, "see Anneke", "you Anneke")
    other.flush()
    here.counts.refresh()
    assert here.counts.followers(("you",)).uses == {"soon": 1, "anneke": 1}  # small ones at once
    assert here.counts.followers(("see",)) is large
    _learn(here, "see Zorbla")  # not in the file yet
    here.counts.refresh()
    again = here.counts.followers(("see",))
    assert again is not large
    assert again and again.uses == {**dict.fromkeys(names, 1), "anneke": 1, "zorbla": 1}
    here.counts.refresh()
    assert here.counts.followers(("see",)) is again
    here.close()
    other.close()


def test_what_another_forgets_is_no_longer_recent_here(path: Path) -> None:
    first, second = PersonalData(path), PersonalData(path)
    _learn(first, "see Qwertzname you", "see Qwertzname you")
    first.flush()
    second.counts.refresh()
    assert second.forget("Qwertzname")
    assert first.counts.recent.uses("qwertzname") > 0
    first.counts.refresh()
    assert first.counts.recent.uses("qwertzname") == 0
    assert first.counts.recent.uses("see") > 0
    first.close()
    second.close()


def test_threads_may_learn_and_ask_at_once(path: Path) -> None:
    data = PersonalData(path)
    model = _learn(data, "see you")
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for step in range(60):
                learn_lines(model, [f"see you name{'abcdefgh'[number]} {'abcdefgh'[step % 8]}"])
                model.predict(("see", "you"))
                model.predict(("", "see"), "n")
                if step % 20 == number:
                    data.flush()
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    uses = _uses(data)
    assert uses["see"] == uses["you"] == 241
    data.close()
    data = PersonalData(path)
    assert _uses(data) == uses
    data.close()


# ---- control


def test_a_forgotten_word_is_gone_from_memory_and_from_every_byte(path: Path) -> None:
    data = PersonalData(path)
    model = _learn(data, *["see Qwertzname you"] * 3)
    data.flush()
    learn_lines(model, ["you Qwertzname"])  # not written yet
    assert b"qwertzname" in _bytes(path)
    assert data.forget("Qwertzname")
    assert not data.forget("Qwertzname")
    assert b"qwertzname" not in _bytes(path)
    assert "Qwertzname" not in _uses(data)
    assert "qwertzname" not in model.predict(("", "see"))
    assert not model.is_offered("qwertzname")
    gc.collect()
    held = [thing for thing in gc.get_objects() if type(thing) is dict and "qwertzname" in thing]
    assert held == []
    data.close()
    assert b"qwertzname" not in _bytes(path)


def test_forgetting_since_and_all(path: Path) -> None:
    data = PersonalData(path)
    _learn(data, "see Anneke")
    data.forget_since(time.time() + 7200)
    assert _uses(data) == {"Anneke": 1, "see": 1}
    data.forget_since(time.time() - 60)
    assert _uses(data) == {}
    _learn(data, "see Anneke")
    data.block("slur")
    data.forget_all()
    assert _uses(data) == {}
    assert data.blocked == {"slur"}
    assert b"anneke" not in _bytes(path)
    data.close()


_MORNING = 1_790_000_000 // 3600 * 3600
"""a whole hour"""


@pytest.mark.parametrize("stored", [True, False])
def test_what_was_learned_since_a_minute_is_taken_back_exactly(
    path: Path, monkeypatch: pytest.MonkeyPatch, stored: bool
) -> None:
    def at(minute: int) -> None:
        monkeypatch.setattr(time, "time", lambda: _MORNING + 60.0 * minute)

    def state(data: PersonalData) -> Any:
        if stored:
            return data.export()
        known = {word: (row.uses, row.deliberate, row.kept, row.against) for word, row in data.counts.words.items()}
        return known, [dict(found.uses) for context in [("see",), ("",)] if (found := data.counts.followers(context))]

    at(5)
    data = PersonalData(path if stored else None)
    _learn(data, "see Anneke soon", "see Anneke soon", "see Anneke")
    at(29)
    _learn(data, "you see Anneke")
    data.add_words(["Zorblatt"])
    before = state(data)
    for minute in (30, 59, 61):
        at(minute)
        model = _learn(data, "see Anneke soon", "see Qwertzname", "you Qwertzname see")
        data.add_words(["Zorblatt", "Zorblang"])
        model.oppose("anneke")
        data.flush()
    assert "Qwertzname" in _uses(data)
    data.forget_since(_MORNING + 60 * 30 + 59)  # the minute counts
    after = state(data)
    if stored:
        for table in ("words", "pairs", "triples"):
            for comp, ref in zip(after[table], before[table], strict=True):
                assert comp.pop("weight") == pytest.approx(ref.pop("weight"))
    assert after == before
    assert "qwertzname" not in model.predict(("", "see"))
    if stored:
        assert b"qwertzname" not in _bytes(path)
    data.forget_since(_MORNING)
    assert _uses(data) == {}
    data.close()


def test_what_other_runs_learned_is_forgotten_by_the_hour(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for minute, line in ((-30, "see Anneke"), (10, "see you"), (40, "see Bob")):
        monkeypatch.setattr(time, "time", lambda minute=minute: _MORNING + 60.0 * minute)
        data = PersonalData(path)
        _learn(data, line)
        data.close()
    data = PersonalData(path)
    _learn(data, "see Anneke")  # in the fortieth minute, by this object
    data.forget_since(_MORNING + 60 * 20)
    # "you" came before, but in the same hour: in doubt it goes; which uses of "see" came since is not known
    assert _uses(data) == {"see": 3, "Anneke": 1}
    assert {row["last_used"] for row in data.export()["words"]} == {_MORNING - 3600}
    data.close()


def test_what_is_forgotten_is_not_in_the_journal_either(path: Path) -> None:
    data = PersonalData(path)
    _learn(data, "see Anneke you", "you Qwertzname")
    data.forget("Anneke")
    data.block("Qwertzname")
    assert "anneke" not in str(vars(data.counts._journal))
    assert "qwertzname" not in str(vars(data.counts._journal))
    data.forget_all()
    assert not any(data.counts._journal._minutes.values())
    data.close()


def test_the_journal_holds_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal()
    for hour in range(50):
        monkeypatch.setattr(time, "time", lambda hour=hour: _MORNING + 3600.0 * hour)
        journal.now().add_word("see", {"uses": 1})
    assert len(journal._minutes) == 24
    assert len(journal.take_since(_MORNING + 3600 * 47)) == 3
    assert len(journal._minutes) == 21


def test_without_a_file_everything_works_in_memory() -> None:
    data = PersonalData()
    model = _learn(data, "see Anneke you", "see Anneke you")
    assert data.path is None
    data.forget("Anneke")
    assert _uses(data) == {"see": 2, "you": 2}
    assert model.predict(("", "see"), "an") == {}
    data.block("you")
    assert _uses(data) == {"see": 2}
    data.forget_since(time.time())
    assert _uses(data) == {}
    _learn(data, "see Anneke")
    data.forget_all()
    assert _uses(data) == {}
    with pytest.raises(ValueError, match="has no file"):
        data.export()
    data.close()


def test_words_added_by_hand_are_offered_at_once(path: Path) -> None:
    data = PersonalData(path)
    data.block("Slur")
    assert data.add_words(["Anneke", "McTavish", "slur"]) == 2
    model = _learn(data)
    assert model.is_offered("mctavish")
    assert model.form_of("mctavish") == "McTavish"
    assert [(word.form, word.added) for word in data.known()] == [("Anneke", True), ("McTavish", True)]
    with pytest.raises(ValueError, match="is no word"):
        data.add_words(["two words"])
    data.close()
    data = PersonalData(path)
    assert _learn(data).form_of("mctavish") == "McTavish"
    data.close()


# ---- carrying


def test_an_export_is_json_and_comes_back(path: Path, tmp_path: Path) -> None:
    data = PersonalData(path, half_life=30)
    _learn(data, "I met Anneke", "I met Anneke", "I met you. See you")
    data.block("slur")
    value = json.loads(json.dumps(data.export()))
    data.close()
    other = PersonalData(tmp_path / "other.db", half_life=60)
    other.import_(value)
    comp = other.export()
    assert comp.keys() == value.keys() == {"format", "version", "words", "forms", "pairs", "triples", "blocked"}
    for table in ("words", "forms", "pairs", "triples", "blocked"):
        assert len(comp[table]) == len(value[table]) > 0
        for a, b in zip(comp[table], value[table], strict=True):
            assert a.pop("weight", 0) == pytest.approx(b.pop("weight", 0), rel=1e-6)
            assert a == b
    other.close()


def test_merging_adds_up_and_leaves_the_other(path: Path, tmp_path: Path) -> None:
    one, two = PersonalData(path), PersonalData(tmp_path / "two.db")
    _learn(one, "see Anneke you")
    _learn(two, "see Anneke", "see slur")
    one.block("slur")
    two.close()
    before = (tmp_path / "two.db").read_bytes()
    one.merge(tmp_path / "two.db")
    assert _uses(one) == {"Anneke": 2, "see": 3, "you": 1}
    assert (tmp_path / "two.db").read_bytes() == before
    one.close()


NAMES = st.sampled_from(["see", "you", "Anneke", "then"])


@settings(deadline=None, max_examples=8)
@given(st.lists(NAMES, max_size=8), st.lists(NAMES, max_size=8))
def test_learning_in_two_and_merging_is_learning_in_one(tmp_path_factory: Any, a: list[str], b: list[str]) -> None:
    folder = tmp_path_factory.mktemp("merge")
    one, two, both = (PersonalData(folder / name) for name in ("one", "two", "both"))
    _learn(one, " ".join(a))
    _learn(two, " ".join(b))
    _learn(both, " ".join(a), " ".join(b))
    two.flush()
    one.merge(folder / "two")
    comp, ref = one.export(), both.export()
    for table in ("words", "forms", "pairs"):  # triples wait for the second use of a pair, which differs
        keep = lambda entry: {name: value for name, value in entry.items() if name != "weight"}  # noqa: E731
        assert list(map(keep, comp[table])) == list(map(keep, ref[table]))
    for data in (one, two, both):
        data.close()


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ([], "no export"),
        ({"format": "other"}, "no export"),
        ({"format": "autocomplete user", "version": 2}, "version 2"),
        ({"format": "autocomplete user", "version": 1, "blocked": [{"wort": "x"}]}, "expected word"),
        ({"format": "autocomplete user", "version": 1, "blocked": [{"word": 3}]}, "expected str"),
        ({"format": "autocomplete user", "version": 1, "blocked": ["x"]}, "an entry of blocked"),
        ({"format": "autocomplete user", "version": 1, "forms": [{"word": "x", "form": "x", "uses": -1}]}, "from 0"),
        ({"format": "autocomplete user", "version": 1, "forms": [{"word": "x", "form": "x", "uses": True}]}, "int"),
    ],
)
def test_what_is_no_export_changes_nothing(path: Path, value: Any, says: str) -> None:
    data = PersonalData(path)
    with pytest.raises(NotAnExport, match=says):
        data.import_(value)
    assert data.known() == []
    data.close()


# ---- trouble


def test_a_file_that_cannot_be_used_is_an_error_or_typing_without_learning(tmp_path: Path) -> None:
    newer, foreign = tmp_path / "newer.db", tmp_path / "foreign.db"
    PersonalData(newer).close()
    with sqlite3.connect(newer) as sql:
        sql.execute("PRAGMA user_version = 9")
    foreign.write_text("something else entirely")
    for path, kind in ((newer, StoreTooNew), (foreign, NotAStore)):
        before = path.read_bytes()
        for trouble in ("raise", "anew"):  # begun anew is only what is damaged
            with pytest.raises(kind):
                PersonalData(path, trouble=trouble)
        with pytest.warns(RuntimeWarning, match="nothing will be learned"):
            data = PersonalData(path, trouble="without")
        assert not data.learns
        data.close()
        assert path.read_bytes() == before
    with pytest.raises(ValueError, match="one of raise, without, anew"):
        PersonalData(newer, trouble="ignore")


def test_a_damaged_file_is_kept_beside_if_a_new_one_is_begun(path: Path) -> None:
    data = PersonalData(path)
    _learn(
        data,
        " ".join(
            f"word{'abcdefghij'[a]}{'abcdefghij'[b]}{'abcdefghij'[c]}"
            for a in range(10)
            for b in range(10)
            for c in range(10)
        ),
    )
    data.close()
    broken = bytearray(path.read_bytes())
    broken[8192:20480] = bytes(12288)
    path.write_bytes(broken)
    with pytest.raises(StoreDamaged):
        PersonalData(path)
    for number in range(2):
        with pytest.warns(RuntimeWarning, match="kept as"):
            data = PersonalData(path, trouble="anew")
        assert data.learns
        _learn(data, "see Anneke")
        data.close()
        kept = sorted(path.parent.glob("user.db.damaged-*"))
        assert len([file for file in kept if not file.name.endswith(("-wal", "-shm"))]) == number + 1
        assert kept[0].read_bytes() == broken
        path.write_bytes(broken)


def test_a_disk_that_fills_up_while_typing_loses_nothing_once_there_is_room(path: Path) -> None:
    data = PersonalData(path)
    store = data.counts.store
    assert store
    pages = store._writer.execute("PRAGMA page_count").fetchone()[0]
    store._writer.execute(f"PRAGMA max_page_count = {pages}")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        names = [f"name{'abcdefghij'[a]}{'abcdefghij'[b]}" for a in range(10) for b in range(10)]
        model = _learn(data, *[f"see {name} you" for name in names] * 2)
        data._saver.step()
        data._saver.step()
    assert [str(warning.message)[:9] for warning in caught] == ["not saved"]
    assert isinstance(data.trouble, StoreFull)
    assert "nameaa" in model.predict(("", "see"), "nameaa")  # typing goes on, with all that was learned
    with pytest.raises(StoreFull):
        data.flush()
    store._writer.execute("PRAGMA max_page_count = 1000000")
    learn_lines(model, ["see namejj"])
    data.flush()
    assert data.trouble is None
    uses = _uses(data)
    assert uses["namejj"] == 3
    data.close()
    data = PersonalData(path)
    assert _uses(data) == uses
    data.close()
