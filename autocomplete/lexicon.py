"""The words a keyboard may offer, indexed twice: by the letters typed and by the pieces that spell them.

Owns keys, forms, frequencies, flags and the trie of pieces; flat arrays throughout, so that kernels can walk them.
Knows nothing of the model; `beam.py` walks the trie with the model's logprobs.

A word's key is its form folded to what a thumb types: lower case, no accents, no apostrophes. Words are numbered in
the order of their keys, so the words a prefix may become are one range of numbers.
"""

from __future__ import annotations

import struct
import unicodedata
import zlib
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from autocomplete.letter_trie import LetterTrie
from autocomplete.piece_trie import PieceTrie
from autocomplete.string_table import parse_lines
from autocomplete.tokenizer import Tokenizer

OFFENSIVE: Final = 1
VARIANT: Final = 2
"""Flags. A variant is a sloppy spelling: its probability counts for the usual form, it is never shown itself."""

_FLAGS: Final = {"offensive": OFFENSIVE, "variant": VARIANT}
_MAGIC: Final = b"LEX1"
UNLISTED: Final = -16.0
"""Stands for the natural-log probability of what is no word."""


def key_of(form: str) -> str:
    """Fold a form to the letters a thumb types for it."""
    return _strip_marks(form.casefold()).replace("'", "").replace("’", "")


def _strip_marks(text: str) -> str:
    if text.isascii():
        return text
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


