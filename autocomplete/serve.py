"""The server: an engine behind a pipe or a local socket, for apps in any language (`serve.md` is its protocol).

Owns streams, threads and the order of work: one thread reads, so that a newer key is known while an older one waits;
another carries messages out, one after the other. Nothing here listens to a network.
"""

from __future__ import annotations

import contextlib
import os
import socket
import stat
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from autocomplete.engine import Autocompleter
from autocomplete.serve_fields import CANCELLING, Fields
from autocomplete.serve_protocol import MAX_MESSAGE, Call, Message, answer, encode, parse

_MAX_WAITING: Final = 1024
"""messages that are read ahead; then the client has to wait, and memory stays as it is"""
_MAX_CONNECTIONS: Final = 32
_CHUNK: Final = 1 << 16


def serve_standard_streams(engine: Autocompleter) -> None:
    """Serve stdin into stdout. Whatever else would print there goes to stderr, or it would be taken for an answer."""
    with open(os.dup(1), "wb") as sink:
        os.dup2(2, 1)
        serve_pipe(engine, 0, sink.fileno())


def serve_pipe(engine: Autocompleter, source: int, sink: int) -> None:
    """Serve what comes out of the file descriptor `source` into `sink`, until the source ends."""
    _Connection(engine, lambda: os.read(source, _CHUNK), lambda data: _write(sink, data)).run()


def serve_socket(engine: Autocompleter, path: Path, ready: Callable[[], None] = lambda: None) -> None:
    """Serve any number of clients one after the other and at once over a Unix socket, until interrupted.

    The socket can be opened by this user alone, and is removed at the end.

    Raises
    ------
    OSError
        If the path cannot be bound, or another server or a file is there.
    """
    with _listening(path) as listener, contextlib.suppress(KeyboardInterrupt):
        ready()
        free = threading.BoundedSemaphore(_MAX_CONNECTIONS)
        while True:
            free.acquire()
            client, _ = listener.accept()
            threading.Thread(target=_serve_client, args=(engine, client, free), daemon=True).start()


class _Connection:
    """One client."""

    def __init__(self, engine: Autocompleter, read: Callable[[], bytes], write: Callable[[bytes], None]) -> None:
        self._read, self._write = read, write
        self._inbox = _Inbox()
        self._fields = Fields(engine, self._inbox.is_superseded)

    def run(self) -> None:
        """Carry messages out until the client closes its side or is gone."""
        threading.Thread(target=self._fill, daemon=True).start()
        with contextlib.suppress(BrokenPipeError, ConnectionError):
            while (message := self._inbox.take()) is not None:
                replies = [reply for call in message.calls if (reply := self._answer(call)) is not None]
                if replies:
                    self._write(encode(replies if message.is_batch else replies[0]))
        self._inbox.end()
        self._fields.close_all()

    def _answer(self, call: Call) -> dict[str, Any] | None:
        self._inbox.begin(call)
        return answer(call, self._fields.methods)

    def _fill(self) -> None:
        with contextlib.suppress(OSError):
            for line in lines(self._read):
                if (line is None or line.strip()) and not self._inbox.put(parse(line)):
                    return
        self._inbox.end()


class _Inbox:
    """Messages that were read and wait, and how many of them make older ones of their field pointless."""

    def __init__(self) -> None:
        self._messages: deque[Message] = deque()
        self._newer: Counter[str] = Counter()
        self._changed = threading.Condition()
        self._ended = False

    def put(self, message: Message) -> bool:
        """Add a message, once there is room; tell whether anybody will still take it."""
        with self._changed:
            self._changed.wait_for(lambda: self._ended or len(self._messages) < _MAX_WAITING)
            self._messages.append(message)
            self._newer.update(call.field for call in message.calls if call.field and call.method in CANCELLING)
            self._changed.notify_all()
            return not self._ended

    def take(self) -> Message | None:
        """Wait for a message and take it; None when there will be none."""
        with self._changed:
            self._changed.wait_for(lambda: self._ended or self._messages)
            message = self._messages.popleft() if self._messages else None
            self._changed.notify_all()
            return message

    def begin(self, call: Call) -> None:
        """Note that a call does not wait any more."""
        field = call.field
        if field and call.method in CANCELLING:
            with self._changed:
                self._newer[field] -= 1
                if not self._newer[field]:
                    del self._newer[field]

    def is_superseded(self, field: str) -> bool:
        """Tell whether a newer message of a field waits."""
        return field in self._newer

    def end(self) -> None:
        """Let nobody wait any longer."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()


def lines(read: Callable[[], bytes], limit: int = MAX_MESSAGE) -> Iterator[bytes | None]:
    """Cut a stream into lines; one longer than `limit` bytes is skipped, never held, and gives None."""
    held, too_long = bytearray(), False
    while chunk := read():
        *ended, rest = chunk.split(b"\n")
        for part in ended:
            too_long = too_long or len(held) + len(part) > limit
            yield None if too_long else bytes(held) + part
            held, too_long = bytearray(), False
        too_long = too_long or len(held) + len(rest) > limit
        held = bytearray() if too_long else held + rest
    if held or too_long:
        yield None if too_long else bytes(held)


@contextlib.contextmanager
def _listening(path: Path) -> Iterator[socket.socket]:
    """Bind a socket that only this user can open; one that a dead server left is replaced."""
    if not hasattr(socket, "AF_UNIX"):
        raise OSError("this system has no Unix sockets: leave --socket out and use the pipe")
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        _remove_dead(path)
        before = os.umask(0o177)  # the mode has to be right from the first moment on
        try:
            listener.bind(str(path))
        finally:
            os.umask(before)
        listener.listen()
        try:
            yield listener
        finally:
            path.unlink(missing_ok=True)
    finally:
        listener.close()


def _remove_dead(path: Path) -> None:
    if not path.exists():
        return
    if not stat.S_ISSOCK(path.stat().st_mode):
        raise FileExistsError(f"{path} is a file, not a socket: name another path")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
            return
    raise FileExistsError(f"another server listens at {path}: use it, or name another path")


def _serve_client(engine: Autocompleter, client: socket.socket, free: threading.Semaphore) -> None:
    with client:
        _Connection(engine, lambda: client.recv(_CHUNK), client.sendall).run()
    free.release()


def _write(sink: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(sink, view) :]
