"""The server whole: streams, threads, sockets, clients in Python and Node."""

from __future__ import annotations

import inspect
import itertools
import json
import os
import re
import shutil
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import autocomplete
from autocomplete import serve, serve_inbox
from autocomplete import serve_protocol as rpc
from autocomplete.casing import Kind, Suggestion
from autocomplete.cli import main
from autocomplete.layout import load_layout
from autocomplete.serve_inbox import Lines
from tests import serve_exchange
from tests.serve_exchange import Client

ROOT = Path(__file__).parents[2]
unix_only = pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="this system has no Unix sockets")


class EchoEngine:
    """Offers the last word, reversed; stops for a while where it is told to."""

    checksum = "echo"
    user = None
    layout = load_layout()

    def observer(self, text: str) -> None:
        """Learn nothing."""

    def __init__(self) -> None:
        self.begun, self.may_go_on = threading.Event(), threading.Event()
        self.asked: list[str] = []

    def suggest_from(
        self, text: str, k: int, previous: object, touches: object = (), *, remember: bool = True, earlier: str = ""
    ) -> tuple[list[Suggestion], object]:
        """Answer, once it may."""
        self.asked.append(text)
        if text.endswith("wait"):
            self.begun.set()
            assert self.may_go_on.wait(20)
        word = text.rsplit(" ", 1)[-1]
        found = [
            Suggestion(
                word=word[::-1],
                insert_text=word[::-1],
                delete_left=len(word),
                logprob=-1.0,
                confidence=0.4,
                kind="correction",
            )
        ]
        return found * k, previous


class Piped:
    """A server on a thread, behind two pipes."""

    def __init__(self, engine: Any) -> None:
        source, self._in = os.pipe()
        out, sink = os.pipe()
        self._out = os.fdopen(out, "rb")
        self._thread = threading.Thread(target=self._serve, args=(engine, source, sink))
        self._thread.start()

    @staticmethod
    def _serve(engine: Any, source: int, sink: int) -> None:
        serve.serve_pipe(engine, source, sink)
        os.close(source)
        os.close(sink)

    def send(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self._in, view) :]

    def call(self, method: str, identity: Any = 1, **params: Any) -> None:
        self.send(json.dumps({"jsonrpc": "2.0", "id": identity, "method": method, "params": params}).encode() + b"\n")

    def read(self) -> Any:
        return json.loads(self._out.readline())

    def end(self) -> list[Any]:
        os.close(self._in)
        rest = [json.loads(line) for line in self._out]
        self._thread.join(20)
        assert not self._thread.is_alive()
        self._out.close()
        return rest


@pytest.fixture
def engine() -> EchoEngine:
    return EchoEngine()


@pytest.fixture
def piped(engine: EchoEngine) -> Iterator[Piped]:
    server = Piped(engine)
    yield server
    if server._thread.is_alive():
        engine.may_go_on.set()
        server.end()


# ---- one client


def test_a_newer_key_cancels_an_older_one_of_its_field_and_of_no_other(engine: EchoEngine, piped: Piped) -> None:
    piped.call("open", "a", field="a")
    piped.call("open", "b", field="b")
    piped.call("type", 0, field="a", text="wait")
    assert engine.begun.wait(20)
    for identity, (field, text) in enumerate([("a", "x"), ("b", "y"), ("a", "z"), ("a", "!")], 1):
        piped.call("type", identity, field=field, text=text)
    piped.call("nothing", "last")
    time.sleep(0.2)  # until all are read
    engine.may_go_on.set()
    replies = {reply["id"]: reply for reply in (piped.read() for _ in range(8))}
    assert list(replies) == ["a", "b", 0, 1, 2, 3, 4, "last"]
    codes = {identity: reply["error"]["code"] for identity, reply in replies.items() if "error" in reply}
    assert codes == {1: rpc.CANCELLED, 3: rpc.CANCELLED, "last": rpc.METHOD_NOT_FOUND}
    assert replies[4]["result"]["suggestions"][0]["word"] == "!zxtiaw"
    assert engine.asked == ["", "", "wait", "y", "waitxz!"]


def test_a_closed_field_needs_no_suggestions(engine: EchoEngine, piped: Piped) -> None:
    piped.call("open", 0, field="a")
    piped.call("type", 1, field="a", text="wait")
    assert engine.begun.wait(20)
    piped.call("backspace", 2, field="a")
    piped.call("close", 3, field="a")
    time.sleep(0.2)
    engine.may_go_on.set()
    assert [reply.get("error", {}).get("code") for reply in (piped.read() for _ in range(4))] == [
        None,
        None,
        rpc.CANCELLED,
        None,
    ]


