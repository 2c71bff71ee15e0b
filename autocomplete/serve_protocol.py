"""JSON-RPC 2.0 as the server speaks it: a line of bytes in, calls out; results and errors back as a line.

Owns messages, error codes and limits; knows nothing of fields or streams. A module of our own: of the libraries, those
that are kept up (pygls) speak the language server protocol and need its types; the general ones (jsonrpcserver,
json-rpc, ajsonrpc, python-lsp-jsonrpc) have had no release since 2023, and none of them cancels a request for a newer
one of the same field, which is what a keyboard needs. What is left for a library to do is this page.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

MAX_MESSAGE: Final = 1 << 20
"""bytes of one line"""
MAX_BATCH: Final = 256
"""calls in one batch"""

PARSE_ERROR: Final = -32700
INVALID_REQUEST: Final = -32600
METHOD_NOT_FOUND: Final = -32601
INVALID_PARAMS: Final = -32602
INTERNAL_ERROR: Final = -32603
UNKNOWN_FIELD: Final = -32001
FIELD_IS_OPEN: Final = -32002
OUTDATED: Final = -32003
UNSUPPORTED_PROTOCOL: Final = -32004
TOO_MANY_FIELDS: Final = -32005
NOTHING_LEARNED: Final = -32006
CANCELLED: Final = -32800
"""the number that language servers give a cancelled request; clients made for them know it"""

Id: TypeAlias = str | int | float | None
Handler: TypeAlias = Callable[..., Any]


class RpcError(Exception):
    """What the client is told in place of a result."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request or notification, or what was found where one was expected."""

    id: Id = None
    """the client's name for the call; its answer carries it"""
    wants_answer: bool = True
    """False for a notification"""
    method: str = ""
    params: Mapping[str, Any] | list[Any] | None = None
    error: RpcError | None = None
    """why this is no call"""

    @property
    def field(self) -> str | None:
        """The field it is about, if it names one."""
        first = self.params.get("field") if isinstance(self.params, Mapping) else (self.params or [None])[0]
        return first if isinstance(first, str) else None


@dataclass(frozen=True)
class Message:
    """One line: a call, or several with one answer."""

    calls: list[Call]
    is_batch: bool


def parse(line: bytes | None) -> Message:
    """Read a line; None is one that was too long to keep."""
    if line is None:
        return _failed(
            INVALID_REQUEST, f"the message is longer than {MAX_MESSAGE} bytes and was skipped: send less text"
        )
    try:
        content = json.loads(line.decode("utf-8"), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        return _failed(
            PARSE_ERROR, f"the line is not JSON in UTF-8 ({error or type(error).__name__}): one message a line"
        )
    if not isinstance(content, list):
        return Message([_call(content)], is_batch=False)
    if not 0 < len(content) <= MAX_BATCH:
        return _failed(INVALID_REQUEST, f"a batch of {len(content)} calls: send 1 to {MAX_BATCH}")
    return Message([_call(entry) for entry in content], is_batch=True)


def answer(call: Call, methods: Mapping[str, Handler]) -> dict[str, Any] | None:
    """Carry a call out; give the answer, or None where none is wanted."""
    try:
        result = _carry_out(call, methods)
    except RpcError as error:
        reply: dict[str, Any] = {"error": {"code": error.code, "message": str(error)}}
    else:
        reply = {"result": result}
    return {"jsonrpc": "2.0", "id": call.id, **reply} if call.wants_answer else None


def encode(reply: Any) -> bytes:
    """Write an answer as a line. ASCII, because some line readers also break at U+2028."""
    return json.dumps(reply, separators=(",", ":"), allow_nan=False).encode("ascii") + b"\n"


def _carry_out(call: Call, methods: Mapping[str, Handler]) -> Any:
    if call.error is not None:
        raise call.error
    handler = methods.get(call.method)
    if handler is None:
        raise RpcError(METHOD_NOT_FOUND, f'there is no method "{call.method}": use one of {", ".join(methods)}')
    params = {} if call.params is None else call.params
    positional, named = (params, {}) if isinstance(params, list) else ((), params)
    try:
        bound = inspect.signature(handler).bind(*positional, **named)
    except TypeError as error:
        raise RpcError(INVALID_PARAMS, f"{call.method}: {error}") from error
    try:
        return handler(*bound.args, **bound.kwargs)
    except RpcError:
        raise
    except Exception as error:  # whatever went wrong inside, the next message is served
        raise RpcError(INTERNAL_ERROR, f"{call.method} failed: {type(error).__name__}: {error}") from error


def _call(content: Any) -> Call:
    """Make a call of a JSON value, or say why it is none."""
    if not isinstance(content, dict):
        return _none(None, "a call is an object")
    identity = content.get("id")
    if isinstance(identity, bool) or not isinstance(identity, (str, int, float, type(None))):
        return _none(None, "`id` is a string, a number or null")
    method, params = content.get("method"), content.get("params")
    if content.get("jsonrpc") != "2.0":
        return _none(identity, '`jsonrpc` is "2.0"')
    if not isinstance(method, str):
        return _none(identity, "`method` is a string")
    if not isinstance(params, (dict, list, type(None))):
        return _none(identity, "`params` is an object or an array")
    return Call(id=identity, wants_answer="id" in content, method=method, params=params)


def _none(identity: Id, reason: str) -> Call:
    return Call(id=identity, error=RpcError(INVALID_REQUEST, f"this is no JSON-RPC 2.0 call: {reason}"))


def _failed(code: int, message: str) -> Message:
    return Message([Call(error=RpcError(code, message))], is_batch=False)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON number")
