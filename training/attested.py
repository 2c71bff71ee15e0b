"""Words that people write though the lexicon does not list them: `attested.tsv`, made beside `lexicon.tsv`.

Slang, names and rare words, from the corpus and the frequency list, but for those whose count is what slips of listed
words explain (`slips.py`). The runtime leaves them alone where it would correct others (`autocomplete/attested.py`).
Beside them stand misspellings that people keep making (`misspelt.py`), each with the word that it is written for.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from autocomplete.lexicon import key_of
from training.files import atomic_write_text
from training.misspelt import meant_by
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


@dataclass(frozen=True)
class Written:
    """What is written though it is not listed, in lower case."""

    shares: dict[str, float]
    """words that are meant, and their share of running text"""
    slips: dict[str, tuple[str, float]]
    """misspellings, with the word that each is written for and its share"""


def choose(
    folded: Counter[str],
    frequencies: Mapping[str, float],
    rows: Iterable[tuple[str, float, str]],
    may_be_misspelt: Callable[[str], bool],
) -> Written:
    """Give the words that are written but not listed.

    Parameters
    ----------
    folded : Counter
        Sightings of folded words in the corpus.
    frequencies : mapping of str to float
        Shares by a frequency list.
    rows : iterable
        The lexicon: form, natural-log probability, flags.
    may_be_misspelt : callable
        Tells whether no list knows a word, and it is no name.
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
        return Written(shares, {})
    explanations = Explanations(listed)
    usual = {key_of(word): word for word in sorted(listed, key=lambda word: (listed[word], word))}

    def is_slip(word: str) -> bool:
        key = key_of(word)
        factor = LONG_FACTOR if len(key) >= LONG else _FACTOR
        return len(key) > 2 and shares[word] < factor * explanations.share(key, _LIMIT)

    slips = {
        word: (usual[meant], share)
        for word, share in shares.items()
        if may_be_misspelt(word) and (meant := meant_by(key_of(word), share, folded[word], explanations)) is not None
    }
    return Written({word: share for word, share in shares.items() if word not in slips and not is_slip(word)}, slips)


def write(path: Path, written: Written) -> None:
    """Write words, natural logs of their shares and, of misspellings, the word meant; most frequent first."""
    rows = [(word, share, "") for word, share in written.shares.items()]
    rows += [(word, share, meant) for word, (meant, share) in written.slips.items()]
    rows.sort(key=lambda row: (-row[1], row[0]))
    atomic_write_text(path, "".join(f"{word}\t{math.log(share):.3f}\t{meant}\n" for word, share, meant in rows))


def read(path: Path) -> Written:
    """Read what `write` wrote.

    Raises
    ------
    FileNotFoundError, ValueError
        If the file is missing, or a line has not the three columns.
    """
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: make it with `python -m training lexicon`")
    written = Written({}, {})
    for number, line in enumerate(path.read_text(encoding="utf8").splitlines(), 1):
        columns = line.split("\t")
        if len(columns) != 3:
            raise ValueError(
                f"{path}, line {number}: {len(columns)} columns, expected word, logprob and the word meant: "
                "make it again with `python -m training lexicon`"
            )
        word, share, meant = columns[0], math.exp(float(columns[1])), columns[2]
        if meant:
            written.slips[word] = meant, share
        else:
            written.shares[word] = share
    return written
