"""A teacher from outside: any causal language model in the Hugging Face format, with a vocabulary of its own.

Step 6 of the pipeline, where the teacher is no run of ours. The rows are spelled out, the teacher reads the text in its
own tokens, and the two meet at the words that begin where both have a boundary. There two things can be compared:

- how the word opens. An opening is a beginning of words that is one token to both, such as " I". Each token that can
  begin a word, of either vocabulary, has one opening: its text, cut down to the first token of the other vocabulary
  and back until both agree (" I'm" is one token here, " I" and "'m" there, so its opening is " I"). A word that is one
  token on either side has the same opening on both; so sums over openings are of the same words
- whether it is the word that stands there, and ends there: a token that begins a word may always go on, so the end has
  to be asked for (Pimentel & Meister 2024, "How to Compute the Probability of a Word")

The loss is `training.losses.word_distillation`. The teacher is silent at sentence starts, whose capitals our text does
not show. Owns loading, alignment and targets. Nothing in the model's folder is run: its weights are safetensors, and
code beside them is never trusted.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from autocomplete.text import LETTER, at_sentence_start
from autocomplete.tokenizer import SPACE, START, Tokenizer
from training.config import DistillConfig
from training.loop import Objective, Prepare
from training.losses import WordTargets, opening_logprobs, word_distillation

_BEGINS_WORD = re.compile(f" {LETTER}")
_CONTINUES_WORD = re.compile(rf"{LETTER}|'(?:{LETTER}|\Z)")
_TOKENS_AT_ONCE = 2048
"""of one pass of the teacher: its vocabulary may be large, and so are its logits"""


class Alignment:
    """How the tokens of two vocabularies, the student's and a teacher's, begin and end words.

    Parameters
    ----------
    tokenizer : Tokenizer
        The student's pieces.
    texts : list of str
        What each of the teacher's tokens spells inside a text.
    first_tokens : callable
        Texts, each a space and a letter or more, to what the first of the teacher's tokens of each spells.

    Attributes
    ----------
    openings : list of str
        The openings, sorted.
    of_piece, of_token : int64 [vocab_size]
        Number of the opening of each of the student's and the teacher's tokens; len(openings) if it begins no word.
    piece_ends_word, token_ends_word : bool [vocab_size]
        Whether a token can only follow a finished word. A lone apostrophe of the teacher's counts as inside one.
    """

    def __init__(self, tokenizer: Tokenizer, texts: list[str], first_tokens: Callable[[list[str]], list[str]]) -> None:
        pieces = [piece.replace(SPACE, " ") for piece in tokenizer.pieces]
        begin = [text for text in pieces if _BEGINS_WORD.match(text)]
        to_token = dict(zip(begin, first_tokens(begin), strict=True))
        to_piece = {text: pieces[tokenizer.encode(text)[0]] for text in texts if _BEGINS_WORD.match(text)}
        self.openings = sorted(text for text, token in to_token.items() if text == token)
        numbers = {text: number for number, text in enumerate(self.openings)}
        of_piece = {text: numbers.get(_opening(text, to_token, to_piece), len(numbers)) for text in begin}
        self.of_piece = torch.tensor([of_piece.get(text, len(numbers)) for text in pieces])
        self.of_token = torch.tensor([of_piece.get(to_piece.get(text, ""), len(numbers)) for text in texts])
        self.piece_ends_word = torch.from_numpy(tokenizer.is_boundary)
        self.token_ends_word = torch.tensor([not _CONTINUES_WORD.match(text) for text in texts])


def _opening(text: str, to_token: Mapping[str, str], to_piece: Mapping[str, str]) -> str:
    """Cut a piece's text down to its opening; empty where nothing is left that begins a word."""
    while (token := to_token.get(text, "")) != text:
        # a token that is no beginning of the text (some tokenizers write all in lower case) leads nowhere
        text = to_piece.get(token, "") if text.startswith(token) else ""
    return text


class Word(NamedTuple):
    """A word inside a row: its first token's place, the next word's or mark's (None past the row), and both in text."""

    place: int
    next_place: int | None
    start: int
    stop: int


