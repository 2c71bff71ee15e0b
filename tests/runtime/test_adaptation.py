"""A user's adapter: when it is put in and taken out, what a slice is, what forgetting leaves, what is kept."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import autocomplete
from autocomplete import adaptation as adaptation_module
from autocomplete.adaptation import Adaptation, windows
from autocomplete.adapted_lm import AdaptedModel
from autocomplete.adapter_trainer import NO_TARGET
from autocomplete.learning import Observer, learn_lines
from autocomplete.lexicon import Lexicon
from autocomplete.personal import PersonalModel
from autocomplete.personal_data import PersonalData
from autocomplete.tokenizer import Tokenizer
from tests.fakes import RandomModel

HABIT = ("the doors are helping us", "we'll help Anna tomorrow", "hello Anna the area will help", "you were there then")


class CountingModel(RandomModel):
    """Counts the parts of texts that were read, and can be held up in the middle of one."""

    def __init__(self, vocab_size: int) -> None:
        super().__init__(vocab_size)
        self.parts = 0
        self.most = 0

    def rows(self, tokens: list[int]) -> Iterator[np.ndarray]:
        for part in super().rows(tokens):
            self.parts += 1
            self.most = max(self.most, len(part))
            yield part


def _open(tokenizer: Tokenizer, data: PersonalData | None = None, model: str = "m", formerly: str = "") -> Adaptation:
    return Adaptation(
        AdaptedModel(CountingModel(tokenizer.vocab_size)),
        tokenizer.encode_context,
        np.flatnonzero(tokenizer.is_boundary)[4:].astype(np.int32),
        model=model,
        formerly=formerly,
        data=data or PersonalData(),
        background=False,
    )


def _teach(adaptation: Adaptation, *lines: str, times: int = 1) -> None:
    for _ in range(times):
        for line in lines:
            adaptation.teach(line, [(0, len(line))])
        adaptation.finish()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "user.db"


# ---- whether it is on


def test_it_is_put_in_once_it_has_helped_for_a_while(tokenizer: Tokenizer) -> None:
    adaptation = _open(tokenizer)
    _teach(adaptation, *HABIT)
    assert adaptation.trainer and adaptation.trainer.record.pieces < adaptation_module._ENOUGH
    assert adaptation.gain > 0  # it helps, but that may be chance
    assert not adaptation.is_on
    _teach(adaptation, *HABIT, times=40)
    assert adaptation.is_on
    model = adaptation._lm
    context = tokenizer.encode_context("we'll help")
    token = tokenizer.encode(" Anna")[0]
    gained = model.start(context).logprobs[token] - model.plain.start(context).logprobs[token]
    assert gained > 2


def test_it_is_taken_out_when_it_no_longer_helps(tokenizer: Tokenizer) -> None:
    adaptation = _open(tokenizer)
    _teach(adaptation, *HABIT, times=40)
    assert adaptation.is_on
    record = adaptation.trainer.record  # type: ignore[union-attr]
    record.plain = record.adapted - 50 * record.pieces  # as if it had done harm lately
    _teach(adaptation, HABIT[0])
    assert adaptation.gain < 0
    assert not adaptation.is_on
    record.plain = record.adapted + 0.01 * record.pieces  # too small a gain to be put in for
    adaptation._judge(record, lambda: adaptation.trainer.snapshot().adapter)  # type: ignore[union-attr]
    assert not adaptation.is_on
    record.plain = record.adapted + 0.05 * record.pieces
    adaptation._judge(record, lambda: adaptation.trainer.snapshot().adapter)  # type: ignore[union-attr]
    assert adaptation.is_on
    record.plain = record.adapted + 0.01 * record.pieces  # but enough to stay
    adaptation._judge(record, lambda: adaptation.trainer.snapshot().adapter)  # type: ignore[union-attr]
    assert adaptation.is_on


def test_text_that_the_model_foretells_as_well_as_can_be_leaves_it_out(tokenizer: Tokenizer) -> None:
    adaptation = _open(tokenizer)
    model, rng = adaptation._lm.plain, np.random.default_rng(2)
    for _ in range(40):  # what is written is drawn from the model itself: nothing is left to learn
        tokens = [2]
        for _ in range(30):
            tokens.append(int(rng.choice(model.vocab_size, p=_shares(model.start(tokens).logprobs))))
        adaptation._encode = lambda text, tokens=tokens: tokens if text else tokens[:1]
        _teach(adaptation, "x")
    assert adaptation.trainer and adaptation.trainer.record.pieces > adaptation_module._ENOUGH
    assert adaptation.gain < adaptation_module._WORTH
    assert not adaptation.is_on


def _shares(logprobs: np.ndarray) -> np.ndarray:
    p = np.exp(logprobs.astype(np.float64))
    return p / p.sum()


# ---- slices


def test_a_slice_is_one_call_of_the_model_whatever_waits(tokenizer: Tokenizer) -> None:
    adaptation = _open(tokenizer)
    model = adaptation._lm.plain
    long = " ".join(HABIT * 30)
    for _ in range(100):
        adaptation.teach(long, [(at, at + 20) for at in range(0, 600, 20)])
    for _ in range(200):
        before = model.parts
        assert adaptation.step()
        assert model.parts - before <= 1
        assert adaptation.lock.acquire(blocking=False)  # a keystroke finds the model free
        adaptation.lock.release()
    assert 0 < model.most <= model.beam_size


def test_a_keystroke_never_waits_for_more_than_the_slice_under_way(tokenizer: Tokenizer) -> None:
    adaptation = _open(tokenizer)
    for _ in range(50):
        adaptation.teach(HABIT[0], [(0, len(HABIT[0]))])
    model = adaptation._lm.plain
    between: list[int] = []
    with adaptation.lock:
        trainer = threading.Thread(target=adaptation.finish)
        trainer.start()
        before = model.parts
        time.sleep(0.05)
        assert model.parts == before  # it waits for the keystroke, not the other way round
    while trainer.is_alive() and len(between) < 5:
        with adaptation.lock:
            between.append(model.parts)
    trainer.join(timeout=60)
    assert not trainer.is_alive()
    assert between == sorted(between)


def test_nothing_is_trained_right_after_a_key(tokenizer: Tokenizer, monkeypatch: pytest.MonkeyPatch) -> None:
    adaptation = _open(tokenizer)
    adaptation.teach(HABIT[0], [(0, len(HABIT[0]))])
    monkeypatch.setattr(adaptation_module, "_QUIET", 1e6)
    adaptation.pressed()
    assert adaptation.work_quietly()  # to come again
    assert adaptation._lm.plain.parts == 0
    monkeypatch.setattr(adaptation_module, "_QUIET", -1.0)
    assert adaptation.work_quietly()
    assert adaptation.trainer and adaptation.trainer.pieces > 0
    monkeypatch.setattr(adaptation_module, "_IDLE", -1.0)
    assert not adaptation.work_quietly()


def test_it_trains_by_itself_and_ends_when_it_is_let_go(tokenizer: Tokenizer) -> None:
    adaptation = _open(tokenizer)
    adaptation._background = True
    adaptation.teach(HABIT[0], [(0, len(HABIT[0]))])
    end = time.monotonic() + 60
    while not (adaptation.trainer and adaptation.trainer.pieces):
        assert time.monotonic() < end
        time.sleep(0.01)
    thread, gone = adaptation._thread, weakref.ref(adaptation)
    assert thread
    del adaptation
    gc.collect()
    thread.join(timeout=60)
    assert not thread.is_alive()
    gc.collect()
    assert gone() is None


def test_only_so_many_texts_wait(tokenizer: Tokenizer) -> None:
    adaptation = _open(tokenizer)
    for _ in range(1000):
        adaptation.teach(HABIT[0], [(0, 3)])
    assert len(adaptation._waiting) == adaptation_module._MOST_WAITING


def test_long_texts_are_learned_in_stretches_with_what_stands_before(tokenizer: Tokenizer) -> None:
    adaptation = _open(tokenizer)
    text = " ".join(HABIT * 20)
    spans, at = [], 0
    for word in text.split():
        spans.append((at, at + len(word)))
        at += len(word) + 1
    adaptation.teach(text, spans)
    learned = [part[start:end] for part, places in adaptation._waiting for start, end in places]
    assert learned == text.split()
    assert max(len(part) for part, _ in adaptation._waiting) < 700
    adaptation.finish()
    assert adaptation.trainer and adaptation.trainer.pieces == len(tokenizer.encode(" " + text))


def test_each_token_is_a_target_once() -> None:
    for length in (2, 16, 17, 33, 100):
        tokens = list(range(2, 2 + length))
        for chosen in ([True] * length, [number % 3 == 0 for number in range(length)]):
            found = []
            for seen, targets in windows(tokens, chosen, 16):
                assert len(seen) == len(targets) <= 16
                places = np.flatnonzero(targets != NO_TARGET)
                found += targets[places].tolist()
                assert [seen[place] + 1 for place in places] == targets[places].tolist()
                if seen[0] != 2:
                    assert places.min() >= 7
            assert found == [token for token, wanted in zip(tokens[1:], chosen[1:], strict=True) if wanted]


# ---- keeping and forgetting


def test_it_is_kept_in_the_store_and_taken_from_it(tokenizer: Tokenizer, path: Path) -> None:
    data = PersonalData(path)
    adaptation = _open(tokenizer, data)
    _teach(adaptation, *HABIT, times=40)
    adaptation.close()
    adaptation.close()  # twice is no error
    adaptation.teach(HABIT[0], [(0, 3)])  # nor is this, after
    assert not adaptation._waiting
    data.close()
    data = PersonalData(path)
    again = _open(tokenizer, data)
    assert again.is_on
    assert again.gain == pytest.approx(adaptation.gain)
    context = tokenizer.encode_context("we'll help")
    found, wanted = (one._lm.start(context).logprobs for one in (again, adaptation))
    np.testing.assert_allclose(found, wanted, atol=0.01)  # weights are kept in half precision
    data.close()


def test_closing_learns_what_waits_within_reason(tokenizer: Tokenizer) -> None:
    adaptation = _open(tokenizer)
    adaptation.teach(HABIT[0], [(0, len(HABIT[0]))])
    adaptation.close()
    assert adaptation.trainer and adaptation.trainer.pieces
    assert not adaptation._waiting


def test_it_is_saved_now_and_then(tokenizer: Tokenizer, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = PersonalData(path)
    adaptation = _open(tokenizer, data)
    monkeypatch.setattr(adaptation_module, "_QUIET", -1.0)
    adaptation.teach(HABIT[0], [(0, len(HABIT[0]))])
    adaptation.work_quietly()
    assert data.counts.store and data.counts.store.adapter()[0] is None
    monkeypatch.setattr(adaptation_module, "_SAVE_EVERY", -1.0)
    assert adaptation.work_quietly()
    first = data.counts.store.adapter()[0]
    assert first
    monkeypatch.setattr(adaptation_module, "_SAVE_EVERY", 1e6)
    _teach(adaptation, HABIT[1])
    monkeypatch.setattr(adaptation_module, "_IDLE", -1.0)
    assert not adaptation.work_quietly()  # and when nothing came for a while
    assert data.counts.store.adapter()[0] != first
    data.close()


@pytest.mark.parametrize("forget", ["forget", "forget_since", "forget_all", "block"])
def test_what_is_forgotten_takes_the_adapter_with_it(tokenizer: Tokenizer, path: Path, forget: str) -> None:
    data = PersonalData(path)
    adaptation = _open(tokenizer, data)
    _teach(adaptation, *HABIT, times=40)
    adaptation.save()
    store = data.counts.store
    assert store
    kept, stale = store.adapter()
    assert kept
    adaptation.teach(HABIT[0], [(0, 3)])
    {
        "forget": lambda: data.forget("Anna"),
        "forget_since": lambda: data.forget_since(0),
        "forget_all": data.forget_all,
        "block": lambda: data.block("Anna"),
    }[forget]()
    assert (adaptation.is_on, adaptation.trainer, adaptation.gain) == (False, None, 0)
    assert not adaptation.step()  # what waited is gone as well
    assert store.adapter()[0] is None
    assert not store.keep_adapter(kept, stale)  # one that was trained before and saved after
    assert store.adapter()[0] is None
    for file in (path, *store.beside()):
        assert not file.exists() or kept[-64:] not in file.read_bytes()
    _teach(adaptation, HABIT[0])
    adaptation.save()
    assert store.adapter()[0]
    data.close()


def test_forgetting_stops_a_text_that_is_being_learned(tokenizer: Tokenizer) -> None:
    data = PersonalData()
    adaptation = _open(tokenizer, data)
    _teach(adaptation, HABIT[0])
    adaptation.teach(HABIT[1], [(0, len(HABIT[1]))])
    encode = adaptation._encode

    def forgets(text: str) -> list[int]:
        data.forget_all()
        return encode(text)

    adaptation._encode = forgets
    assert not adaptation.step()
    assert adaptation.trainer is None


def test_another_process_that_forgets_takes_this_ones_adapter_too(tokenizer: Tokenizer, path: Path) -> None:
    data, other = PersonalData(path), PersonalData(path)
    adaptation = _open(tokenizer, data)
    _teach(adaptation, *HABIT, times=40)
    adaptation.save()
    other.forget("Anna")
    adaptation._unsaved = True
    adaptation.save()  # before it has heard of it
    assert other.counts.store and other.counts.store.adapter()[0] is None
    data.counts.refresh()
    assert (adaptation.is_on, adaptation.trainer) == (False, None)
    data.close()
    other.close()


def test_what_others_bring_leaves_the_adapter_that_was_saved(tokenizer: Tokenizer, path: Path) -> None:
    data = PersonalData(path)
    adaptation = _open(tokenizer, data)
    _teach(adaptation, *HABIT, times=40)
    adaptation.save()
    data.import_(data.export())
    assert adaptation.is_on
    data.close()


def test_an_adapter_of_another_model_or_a_damaged_one_begins_anew(tokenizer: Tokenizer, path: Path) -> None:
    data = PersonalData(path)
    adaptation = _open(tokenizer, data)
    _teach(adaptation, *HABIT, times=40)
    adaptation.save()
    with pytest.warns(RuntimeWarning, match=r"made for the model m, this one is n.*it begins anew"):
        other = _open(tokenizer, data, model="n")
    assert not other.is_on
    assert isinstance(other.trouble, autocomplete.AutocompleteError)
    store = data.counts.store
    assert store
    store.keep_adapter(b"nonsense", store.adapter()[1])
    with pytest.warns(RuntimeWarning, match="it is no adapter"):
        other = _open(tokenizer, data)
    _teach(other, *HABIT, times=40)
    assert other.is_on
    data.close()


def test_an_adapter_that_does_not_help_yet_waits_in_the_store_until_there_is_text(
    tokenizer: Tokenizer, path: Path
) -> None:
    data = PersonalData(path)
    adaptation = _open(tokenizer, data)
    _teach(adaptation, HABIT[0])
    adaptation.save()
    assert not adaptation.is_on and adaptation.trainer
    again = _open(tokenizer, data)
    assert again._content is not None
    _teach(again, *HABIT, times=40)
    _teach(adaptation, *HABIT, times=40)
    assert again.is_on and again.trainer
    assert again.trainer.pieces == adaptation.trainer.pieces
    assert again.gain == pytest.approx(adaptation.gain, rel=0.05)
    store = data.counts.store
    assert store
    _teach(fresh := _open(tokenizer), HABIT[0])
    fresh._data = data
    fresh.save()
    content, forgotten = store.adapter()
    assert content
    store.keep_adapter(content[:-1] + bytes([content[-1] ^ 1]), forgotten)
    damaged = _open(tokenizer, data)
    with pytest.warns(RuntimeWarning, match="it begins anew"):
        _teach(damaged, *HABIT, times=40)
    assert damaged.is_on
    data.close()


def test_the_name_of_earlier_releases_is_known_and_written_anew(tokenizer: Tokenizer, path: Path) -> None:
    data = PersonalData(path)
    adaptation = _open(tokenizer, data, model="checksum of a bundle")
    _teach(adaptation, *HABIT, times=40)
    adaptation.save()
    later = _open(tokenizer, data, model="graph and pieces", formerly="checksum of a bundle")
    assert later.is_on
    _teach(later, HABIT[0])
    later.save()
    assert _open(tokenizer, data, model="graph and pieces").is_on
    data.close()


def test_a_store_that_refuses_is_tried_again(tokenizer: Tokenizer, path: Path) -> None:
    data = PersonalData(path)
    adaptation = _open(tokenizer, data)
    _teach(adaptation, HABIT[0])
    store = data.counts.store
    assert store
    store._writer.execute("PRAGMA query_only = ON")
    adaptation.save()
    assert isinstance(adaptation.trouble, autocomplete.AutocompleteError)
    store._writer.execute("PRAGMA query_only = OFF")
    adaptation.save()
    assert adaptation.trouble is None
    assert store.adapter()[0]
    data.close()


# ---- what comes in


def test_only_runs_whose_words_may_all_be_learned_come_in(lexicon: Lexicon) -> None:
    model = PersonalModel(PersonalData(), lexicon)
    told: list[list[str]] = []
    model.when_settled.append(lambda text, spans: told.append([text[a:b] for a, b in spans]))
    learn_lines(model, ["call me at 0171234567 please, Anna (see a@b.de) ok :) hunter2xQ9z done"])
    assert told == [["call", "me", "at", "please,", "Anna", "(see", "ok", "done"]]


def test_what_was_forgotten_meanwhile_does_not_come_in(lexicon: Lexicon) -> None:
    model = PersonalModel(PersonalData(), lexicon)
    told: list[str] = []
    model.when_settled.append(lambda text, spans: told.extend(text[a:b] for a, b in spans))
    observer = Observer(model)
    observer.observe("see you, Anneke, then ")
    model.data.forget("anneke")
    observer.close()
    assert told == ["see", "you,", "then"]


def test_what_may_still_change_does_not_come_in(lexicon: Lexicon) -> None:
    model = PersonalModel(PersonalData(), lexicon)
    told: list[str] = []
    model.when_settled.append(lambda text, spans: told.extend(text[a:b] for a, b in spans))
    observer = Observer(model)
    words = [f"word{'abcdefghij'[n % 10]}{'klmnopqrst'[n // 10]}" for n in range(60)]
    text = ""
    for word in words:
        text += word + " "
        observer.observe(text)
    assert told == words[: len(told)]
    assert 16 <= len(words) - len(told) < 33
    observer.observe(text[: len(text) // 3])  # back into what was told
    observer.observe(text[: len(text) // 3] + " again ")
    observer.close()
    assert told.count(words[0]) == 1
    assert "again" in told


def test_an_engine_adapts_to_its_user_and_not_to_private_text(path: Path) -> None:
    lines = [
        "wah so tired liao, go home lor",
        "ok lor see u there at mrt",
        "wat time u reach home ah",
        "can lor no prob",
    ]
    with_it, without = (autocomplete.load(user=path.with_suffix(f".{adapt}"), adapt=adapt) for adapt in (True, False))
    assert without.adaptation is None
    adaptation = with_it.adaptation
    assert adaptation
    with with_it.session(private=True) as session:
        session.type("ok ")
    assert not adaptation._waiting and not adaptation.step()
    for engine in (with_it, without):
        assert engine.user
        learn_lines(engine.user, lines * 12)
    adaptation.finish()
    assert adaptation.is_on
    assert adaptation.gain > 1
    text = "so he said he will go "
    first, second = ({word.word: word.logprob for word in engine.suggest(text, k=20)} for engine in (with_it, without))
    assert first["home"] > second["home"]
    session = with_it.session(text[:-1])
    session.type(" ")
    assert session.suggestions == with_it.suggest(text)
    with_it.user.data.forget("wah")  # type: ignore[union-attr]
    assert not adaptation.is_on
    with_it.close()
    without.close()
