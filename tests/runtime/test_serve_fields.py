"""The methods of the server: the same words as the session under them, the edits to apply, the limits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autocomplete import serve_fields
from autocomplete import serve_protocol as rpc
from autocomplete.engine import Autocompleter
from autocomplete.lexicon import Lexicon
from autocomplete.loading import load
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
    assert found["layout"] == "qwerty"
    assert found["learns"] is False
    assert found["methods"][:5] == ["hello", "layout", "open", "type", "backspace"]
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


def test_a_correction_is_told_and_put_back_by_a_backspace_also_after_the_caret_was_elsewhere() -> None:
    engine = load()
    fields = Fields(engine)
    fields.open("f", "I saw teh", autocorrect=True)
    told = fields.type("f", " ")
    assert (told["correction"]["typed"], told["correction"]["word"]) == ("teh", "the")
    assert _apply("I saw teh ", told["edit"]) == "I saw the "
    back = fields.backspace("f")
    assert back["correction"] is None
    assert _apply("I saw the", back["edit"]) == "I saw teh "
    assert fields.move("f", "I saw teh")["edit"] is None
    assert fields.type("f", " ")["edit"] is None, "what was put back stays"


def test_touches_reach_the_decoder_and_the_layout_says_where_the_keys_are() -> None:
    engine = load()
    fields = Fields(engine)
    middle = {key["key"]: (key["x"], key["y"]) for key in fields.layout()["keys"]}
    # "si" where the finger fell at the edge of the i towards the o: "so"
    near_o = [(3 * middle["i"][0] + 2 * middle["o"][0]) / 5, middle["o"][1]]
    fields.open("touched", "see you ")
    fields.open("untouched", "see you ")
    session = engine.session("see you ")
    session.type("s", middle["s"])
    session.type("i", (near_o[0], near_o[1]))
    fields.type("touched", "s", list(middle["s"]))
    touched = fields.type("touched", "i", near_o)
    fields.type("untouched", "s")
    assert _words(touched) == [suggestion.word for suggestion in session.suggestions]
    assert _words(touched) != _words(fields.type("untouched", "i"))
    assert fields.layout()["name"] == engine.layout.name == "qwerty"
    assert middle["p"] == pytest.approx((9.5, 2.1))


def test_two_spaces_become_a_full_stop_where_that_is_asked_for(engine: Autocompleter) -> None:
    fields = Fields(engine)
    fields.open("plain", "well")
    fields.open("f", "well", double_space=True)
    assert fields.type("plain", "  ")["edit"] is None
    fields.type("f", " ")
    assert _apply("well  ", fields.type("f", " ")["edit"]) == "well. "
    assert _apply("well.", fields.backspace("f")["edit"]) == "well  "


def test_what_is_written_is_learned_unless_private_and_can_be_taken_back(tmp_path: Path) -> None:
    engine = load(user=tmp_path / "user.db")
    fields = Fields(engine)
    assert fields.hello()["learns"] is True
    fields.open("a", "I met Xandrew ")  # what stands there is no evidence
    fields.type("a", "yesterday, Quorlan ")
    fields.open("secret", private=True)
    fields.type("secret", "hush Vexley ")
    fields.move("a", "We")
    fields.type("a", " saw Quorlan")
    fields.close_all()
    words = {word["form"]: word["uses"] for word in fields.methods["learned"]()["words"]}
    assert words["Quorlan"] == 2
    assert not words.keys() & {"Xandrew", "Vexley", "hush"}
    assert "Quorlan" in _words(fields.open("b", "I saw Quorl"))
    assert fields.methods["learned"](most=1)["count"] == len(words)
    assert fields.methods["forget"](["Quorlan", "nothing"]) == {"forgotten": 1}
    assert fields.methods["add_words"](["Okonkwo"]) == {"added": 1}
    assert "Okonkwo" in _words(fields.move("b", "I saw Okonk"))
    assert fields.methods["block"](["tomorrow"]) == {"blocked": ["tomorrow"]}
    assert "tomorrow" not in _words(fields.move("b", "See you tomor"))
    assert fields.methods["unblock"](["tomorrow"]) == {"blocked": []}
    assert fields.methods["forget_all"]()["forgotten"] > 1
    assert fields.methods["learned"]() == {"words": [], "count": 0, "blocked": []}
    for wrong in ("forget", ["two words", 3], [""], ["\ud800"], ["a"] * 1001):
        with pytest.raises(RpcError, match="words") as caught:
            fields.methods["forget"](wrong)
        assert caught.value.code == rpc.INVALID_PARAMS
    with pytest.raises(RpcError, match=r"space|word"):
        fields.methods["add_words"](["two words"])
    with pytest.raises(RpcError, match="most is -1"):
        fields.methods["learned"](-1)
    engine.close()


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
        ("open", {"field": "g", "double_space": None}, rpc.INVALID_PARAMS),
        ("open", {"field": "g", "private": "yes"}, rpc.INVALID_PARAMS),
        ("type", {"field": "f", "text": "ab", "at": [1, 2]}, rpc.INVALID_PARAMS),
        ("type", {"field": "f", "text": "", "at": [1, 2]}, rpc.INVALID_PARAMS),
        ("type", {"field": "f", "text": "a", "at": [1]}, rpc.INVALID_PARAMS),
        ("type", {"field": "f", "text": "a", "at": {"x": 1, "y": 2}}, rpc.INVALID_PARAMS),
        ("type", {"field": "f", "text": "a", "at": [1, True]}, rpc.INVALID_PARAMS),
        ("type", {"field": "f", "text": "a", "at": [1, float("inf")]}, rpc.INVALID_PARAMS),
        ("type", {"field": "f", "text": "a", "at": [10**400, 1]}, rpc.INVALID_PARAMS),
        ("forget", {"words": ["a"]}, rpc.NOTHING_LEARNED),
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
