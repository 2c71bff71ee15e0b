"""A process that types: `python -m tests.typing_user STORE SEED [SECONDS]`. Tests start it, and some kill it.

It types sentences of made-up words into the store, for some seconds or until it is killed, and says on stdout, a line a
word, when each was finished. At its end it says how long each key took.
"""

from __future__ import annotations

import json
import math
import sys
import time

from autocomplete.learning import Observer
from autocomplete.personal import PersonalModel
from autocomplete.personal_data import PersonalData
from autocomplete.typed_words import context_of
from tests.fakes import WordList


def word(seed: int, number: int) -> str:
    """Make up a word, letters only."""
    letters = "".join("bdfgklmnprst"[int(digit)] + "aeiouaeiou"[int(digit)] for digit in str(number))
    return f"{'abcdefghij'[seed % 10]}x{letters}"


def main(path: str, seed: int, seconds: float = math.inf) -> None:
    """Type until the time is up."""
    data = PersonalData(path)
    model = PersonalModel(data, WordList({"see": -5.0}))
    took = []
    number = 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        observer, text = Observer(model), ""
        for _ in range(8):
            written = word(seed, number)
            for key in written + " ":
                begun = time.perf_counter()
                text += key
                observer.observe(text)
                model.place(context_of(text))
                took.append(time.perf_counter() - begun)
                time.sleep(0.0005)
            sys.stdout.write(f"{time.time()} {written}\n")
            sys.stdout.flush()
            number += 1
    data.close()
    sys.stdout.write(json.dumps({"words": number, "p99_ms": 1e3 * sorted(took)[int(0.99 * len(took))]}) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), *map(float, sys.argv[3:]))
