"""The methods of the server: the same words as the session under them, the edits to apply, the limits."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autocomplete import serve_fields
from autocomplete import serve_protocol as rpc
from autocomplete.engine import Autocompleter, load
from autocomplete.lexicon import Lexicon
from autocomplete.serve_fields import Fields
from autocomplete.serve_protocol import RpcError
from autocomplete.tokenizer import Tokenizer
from tests.fakes import RandomModel


@pytest.fixture(scope="module")
def engine(tokenizer: Tokenizer, lexicon: Lexicon) -> Autocompleter:
    """An engine over the small word list."""
    return Autocompleter(RandomModel(tokenizer.vocab_size), tokenizer, lexicon, checksum="c0ffee")


@pytest.fixture
def fields(engine: Autocompleter) -> Fields:
    """The fields of a connection."""
    return Fields(engine)


def _words(state: dict[str, Any]) -> list[str]:
    return [suggestion["word"] for suggestion in state["suggestions"]]


def _apply(text: str, edit: dict[str, Any] | None) -> str:
    return text if edit is None else text[: len(text) - edit["delete_left"]] + edit["insert_text"]


def test_hello_says_what_is_served(fields: Fields) -> None:
    found = fields.hello(protocol=1)
    assert found["bundle"] == "c0ffee"
    assert found["methods"] == ["hello", "open", "type", "backspace", "move", "accept", "close"]
    with pytest.raises(RpcError, match="protocol 2 is not spoken here"):
        fields.hello(protocol=2)


def test_every_state_is_what_a_session_of_the_same_text_shows(engine: Autocompleter, fields: Fields) -> None:
    session, text = engine.session("th", k=2), "th"
    states = [fields.open("f", "th", 2)]
    for character in "e tom":
        text += character
        session.type(character)
        states.append(fields.type("f", character))
        assert _words(states[-1]) == [suggestion.word for suggestion in session.suggestions]
        assert states[-1]["edit"] is None
    states.append(fields.accept("f", states[-1]["revision"], 1))
    session.accept(session.suggestions[1])
    assert _apply(text, states[-1]["edit"]) == session.text
    assert _words(states[-1]) == [suggestion.word for suggestion in session.suggestions]
    states.append(fields.backspace("f", 2))
    session.backspace(2)
    assert _words(states[-1]) == [suggestion.word for suggestion in session.suggestions]
    revisions = [state["revision"] for state in states]
    assert revisions == sorted(set(revisions))
    assert fields.close("f") == {"keystrokes": session.keystrokes}


def test_a_moved_caret_is_a_new_text_of_the_same_field(engine: Autocompleter, fields: Fields) -> None:
    fields.open("f", "we")
    fields.type("f", "l")
    state = fields.move("f", "may I h")
    assert _words(state) == [suggestion.word for suggestion in engine.suggest("may I h")]
    assert state["edit"] is None
    assert state["keystrokes"] == 1
    assert fields.type("f", "e")["keystrokes"] == 2
    assert fields.backspace("f", 99)["keystrokes"] == 101


def test_a_field_that_corrects_says_so_in_its_edits_even_if_a_newer_key_came() -> None:
    superseded = False
    fields, session = Fields(load(), lambda _: superseded), load().session("I saw teh")
    session.type(" ")
    assert session.text == "I saw the "
    fields.open("plain", "I saw teh")
    assert fields.type("plain", " ")["edit"] is None
    fields.open("f", "I saw teh", autocorrect=True)
    superseded = True
    with pytest.raises(RpcError, match="newer message"):
        fields.type("f", " ")
    superseded = False
    state = fields.type("f", "d")
    assert _apply("I saw teh d", state["edit"]) == "I saw the d"
    fields.move("f", "I saw teh")
    assert _apply("I saw teh ", fields.type("f", " ")["edit"]) == "I saw the "


def test_fields_do_not_know_each_other(engine: Autocompleter, fields: Fields) -> None:
    for name in "abc":
        fields.open(name)
    for place, characters in enumerate(("tom", "we", "the ")):
        for character in characters:
            fields.type("abc"[place], character)
    for place, text in enumerate(("tom", "we", "the ")):
        found = fields.type("abc"[place], "")
        assert _words(found) == [suggestion.word for suggestion in engine.suggest(text)]


def test_a_superseded_key_changes_the_text_and_costs_no_search(engine: Autocompleter) -> None:
    superseded = False
    fields = Fields(engine, lambda _: superseded)
    fields.open("f", "th")
    superseded = True
    calls = engine._lm.calls  # type: ignore[attr-defined]
    for change in (
        lambda: fields.type("f", "e"),
        lambda: fields.type("f", "rx"),
        lambda: fields.backspace("f"),
    ):
        with pytest.raises(RpcError, match="newer message") as caught:
            change()
        assert caught.value.code == rpc.CANCELLED
    assert engine._lm.calls == calls  # type: ignore[attr-defined]
    superseded = False
    state = fields.type("f", "m")
    assert _words(state) == [suggestion.word for suggestion in engine.suggest("therm")]
    assert state["edit"] is None
    assert state["keystrokes"] == 5


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("open", {"field": "f"}, rpc.FIELD_IS_OPEN),
        ("open", {"field": 3}, rpc.INVALID_PARAMS),
        ("open", {"field": "g", "text": None}, rpc.INVALID_PARAMS),
        ("open", {"field": "g", "k": 0}, rpc.INVALID_PARAMS),
        ("open", {"field": "g", "k": 21}, rpc.INVALID_PARAMS),
        ("open", {"field": "g", "k": True}, rpc.INVALID_PARAMS),
        ("open", {"field": "g", "text": "\ud83d"}, rpc.INVALID_PARAMS),
        ("open", {"field": "g", "autocorrect": 1}, rpc.INVALID_PARAMS),
        ("type", {"field": "g", "text": "x"}, rpc.UNKNOWN_FIELD),
        ("type", {"field": "f", "text": 5}, rpc.INVALID_PARAMS),
        ("type", {"field": "f", "text": "\udc00"}, rpc.INVALID_PARAMS),
        ("backspace", {"field": "f", "count": -1}, rpc.INVALID_PARAMS),
        ("backspace", {"field": "f", "count": 1.5}, rpc.INVALID_PARAMS),
        ("backspace", {"field": "g"}, rpc.UNKNOWN_FIELD),
        ("move", {"field": "g", "text": ""}, rpc.UNKNOWN_FIELD),
        ("accept", {"field": "f", "revision": 1, "index": 0}, rpc.OUTDATED),
        ("accept", {"field": "f", "revision": 0, "index": 3}, rpc.INVALID_PARAMS),
        ("accept", {"field": "f", "revision": 0, "index": -1}, rpc.INVALID_PARAMS),
        ("accept", {"field": "g", "revision": 0, "index": 0}, rpc.UNKNOWN_FIELD),
        ("close", {"field": "g"}, rpc.UNKNOWN_FIELD),
        ("hello", {"protocol": "1"}, rpc.INVALID_PARAMS),
    ],
)
def test_a_mistake_has_its_code_and_changes_nothing(
    fields: Fields, method: str, params: dict[str, Any], code: int
) -> None:
    ref = fields.open("f", "th")
    with pytest.raises(RpcError) as caught:
        fields.methods[method](**params)
    assert caught.value.code == code
    assert fields.type("f", "") == {**ref, "revision": 1}


def test_a_stale_bar_is_not_taken(fields: Fields) -> None:
    seen = fields.open("f", "th")
    fields.type("f", "e")
    with pytest.raises(RpcError, match="the bar of revision 0 is gone, the text is at 1"):
        fields.accept("f", seen["revision"], 0)


def test_fields_and_texts_have_an_end(fields: Fields, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve_fields, "MAX_FIELDS", 2)
    monkeypatch.setattr(serve_fields, "MAX_TEXT", 8)
    fields.open("a")
    fields.open("b")
    with pytest.raises(RpcError) as caught:
        fields.open("c")
    assert caught.value.code == rpc.TOO_MANY_FIELDS
    fields.close("a")
    fields.open("c", "123456")
    fields.type("c", "78")
    for change in (lambda: fields.type("c", "9"), lambda: fields.move("c", "123456789")):
        with pytest.raises(RpcError, match="more than 8 characters"):
            change()
    fields.backspace("c")
    fields.type("c", "9")


@given(before=st.text("abé ", max_size=9), after=st.text("abé ", max_size=9))
@settings(max_examples=200)
def test_an_edit_turns_one_text_into_the_other_and_touches_no_more_than_it_must(before: str, after: str) -> None:
    edit = serve_fields._edit(before, after)
    assert _apply(before, edit) == after
    if edit is not None:
        kept = len(before) - edit["delete_left"]
        assert before[kept : kept + 1] != after[kept : kept + 1]