def test_a_batch_is_answered_as_one_line_and_a_notification_not_at_all(piped: Piped) -> None:
    calls = [
        {"jsonrpc": "2.0", "id": 1, "method": "open", "params": ["f"]},
        {"jsonrpc": "2.0", "method": "type", "params": ["f", "ab"]},
        {"jsonrpc": "2.0", "id": 2, "method": "type", "params": ["f", "c"]},
    ]
    piped.send(json.dumps(calls).encode() + b"\n")
    first = piped.read()
    piped.send(json.dumps(calls[1:2]).encode() + b"\n")
    assert [reply["id"] for reply in first] == [1, 2]
    assert first[1]["result"]["suggestions"][0]["word"] == "cba"
    assert piped.end() == []


def test_input_may_come_in_any_pieces_and_end_without_a_line_feed(piped: Piped) -> None:
    line = '{"jsonrpc":"2.0","id":"ü","method":"open","params":{"field":"f","text":"añb"}}'.encode()
    for byte in b"\n  \r\n" + line + b"\r\n":
        piped.send(bytes([byte]))
    assert piped.read()["result"]["suggestions"][0]["word"] == "bña"
    piped.send(b'{"jsonrpc":"2.0","id":2,"method":"close","params":["f"]}')
    assert [reply["id"] for reply in piped.end()] == [2]


def test_a_message_that_is_too_long_is_skipped_and_named(piped: Piped) -> None:
    for _ in range(3):
        piped.send(b'{"jsonrpc":"2.0","id":1,"method":"open","params":["' + b"x" * (3 << 20) + b'"]}\n')
        assert piped.read()["error"]["code"] == rpc.INVALID_REQUEST
    piped.call("open", field="f", text="x" * 1_000_000)
    assert piped.read()["result"]["revision"] == 0


@given(
    messages=st.lists(st.binary(max_size=12).filter(lambda part: b"\n" not in part), max_size=6),
    cuts=st.lists(st.integers(0, 60), max_size=5),
)
@settings(max_examples=200)
def test_lines_are_cut_the_same_however_the_bytes_arrive(messages: list[bytes], cuts: list[int]) -> None:
    data = b"\n".join(messages)
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    parts = [data[a:b] for a, b in itertools.pairwise(edges) if a < b]
    ref = [line if len(line) <= 8 else None for line in messages]
    if ref and messages[-1] == b"":
        ref.pop()  # after the last line feed there is nothing
    lines = Lines(limit=8)
    assert [line for part in parts for line in lines.cut(part)] + lines.rest() == ref


def test_a_client_that_is_gone_ends_its_connection_quietly(engine: EchoEngine) -> None:
    source, into = os.pipe()
    out, sink = os.pipe()
    os.close(out)
    os.write(into, b'{"jsonrpc":"2.0","id":1,"method":"hello"}\n')
    serve.serve_pipe(engine, source, sink)  # type: ignore[arg-type]
    for end in (into, source, sink):
        os.close(end)


def test_who_sends_much_before_reading_anything_is_served(engine: EchoEngine, piped: Piped) -> None:
    """Both pipes fill up: the server goes on reading while it cannot write."""
    piped.call("open", field="f")
    for number in range(600):
        piped.call("hello", number)  # answers far longer than what is sent: 64 KB are full after some 200
    assert piped.read()["result"]["revision"] == 0
    assert [piped.read()["id"] for _ in range(600)] == list(range(600))
    assert piped.end() == []


def test_what_is_read_ahead_has_an_end(engine: EchoEngine, piped: Piped) -> None:
    piped.call("open", field="f")
    piped.call("type", field="f", text="wait")
    assert engine.begun.wait(20)
    sent = threading.Thread(target=lambda: [piped.call("type", n, field="f", text="x" * 500) for n in range(2000)])
    sent.start()
    sent.join(1)
    assert sent.is_alive()  # a megabyte waits in nobody's memory but the client's
    engine.may_go_on.set()
    assert len([piped.read() for _ in range(2002)]) == 2002
    sent.join(20)


def test_a_system_that_cannot_look_ahead_answers_every_key(engine: EchoEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve_inbox, "_CAN_LOOK", False)
    piped = Piped(engine)
    piped.call("open", field="f")
    piped.call("type", field="f", text="wait")
    assert engine.begun.wait(20)
    piped.call("type", field="f", text="x")
    engine.may_go_on.set()
    assert ["result" in reply for reply in piped.end()] == [True] * 3