def spell(row: np.ndarray, tokenizer: Tokenizer, begins_word: np.ndarray) -> Iterator[tuple[str, list[Word]]]:
    """Give each message of a row of tokens as text, with its words but those that begin a sentence.

    `begins_word` bool [vocab_size] says which tokens begin words.
    """
    for begin, end in pairwise([0, *np.flatnonzero(row == START).tolist(), len(row)]):
        text, words = "", []
        for place, next_place in pairwise([begin, *_cuts(row, begin, end, tokenizer.is_boundary, begins_word), end]):
            start = len(text)
            is_word = begins_word[row[place]] and not at_sentence_start(text + " ")
            part = tokenizer.decode(row[place:next_place].tolist())
            text += part if text and not text.endswith("\n") else part.removeprefix(" ")
            if is_word:
                words.append(Word(place, next_place if next_place < len(row) else None, start, len(text)))
        yield text, words


def _cuts(row: np.ndarray, begin: int, end: int, is_boundary: np.ndarray, begins_word: np.ndarray) -> Iterator[int]:
    """Give the places, but the first, where a word begins or has just ended."""
    inside = begins_word[row[begin]]
    for place in range(begin + 1, end):
        token = row[place]
        if begins_word[token] or (inside and is_boundary[token]):
            yield place
            inside = begins_word[token]


class _Text(NamedTuple):
    """A message in the teacher's tokens.

    Of each word, `words` holds the number of the teacher's token that begins it and of the one after it, the row, and
    the places there of the student's token that begins it and of the one after it; 0 for a token after it that is not
    read, or that does not begin where the word ends.
    """

    tokens: list[int]
    words: list[tuple[int, int, int, int, int]]


