"""What the server costs over the direct API, with ten fields open that take turns.

`python -m tests.benchmarks.serve_overhead` prints both latencies, their difference key by key, and one JSON line. Both
sides answer the same keys in turns, so that a busy machine slows both.
"""

from __future__ import annotations

import json
import time

import numpy as np

import autocomplete
from autocomplete.bench import SAMPLE, machine
from tests.serve_exchange import Client

FIELDS = 10


def measure(lines: tuple[str, ...] = SAMPLE) -> dict[str, list[float]]:
    """Type lines into ten fields, a character each in turn; give the milliseconds of every key, by both ways."""
    engine = autocomplete.load()
    direct: list[float] = []
    served: list[float] = []
    sessions = [engine.session() for _ in range(FIELDS)]
    texts = ["".join(line + "\n" for line in lines[place::FIELDS]) for place in range(FIELDS)]
    with Client() as client:
        for place in range(FIELDS):
            client.call("open", field=str(place))
        for number in range(max(map(len, texts))):
            for place, session in enumerate(sessions):
                if number >= len(texts[place]):
                    continue
                begun = time.perf_counter()
                words = session.type(texts[place][number])
                between = time.perf_counter()
                reply = client.call("type", field=str(place), text=texts[place][number])
                served.append(1e3 * (time.perf_counter() - between))
                direct.append(1e3 * (between - begun))
                assert [entry["word"] for entry in reply["result"]["suggestions"]] == [found.word for found in words]
    return {"direct": direct[FIELDS * 3 :], "served": served[FIELDS * 3 :]}  # the first keys warm both up


def main() -> None:
    """Print what was measured."""
    found = measure()
    rows = {name: np.array(values) for name, values in found.items()}
    rows["overhead"] = rows["served"] - rows["direct"]
    line: dict[str, object] = {"fields": FIELDS, "keys": len(rows["direct"]), "machine": machine()}
    for name, values in rows.items():
        p50, p99 = np.percentile(values, [50, 99])
        print(f"{name:10}  p50 {p50:.2f} ms   p99 {p99:.2f} ms")
        line[name] = {"p50": round(float(p50), 3), "p99": round(float(p99), 3)}
    print(json.dumps(line))


if __name__ == "__main__":
    main()