# ---- the real server


def test_the_exchange_in_the_document_is_what_happens() -> None:
    replies = [json.loads(line[2:]) for line in serve_exchange.play().splitlines() if line.startswith("←")]

    def without_numbers(value: Any) -> Any:
        """Leave out what another bundle changes."""
        if isinstance(value, dict):
            return {
                name: without_numbers(v) for name, v in value.items() if name not in {"logprob", "confidence", "bundle"}
            }
        return [without_numbers(v) for v in value] if isinstance(value, list) else value

    ref = serve_exchange.written()
    assert len(ref) == sum(map(serve_exchange.wants_answer, serve_exchange.sent()))
    assert without_numbers(replies) == without_numbers(ref), "make golden, then read the difference"


def test_the_document_names_every_method_and_every_error() -> None:
    from autocomplete.serve_fields import Fields

    text = serve_exchange.DOCUMENT.read_text(encoding="utf8")
    named = {name for row in re.findall(r"^\| (`\w+`(?:, `\w+`)*) \|", text, re.MULTILINE) for name in row.split("`")}
    assert named >= set(Fields(EchoEngine()).methods)  # type: ignore[arg-type]
    given = inspect.signature(Fields.open).parameters.values()
    (opened,) = re.findall(r"^\| `open` \| (.*?) \|", text, re.MULTILINE)
    described = [parameter for parameter in given if parameter.name not in ("self", "field")]
    assert re.findall(r"`(\w+)` = (\S+?)(?:,|$)", opened) == [
        (parameter.name, json.dumps(parameter.default)) for parameter in described
    ]
    codes = {value for name, value in vars(rpc).items() if isinstance(value, int) and value < 0 and name.isupper()}
    assert len(codes) == 12
    for code in codes:
        assert f"| {code} |" in text


def test_the_document_names_every_kind_and_every_option() -> None:
    text = serve_exchange.DOCUMENT.read_text(encoding="utf8")
    part = text[text.index("## What is offered") : text.index("## Errors")]
    assert re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE) == list(get_args(Kind))
    shown = CliRunner().invoke(main, ["serve", "--help"]).stdout
    options = set(re.findall(r"--[\w-]+", shown)) - {"--help"}
    assert set(re.findall(r"--[\w-]+", text[: text.index("## Methods")])) == options


def test_every_kind_comes_out_of_a_real_server() -> None:
    asked = {
        "See you ": "prediction", "See you tomo": "completion", "what is teh": "correction", "I had pizza ": "emoji",
        "Looking forw": "phrase", "What are you doing tonight ": "punctuation",
    }  # fmt: skip
    assert set(asked.values()) == set(get_args(Kind))
    with Client("--phrases") as client:
        for number, (text, kind) in enumerate(asked.items()):
            found = client.call("open", field=str(number), text=text)["result"]["suggestions"]
            assert kind in [suggestion["kind"] for suggestion in found], text
        bar = client.call("open", field="re", text="re you coming")["result"]["suggestions"]
        assert (bar[0]["insert_text"], bar[0]["delete_left"]) == ("Are you coming ", len("re you coming"))
        state = client.call("accept", field="3", revision=0, index=3)["result"]  # the emoji, after three words
        assert state["edit"] == {"delete_left": 0, "insert_text": "🍕 "}
        client.call("type", field="3", text="👍🏽")
        state = client.call("backspace", field="3")["result"]  # the app deletes a character, what is left goes too
        assert state["edit"] == {"delete_left": 1, "insert_text": ""}
        earlier = "lol he met anna on monday. she said no. i like it"
        words = client.call("open", field="small", text="see you on fri", earlier=earlier)["result"]["suggestions"]
        assert words[0]["word"] == "friday"


def test_ten_fields_of_a_python_client_get_what_the_engine_offers() -> None:
    engine = autocomplete.load()
    beginnings = ["I want", "We need", "See you", "Talk", "Can we go", "How", "😀 I", "im", "", "Thanks,\nI have"]
    texts = [f"{beginning} to" for beginning in beginnings]
    with Client() as client:
        for number, text in enumerate(texts):
            client.call("open", field=str(number), text=text)
        for typed in (" ", "t", "h"):
            for number, text in enumerate(texts):
                texts[number] = text + typed
                found = client.call("type", field=str(number), text=typed)["result"]["suggestions"]
                assert [s["word"] for s in found] == [s.word for s in engine.suggest(texts[number])]


