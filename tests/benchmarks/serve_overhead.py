"""What the server costs over the direct API, with ten fields open that take turns.

`python -m tests.benchmarks.serve_overhead` prints the latencies of both, the difference key by key, and one JSON line.
Both answer the same keys in turns, several times over. A busy machine slows both, but at other moments, which makes
differences where there are none: beside the overhead stands how far the direct answers of one round are from those of
the round before.
"""

from __future__ import annotations

import json
import time

import click
import numpy as np
from numpy.typing import NDArray

import autocomplete
from autocomplete.bench import SAMPLE, machine
from tests.serve_exchange import Client

FIELDS = 10


def measure(lines: tuple[str, ...] = SAMPLE, rounds: int = 3) -> dict[str, NDArray[np.float64]]:
    """Type lines into ten fields, a character each in turn, after a round that warms both up.

    Returns
    -------
    dict of float64 [rounds, keys]
        `direct` and `served`: milliseconds of each key.
    """
    engine = autocomplete.load()
    texts = ["".join(line + "\n" for line in lines[place::FIELDS]) for place in range(FIELDS)]
    with Client() as client:
        took = [_type(engine, client, texts, f"{turn}:") for turn in range(rounds + 1)]
    direct, served = np.array(took[1:]).transpose(1, 0, 2)
    return {"direct": direct, "served": served}


def _type(
    engine: autocomplete.Autocompleter, client: Client, texts: list[str], name: str
) -> tuple[list[float], list[float]]:
    """Type texts once; give milliseconds of each key, asked directly and of the server."""
    sessions = [engine.session() for _ in texts]
    direct: list[float] = []
    served: list[float] = []
    for place in range(len(texts)):
        client.call("open", field=f"{name}{place}", autocorrect=True)
    for number in range(max(map(len, texts))):
        for place, text in enumerate(texts):
            if number >= len(text):
                continue
            begun = time.perf_counter()
            words = sessions[place].type(text[number])
            between = time.perf_counter()
            reply = client.call("type", field=f"{name}{place}", text=text[number])
            served.append(1e3 * (time.perf_counter() - between))
            direct.append(1e3 * (between - begun))
            assert [entry["word"] for entry in reply["result"]["suggestions"]] == [found.word for found in words]
    for place in range(len(texts)):
        client.call("close", field=f"{name}{place}")
    return direct, served


@click.command()
@click.option("--rounds", type=click.IntRange(2), default=3, show_default=True, help="How often the lines are typed.")
def main(rounds: int) -> None:
    """Print what was measured."""
    found = measure(rounds=rounds)
    direct, served = found["direct"], found["served"]
    rows = {
        "direct": direct,
        "served": served,
        "overhead": served - direct,
        "direct, round by round": np.diff(direct, axis=0),
    }
    line: dict[str, object] = {"fields": FIELDS, "keys": direct.size, "machine": machine()}
    for name, values in rows.items():
        p50, p99 = np.percentile(values, [50, 99])
        click.echo(f"{name:24}  p50 {p50:5.2f} ms   p99 {p99:5.2f} ms")
        line[name] = {"p50": round(float(p50), 3), "p99": round(float(p99), 3)}
    click.echo(json.dumps(line))


if __name__ == "__main__":
    main()
