"""Token shards: the corpus as uint16 files with an index, and the rows that training reads from them.

Step 4 of the pipeline. Owns how documents are cut into messages and how rows are sampled. A message starts with `<s>`;
it is a line, or one to three sentences of a long one, since that is what a text field holds; now and then the line
before it comes first, as in a field that shows an earlier message. Which rows a step reads follows from the seed and
the step's number alone, so a run can stop anywhere and go on.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path

import numpy as np

from autocomplete.tokenizer import Tokenizer
from training.corpus import SPLITS, iterate
from training.files import atomic_path, atomic_write_text
from training.vocabulary import casing_function
from training.workers import parallel

INDEX = "shards.json"
FORMAT = 1
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"')]* (?=[\"'(]?[A-Z])")
_LONG_LINE = 30
_JOIN = 0.15
_SURELY_A_TOKEN = 8
"""characters, twice as many as a token has on average"""


def messages(document: list[str], rng: random.Random) -> Iterator[str]:
    """Cut a document into messages as they would stand in a text field."""
    previous = None
    for line in document:
        for message in _sentence_groups(line, rng):
            yield f"{previous}\n{message}" if previous and rng.random() < _JOIN else message
            previous = message


def _sentence_groups(line: str, rng: random.Random) -> Iterator[str]:
    if line.count(" ") < _LONG_LINE:
        yield line
        return
    sentences = iter(_SENTENCE_END.split(line))
    while group := list(islice(sentences, rng.randint(1, 3))):
        yield " ".join(group)


def _batched(documents: list[list[str]], size: int) -> Iterator[list[list[str]]]:
    return (documents[start : start + size] for start in range(0, len(documents), size))


_worker: tuple[Tokenizer, Callable[[str], str]]


def _start_worker(model: bytes, casing: str, lexicon: Path | None) -> None:
    global _worker
    _worker = (Tokenizer(model), casing_function(casing, lexicon))


def _encode_documents(job: tuple[int, int, list[list[str]]]) -> tuple[np.ndarray, int]:
    """Encode some documents; give their tokens, uint16, and the bytes of text they stand for."""
    seed, number, documents = job
    tokenizer, recase = _worker
    rng = random.Random(f"{seed} {number}")
    tokens: list[int] = []
    size = 0
    for document in documents:
        for message in messages(document, rng):
            size += len(message.encode()) + 1
            tokens.extend(tokenizer.encode_context(recase(message)))
    return np.array(tokens, dtype=np.uint16), size


def make(
    *,
    corpus: Path,
    vocabulary: Path,
    lexicon: Path | None,
    out: Path,
    casing: str = "truecased",
    seed: int = 1,
    shard_tokens: int = 4_000_000,
    workers: int = 2,
    tokens: int | None = None,
) -> dict:
    """Encode all splits, documents shuffled, into shards of about `shard_tokens`; give the index it also writes.

    With `tokens` the training split ends after about so many: a sample of it, for small comparisons.
    """
    model = vocabulary.read_bytes()
    vocab_size = Tokenizer(model).vocab_size
    if vocab_size > np.iinfo(np.uint16).max:
        raise ValueError(f"{vocab_size} pieces do not fit uint16 tokens: train a vocabulary of at most 65535")
    out.mkdir(parents=True, exist_ok=True)
    (out / INDEX).unlink(missing_ok=True)
    index = {
        "format": FORMAT,
        "vocab_size": vocab_size,
        "vocabulary_sha256": hashlib.sha256(model).hexdigest(),
        "casing": casing,
        "seed": seed,
        "splits": {},
    }
    with parallel(workers, _start_worker, (model, casing, lexicon)) as run:
        for split in SPLITS:
            documents = list(iterate(corpus / f"{split}.txt"))
            random.Random(f"{seed} {split}").shuffle(documents)
            sampled = tokens if split == "train" else None
            if sampled is not None:
                documents = _enough(documents, _SURELY_A_TOKEN * sampled)  # else the processes would encode all of it
            jobs = ((seed, number, part) for number, part in enumerate(_batched(documents, 100)))
            encoded = run(_encode_documents, jobs)
            if sampled is not None:
                encoded = _first(encoded, sampled)
            index["splits"][split] = _write_split(encoded, out, split, shard_tokens)
    atomic_write_text(out / INDEX, json.dumps(index, indent=1))
    return index


def _enough(documents: list[list[str]], characters: int) -> list[list[str]]:
    """Give the first documents that hold so many characters."""
    lengths = np.cumsum([sum(map(len, document)) for document in documents])
    return documents[: int(np.searchsorted(lengths, characters)) + 1]


def _first(parts: Iterator[tuple[np.ndarray, int]], tokens: int) -> Iterator[tuple[np.ndarray, int]]:
    """Give parts until they hold so many tokens."""
    while tokens > 0 and (part := next(parts, None)) is not None:
        tokens -= len(part[0])
        yield part


def _write_split(parts: Iterator[tuple[np.ndarray, int]], out: Path, split: str, shard_tokens: int) -> dict:
    pending: list[np.ndarray] = []
    files: list[dict] = []
    held = size = 0

    def flush() -> None:
        name = f"{split}-{len(files):03d}.bin"
        data = np.concatenate(pending).tobytes()
        with atomic_path(out / name) as temporary:
            temporary.write_bytes(data)
        files.append({"name": name, "tokens": len(data) // 2, "sha256": hashlib.sha256(data).hexdigest()})
        pending.clear()

    for tokens, part_size in parts:
        pending.append(tokens)
        held += len(tokens)
        size += part_size
        if held >= shard_tokens:
            flush()
            held = 0
    if held:
        flush()
    return {"files": files, "tokens": sum(file["tokens"] for file in files), "bytes": size}


@lru_cache(maxsize=4)
def _order(seed: int, epoch: int, total: int) -> np.ndarray:
    """Shuffle the numbers of all rows for an epoch: kept, since drawing it takes as long as a GPU's step."""
    return np.random.default_rng([seed, epoch]).permutation(total)