def test_a_node_client_gets_what_the_engine_offers() -> None:
    if not shutil.which("node"):
        pytest.skip("node is not installed")
    for text in ("See you tomo", "im", "😀 Happy birth"):
        run = subprocess.run(
            ["node", ROOT / "examples" / "client.mjs", text],
            env={**os.environ, "AUTOCOMPLETE": f"{sys.executable} -m autocomplete"},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert run.returncode == 0, run.stderr
        session = autocomplete.load().session(text)
        words = "  ".join(suggestion.word for suggestion in session.suggestions)
        session.accept(session.suggestions[0])
        assert run.stdout == f"{words}\n{session.text}\n"


def test_what_prints_inside_the_server_does_not_disturb_it() -> None:
    code = (
        "import os, autocomplete\n"
        "from autocomplete import serve\n"
        "class Loud:\n"
        "    checksum = 'x'; user = None\n"
        "    def observer(self, text): pass\n"
        "    def suggest_from(self, text, k, previous, touches=(), **_):\n"
        "        print('from Python', flush=True); os.system('echo from a child')\n"
        "        return [], previous\n"
        "serve.serve_standard_streams(Loud())\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        input=b'{"jsonrpc":"2.0","id":1,"method":"open","params":["f"]}\n',
        capture_output=True,
    )
    assert json.loads(run.stdout)["id"] == 1
    assert b"from Python" in run.stderr and b"from a child" in run.stderr


# ---- sockets


@pytest.fixture
def listening(tmp_path: Path, engine: EchoEngine) -> Path:
    path, ready = tmp_path / "autocomplete.socket", threading.Event()
    threading.Thread(target=serve.serve_socket, args=(engine, path, ready.set), daemon=True).start()
    assert ready.wait(20)
    return path


def _ask(path: Path, *calls: tuple[str, list[Any]]) -> list[Any]:
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))
        with client.makefile("rwb") as stream:
            replies = []
            for method, params in calls:
                stream.write(
                    json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode() + b"\n"
                )
                stream.flush()
                replies.append(json.loads(stream.readline()))
            return replies


@unix_only
def test_a_socket_is_for_this_user_alone(listening: Path) -> None:
    assert stat.S_IMODE(listening.stat().st_mode) == 0o600
    assert "result" in _ask(listening, ("hello", []))[0]


@unix_only
def test_clients_of_a_socket_have_fields_of_their_own(listening: Path) -> None:
    with socket.socket(socket.AF_UNIX) as idle:
        idle.connect(str(listening))
        idle.sendall(b'{"jsonrpc":"2.0","id":1,"method":"open","params":["f","left"]}\n')
        assert b"tfel" in idle.recv(1 << 16)
        _, typed = _ask(listening, ("open", ["f", "righ"]), ("type", ["f", "t"]))
        assert typed["result"]["suggestions"][0]["word"] == "thgir"
        idle.sendall(b'{"jsonrpc":"2.0","id":1,"method":"type","params":["f","y"]}\n')
        assert b"ytfel" in idle.recv(1 << 16)
    for _ in range(40):  # more than may be connected at once
        assert "result" in _ask(listening, ("open", ["f"]))[0]


@unix_only
def test_a_socket_is_removed_at_the_end_and_a_dead_one_replaced(tmp_path: Path) -> None:
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    # who runs tests in the background may have them ignore Ctrl-C, and what they start
    heeding = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    server = subprocess.Popen(
        [sys.executable, "-c", f"{heeding}; from autocomplete.cli import main; main()", "serve", "--socket", path],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert server.stderr
    assert server.stderr.readline() == f"listening at {path}\n"
    assert "result" in _ask(path, ("hello", []))[0]
    second = subprocess.run(
        [sys.executable, "-m", "autocomplete", "serve", "--socket", path], capture_output=True, text=True
    )
    assert second.returncode == 1
    assert "another server listens" in second.stderr
    server.send_signal(2)
    assert server.wait(20) == 0
    server.stderr.close()
    assert not path.exists()


@unix_only
def test_a_file_is_not_overwritten_by_a_socket(tmp_path: Path, engine: EchoEngine) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("dear")
    with pytest.raises(FileExistsError, match="is a file, not a socket"):
        serve.serve_socket(engine, path)  # type: ignore[arg-type]
    assert path.read_text() == "dear"


def test_a_system_without_unix_sockets_is_told_what_to_do(
    tmp_path: Path, engine: EchoEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(socket, "AF_UNIX", raising=False)
    with pytest.raises(OSError, match="use the pipe"):
        serve.serve_socket(engine, tmp_path / "s")  # type: ignore[arg-type]
