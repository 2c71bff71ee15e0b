"""Text sampled from a teacher, as shards: more text than there is, in the teacher's words.

Sequence-level distillation (Kim & Rush 2016, "Sequence-Level Knowledge Distillation") with samples in the place of beam
search, so that variety is kept. Messages are drawn token by token, many at once: where one ends, the next begins in its
row, so no row waits for the longest. Written beside the real text's shards, whose index it joins; a shard that is there
already is kept, so the command goes on where it stopped.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import cast

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from autocomplete.tokenizer import PAD, START, UNK, Tokenizer
from training.files import atomic_path, atomic_write_text
from training.model import Block, Transformer, rotary_tables
from training.shards import INDEX, Shards


class _Rows:
    """Messages that grow side by side, with the keys and values of each."""

    def __init__(self, model: Transformer, count: int, longest: int) -> None:
        config, device = model.config, model.embedding.weight.device
        self.model = model
        size = (config.n_layer, count, config.n_head, longest, config.head_dim)
        self.k, self.v = torch.zeros(size, device=device), torch.zeros(size, device=device)
        self.length = torch.zeros(count, dtype=torch.long, device=device)
        self._rows = torch.arange(count, device=device)
        self._slots = torch.arange(longest, device=device)

    def read(self, tokens: Tensor) -> Tensor:
        """Append a token to each row, int64 [count]; give logprobs of the next, float32 [count, vocab_size]."""
        model, config = self.model, self.model.config
        cos, sin = rotary_tables(self.length, config.head_dim, config.rope_base)
        cos, sin = cos[:, None, None], sin[:, None, None]  # (count, 1, 1, head_dim / 2)
        visible = (self._slots <= self.length[:, None])[:, None, None]
        x = F.rms_norm(model.embedding(tokens)[:, None], (config.n_embd,), eps=config.norm_eps)
        for layer, block in enumerate(cast("Iterable[Block]", model.blocks)):
            q, k, v = block.attention.heads(block.attention_norm(x), cos, sin)  # (count, n_head, 1, head_dim)
            self.k[layer, self._rows, :, self.length] = k[:, :, 0]
            self.v[layer, self._rows, :, self.length] = v[:, :, 0]
            heads = F.scaled_dot_product_attention(q, self.k[layer], self.v[layer], attn_mask=visible)
            x = x + block.attention.merge(heads)
            x = x + block.mlp(block.mlp_norm(x))
        self.length += 1
        return model.logits(model.norm(x[:, 0])).float().log_softmax(-1)


@torch.no_grad()
def messages(
    model: Transformer, *, seed: int, rows: int = 64, temperature: float = 1.0, longest: int | None = None
) -> Iterator[list[int]]:
    """Draw messages from a model for ever: tokens from `<s>` on, without the one that ends them.

    A message that reaches `longest` tokens (the model's context length) unended is given as it is. The same seed gives
    the same messages.
    """
    longest = longest or model.config.context_len
    device = model.embedding.weight.device
    generator = torch.Generator(device).manual_seed(seed)
    growing = _Rows(model, rows, longest)
    texts: list[list[int]] = [[START] for _ in range(rows)]
    tokens = torch.full((rows,), START, device=device)
    while True:
        logprobs = growing.read(tokens) / temperature
        logprobs[:, [PAD, UNK]] = -torch.inf
        tokens = torch.multinomial(logprobs.softmax(-1), 1, generator=generator)[:, 0]
        full = growing.length >= longest
        tokens = torch.where(full, START, tokens)
        ended = tokens == START
        growing.length.masked_fill_(ended, 0)
        for row, token in enumerate(tokens.tolist()):
            if token != START:
                texts[row].append(token)
                continue
            if len(texts[row]) > 1:
                yield texts[row]
            texts[row] = [START]


def make(
    teacher: Transformer,
    *,
    shards: Path,
    vocabulary: Path,
    out: Path,
    tokens: int,
    temperature: float,
    seed: int,
    shard_tokens: int = 1_000_000,
    rows: int = 64,
    progress: Callable[[str], None] = lambda _: None,
) -> dict:
    """Write a folder of shards whose training split is that of `shards` and sampled text; give its index.

    `rows` messages are drawn side by side: other ones for another number of them.

    Raises
    ------
    ValueError
        If `out` is `shards`, the teacher or the pieces belong to another vocabulary, or a number is out of range.
    """
    data = Shards.open(shards, "train")
    pieces = vocabulary.read_bytes()
    if hashlib.sha256(pieces).hexdigest() != data.vocabulary_sha256:
        raise ValueError(f"{vocabulary} is not the vocabulary of {shards}: name theirs with --vocabulary")
    if out.resolve() == shards.resolve() or min(tokens, rows) < 1 or temperature <= 0:
        raise ValueError(
            f"--out {out} must be another folder than {shards}; "
            f"tokens={tokens}, rows={rows} and temperature={temperature} positive"
        )
    tokenizer = Tokenizer(pieces)
    index = json.loads((shards / INDEX).read_text())
    out.mkdir(parents=True, exist_ok=True)
    for entry in index["splits"].values():
        for file in entry["files"]:
            _take(shards / file["name"], out / file["name"])
    train = index["splits"]["train"]
    drawn = {"tokens": 0, "temperature": temperature, "seed": seed, "rows": rows}
    for number in range(-(-tokens // shard_tokens)):
        path = out / f"sampled-{number:03d}.bin"
        wanted = min(shard_tokens, tokens - number * shard_tokens)
        if not path.exists():
            _write(path, messages(teacher, seed=_seed(seed, number), rows=rows, temperature=temperature), wanted)
        found = np.fromfile(path, np.uint16)
        train["files"].append(
            {"name": path.name, "tokens": len(found), "sha256": hashlib.sha256(found.tobytes()).hexdigest()}
        )
        train["tokens"] += len(found)
        train["bytes"] += _text_size(found, tokenizer)
        drawn["tokens"] += len(found)
        progress(f"{drawn['tokens']} of {tokens} tokens")
    index["sampled"] = drawn
    atomic_write_text(out / INDEX, json.dumps(index, indent=1))
    return index


def _seed(seed: int, number: int) -> int:
    return int(np.random.SeedSequence([seed, number]).generate_state(1)[0])


def _write(path: Path, drawn: Iterator[list[int]], wanted: int) -> None:
    tokens: list[int] = []
    while len(tokens) < wanted:
        tokens += next(drawn)
    with atomic_path(path) as temporary:
        temporary.write_bytes(np.array(tokens, np.uint16).tobytes())


def _text_size(tokens: np.ndarray, tokenizer: Tokenizer) -> int:
    """Give the bytes of text that tokens stand for, a message's end counted as one; its first space is not text."""
    ends = (tokens == START).nonzero()[0].tolist()
    parts = zip(ends, [*ends[1:], len(tokens)], strict=True)
    return sum(len(tokenizer.decode(tokens[begin:end].tolist()).encode()) for begin, end in parts)


def _take(source: Path, target: Path) -> None:
    """Have a shard in another folder too, without its bytes twice where the file system can do that."""
    if target.exists():
        return
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
