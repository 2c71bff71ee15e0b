"""What is typed, read with a space more or one less, written as the place asks.

Owns the readings; where spaces may have gone wrong, and at what cost, is `spaces.py`'s.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from autocomplete.caret import Caret, caret_of
from autocomplete.casing import show, show_after
from autocomplete.lexicon import Lexicon
from autocomplete.lm import State
from autocomplete.reading import Reading
from autocomplete.spaces import SpaceErrors

_REACH: Final = 24
"""Letters of the longest word before that may be a fragment."""
_PAIRS: Final = 2
"""readings as two words, at most"""


class Respacing:
    """Reads letters as two words, or with the word before them as one.

    Parameters
    ----------
    read : callable
        Reads a context, reusing a state.
    """

    def __init__(self, spaces: SpaceErrors, lexicon: Lexicon, read: Callable[[str, State | None], State]) -> None:
        self._spaces = spaces
        self._lexicon = lexicon
        self._forms = lexicon.forms
        self._read = read

    def follows_fragment(self, caret: Caret) -> bool:
        """Tell whether a single space parts the prefix from letters that are no word: `someth ing`."""
        before = caret.context[-_REACH:-1].rpartition(" ")[2]
        return caret.context[-1:] == " " and before.isalpha() and not self._lexicon.lists(before)

    def readings(self, caret: Caret, state: State, *, whole: bool) -> list[Reading]:
        """Give what the prefix may mean with its spaces put right; the second word begun or, if `whole`, finished."""
        key, habits = caret.key, caret.habits
        readings = []
        for pair in self._spaces.split(state, key, caret.key_touches, whole=whole)[:_PAIRS]:
            first, second = (self._forms[word] for word in pair.words)
            shown = show(first, caret.prefix[:2], sentence_start=caret.sentence_start, habits=habits)
            pair_shown = f"{shown} {show_after(second, caret.prefix, habits)}"
            readings.append(Reading(pair_shown, caret.prefix, pair.logprob, pair.score))
        before = caret_of(caret.context[:-1]) if caret.context[-1:] == " " else None
        if before is not None and before.prefix:
            joined = self._spaces.join(partial(self._read, before.context, state), before.typed, key, whole=whole)
            if joined is not None:
                form, start = self._forms[joined.words[0]], before.sentence_start
                shown = show(form, before.prefix, sentence_start=start, habits=habits)
                readings.append(Reading(shown, f"{before.prefix} {caret.prefix}", joined.logprob, joined.score))
        return readings
