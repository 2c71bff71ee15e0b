"""What a user with much learned costs: time of each key and of the start, against the same engine without a user.

    python -m tests.benchmarks.user_latency TEXT.txt [--ngrams 50000] [--repeats 15]

Lines of the text are learned until the store holds so many words, pairs and triples; the lines after them are typed,
each key into both engines in turn, so that what else the machine does falls on both alike; the processor's time is told
beside the time that passed, since on a shared machine only that says much. Of a start it is told for all threads and
for the one that loads, which the others help. Prints a table and one JSON line.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import click

import autocomplete
from autocomplete.bench import machine
from autocomplete.engine import Autocompleter
from autocomplete.learning import learn_lines

_START = """
import sys, time
import autocomplete
engine = autocomplete.load(user=sys.argv[1] or None)
engine.suggest("See you tomo")
print(time.thread_time())
engine.close()
"""
_STARTS = ("start_s", "start_processor_s", "start_thread_s")
_OPENING = """
import sys, time
import autocomplete
autocomplete.load().suggest("See you tomo")
begun = time.process_time()
from autocomplete.personal_data import PersonalData
data = PersonalData(sys.argv[1])
print(time.process_time() - begun)
"""


def learn(path: Path, lines: Sequence[str], ngrams: int) -> int:
    """Learn lines until a store holds so many n-grams; give how many lines that took."""
    engine = autocomplete.load(user=path)
    assert engine.user
    store, done = engine.user.data.counts.store, 0
    assert store
    while store.ngram_count() < ngrams:
        if done >= len(lines):
            raise click.ClickException(f"the text holds {store.ngram_count()} n-grams, {ngrams} are wanted: give more")
        learn_lines(engine.user, lines[done : done + 100])
        engine.user.data.flush()
        done += 100
    engine.close()
    return done


@dataclass
class Times:
    """Seconds, as they passed and of the processor."""

    wall: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)

    def measure(self, work: Callable[[], object], processor: Callable[[], float]) -> None:
        """Time some work, by a clock of the processor too."""
        begun, worked = time.perf_counter(), processor()
        work()
        self.wall.append(time.perf_counter() - begun)
        self.processor.append(processor() - worked)


def type_in_turn(engines: dict[str, Autocompleter], lines: Sequence[str]) -> dict[str, Times]:
    """Type lines into sessions of all engines, key by key in turn; give the times of each key."""
    took = {name: Times() for name in engines}
    for line in lines:
        sessions = {name: engine.session() for name, engine in engines.items()}
        for key in line:
            for name, session in sessions.items():
                took[name].measure(partial(session.type, key), time.thread_time)
    return took


def starts(users: dict[str, str], repeats: int) -> tuple[dict[str, Times], dict[str, float]]:
    """Give the times of processes that offer a first word and end, in turn; and the median seconds of their first
    thread until that word.
    """
    took = {name: Times() for name in users}
    threads: dict[str, list[float]] = {name: [] for name in users}
    for _ in range(repeats):
        for name, user in users.items():
            took[name].measure(lambda name=name, user=user: threads[name].append(_run(_START, user)), _of_children)
    return took, {name: statistics.median(seconds) for name, seconds in threads.items()}


def _run(code: str, *arguments: str) -> float:
    """Run some code in a fresh process, which keeps what it compiles as any process does; give the number it prints."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-c", code, *arguments]
    return float(subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout)


def _of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def opening(path: Path, repeats: int) -> float:
    """Give the median seconds of the processor that opening a store takes, in a fresh process."""
    return statistics.median(_run(_OPENING, str(path)) for _ in range(repeats))


def quantiles(seconds: list[float]) -> dict[str, float]:
    """Give the median and the 99th percentile in milliseconds."""
    ranked = sorted(seconds)
    return {"p50": 1e3 * ranked[len(ranked) // 2], "p99": 1e3 * ranked[int(0.99 * len(ranked))]}


def measure(path: Path, typed: Sequence[str], repeats: int) -> dict[str, Any]:
    """Time keys and starts with a store and without one."""
    engines = {"without": autocomplete.load(), "with": autocomplete.load(user=path)}
    user = engines["with"].user
    assert user and user.data.counts.store
    ngrams = user.data.counts.store.ngram_count()
    type_in_turn(engines, typed[:3])
    took = type_in_turn(engines, typed)
    engines["with"].close()
    started, threads = starts({"without": "", "with": str(path)}, repeats)
    added = {
        clock: [a - b for a, b in zip(getattr(took["with"], clock), getattr(took["without"], clock), strict=True)]
        for clock in ("wall", "processor")
    }
    return {
        "ngrams": ngrams,
        "keystrokes": len(took["with"].wall),
        "latency_ms": {name: quantiles(times.wall) for name, times in took.items()},
        "processor_ms": {name: quantiles(times.processor) for name, times in took.items()},
        "added_ms": {clock: statistics.median(seconds) * 1e3 for clock, seconds in added.items()},
        "start_s": {name: statistics.median(times.wall) for name, times in started.items()},
        "start_processor_s": {name: statistics.median(times.processor) for name, times in started.items()},
        "start_thread_s": threads,
        "opening_ms": 1e3 * opening(path, repeats),
        "machine": machine(),
    }


def table(result: dict[str, Any]) -> str:
    """Lay a result out for reading."""
    rows = [f"{result['ngrams']} n-grams, {result['keystrokes']} keystrokes, in turn"]
    for title, keys, start in (
        ("time passed", "latency_ms", "start_s"),
        ("of the processor", "processor_ms", "start_processor_s"),
    ):
        for name, times in result[keys].items():
            rows.append(
                f"{title:16} {name:8} p50 {times['p50']:.2f} ms   p99 {times['p99']:.2f} ms   "
                f"start {result[start][name]:.3f} s"
            )
    more = {clock: 1e3 * (result[clock]["with"] - result[clock]["without"]) for clock in _STARTS}
    rows.append(
        f"added to a key   p50 {result['added_ms']['processor']:.2f} ms of the processor; to a start "
        f"{more['start_s']:.0f} ms, of the processor {more['start_processor_s']:.0f} ms, of these in the thread that "
        f"loads {more['start_thread_s']:.0f} ms"
    )
    return "\n".join(rows)


@click.command()
@click.argument("text", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--ngrams", default=50_000, show_default=True, help="Words, pairs and triples in the store.")
@click.option("--lines", default=40, show_default=True, help="Lines typed.")
@click.option("--repeats", default=15, show_default=True, help="Fresh processes for each time of starting.")
@click.option("--store", type=click.Path(path_type=Path), default=None, help="Keep the store here, or take this one.")
def main(text: Path, ngrams: int, lines: int, repeats: int, store: Path | None) -> None:
    """Measure what a user costs."""
    with text.open(encoding="utf8") as file, tempfile.TemporaryDirectory() as folder:
        written = [line.strip() for line in islice(file, 10 * ngrams) if len(line.split()) >= 3]
        path = store or Path(folder) / "user.db"
        done = 0 if path.exists() else learn(path, written[:-lines], ngrams)
        typed = written[done : done + lines] if done else written[-lines:]
        result = measure(path, typed, repeats)
    click.echo(table(result))
    click.echo(json.dumps(result))


if __name__ == "__main__":
    main()
