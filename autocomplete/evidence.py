"""What speaks for another reading of a finished word, put together for `correction.py` to decide on."""

from __future__ import annotations

import math
from collections.abc import Sequence

from autocomplete.attested import Attested
from autocomplete.caret import Caret
from autocomplete.correction import Evidence
from autocomplete.error_model import ErrorModel
from autocomplete.lexicon import key_of
from autocomplete.reading import Reading


def evidence_of(
    others: Sequence[Reading],
    caret: Caret,
    literal: float,
    errors: ErrorModel,
    *,
    exists: bool,
    attested: Attested,
) -> Evidence:
    """Weigh the best other readings, one or two, against the score of what was typed."""
    best = others[0]
    meant = key_of(best.word)
    typed = caret.typed.lower()
    recased = meant == caret.key
    if recased and not exists:  # a sloppy spelling of the same word
        literal = -math.inf
    return Evidence(
        typed=best.typed,
        word=best.word,
        margin=best.score - literal,
        lead=best.score - others[1].score if len(others) > 1 else math.inf,
        exists=exists,
        name=caret.prefix[:1].isupper() and not caret.sentence_start,
        recased=recased,
        slip=errors.is_slip(caret.key, meant),
        stray=errors.is_stray(caret.key, meant),
        cost=best.logprob - best.score,
        attested=0.0 if exists else attested.frequency(typed),
        misspelt=not exists and attested.is_misspelt(typed),
    )
