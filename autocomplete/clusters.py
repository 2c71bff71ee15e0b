"""How much one press of Backspace takes: a whole emoji, however many code points it is made of, or one character.

Follows what Android and Chromium do (their backspace state machines): pictures with skin tones, variation selectors
and joiners, flags, tags and keycaps go as a whole; an accent typed after its letter goes alone, to be put right.
"""

from __future__ import annotations

import re
from typing import Final

_TONE: Final = "\U0001f3fb-\U0001f3ff"
_PICTURE: Final = "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
_ONE: Final = rf"[{_PICTURE}]\ufe0f?[{_TONE}]?[\U000e0020-\U000e007f]*"
_EMOJI: Final = re.compile(rf"(?:{_ONE}(?:\u200d{_ONE})*|[0-9#*]\ufe0f?\u20e3)\Z")
_FLAG_LETTERS: Final = re.compile(r"[\U0001f1e6-\U0001f1ff]+\Z")
_LONGEST: Final = 32
"""characters looked at: the longest emoji have ten"""


def last_length(text: str) -> int:
    """Give the number of characters at the end of a text that one Backspace takes; none of an empty one."""
    if text[-1:].isascii() and text[-1:]:
        return 1
    tail = text[-_LONGEST:]
    letters = _FLAG_LETTERS.search(tail)
    if letters:  # two make a flag, counted from where the run begins
        return 2 - len(letters.group()) % 2
    emoji = _EMOJI.search(tail)
    return len(emoji.group()) if emoji else len(text[-1:])
