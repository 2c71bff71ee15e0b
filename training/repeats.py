"""How likely a word that no list knows is written again in the same message: the rate of `autocomplete/repeated.py`.

Counts over the training text: each word written after unlisted ones may be one of these again.
"""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Any

from autocomplete.lexicon import Lexicon
from autocomplete.repeated import WORDS, RepeatedWords
from autocomplete.text import normalise
from autocomplete.tokenizer import Tokenizer
from training.corpus import iterate
from training.lexicon import read_rows


def estimate(*, corpus: Path, lexicon: Path, vocabulary: Path, lines: int) -> dict[str, Any]:
    """Count the first lines of a corpus's training split; give the rate with what it was counted from."""
    repeated = RepeatedWords(Lexicon.from_rows(read_rows(lexicon), Tokenizer(vocabulary.read_bytes())))
    chances = again = 0
    for line in islice((line for document in iterate(corpus / "train.txt") for line in document), lines):
        text = normalise(line)
        unlisted = frozenset(word for _, word in repeated.among(text))
        seen: set[str] = set()
        for match in WORDS.finditer(text):
            word = match.group().removesuffix("'s")
            chances += len(seen)
            again += word in seen
            if word in unlisted:
                seen.add(word)
    return {"chances": chances, "written_again": again, "rate": round(again / max(1, chances), 5)}