class OutsideTeacher:
    """A frozen model with its tokenizer, aligned with the student's pieces.

    Parameters
    ----------
    model, tokenizer
        As `transformers` loads them.
    vocabulary : Tokenizer
        The student's pieces.
    device : str
        Where the model is.

    Raises
    ------
    ValueError
        If the tokenizer does not say where tokens stand, the model reads ahead, or no word opens alike on both sides.
    """

    def __init__(self, model: Any, tokenizer: Any, vocabulary: Tokenizer, device: str = "cpu") -> None:
        if not tokenizer.is_fast:
            raise ValueError("the teacher's tokenizer gives no offsets: bring one with a tokenizer.json (a fast one)")
        self._model, self._tokenizer, self._vocabulary, self._device = model, tokenizer, vocabulary, device
        self._lead = [] if tokenizer.bos_token_id is None else [tokenizer.bos_token_id]
        limit = getattr(model.config.get_text_config(), "max_position_embeddings", None)
        self._most = None if limit is None else limit - len(self._lead)
        aligned = Alignment(vocabulary, self._spellings(_vocab_size(model, device)), self._first_tokens)
        if not aligned.openings:
            raise ValueError("no word opens alike in the teacher's tokens and the student's: it cannot teach this way")
        self.n_openings = len(aligned.openings)
        self._begins_word = (aligned.of_piece < self.n_openings).numpy()
        self.of_piece, self.of_token = aligned.of_piece.to(device), aligned.of_token.to(device)
        self.piece_ends_word = aligned.piece_ends_word.to(device)
        self.token_ends_word = aligned.token_ends_word.to(device)

    def _spellings(self, vocab_size: int) -> list[str]:
        """Spell each token as inside a text: after a letter, since decoders drop a space that comes first."""
        letter = self._tokenizer("a", add_special_tokens=False).input_ids
        pairs = [[*letter, token] for token in range(min(vocab_size, len(self._tokenizer)))]
        texts = self._tokenizer.batch_decode(pairs, clean_up_tokenization_spaces=False)
        start = len(self._tokenizer.decode(letter))
        return [text[start:] for text in texts] + [""] * (vocab_size - len(texts))

    def _first_tokens(self, texts: list[str]) -> list[str]:
        _, offsets = self._encode(["a" + text for text in texts])
        stops = (next((stop for _, stop in tokens if stop > 1), 1) for tokens in offsets)
        return [text[: stop - 1] for text, stop in zip(texts, stops, strict=True)]

    def _encode(self, texts: list[str]) -> tuple[list[list[int]], list[list[tuple[int, int]]]]:
        """Give the tokens of some texts, and where in them each begins and ends."""
        encoded = self._tokenizer(texts, add_special_tokens=False, return_offsets_mapping=True)
        return encoded.input_ids, encoded.offset_mapping

    @torch.no_grad()
    def targets(self, rows: Tensor, temperature: float = 1.0) -> WordTargets:
        """Say what there is to say of `rows` int64 [B, T + 1], on the CPU; `temperature` softens the openings."""
        shape = (rows.size(0), rows.size(1) - 1)
        taught = WordTargets(
            torch.zeros(*shape, self.n_openings, device=self._device),
            torch.zeros(shape, dtype=torch.int64, device=self._device),
            torch.zeros(shape, device=self._device),
        )
        texts = sorted(self._texts(rows.numpy()), key=lambda text: len(text.tokens))
        rows = rows.to(self._device)
        while texts:
            count = max(1, _TOKENS_AT_ONCE // len(texts[-1].tokens))
            self._read(texts[-count:], rows, temperature, taught)
            del texts[-count:]
        return taught

    def _texts(self, rows: np.ndarray) -> Iterator[_Text]:
        """Spell rows out; give the texts that hold words to teach."""
        spelled = [
            (number, text, words)
            for number, row in enumerate(rows)
            for text, words in spell(row, self._vocabulary, self._begins_word)
            if words
        ]
        encoded = self._encode([text for _, text, _ in spelled]) if spelled else ([], [])
        for (number, _, words), tokens, offsets in zip(spelled, *encoded, strict=True):
            tokens, offsets = tokens[: self._most], offsets[: self._most]
            found = []
            for word in words:
                start, stop = (_parting(offsets, character) for character in (word.start, word.stop))
                if 0 < start < len(tokens):
                    stop += len(self._lead) if stop else 0
                    found.append((start + len(self._lead), stop, number, word.place, word.next_place or 0))
            if found:
                yield _Text([*self._lead, *tokens], found)

    def _read(self, texts: list[_Text], rows: Tensor, temperature: float, taught: WordTargets) -> None:
        """Let the teacher read some texts, and write down what it says of their words."""
        tokens = torch.zeros(len(texts), max(len(text.tokens) for text in texts), dtype=torch.int64)
        mask = torch.zeros_like(tokens)
        for number, text in enumerate(texts):
            tokens[number, : len(text.tokens)] = torch.tensor(text.tokens)
            mask[number, : len(text.tokens)] = 1
        tokens, mask = tokens.to(self._device), mask.to(self._device)
        logprobs = self._model(tokens, attention_mask=mask, use_cache=False).logits.float().log_softmax(-1)
        true = logprobs[:, :-1].gather(-1, tokens[:, 1:, None])[..., 0]
        read = F.pad(true.double().cumsum(1), (1, 0))  # [texts, L]: logprob of the tokens after the first, up to each

        asked = [(number, *word) for number, text in enumerate(texts) for word in text.words]
        text, start, stop, row, place, next_place = torch.tensor(asked, device=self._device).T
        openings = opening_logprobs(logprobs[text, start - 1].exp(), self.of_token, self.n_openings)
        taught.openings[row, place - 1] = (openings / temperature).softmax(-1)

        opening = self.of_piece[rows[row, place]]
        judged = (stop > 0) & (next_place > 0) & (self.of_token[tokens[text, start]] == opening)
        ended = (logprobs[text, stop - 1].exp() * self.token_ends_word).sum(-1).clamp_min(1e-30).log()
        whole = (read[text, stop - 1] - read[text, start - 1]).float() + ended
        whole = whole - openings.gather(1, opening[:, None])[:, 0]
        taught.ends[row, place - 1] = torch.where(judged, next_place - 1, 0)
        taught.whole[row, place - 1] = torch.where(judged, whole, 0.0)


def _parting(offsets: list[tuple[int, int]], character: int) -> int:
    """Count the tokens that stand before a character; 0 if one reaches across it."""
    count = bisect_right(offsets, character, key=lambda offset: offset[1])
    if count and offsets[count - 1][1] == character and (count == len(offsets) or offsets[count][0] >= character):
        return count
    return 0


def _vocab_size(model: Any, device: str) -> int:
    """Give how many tokens a model scores, and see to it that it does not read ahead.

    Raises
    ------
    ValueError
        If what follows a token changes what the model says of it.
    """
    with torch.no_grad():
        logits = model(torch.tensor([[1, 2], [1, 3]], device=device)).logits[:, 0].float()
    if not torch.allclose(logits[0], logits[1], rtol=1e-3, atol=1e-3):
        raise ValueError("the teacher reads ahead: it is no causal language model")
    return logits.size(-1)


def load_outside_teacher(
    name: str, vocabulary: Path, vocabulary_sha256: str, device: str = "cpu"
) -> tuple[OutsideTeacher, dict[str, Any]]:
    """Load a teacher, frozen, and what describes it.

    Parameters
    ----------
    name : str
        Folder of the model, or a name that `transformers` resolves.
    vocabulary : Path
        The student's SentencePiece model.
    vocabulary_sha256 : str
        Its digest, as the shards hold it.
    device : str
        Where the teacher is to run.

    Raises
    ------
    ValueError
        If the pieces are not those of the shards, `transformers` is missing, or the model cannot teach.
    """
    pieces = vocabulary.read_bytes()
    if hashlib.sha256(pieces).hexdigest() != vocabulary_sha256:
        raise ValueError(f"{vocabulary} is not what the shards were made with: name theirs with --vocabulary")
    try:
        from transformers import AutoModelForCausalLM, AutoTokenizer
    except ImportError as error:
        raise ValueError("a teacher from outside needs transformers: pip install '.[hf]'") from error
    dtype = torch.bfloat16 if device.startswith("cuda") else torch.float32
    try:
        loaded: Any = AutoModelForCausalLM.from_pretrained(
            name, trust_remote_code=False, use_safetensors=True, output_loading_info=True, dtype=dtype
        )
        tokenizer = AutoTokenizer.from_pretrained(name, trust_remote_code=False)
    except (OSError, ValueError) as error:
        reason = str(error).strip().split("\n")[0]
        raise ValueError(f"{name} is no causal language model with safetensors weights: {reason}") from error
    model, loading = loaded
    if loading["missing_keys"]:
        raise ValueError(f"{name} is no causal language model: it lacks {', '.join(sorted(loading['missing_keys']))}")
    teacher = OutsideTeacher(model.to(device).eval().requires_grad_(False), tokenizer, Tokenizer(pieces), device)
    facts = {
        "name": Path(name).name if Path(name).is_dir() else name,
        "architecture": model.config.model_type,
        "n_parameters": model.num_parameters(),
        "vocab_size": len(teacher.of_token),
        "openings": teacher.n_openings,
        "method": "openings and whole words (training.outside_teacher)",
    }
    return teacher, facts


def outside_objective(teacher: OutsideTeacher, config: DistillConfig) -> tuple[Objective, Prepare]:
    """Give the objective of a student of `teacher`, and what prepares its targets."""
    of_piece, ends_word = teacher.of_piece, teacher.piece_ends_word

    def objective(
        model: nn.Module, tokens: Tensor, segments: Tensor, targets: Tensor, *taught: Tensor
    ) -> tuple[Tensor, Tensor]:
        return word_distillation(
            model(tokens, segments),
            targets,
            WordTargets(*taught),
            of_piece,
            ends_word,
            temperature=config.temperature,
            soft_weight=config.soft_weight,
        )

    def prepare(rows: Tensor, numbers: Tensor) -> tuple[Tensor, ...]:
        return teacher.targets(rows, temperature=config.temperature)

    return objective, prepare
