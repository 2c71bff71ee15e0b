"""Words that people write though the lexicon does not list them: `attested.tsv`, made beside `lexicon.tsv`.

Slang, names and rare words, from the corpus and the frequency list, but for those whose count is what slips of listed
words explain (`slips.py`). The runtime leaves them alone where it would correct others (`autocomplete/attested.py`).
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from autocomplete.lexicon import key_of
from training.files import atomic_write_text
from training.slips import LONG, LONG_FACTOR, Explanations

_WRITTEN = re.compile(r"[a-z0-9\u00df-\u024f][a-z0-9\u00df-\u024f'-]+")
_LONGEST = 20
_FACTOR = 0.025
"""a short word is no slip if it is seen so many times as often as slips would explain, by rates of typing unlooked:
`hav` and `lor` are meant, `pople` and `teh` are not. Collected text was looked at before it was sent"""
_LIMIT = 10.0
"""nats of the least likely slip that is considered: two errors (`tommorow`)"""
_MIN_COUNT = 3
"""sightings in the corpus of a word that no list knows"""


def choose(
    folded: Counter[str], frequencies: Mapping[str, float], rows: Iterable[tuple[str, float, str]]
) -> dict[str, float]:
    """Give the words that are written but not listed, and their share of running text.

    Parameters
    ----------
    folded : Counter
        Sightings of folded words in the corpus.
    frequencies : mapping of str to float
        Shares by a frequency list.
    rows : iterable
        The lexicon: form, natural-log probability, flags.
    """
    listed: dict[str, float] = defaultdict(float)
    for form, logprob, _ in rows:
        listed[form.lower()] += math.exp(logprob)
    total = max(1, folded.total())
    seen = {word: count / total for word, count in folded.items() if count >= _MIN_COUNT}
    shares = {
        word: max(seen.get(word, 0.0), frequencies.get(word, 0.0))
        for word in {*seen, *frequencies}
        if word not in listed and len(word) <= _LONGEST and _WRITTEN.fullmatch(word) and not word.isdigit()
    }
    if not any(map(key_of, listed)):
        return shares
    explanations = Explanations(listed)

    def is_slip(word: str) -> bool:
        key = key_of(word)
        factor = LONG_FACTOR if len(key) >= LONG else _FACTOR
        return len(key) > 2 and shares[word] < factor * explanations.share(key, _LIMIT)

    return {word: share for word, share in shares.items() if not is_slip(word)}


def write(path: Path, shares: Mapping[str, float]) -> None:
    """Write words and natural logs of their shares, most frequent first."""
    rows = sorted(shares.items(), key=lambda row: (-row[1], row[0]))
    atomic_write_text(path, "".join(f"{word}\t{math.log(share):.3f}\n" for word, share in rows))


def read(path: Path) -> dict[str, float]:
    """Read what `write` wrote.

    Raises
    ------
    FileNotFoundError, ValueError
        If the file is missing, or a line has not the two columns.
    """
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: make it with `python -m training lexicon`")
    shares = {}
    for number, line in enumerate(path.read_text(encoding="utf8").splitlines(), 1):
        columns = line.split("\t")
        if len(columns) != 2:
            raise ValueError(f"{path}, line {number}: {len(columns)} columns, expected word and logprob")
        shares[columns[0]] = math.exp(float(columns[1]))
    return shares
