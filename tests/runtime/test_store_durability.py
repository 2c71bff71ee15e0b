"""Killed while typing, several processes at once, a disk that fills up while typing: nothing that counts is lost.

`AUTOCOMPLETE_KILLS=100` kills a hundred times instead of a few; `AUTOCOMPLETE_TYPING_SECONDS=60` types for a minute.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from autocomplete.store import Store

ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("AUTOCOMPLETE_KILLS", "12"))
SECONDS = float(os.environ.get("AUTOCOMPLETE_TYPING_SECONDS", "3"))


def _typing(path: Path, seed: int, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.typing_user", str(path), str(seed), *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _kill_while_typing(path: Path, seed: int) -> tuple[float, list[tuple[float, str]]]:
    """Give when a process was killed, and what it had typed when."""
    process = _typing(path, seed)
    assert process.stdout
    first = process.stdout.readline()
    assert first, process.stderr and process.stderr.read()
    time.sleep(random.Random(seed).uniform(0.9, 2.2))
    at = time.time()
    process.send_signal(signal.SIGKILL)
    output, _ = process.communicate()
    complete = (first + output).rpartition("\n")[0].splitlines()
    return at, [(float(line.split()[0]), line.split()[1]) for line in complete]


@pytest.mark.slow
def test_what_was_typed_a_second_before_a_kill_is_there(tmp_path: Path) -> None:
    def check(seed: int) -> int:
        path = tmp_path / f"{seed}.db"
        at, typed = _kill_while_typing(path, seed)
        store = Store(path)
        store.check()
        stored = {row[0]: row[1] for row in store.words()}
        store.close()
        due = [word for when, word in typed if when < at - 1]
        assert [word for word in due if stored.get(word) != 1] == []
        assert set(stored.values()) <= {1}
        return len(due)

    with ThreadPoolExecutor(4) as pool:
        due = list(pool.map(check, range(KILLS)))
    assert sum(due) > 2 * KILLS  # far more where nothing else runs


@pytest.mark.slow
def test_four_processes_type_into_one_store(tmp_path: Path) -> None:
    # beside each other, since four share the cores too, but with a store each
    processes = [_typing(tmp_path / f"{seed}.db", seed, str(SECONDS)) for seed in range(4)]
    apart = [json.loads(process.communicate()[0].splitlines()[-1])["p99_ms"] for process in processes]
    path = tmp_path / "user.db"
    processes = [_typing(path, seed, str(SECONDS)) for seed in range(4)]
    ended = [(*process.communicate(), process.returncode) for process in processes]
    store_words: set[str] = set()
    together = []
    for output, errors, status in ended:
        assert not errors
        assert status == 0
        *lines, last = output.splitlines()
        together.append(json.loads(last))
        assert len(lines) == together[-1]["words"] > 20
        store_words |= {line.split()[1] for line in lines}
    store = Store(path)
    store.check()
    assert {row[0]: row[1] for row in store.words()} == dict.fromkeys(store_words, 1)
    store.close()
    # no wait for a lock is what is looked for
    assert max(process["p99_ms"] for process in together) < max(2 * max(apart), 20), (apart, together)
