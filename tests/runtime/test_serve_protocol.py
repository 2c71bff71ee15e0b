"""Messages of the server: what is a call, what is answered, and with which error."""

from __future__ import annotations

import json
from typing import Any

import pytest

from autocomplete import serve_protocol as rpc
from autocomplete.serve_protocol import Call, RpcError, answer, encode, parse


def _divide(a: int, b: int = 2) -> float:
    if a < 0:
        raise RpcError(rpc.OUTDATED, "a is past")
    return a / b


METHODS = {"divide": _divide}


def _answers(line: bytes | None) -> list[Any]:
    return [answer(call, METHODS) for call in parse(line).calls]


def _request(**members: Any) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": "divide", **members}).encode()


@pytest.mark.parametrize("params", [{"a": 6}, {"a": 6, "b": 2}, [6], [6, 2]])
def test_parameters_come_by_name_or_by_place(params: Any) -> None:
    assert _answers(_request(params=params)) == [{"jsonrpc": "2.0", "id": 1, "result": 3}]


@pytest.mark.parametrize("identity", ["x", 0, -7, 1.5, None, "ü\u2028"])
def test_an_answer_carries_the_id_of_its_request(identity: Any) -> None:
    assert _answers(_request(id=identity, params=[2]))[0]["id"] == identity


def test_a_notification_is_never_answered_whatever_happens() -> None:
    for line in (
        b'{"jsonrpc":"2.0","method":"divide","params":[4]}',
        b'{"jsonrpc":"2.0","method":"divide","params":[-4]}',
        b'{"jsonrpc":"2.0","method":"nothing"}',
    ):
        assert _answers(line) == [None]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"", rpc.PARSE_ERROR),
        (b"hello?", rpc.PARSE_ERROR),
        (b'{"jsonrpc": "2.0", "id": 1', rpc.PARSE_ERROR),
        (b"\xff\xfe{}", rpc.PARSE_ERROR),
        (b"[" * 100_000, rpc.PARSE_ERROR),
        (b"9" * 10_000, rpc.PARSE_ERROR),
        (b'{"jsonrpc":"2.0","id":NaN,"method":"divide"}', rpc.PARSE_ERROR),
        (b'{"jsonrpc":"2.0","id":1,"method":"divide","params":[-Infinity]}', rpc.PARSE_ERROR),
        (None, rpc.INVALID_REQUEST),
        (b"1", rpc.INVALID_REQUEST),
        (b"[]", rpc.INVALID_REQUEST),
        (json.dumps([1] * 257).encode(), rpc.INVALID_REQUEST),
        (_request(jsonrpc="1.0"), rpc.INVALID_REQUEST),
        (_request(jsonrpc=2.0), rpc.INVALID_REQUEST),
        (_request(id=True), rpc.INVALID_REQUEST),
        (_request(id={}), rpc.INVALID_REQUEST),
        (_request(method=None), rpc.INVALID_REQUEST),
        (_request(params="6"), rpc.INVALID_REQUEST),
        (_request(method="nothing"), rpc.METHOD_NOT_FOUND),
        (_request(method="__init__"), rpc.METHOD_NOT_FOUND),
        (_request(), rpc.INVALID_PARAMS),
        (_request(params=[]), rpc.INVALID_PARAMS),
        (_request(params=[1, 2, 3]), rpc.INVALID_PARAMS),
        (_request(params={"a": 1, "c": 2}), rpc.INVALID_PARAMS),
        (_request(params=[1, 0]), rpc.INTERNAL_ERROR),
        (_request(params=["x"]), rpc.INTERNAL_ERROR),
        (_request(params=[-1]), rpc.OUTDATED),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_every_mistake_has_its_code_and_a_sentence(line: bytes | None, code: int) -> None:
    (reply,) = _answers(line)
    assert reply["error"]["code"] == code
    assert len(reply["error"]["message"]) > 8
    assert "result" not in reply


def test_a_batch_is_a_list_of_answers_without_those_nobody_wants() -> None:
    line = b"[%s,1,%s]" % (_request(params=[8]), _request(params=[2], id="last"))
    assert parse(line).is_batch
    assert [reply and reply["id"] for reply in _answers(line)] == [1, None, "last"]
    assert not parse(_request()).is_batch


@pytest.mark.parametrize(
    ("params", "field"),
    [({"field": "a"}, "a"), (["b", 1], "b"), ({}, None), ([], None), (None, None), ({"field": 3}, None), ([3], None)],
)
def test_the_field_of_a_call_is_its_first_parameter(params: Any, field: str | None) -> None:
    assert Call(method="type", params=params).field == field


def test_an_answer_is_one_line_of_ascii() -> None:
    line = encode({"text": "a\nb\u2028c ü 😀 \ud800"})
    assert line.isascii()
    assert line.count(b"\n") == 1 and line.endswith(b"\n")
    assert json.loads(line) == {"text": "a\nb\u2028c ü 😀 \ud800"}