class Lexicon:
    """The word list of one language.

    Attributes
    ----------
    keys, forms : sequence of str
        What is typed for each word, rising; and words as they are written, in the same order.
    logprobs : float32 [n_words]
        Natural-log probability of each in running text, without context.
    flags : uint8 [n_words]
        `OFFENSIVE`, `VARIANT`.
    is_variant : bool [n_words]
        The flag `VARIANT`.
    group : int32 [n_words]
        The word that each is shown as or merged with: itself, or its most frequent casing, or what it is a variant of.
    pieces, piece_starts : uint16 [n_pieces], int32 [n_words + 1]
        The tokens that spell the words, one word after the other, and where each word's begin.
    trie : PieceTrie
        The words by their pieces.
    letters : LetterTrie
        The words by the letters of their keys.
    """

    def __init__(
        self,
        *,
        lines: bytes,
        logprobs: NDArray[np.float32],
        flags: NDArray[np.uint8],
        group: NDArray[np.int32],
        lengths: NDArray[np.uint8],
        pieces: NDArray[np.uint16],
        order: NDArray[np.int32],
    ) -> None:
        self.keys, self.forms = parse_lines(lines)
        self._lines = lines
        self.logprobs = logprobs
        self.flags = flags
        self.is_variant: NDArray[np.bool_] = (flags & VARIANT) != 0
        self.group = group
        self._lengths, self.pieces = lengths, pieces
        self.piece_starts = np.concatenate(([0], np.cumsum(lengths, dtype=np.int32)), dtype=np.int32)
        self.trie = PieceTrie(order, self.piece_starts, pieces)
        self.letters = LetterTrie(self.keys)
        self.usual = lru_cache(maxsize=8192)(self._usual)
        self.only = lru_cache(maxsize=8192)(self._only)
        self._spans = lru_cache(maxsize=256)(self.letters.words_of)

    def __len__(self) -> int:
        return len(self.forms)

    @classmethod
    def from_rows(cls, rows: Iterable[tuple[str, float, str]], tokenizer: Tokenizer) -> Lexicon:
        """Index rows of (form, natural-log probability, comma-separated flags).

        Raises
        ------
        ValueError
            If there is no row, or a flag has no meaning.
        """
        table = sorted({form: (key_of(form), form, logprob, flags) for form, logprob, flags in rows}.values())
        if not table:
            raise ValueError("the word list is empty: make it with `python -m training lexicon`")
        encoded = [tokenizer.encode(" " + form) for _, form, _, _ in table]
        flags = np.array([_read_flags(names) for *_, names in table], np.uint8)
        logprobs = np.array([logprob for _, _, logprob, _ in table], np.float32)
        keys, forms = [row[0] for row in table], [row[1] for row in table]
        lines = (key if key == form else f"{key}\t{form}" for key, form in zip(keys, forms, strict=True))
        return cls(
            lines="\n".join(lines).encode(),
            logprobs=logprobs,
            flags=flags,
            group=_make_groups(keys, forms, logprobs, flags),
            lengths=np.array([len(tokens) for tokens in encoded], np.uint8),
            pieces=np.array([token for tokens in encoded for token in tokens], np.uint16),
            order=np.array(sorted(range(len(table)), key=lambda word: encoded[word]), np.int32),
        )

    def clear(self) -> None:
        """Forget the words that were looked up."""
        self.usual.cache_clear()
        self.only.cache_clear()
        self._spans.cache_clear()

    def range_of(self, key: str) -> tuple[int, int]:
        """Give the range of words whose key begins with `key`; an empty one if none does."""
        if not key:
            return 0, len(self)
        start, _, end = self._spans(key)
        return start, end

    def exactly(self, key: str) -> range:
        """Give the words whose key is `key`."""
        start, end, _ = self._spans(key) if key else (0, 0, 0)
        return range(start, end)

    def lists(self, word: str) -> bool:
        """Tell whether a word is listed, whatever its case."""
        return self.usual(word.lower()) is not None

    def is_offensive(self, key: str) -> bool:
        """Tell whether letters spell an offensive word: the model was not told of those, and cannot judge them."""
        return any(self.flags[word] & OFFENSIVE for word in self.exactly(key))

    def lacks_mark(self, folded: str) -> bool:
        """Tell whether lower-case letters are no word, but would be with an apostrophe."""
        if "'" in folded or self.usual(folded) is not None:
            return False
        return any("'" in self.forms[word] and not self.is_variant[word] for word in self.exactly(key_of(folded)))

    def frequency_of(self, words: str) -> float:
        """Give the natural-log probability of words, parted by spaces, in running text, as if each stood alone.

        Of the forms of the same letters the most frequent counts; a word of no list has -16.
        """
        found = (self.exactly(key_of(word)) for word in words.split(" "))
        return sum(float(self.logprobs[span.start : span.stop].max(initial=UNLISTED)) for span in found)

    def pieces_of(self, word: int) -> list[int]:
        """Give the tokens that spell a word."""
        return self.pieces[self.piece_starts[word] : self.piece_starts[word + 1]].tolist()

    def are_of_pieces(self, most: int) -> NDArray[np.bool_]:
        """Tell of each word whether it is of so many pieces at most, bool [n_words]."""
        return self._lengths <= most

    def _usual(self, folded: str) -> str | None:
        """Give the usual form of a lower-case word, None if it is not listed."""
        best = None
        for word in self.exactly(key_of(folded)):
            if self.flags[word] & VARIANT or self.forms[word].lower() != folded:
                continue
            if best is None or self.logprobs[word] > self.logprobs[best]:
                best = word
        return None if best is None else self.forms[best]

    def _only(self, folded: str) -> str | None:
        """Give the usual form of a lower-case word that is listed with capitals only, None of another."""
        form = self.usual(folded)
        listed = form is not None and any(self.forms[word] == folded for word in self.exactly(key_of(folded)))
        return None if listed else form

    def to_bytes(self) -> bytes:
        """Give the compressed form that a bundle holds."""
        parts = [
            self._lines,
            self.logprobs.astype(np.float16).tobytes(),
            self.flags.tobytes(),
            self.group.tobytes(),
            self._lengths.tobytes(),
            self.pieces.tobytes(),
            self.trie.order.tobytes(),
        ]
        sizes = [len(part) for part in parts]
        return zlib.compress(struct.pack(f"<4s{len(sizes)}I", _MAGIC, *sizes) + b"".join(parts), 9)

    @classmethod
    def from_bytes(cls, data: bytes) -> Lexicon:
        """Read what `to_bytes` gave.

        Raises
        ------
        ValueError
            If the data are something else.
        """
        try:
            raw = zlib.decompress(data)
            magic, *sizes = struct.unpack_from("<4s7I", raw)
        except (zlib.error, struct.error) as error:
            raise ValueError(f"this is no lexicon ({error}): make the bundle again") from error
        if magic != _MAGIC or len(raw) != 32 + sum(sizes):
            raise ValueError(f"the lexicon begins with {magic!r}, expected {_MAGIC!r}: make the bundle again")
        parts, at = [], 32
        for size in sizes:
            parts.append(raw[at : at + size])
            at += size
        return cls(
            lines=parts[0],
            logprobs=np.frombuffer(parts[1], np.float16).astype(np.float32),
            flags=np.frombuffer(parts[2], np.uint8),
            group=np.frombuffer(parts[3], np.int32),
            lengths=np.frombuffer(parts[4], np.uint8),
            pieces=np.frombuffer(parts[5], np.uint16),
            order=np.frombuffer(parts[6], np.int32),
        )


def _read_flags(names: str) -> int:
    flags = 0
    for name in filter(None, names.split(",")):
        if name not in _FLAGS:
            raise ValueError(f'the word list has the flag "{name}", expected {" or ".join(_FLAGS)}')
        flags |= _FLAGS[name]
    return flags


def _make_groups(
    keys: Sequence[str], forms: Sequence[str], logprobs: NDArray[np.float32], flags: NDArray[np.uint8]
) -> NDArray[np.int32]:
    """Group forms that differ only in case, and variants with the most frequent form of the same key."""
    by_spelling: dict[str, int] = {}
    by_key: dict[str, int] = {}
    for word in sorted(range(len(forms)), key=lambda word: (-logprobs[word], word)):
        if not flags[word] & VARIANT:
            by_spelling.setdefault(forms[word].lower(), word)
            by_key.setdefault(keys[word], word)
    return np.array(
        [
            by_key.get(keys[word], word) if flags[word] & VARIANT else by_spelling[forms[word].lower()]
            for word in range(len(forms))
        ],
        np.int32,
    )
