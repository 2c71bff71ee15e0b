"""What speaks for other readings of a finished word, put together for `correction.py` to decide on.

Two readings are weighed: the likeliest of other letters, and the likeliest of the same letters in another case or with
an apostrophe. The first has to be better than what was typed in whatever case: `mt` is `Mt` as much as it is `mt`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from autocomplete.attested import Attested
from autocomplete.caret import Caret
from autocomplete.correction import Evidence
from autocomplete.error_model import ErrorModel
from autocomplete.habits import Writer
from autocomplete.lexicon import Lexicon, key_of
from autocomplete.mistakes import Mistake, mistake_of
from autocomplete.reading import Reading


class Scales:
    """Weigh readings against what was typed.

    Parameters
    ----------
    lexicon, attested : Lexicon, Attested
        What is known of words.
    errors : ErrorModel
        What is known of fingers.
    """

    def __init__(self, lexicon: Lexicon, attested: Attested, errors: ErrorModel) -> None:
        self._lexicon = lexicon
        self._attested = attested
        self._errors = errors

    def weigh(
        self, readings: Sequence[Reading], caret: Caret, literal: float, writer: Writer, *, exists: bool
    ) -> list[Evidence]:
        """Weigh other readings; give at most two, none where there is none.

        Parameters
        ----------
        readings : sequence of Reading
            Best first, each word once; what was typed may be among them.
        literal : float
            Score of what was typed as it is.
        exists : bool
            What was typed is a word.
        """
        typed = caret.typed.lower()
        others = [reading for reading in readings if caret.prefix not in (reading.word, reading.inside)]
        recased = [reading for reading in others if key_of(reading.word) == caret.key]
        if writer.marks < 0:  # of words that ask for an apostrophe 8 in 10 have none after one that has none
            recased = [reading for reading in recased if "'" in reading.typed or "'" not in reading.word]
        respelled = [reading for reading in others if key_of(reading.word) != caret.key]
        if any(letter.isalpha() and letter not in self._errors.layout.index for letter in typed):
            respelled = []  # a letter that no key has was asked for, by holding one
        as_typed = max([literal, *(reading.score for reading in recased[:1])])
        # a sloppy spelling of the same word is none of its own
        contests = [(respelled, respelled[1:2], as_typed)]
        contests += [(recased, [*recased[1:2], *respelled[:1]], literal if exists else -math.inf)]
        return [
            Evidence(
                typed=best.typed,
                word=best.word,
                logprob=best.logprob,
                literal=literal,
                margin=best.score - own,
                lead=best.score - max((rival.score for rival in rivals), default=-math.inf),
                frequency=self._lexicon.frequency_of(best.word),
                exists=exists,
                name=caret.prefix[:1].isupper() and not caret.sentence_start and not caret.habits.stresses,
                mistake=self._mistake(best, caret),
                cost=best.logprob - best.score,
                touched=any(point is not None for point in caret.key_touches),
                attested=0.0 if exists else self._attested.frequency(typed),
                misspelt=not exists and self._attested.is_misspelt(typed),
                capitals=writer.capitals,
                unlisted=writer.unlisted,
            )
            for (best, *_), rivals, own in (contest for contest in contests if contest[0])
        ]

    def _mistake(self, reading: Reading, caret: Caret) -> Mistake:
        spaces = reading.word.count(" ") - reading.typed.count(" ")
        if not spaces:
            return mistake_of(caret.key, key_of(reading.word), self._errors)
        same = _letters(reading.typed) == _letters(reading.word)
        if spaces > 0:
            return "missed_space" if same else "missed_space_and_more"
        return "accidental_space" if same else "space_for_letter"


def _letters(words: str) -> str:
    return key_of(words.replace(" ", ""))
