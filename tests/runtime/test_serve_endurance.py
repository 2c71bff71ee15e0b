"""The server under input that nobody meant, and under very much of what somebody did.

`SERVE_MESSAGES=100000` and `SERVE_KEYS=1000000` make both as long as they are meant to be once; minutes and more than
an hour, or less with `SERVE_BUNDLE=FILE` and the file that `python -m tests.tiny FILE` writes, since the server is what
is tested.
"""

from __future__ import annotations

import json
import os
import random
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

import autocomplete
from autocomplete import serve_protocol as rpc
from tests.serve_exchange import Client

AFTERWARDS = "See you tomorrow. I saw teh man, and im sure he will be thre at 5 or so, thankyou"
_DEFAULT = "300" if os.environ.get("NUMBA_DISABLE_JIT") else "1500"


def _strange(rng: random.Random) -> bytes:
    """Make a message that is right, nearly right, or nothing at all."""
    field = rng.choice(["a", "b", "c", "", "😀", 3, None])
    text = rng.choice(
        ["x", "the ", "", "\n", "ß'", "\ud800", "a" * rng.randrange(2000), 5, None, "http://", "\x00\u202e"]
    )
    params: Any = rng.choice([
        {"field": field}, {"field": field, "text": text}, [field, text],
        {"field": field, "count": rng.randrange(-2, 9)},
        {"field": field, "text": text, "private": rng.choice([True, 0]), "autocorrect": rng.choice([True, None])},
        {"field": field, "text": "h", "at": rng.choice([[6, 3.5], [1e308, 0], [None, 1], "6, 3", [[]], [1, 2, 3]])},
        {"field": field, "revision": rng.randrange(9), "index": rng.randrange(-1, 4)}, [], {}, None, "text", [[[]]],
    ])  # fmt: skip
    method = rng.choice(
        ["open", "type", "type", "type", "backspace", "move", "accept", "close", "hello", "layout", "forget", "", None]
    )
    if rng.random() < 0.5:  # one that may well be right
        field = rng.choice("abc")
        method, params = rng.choice([
            ("open", [field, "See you "]), ("type", {"field": field, "text": rng.choice(["t", "o ", "😀", "://x"])}),
            ("open", {"field": field, "text": "what is te", "autocorrect": True, "double_space": True}),
            ("type", {"field": field, "text": "h", "at": [rng.uniform(-1, 11), rng.uniform(-1, 8)]}),
            ("backspace", [field, rng.randrange(3)]), ("move", [field, "I will b"]), ("close", [field]),
        ])  # fmt: skip
    message: dict[str, Any] = {"jsonrpc": rng.choice(["2.0"] * 9 + ["1.0"]), "method": method, "params": params}
    if rng.random() < 0.8:
        message["id"] = rng.choice([rng.randrange(1000), "id", None, 1.5, [], True])
    line = json.dumps([message] * rng.randrange(4) if rng.random() < 0.05 else message).encode()
    chance = rng.random()
    if chance < 0.1:
        cut = rng.randrange(len(line))
        return line[:cut] + bytes(rng.randrange(256) for _ in range(rng.randrange(4))) + line[cut + rng.randrange(3) :]
    if chance < 0.12:
        return rng.randbytes(rng.randrange(300))
    return b"[" * 5000 if chance < 0.122 else line


@pytest.mark.slow
def test_strange_messages_neither_stop_the_server_nor_change_what_it_says_afterwards() -> None:
    total, rng = int(os.environ.get("SERVE_MESSAGES", 2 * int(_DEFAULT))), random.Random(5)
    read: list[Any] = []

    def drain(client: Client) -> None:
        while not (isinstance(reply := client.read(), dict) and reply["id"] == "end"):
            read.append(reply)

    with Client() as client:
        thread = threading.Thread(target=drain, args=(client,))
        thread.start()
        for _ in range(total):
            client.send(_strange(rng))
        client.send('\n{"jsonrpc": "2.0", "id": "end", "method": "hello"}')
        thread.join(600 + total / 20)
        assert not thread.is_alive()
        flat = [reply for entry in read for reply in (entry if isinstance(entry, list) else [entry])]
        codes = {reply["error"]["code"] for reply in flat if "error" in reply}
        assert len(flat) > total / 2
        assert rpc.INTERNAL_ERROR not in codes
        assert codes >= {
            rpc.PARSE_ERROR,
            rpc.INVALID_REQUEST,
            rpc.METHOD_NOT_FOUND,
            rpc.INVALID_PARAMS,
            rpc.UNKNOWN_FIELD,
        }
        assert sum("result" in reply for reply in flat) > total / 50
        engine = autocomplete.load()
        session = engine.session(k=4)
        client.call("open", field="after", k=4, autocorrect=True)
        corrected = 0
        for character in AFTERWARDS:
            found = client.call("type", field="after", text=character)["result"]
            assert [s["word"] for s in found["suggestions"]] == [s.word for s in session.type(character)]
            assert (found["correction"] or {}).get("word") == (session.correction and session.correction.word)
            corrected += session.correction is not None
        assert corrected


def _resident(process: int) -> float:
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_memory_stays_flat_however_much_is_typed(tmp_path: Path) -> None:
    """Fields are opened, typed into with touches, slips and corrections, learned from, and closed."""
    keys = int(os.environ.get("SERVE_KEYS", _DEFAULT))
    words = ["see", "you", "tomorow", "and", "then", "we", "can", "talk", "abuot", "it", "all", "because", "I", "want"]
    rng = random.Random(3)
    measured = []

    def type_some(client: Client, count: int) -> None:
        while count > 0:
            field = f"field {rng.randrange(10**9)}"
            client.call("open", field=field, autocorrect=True, private=rng.random() < 0.5)
            for character in " ".join(rng.choices(words, k=8)):
                at = [rng.uniform(0, 10), rng.uniform(0, 7)] if rng.random() < 0.1 else None
                assert "result" in client.call("type", field=field, text=character, at=at)
                count -= 1
            client.call("close", field=field)

    bundle = os.environ.get("SERVE_BUNDLE")
    with Client("--user", str(tmp_path / "user.db"), *(["--bundle", bundle] if bundle else [])) as client:
        type_some(client, max(keys // 3, 300))  # until what is kept between keys has reached its size
        for _ in range(4):
            measured.append(_resident(client.process.pid))
            type_some(client, keys // 6)
        measured.append(_resident(client.process.pid))
    told = f"{keys} keys, resident MB at first and after each sixth: {[round(value, 1) for value in measured]}"
    sys.stderr.write(told + "\n")  # shown by pytest -s
    # the allocator may keep two stores of rows that were freed when private fields closed, 2.7 MB each
    assert measured[-1] - measured[0] < 9, told
