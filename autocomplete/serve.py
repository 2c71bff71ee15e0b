"""The server: an engine behind a pipe or a local socket, for apps in any language (`serve.md` is its protocol).

Owns streams, clients and the order of work: the messages of a client are carried out one after the other. Nothing here
listens to a network.
"""

from __future__ import annotations

import contextlib
import gc
import os
import socket
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from autocomplete.engine import Autocompleter
from autocomplete.serve_fields import Fields
from autocomplete.serve_inbox import Inbox
from autocomplete.serve_protocol import Call, answer, encode

_MAX_CONNECTIONS: Final = 32


def serve_standard_streams(engine: Autocompleter) -> None:
    """Serve stdin into stdout. Whatever else would print there goes to stderr, or it would be taken for an answer."""
    with open(os.dup(1), "wb") as sink:
        os.dup2(2, 1)
        _spare_from_collection()
        serve_pipe(engine, 0, sink.fileno())


def serve_pipe(engine: Autocompleter, source: int, sink: int) -> None:
    """Serve what comes out of the file descriptor `source` into `sink`, until the source ends."""
    _Connection(engine, source, sink).run()


def serve_socket(engine: Autocompleter, path: Path, ready: Callable[[], None] = lambda: None) -> None:
    """Serve any number of clients one after the other and at once over a Unix socket, until interrupted.

    The socket can be opened by this user alone, and is removed at the end.

    Raises
    ------
    OSError
        If the path cannot be bound, or another server or a file is there.
    """
    _spare_from_collection()
    with _listening(path) as listener, contextlib.suppress(KeyboardInterrupt):
        ready()
        free = threading.BoundedSemaphore(_MAX_CONNECTIONS)
        while True:
            free.acquire()
            client, _ = listener.accept()
            threading.Thread(target=_serve_client, args=(engine, client, free), daemon=True).start()


class _Connection:
    """One client."""

    def __init__(self, engine: Autocompleter, source: int, sink: int) -> None:
        self._sink = sink
        self._inbox = Inbox(source)
        self._fields = Fields(engine, self._inbox.is_superseded)

    def run(self) -> None:
        """Carry messages out until the client closes its side or is gone."""
        with contextlib.suppress(BrokenPipeError, ConnectionError):
            while (message := self._inbox.take()) is not None:
                replies = [reply for call in message.calls if (reply := self._answer(call)) is not None]
                if replies:
                    self._inbox.write(self._sink, encode(replies if message.is_batch else replies[0]))
        self._fields.close_all()

    def _answer(self, call: Call) -> dict[str, Any] | None:
        self._inbox.begin(call)
        return answer(call, self._fields.methods)


def _spare_from_collection() -> None:
    """Let the garbage collector pass over what was loaded: it stays, and looking it through takes many keys' time."""
    gc.collect()
    gc.freeze()


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
        serve_pipe(engine, client.fileno(), client.fileno())
    free.release()
