"""Pieces: a SentencePiece model wrapped so that text is encoded chunk by chunk.

Owns piece ids, the special ids and which pieces end a word. Knows nothing of the lexicon or the language model.
Because no piece crosses a chunk, the tokens of a text never change when more text follows at a chunk's end:
that is what lets a session keep its cache.
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import Final

import numpy as np
import sentencepiece

from autocomplete import text as rules

PAD: Final = 0
UNK: Final = 1
START: Final = 2
BREAK: Final = 3
SPECIALS: Final = ("<pad>", "<unk>", "<s>", "<n>")
"""Start of a message (and the end of the one before it), and a line break inside one; their ids are their places."""

SPACE: Final = "▁"


class Tokenizer:
    """Text to tokens and back, over one SentencePiece model.

    Parameters
    ----------
    model : bytes
        A serialised SentencePiece model whose first four pieces are `SPECIALS`.
    """

    def __init__(self, model: bytes) -> None:
        self._processor = sentencepiece.SentencePieceProcessor()
        self._processor.LoadFromSerializedProto(model)
        self.vocab_size: int = self._processor.GetPieceSize()
        self.pieces: list[str] = [self._processor.IdToPiece(i) for i in range(self.vocab_size)]
        if tuple(self.pieces[:4]) != SPECIALS:
            raise ValueError(
                f"the SentencePiece model begins with {self.pieces[:4]}, not with {list(SPECIALS)}: "
                "make it with `python -m training vocabulary`"
            )
        self._encode_chunk = lru_cache(maxsize=16384)(self._encode_uncached)

    def encode(self, text: str) -> list[int]:
        """Encode normalised text; the words are taken as they stand, a leading space marks a word start."""
        tokens: list[int] = []
        for chunk in rules.chunks(text):
            tokens.extend(self._encode_chunk(chunk))
        return tokens

    def encode_context(self, context: str) -> list[int]:
        """Encode what stands before the caret as the model reads it: `<s>`, then each line with a leading space."""
        tokens = [START]
        for number, line in enumerate(context.split("\n")):
            if number:
                tokens.append(BREAK)
            stripped = line.strip(" ")
            if stripped:
                tokens.extend(self.encode(" " + stripped))
        return tokens

    def clear(self) -> None:
        """Forget the chunks that were encoded."""
        self._encode_chunk.cache_clear()

    def decode(self, tokens: list[int]) -> str:
        """Spell tokens out again; unknown bytes become the replacement character."""
        lines: list[list[int]] = [[]]
        for token in tokens:
            if token == BREAK:
                lines.append([])
            elif token > BREAK:
                lines[-1].append(int(token))
        return "\n".join(self._spell(line) for line in lines)

    def _spell(self, tokens: list[int]) -> str:
        spelled = bytearray()
        for token in tokens:
            piece = self.pieces[token]
            if self._processor.IsByte(token):
                spelled.append(int(piece[1:-1], 16))
            else:
                spelled.extend(piece.replace(SPACE, " ").encode())
        return spelled.decode(errors="replace")

    @cached_property
    def is_boundary(self) -> np.ndarray:
        """Bool [vocab_size]: True where a piece can only follow a finished word."""
        return np.array([not self._continues_word(token) for token in range(self.vocab_size)])

    def _continues_word(self, token: int) -> bool:
        piece = self.pieces[token]
        if token <= BREAK or self._processor.IsByte(token):
            return False
        return piece[0].isalpha() or (piece[0] == "'" and len(piece) > 1 and piece[1].isalpha())

    def _encode_uncached(self, chunk: str) -> tuple[int, ...]:
        if chunk == "\n":
            return (BREAK,)
        return tuple(self._processor.EncodeAsIds(chunk))
