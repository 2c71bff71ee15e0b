"""Plain-text rules that training and the runtime must share: normalising, cutting into chunks, truecasing.

Owns what a word, a prefix, a sentence start and a chunk are. Knows nothing of pieces, models or suggestions.
Stands first in the flow: everything the model ever reads went through `normalise`, `truecase` and `chunks`.
All functions are pure; casing knowledge comes in as an argument.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator

_MARKS = "\u0300-\u036f"
LETTER = r"[^\W\d_]"
WORD = rf"{LETTER}(?:[^\W\d_{_MARKS}]|[{_MARKS}]|['](?={LETTER}))*"
"""One word: letters with inner apostrophes. Hyphens and digits are chunks of their own."""

WRITTEN_WORD = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")
"""A word as people count them, in text as it was written: letters and digits with inner apostrophes and hyphens."""

_CHUNK = re.compile(rf"\n| ?{WORD}| ?\d| ?(?:[^\w\s]|_)+| ?[^\s]|\s")
_PREFIX = re.compile(rf"[^\W_](?:[^\W_]|[{_MARKS}]|['’\-](?!['’\-]))*\Z")
_MAX_PREFIX = 48
_LETTERS_OF_SLIP = 2
"""fewest letters beside a digit that was hit by mistake"""
_LETTERS_OF_CODE = 3
"""most capitals beside the digit of a code"""
_MEASURE = re.compile(
    r"\d(?:s|sec|secs|st|n|nd|r|rd|t|th|tb|a|am|p|pm|px|pcs|h|hr|hrs|m|mi|min|mins|mph|mg|k|kb|kg|km|cm|mm|x|d|g|b|gb|mb|ml"
    r"|l|lb|lbs|ft|in|oz|wk|wks|yo|yr|yrs)",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(?:\d:|[$£€¥])\Z")
_JOINS = re.compile(rf"[{_MARKS}]")
_LITERAL = re.compile(r'[@\\_~#]|://|www\.|^/|/.*/|^[(\["“]?:(?:[^\W_]{2}|[+-]1)', re.IGNORECASE)

_SHORT = (
    "[Mm]r",
    "[Mm]rs",
    "[Mm]s",
    "[Dd]r",
    "Prof",
    "Jr",
    "Sr",
    "St",
    "vs",
    "approx",
    r"Ph\.D",
    r"[a-zA-Z]\.[a-zA-Z]",
)
"""Ends of abbreviations, such initials as `e.g.`, `p.m.` and `U.S.` have among them: their full stop ends nothing."""
_STOP = r"(?<!\.)" + "".join(rf"(?<!\b{short})" for short in _SHORT) + r"\."
_LIST = r"(?:\A|\n)(?:(?:\d{1,2}|[a-zA-Z])[.)]\s)?"
_START = rf"(?:{_LIST}|(?:{_STOP}|[!?])[!?]*[\"')\]]*\s)[\s\"'(\[*-]*"
SENTENCE_WORD = re.compile(rf"({_START})({WORD})")
"""Where a sentence begins, with the marks before its first word and that word as groups."""

_AT_START = re.compile(rf"{_START}\Z")
_SHOUTED_LINE = re.compile(rf"^(?=.*{LETTER})(?!.*[^\W\d_A-Z]).*[A-Z].*\s.*[A-Z].*$", re.MULTILINE)
_WORD = re.compile(WORD)
_LONE_WORD = re.compile(rf"(?<![\w'@#./\\-]){WORD}(?![\w'@/\\-]|\.\w)")
"""not part of `i.e.`, `e-mail`, an address or a path"""

_TRANSLATE = str.maketrans(
    {"’": "'", "‘": "'", "`": "'", "“": '"', "”": '"', "…": "...", "–": "-", "—": "-", "\u00ad": None, "\ufeff": None}
    | dict.fromkeys(range(0xD800, 0xE000), "\ufffd")  # half of a surrogate pair is no character
    | dict.fromkeys([*range(0x200B, 0x2010), *range(0x09), *range(0x0E, 0x20), 0x7F], None)
)
_SPACES = re.compile(r"[^\S\n]+")
_BREAKS = re.compile(r" ?[\n\u2028\u2029][\s]*")


def normalise(text: str) -> str:
    """Bring typed or collected text to the form the model reads: NFC, straight quotes, single spaces and breaks."""
    if text.isascii() and text.isprintable() and "`" not in text and "  " not in text:
        return text  # as most of it is: nothing below would change it
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(_TRANSLATE)
    return _BREAKS.sub("\n", _SPACES.sub(" ", unicodedata.normalize("NFC", text)))


def chunks(text: str) -> Iterator[str]:
    """Cut normalised text into the units that are encoded one by one; joined again they give the text."""
    return (match.group() for match in _CHUNK.finditer(text))


def split(text: str) -> tuple[str, str]:
    """Split text at the caret into `(context, prefix)`; the prefix is the unfinished word, possibly empty."""
    match = _PREFIX.search(text[-_MAX_PREFIX - 1 :])
    if match is None or len(match.group()) > _MAX_PREFIX:
        return text, ""
    prefix = match.group()
    return text[: len(text) - len(prefix)], prefix


def in_number(text: str) -> bool:
    """Tell whether a number goes on at the caret: after the colon of a time, or the sign of a currency."""
    return bool(_NUMBER.search(text[-2:]))


def in_literal(text: str) -> bool:
    """Tell whether the caret stands in what no word completes: a URL, an address, a path, a handle, an emoji's name."""
    tail = text[-256:]
    run = tail[max(tail.rfind(" "), tail.rfind("\n"), tail.rfind("\t")) + 1 :]
    return bool(_LITERAL.search(run))


