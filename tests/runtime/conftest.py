"""Nothing leaves: no test of the runtime may open a connection, look up a name or listen."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator

import pytest

_FORBIDDEN = {"socket.connect", "socket.bind", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"}
_LOCAL = getattr(socket, "AF_UNIX", None)
"""a file of this machine: `serve` listens at one"""
_watching = False


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    if _watching and event in _FORBIDDEN and getattr(arguments[0], "family", None) != _LOCAL:
        raise AssertionError(f"the runtime used the network: {event}")


sys.addaudithook(_refuse)  # cannot be taken away again, so it only looks while a test of this folder runs


@pytest.fixture(autouse=True)
def no_network() -> Iterator[None]:
    """Forbid sockets, in Python and in whatever Python calls."""
    global _watching
    _watching = True
    yield
    _watching = False
