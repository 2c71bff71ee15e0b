"""Messages of one client: read when there is nothing else to do, and looked for before each search, so that a newer key
is known while an older one waits.

Owns the source's bytes until they are messages, and which fields have newer ones. One thread does all: handing messages
from a reading thread to an answering one would cost a wake-up by the scheduler for every key. A system that cannot tell
whether a pipe holds something (Windows) cancels no key.
"""

from __future__ import annotations

import os
import select
from collections import Counter, deque
from typing import Final

from autocomplete.serve_fields import CANCELLING
from autocomplete.serve_protocol import MAX_MESSAGE, Call, Message, parse

_MAX_WAITING: Final = 1024
"""messages that are read ahead; then the client has to wait, and memory stays as it is"""
_CHUNK: Final = 1 << 16
_AT_ONCE: Final = 4096
"""bytes that a pipe or socket takes without waiting once it takes any"""
_CAN_LOOK: Final = hasattr(select, "poll")


class Inbox:
    """Messages that were read and wait, and how many of them make older ones of their field pointless.

    Parameters
    ----------
    source : int
        File descriptor of a pipe or socket.
    """

    def __init__(self, source: int) -> None:
        self._source = source
        self._lines = Lines()
        self._messages: deque[Message] = deque()
        self._newer: Counter[str] = Counter()
        self._ended = False

    def take(self) -> Message | None:
        """Wait for a message and take it; None when there will be none."""
        while not self._messages and not self._ended:
            self._read()
        return self._messages.popleft() if self._messages else None

    def begin(self, call: Call) -> None:
        """Note that a call does not wait any more."""
        field = call.field
        if field and call.method in CANCELLING:
            self._newer[field] -= 1
            if not self._newer[field]:
                del self._newer[field]

    def is_superseded(self, field: str) -> bool:
        """Tell whether a newer message of a field waits."""
        while self._has_room and _CAN_LOOK and _ready(self._source, select.POLLIN, 0):
            self._read()
        return field in self._newer

    def write(self, sink: int, data: bytes) -> None:
        """Write to the client; while it does not read, go on reading what it sends, or both would wait for ever."""
        view = memoryview(data)
        while view:
            if _CAN_LOOK and not _ready(sink, select.POLLOUT, 0):
                self._wait_for(sink)
                continue
            view = view[os.write(sink, view[:_AT_ONCE]) :]

    @property
    def _has_room(self) -> bool:
        return not self._ended and len(self._messages) < _MAX_WAITING

    def _wait_for(self, sink: int) -> None:
        poll = select.poll()
        poll.register(sink, select.POLLOUT)
        if self._has_room:  # both may be one socket
            poll.register(self._source, select.POLLIN | (select.POLLOUT if self._source == sink else 0))
        for descriptor, event in poll.poll():
            if descriptor == self._source and event & ~select.POLLOUT:
                self._read()

    def _read(self) -> None:
        """Read what there is, or wait for it; note the end."""
        try:
            chunk = os.read(self._source, _CHUNK)
        except OSError:
            chunk = b""
        self._ended = not chunk
        for line in self._lines.cut(chunk) if chunk else self._lines.rest():
            if line is None or line.strip():
                message = parse(line)
                self._messages.append(message)
                self._newer.update(call.field for call in message.calls if call.field and call.method in CANCELLING)


class Lines:
    """A stream cut into lines, in the chunks that come; one longer than `limit` bytes is skipped, never held."""

    def __init__(self, limit: int = MAX_MESSAGE) -> None:
        self._limit = limit
        self._held = bytearray()
        self._too_long = False

    def cut(self, chunk: bytes) -> list[bytes | None]:
        """Give the lines that end in the next chunk; None for one that was too long."""
        *ended, rest = chunk.split(b"\n")
        found: list[bytes | None] = []
        for part in ended:
            too_long = self._too_long or len(self._held) + len(part) > self._limit
            found.append(None if too_long else bytes(self._held) + part)
            self._held, self._too_long = bytearray(), False
        self._too_long = self._too_long or len(self._held) + len(rest) > self._limit
        self._held = bytearray() if self._too_long else self._held + rest
        return found

    def rest(self) -> list[bytes | None]:
        """Give the last line, once the stream has ended without a line feed."""
        return [None if self._too_long else bytes(self._held)] if self._held or self._too_long else []


def _ready(descriptor: int, event: int, milliseconds: int) -> bool:
    poll = select.poll()
    poll.register(descriptor, event)
    return bool(poll.poll(milliseconds))