def ends_word(character: str, text: str) -> bool:
    """Tell whether a character typed after `text` ends a word there: anything but letters, digits and joining marks."""
    return text[-1:].isalnum() and not (character.isalnum() or character in "'’-_@/\\" or _JOINS.match(character))


def is_wordlike(prefix: str) -> bool:
    """Tell whether a prefix may be a word: letters, or letters with one digit that may have been hit by mistake.

    Codes and measures are no words: `b4`, `MP3`, `covid-1`, `5kg`.
    """
    digits = sum(letter.isdigit() for letter in prefix)
    if digits != 1:
        return digits == 0
    letters = [letter for letter in prefix if letter.isalpha()]
    few = len(letters) <= _LETTERS_OF_CODE and all(letter.isupper() for letter in letters)
    is_code = few or len(letters) < _LETTERS_OF_SLIP or "-" in prefix
    return not is_code and not _MEASURE.fullmatch(prefix)


def window(text: str, hop: int = 1024) -> str:
    """Cut all but the last one to two hops off a long text, at a word start.

    The cut moves in whole hops and depends on nothing but the text, so that a session typing on and a fresh start
    read the same tokens, and the cache built for one keystroke serves the next.
    """
    start = (len(text) // hop - 1) * hop
    if start <= 0:
        return text
    cut = re.compile(r"\s").search(text, start, start + hop // 2)
    return text[cut.end() if cut else start :]


def at_sentence_start(context: str) -> bool:
    """Tell whether the next word typed after `context` (normalised) begins a sentence."""
    return bool(_AT_START.search(context[-64:] if len(context) > 64 else context))


def truecase(text: str, usual: Callable[[str], str | None]) -> str:
    """Undo the capitals that only mark a sentence start or shouting, so that the model meets each word in one form.

    `usual(folded_word)` gives the word's usual form, or None where it is unknown; unknown words are left alone.
    The technique is truecasing as used in machine translation (Lita et al. 2003, "tRuEcasIng").
    """
    text = _SHOUTED_LINE.sub(lambda line: _WORD.sub(lambda word: usual(word[0].lower()) or word[0], line[0]), text)
    return SENTENCE_WORD.sub(lambda match: match[1] + _lowered(match[2], usual), text)


def recase(text: str, usual: Callable[[str], str | None], only: Callable[[str], str | None]) -> str:
    """Truecase a text of who may use no capitals: words that always have some get them back, `los` as `Los`.

    The model knows such words by these forms alone. `only(folded_word)` gives the form of a word whose every form has a
    capital, None of another. Words that are written small too tell of the tone: with theirs changed, less of natural
    small text was foreseen.
    """
    return _LONE_WORD.sub(lambda word: only(word[0]) or word[0], truecase(text, usual))


def _lowered(word: str, usual: Callable[[str], str | None]) -> str:
    if not word[0].isupper() or (len(word) > 1 and not word[1:].islower()):
        return word
    lower = word.lower()
    return lower if usual(lower) == lower else word
