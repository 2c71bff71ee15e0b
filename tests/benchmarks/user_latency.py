"""What a user with much learned costs: time of each key and of the start, against the same engine without a user.

    python -m tests.benchmarks.user_latency TEXT.txt [--ngrams 50000] [--repeats 15]

Lines of the text are learned until the store holds so many words, pairs and triples; the lines after them are typed,
each key into both engines in turn, so that what else the machine does falls on both alike. Prints a table and one JSON
line.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import click

import autocomplete
from autocomplete.bench import machine
from autocomplete.engine import Autocompleter
from autocomplete.learning import learn_lines

_START = """
import sys
import autocomplete
engine = autocomplete.load(user=sys.argv[1] or None)
engine.suggest("See you tomo")
"""
_OPENING = """
import sys, time
import autocomplete
autocomplete.load().suggest("See you tomo")
begun = time.perf_counter()
from autocomplete.personal_data import PersonalData
data = PersonalData(sys.argv[1])
print(time.perf_counter() - begun)
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


def type_in_turn(engines: dict[str, Autocompleter], lines: Sequence[str]) -> dict[str, list[float]]:
    """Type lines into sessions of all engines, key by key in turn; give the seconds each key took."""
    took: dict[str, list[float]] = {name: [] for name in engines}
    for line in lines:
        sessions = {name: engine.session() for name, engine in engines.items()}
        for key in line:
            for name, session in sessions.items():
                begun = time.perf_counter()
                session.type(key)
                took[name].append(time.perf_counter() - begun)
    return took


def starts(users: dict[str, str], repeats: int) -> dict[str, float]:
    """Give the median seconds from the start of a process to its first word, the processes in turn."""
    took: dict[str, list[float]] = {name: [] for name in users}
    for _ in range(repeats):
        for name, user in users.items():
            begun = time.perf_counter()
            subprocess.run([sys.executable, "-c", _START, user], check=True)
            took[name].append(time.perf_counter() - begun)
    return {name: statistics.median(seconds) for name, seconds in took.items()}


def opening(path: Path, repeats: int) -> float:
    """Give the median seconds of opening a store in a fresh process."""
    command = [sys.executable, "-c", _OPENING, str(path)]
    took = [subprocess.run(command, check=True, capture_output=True, text=True).stdout for _ in range(repeats)]
    return statistics.median(map(float, took))


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
    started = starts({"without": "", "with": str(path)}, repeats)
    return {
        "ngrams": ngrams,
        "keystrokes": len(took["with"]),
        "latency_ms": {name: quantiles(seconds) for name, seconds in took.items()},
        "added_ms": quantiles([a - b for a, b in zip(took["with"], took["without"], strict=True)]),
        "start_s": started,
        "opening_ms": 1e3 * opening(path, repeats),
        "machine": machine(),
    }


def table(result: dict[str, Any]) -> str:
    """Lay a result out for reading."""
    rows = [f"{result['ngrams']} n-grams, {result['keystrokes']} keystrokes, in turn"]
    for name, latency in result["latency_ms"].items():
        start = result["start_s"][name]
        rows.append(f"{name:8} p50 {latency['p50']:.2f} ms   p99 {latency['p99']:.2f} ms   start {start:.3f} s")
    added = result["added_ms"]
    rows.append(f"added by the user   p50 {added['p50']:.2f} ms a key   opening {result['opening_ms']:.1f} ms")
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
