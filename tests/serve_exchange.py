"""The worked exchange in the protocol's document, played against a real server.

`python -m tests.serve_exchange` writes the server's answers into the document anew.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

DOCUMENT = Path(__file__).parents[1] / "autocomplete" / "serve.md"
BLOCK = re.compile(r"(?<=^```\n)→.*?(?=^```)", re.MULTILINE | re.DOTALL)


class Client:
    """A server of our own, and a line at a time to and from it."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "autocomplete", "serve", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._count = 0

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.close()
        self.process.stdout.read()
        self.process.stdout.close()
        assert self.process.wait(30) == 0

    def send(self, line: str | bytes) -> None:
        """Send a line."""
        assert self.process.stdin
        self.process.stdin.write((line.encode() if isinstance(line, str) else line) + b"\n")
        self.process.stdin.flush()

    def read(self) -> Any:
        """Wait for an answer."""
        assert self.process.stdout
        return json.loads(self.process.stdout.readline())

    def call(self, method: str, **params: Any) -> Any:
        """Send a request and give the answer to it, whole."""
        self._count += 1
        self.send(json.dumps({"jsonrpc": "2.0", "id": self._count, "method": method, "params": params}))
        reply = self.read()
        assert reply["id"] == self._count
        return reply


def wants_answer(line: str) -> bool:
    """Tell whether a line that a client sends is answered."""
    try:
        return "id" in json.loads(line)
    except ValueError:
        return True


def sent() -> list[str]:
    """Give what the client of the document sends."""
    block = BLOCK.search(DOCUMENT.read_text(encoding="utf8"))
    assert block
    return [line[2:] for line in block[0].splitlines() if line.startswith("→")]


def written() -> list[Any]:
    """Give what the server of the document answers."""
    block = BLOCK.search(DOCUMENT.read_text(encoding="utf8"))
    assert block
    return [json.loads(line[2:]) for line in block[0].splitlines() if line.startswith("←")]


def play() -> str:
    """Send each line of the document to a real server; give the exchange."""
    exchange = []
    with Client() as client:
        for line in sent():
            client.send(line)
            exchange.append(f"→ {line}")
            if wants_answer(line):
                exchange.append(f"← {json.dumps(client.read(), ensure_ascii=False)}")
    return "\n".join(exchange) + "\n"


def write() -> None:
    """Put the answers into the document."""
    text = DOCUMENT.read_text(encoding="utf8")
    played = play()
    DOCUMENT.write_text(BLOCK.sub(lambda _: played, text), encoding="utf8")


if __name__ == "__main__":
    write()
