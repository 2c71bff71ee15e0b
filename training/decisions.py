"""What there is to decide on where words end: the engine's evidence on lines written and typed as people do.

Every word of some text is written as people write (`hands.py`), typed by `autocomplete/typist.py` and corrected as in a
field, and the engine's evidence for another reading is set against what was meant. Half of the lines begin with a
small letter, where there are as many: these are typed chat, nearest to what keyboards are used for.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from autocomplete.correction import Evidence, decide
from autocomplete.engine import Autocompleter
from autocomplete.layout import load_layout
from autocomplete.lexicon import key_of
from autocomplete.typist import Slips, TypedWord, Typist, words_of
from training.attested import Written
from training.hands import Hand, HandWritten

_NEW: Final = 0.5
"""share of the words of no list put in by hand that are taken for words never seen before: of those that the text has
itself, in the validation and test splits, half do not stand among the attested words"""
_UNKNOWN: Final = 0.5
"""share of the misspellings that are taken for such as nobody is known to make"""


@dataclass(frozen=True)
class Decision:
    """What is to be decided on where a word ends."""

    line: int
    """which line of the text"""
    small: bool
    """the line begins with a small letter"""
    touched: bool
    typed: str
    meant: str
    is_slip: bool
    """what the text has is plainly a slip of its writer: it tells nothing of what is meant"""
    readings: list[Evidence]

    @property
    def is_right(self) -> bool:
        """Whether what was meant was typed."""
        return self.typed.lower() == self.meant.lower()

    def is_meant(self, reading: Evidence) -> bool:
        """Tell whether a reading is what was meant; if letters change, whatever its case."""
        if reading.mistake == "case":
            return reading.word == self.meant
        return reading.word.lower() == self.meant.lower()


@dataclass(frozen=True, kw_only=True)
class Typing:
    """How lines are written and typed."""

    attested: Written
    known: Mapping[str, float]
    """listed words, folded, and their probability: what the text's own slips are told by"""
    lines: int
    passes: int
    """how often each line is written and typed, each time otherwise; by turns with touches told and without"""
    rate: float
    seed: int


def gather(
    engine: Autocompleter, texts: Sequence[Path], how: Typing, progress: Callable[[int], None]
) -> Iterator[Decision]:
    """Give what is to be decided on.

    Parameters
    ----------
    progress : callable
        Is given the number of lines typed, each as often as it is.

    Raises
    ------
    ValueError
        If the texts have no line of 3 to 25 words.
    """
    chosen = _choose(texts, how.lines, how.seed)
    if not chosen:
        raise ValueError(f"{', '.join(map(str, texts))}: no line of 3 to 25 words; give text, one message a line")
    done = 0
    for turn in range(how.passes):
        hand = Hand(how.attested, how.seed + turn, how.known)
        written = [(number, hand.write(line)) for number, line in enumerate(chosen)]
        # shorthand may leave a letter that is no word
        written = [(number, one) for number, one in written if len(list(words_of(one.line))) == len(one.meant)]
        rng = random.Random(how.seed + turn)
        typist = Typist(load_layout(), [one.line for _, one in written], Slips(rate=how.rate), seed=how.seed + turn)
        for number, one in written:
            # so that the weights hold with touches and without
            yield from _of_line(engine, number, one, hand, typist, rng, touched=(number + turn) % 2 == 0)
            done += 1
            progress(done)


def _choose(texts: Sequence[Path], lines: int, seed: int) -> list[str]:
    """Draw lines, half of them such as begin with a small letter if there are as many."""
    read = (line.strip() for text in texts for line in text.read_text(encoding="utf8").splitlines())
    found = [line for line in read if 3 <= len(line.split()) <= 25]
    random.Random(seed).shuffle(found)
    small = [line for line in found if line[0].islower()][: lines // 2]
    other = [line for line in found if not line[0].islower()][: lines - len(small)]
    return small + other


def _of_line(
    engine: Autocompleter,
    number: int,
    written: HandWritten,
    hand: Hand,
    typist: Typist,
    rng: random.Random,
    *,
    touched: bool,
) -> Iterator[Decision]:
    """Type a line, and give what is to be decided on where its words end."""
    line, typed = written.line, typist.type(written.line)
    ended: dict[int, list[tuple[TypedWord, str, bool]]] = {}
    for word, wanted, put in zip(typed.words(), written.meant, written.put, strict=True):
        ended.setdefault(word.end, []).append((word, wanted, put))
    ended.pop(0, None)
    stands, at = "", 0
    for end, group in sorted(ended.items()):
        stands, at = stands + typed.text[at:end], end
        word = group[0][0].typed
        touches = [key.at for key in typed.keys[end - len(word) : end]] if touched else []
        readings, _ = engine.weigh(stands, touches=touches)
        if any(put for *_, put in group) and rng.random() < _NEW:
            readings = [replace(reading, attested=0.0) for reading in readings]
        if readings and readings[0].misspelt and rng.random() < _UNKNOWN:
            readings = [replace(reading, misspelt=False) for reading in readings]
        meant = " ".join(wanted for _, wanted, _ in group)
        is_slip = any(hand.slip_of(wanted) for _, wanted, put in group if not put)
        yield Decision(number, line[0].islower(), touched, word, meant, is_slip, readings)
        correction = decide(readings)
        if correction is not None:  # the next word follows what stands then
            stands = stands[: len(stands) - len(correction.typed)] + correction.word
        elif word != meant and key_of(word) == key_of(meant):  # left out in haste, and put right by hand
            stands = stands[: len(stands) - len(word)] + meant