@dataclass(frozen=True)
class Shards:
    """One split, ready to be read in rows.

    Attributes
    ----------
    tokens : uint16 [n]
        All tokens of the split.
    bytes : int
        Bytes of UTF-8 text they stand for, a line's end counted as one.
    """

    tokens: np.ndarray
    bytes: int
    vocab_size: int
    vocabulary_sha256: str
    casing: str

    @classmethod
    def open(cls, folder: Path, split: str) -> Shards:
        """Open a split.

        Raises
        ------
        FileNotFoundError, ValueError
            If the folder holds no index, or a shard is missing or has another size than the index says.
        """
        if not (folder / INDEX).exists():
            raise FileNotFoundError(f"{folder} holds no {INDEX}: make shards with `python -m training shards`")
        index = json.loads((folder / INDEX).read_text())
        if index.get("format") != FORMAT:
            raise ValueError(
                f"{folder / INDEX} has format {index.get('format')}, expected {FORMAT}: make the shards anew"
            )
        entry = index["splits"][split]
        parts = []
        for file in entry["files"]:
            path = folder / file["name"]
            found = path.stat().st_size // 2 if path.exists() else 0
            if found != file["tokens"]:
                raise ValueError(f"{path} holds {found} tokens, the index says {file['tokens']}: make the shards anew")
            parts.append(np.fromfile(path, dtype=np.uint16))
        tokens = np.concatenate(parts) if parts else np.empty(0, np.uint16)
        return cls(tokens, entry["bytes"], index["vocab_size"], index["vocabulary_sha256"], index["casing"])

    def n_rows(self, row_len: int) -> int:
        """Count the whole rows of `row_len` tokens and one more to predict."""
        return (len(self.tokens) - 1) // row_len

    def rows(self, numbers: np.ndarray, row_len: int) -> np.ndarray:
        """Cut rows out: int64 [len(numbers), row_len + 1]; neighbours share one token."""
        starts = numbers.astype(np.int64) * row_len
        return self.tokens[starts[:, None] + np.arange(row_len + 1)].astype(np.int64)

    def batch(self, step: int, *, rows: int, row_len: int, seed: int, part: tuple[int, int] = (0, 1)) -> np.ndarray:
        """Give the numbers of the rows of one step, int64 [rows]; each epoch has all rows once in an order of its own.

        `part` (i, n) gives only every n-th of them, from the i-th on: the share of one of n processes.

        Raises
        ------
        ValueError
            If the split is smaller than one batch.
        """
        total = self.n_rows(row_len)
        if total < rows:
            raise ValueError(f"{total} rows of {row_len} tokens are fewer than a batch of {rows}: bring more text")
        numbers = np.arange(step * rows, (step + 1) * rows)[part[0] :: part[1]]
        chosen = np.empty(len(numbers), dtype=np.int64)
        for epoch in np.unique(numbers // total):
            order = _order(seed, int(epoch), total)
            inside = numbers // total == epoch
            chosen[inside] = order[numbers[inside] % total]
        return chosen
