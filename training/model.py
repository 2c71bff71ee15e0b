"""The causal transformer; teacher and student are two sizes of it.

- RMSNorm without bias, before attention and MLP and at the end; queries and keys are normalised per head (QK-norm,
  Henry et al. 2020), which keeps logits in range at the learning rates Muon likes and activations easy to quantize
- rotary positions (Su et al. 2021), no learned positions; no biases anywhere; input and output embedding tied
- MLP with squared ReLU (So et al. 2021, "Primer", section 3.2): two matrices, no gate
- attention stays inside a message: `segments` gives the message each token belongs to

Knows nothing of text, losses or optimisers. `cached.py` runs the same weights with a cache owned by the host.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn


@dataclass(frozen=True, kw_only=True)
class ModelConfig:
    """Sizes of one transformer."""

    vocab_size: int
    """pieces of the vocabulary"""
    n_layer: int
    """transformer blocks"""
    n_head: int
    """attention heads per block"""
    n_embd: int
    """width of the residual stream"""
    n_hidden: int
    """width of the MLP's hidden layer"""
    context_len: int = 64
    """most tokens read at run time; training rows may be longer"""
    rope_base: float = 10_000.0
    """base of the rotary frequencies"""
    norm_eps: float = 1e-6
    """added to the mean square in every norm"""
    dropout: float = 0.0
    """share of what attention and MLP add to the residual stream that is left out at random while training"""

    def __post_init__(self) -> None:
        if self.n_embd % self.n_head or (self.n_embd // self.n_head) % 2:
            raise ValueError(f"n_embd={self.n_embd} must be n_head={self.n_head} times an even head size")
        if not 0 <= self.dropout < 1:
            raise ValueError(f"dropout={self.dropout} must be in [0, 1)")

    @property
    def head_dim(self) -> int:
        """Width of one head."""
        return self.n_embd // self.n_head

    def as_dict(self) -> dict:
        """Plain values, for the checkpoint and the manifest."""
        return asdict(self)


class RMSNorm(nn.Module):
    """Root-mean-square norm with a gain (Zhang & Sennrich 2019)."""

    def __init__(self, width: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        """Normalise the last axis of `x`."""
        return F.rms_norm(x, (x.size(-1),), self.weight.to(x.dtype), self.eps)


def visible_tokens(tokens: Tensor, segments: Tensor | None) -> Tensor:
    """Tell which tokens each token sees, bool [B or 1, 1, T, T]: earlier ones and itself, of the same message."""
    length = tokens.size(1)
    visible = torch.ones(length, length, dtype=torch.bool, device=tokens.device).tril()[None, None]
    return visible if segments is None else visible & (segments[:, None, :, None] == segments[:, None, None, :])


def rotary_tables(positions: Tensor, head_dim: int, base: float) -> tuple[Tensor, Tensor]:
    """Give cosines and sines, float32 [T, head_dim / 2], of the rotary angles at integer `positions` [T]."""
    frequencies = base ** (-torch.arange(0, head_dim, 2, device=positions.device, dtype=torch.float32) / head_dim)
    angles = positions.to(torch.float32)[:, None] * frequencies
    return angles.cos(), angles.sin()


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Turn the two halves of each head of `x` [..., T, head_dim] by the angles given."""
    first, second = x.chunk(2, dim=-1)
    return torch.cat((first * cos - second * sin, first * sin + second * cos), dim=-1)


def attend(q: Tensor, k: Tensor, v: Tensor, visible: Tensor) -> Tensor:
    """Mix the values `v` of the tokens that are `visible`, bool [B or 1, 1, T, T]; all else [B, n_head, T, head_dim].

    On a CPU written out: for rows as short as ours the backward pass of the fused kernel takes three times as long.
    """
    if q.device.type != "cpu":
        return F.scaled_dot_product_attention(q, k, v, attn_mask=visible)
    logits = q @ k.transpose(-1, -2) * q.size(-1) ** -0.5  # (B, n_head, T, T)
    return logits.masked_fill(~visible, -torch.inf).softmax(-1) @ v


class Attention(nn.Module):
    """Causal self-attention with rotary positions and QK-norm."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.qkv = nn.Linear(config.n_embd, 3 * config.n_embd, bias=False)
        self.out = nn.Linear(config.n_embd, config.n_embd, bias=False)

    def heads(self, x: Tensor, cos: Tensor, sin: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Project `x` [B, T, C] to rotated queries and keys and to values, each [B, n_head, T, head_dim]."""
        batch, length, _ = x.shape
        config = self.config
        q, k, v = self.qkv(x).view(batch, length, 3, config.n_head, config.head_dim).permute(2, 0, 3, 1, 4)
        q = rotate(F.rms_norm(q, (config.head_dim,), eps=config.norm_eps), cos, sin)
        k = rotate(F.rms_norm(k, (config.head_dim,), eps=config.norm_eps), cos, sin)
        return q, k, v

    def merge(self, heads: Tensor) -> Tensor:
        """Join heads [B, n_head, T, head_dim] and project back to [B, T, C]."""
        return self.out(heads.transpose(1, 2).flatten(2))

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, visible: Tensor) -> Tensor:
        """Attend within `visible`, bool [B, 1, T, T]."""
        return self.merge(attend(*self.heads(x, cos, sin), visible))


class MLP(nn.Module):
    """Two matrices with a squared ReLU between them."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.up = nn.Linear(config.n_embd, config.n_hidden, bias=False)
        self.down = nn.Linear(config.n_hidden, config.n_embd, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Apply to each position of `x` [B, T, C] alone."""
        return self.down(F.relu(self.up(x)).square())


class Block(nn.Module):
    """Attention and MLP, each on a normed copy of the residual stream."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.attention_norm = RMSNorm(config.n_embd, config.norm_eps)
        self.attention = Attention(config)
        self.mlp_norm = RMSNorm(config.n_embd, config.norm_eps)
        self.mlp = MLP(config)
        self.dropout = config.dropout

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, visible: Tensor) -> Tensor:
        """Pass `x` [B, T, C] through the block."""
        x = x + self._thinned(self.attention(self.attention_norm(x), cos, sin, visible))
        return x + self._thinned(self.mlp(self.mlp_norm(x)))

    def _thinned(self, x: Tensor) -> Tensor:
        """Drop out parts of what is added to the residual stream (Vaswani et al. 2017, section 5.4)."""
        return F.dropout(x, self.dropout, self.training) if self.dropout else x


class Transformer(nn.Module):
    """The language model: tokens to logits."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.vocab_size, config.n_embd)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.n_layer))
        self.norm = RMSNorm(config.n_embd, config.norm_eps)
        self.init_weights()

    @torch.no_grad()
    def init_weights(self) -> None:
        """Draw all weights.

        The matrices that write to the residual stream start at zero, so each block starts as identity. The embedding
        starts small: it is normed on the way in, and on the way out a large one would make the untrained model sure
        that every token is followed by itself.
        """
        std = 1 / math.sqrt(self.config.n_embd)
        nn.init.normal_(self.embedding.weight, std=0.01)
        for block in self.blocks:
            assert isinstance(block, Block)
            nn.init.normal_(block.attention.qkv.weight, std=std)
            nn.init.normal_(block.mlp.up.weight, std=std)
            nn.init.zeros_(block.attention.out.weight)
            nn.init.zeros_(block.mlp.down.weight)

    def residuals(self, tokens: Tensor, segments: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Read `tokens` int64 [B, T]; give the residual streams [B, T, C] before and after the last block.

        `segments` int [B, T] numbers the messages of each row; tokens see only their own message. None: one message.
        """
        length = tokens.size(1)
        cos, sin = rotary_tables(
            torch.arange(length, device=tokens.device), self.config.head_dim, self.config.rope_base
        )
        visible = visible_tokens(tokens, segments)
        x = before = F.rms_norm(self.embedding(tokens), (self.config.n_embd,), eps=self.config.norm_eps)
        cos, sin = cos.to(x.dtype), sin.to(x.dtype)
        for block in self.blocks:
            before = x
            x = block(x, cos, sin, visible)
        return before, x

    def logits(self, hidden: Tensor) -> Tensor:
        """Score every piece for hidden states [..., C]: logits [..., vocab_size]."""
        return F.linear(hidden, self.embedding.weight.to(hidden.dtype))

    def forward(
        self, tokens: Tensor, segments: Tensor | None = None, *, with_vectors: bool = False
    ) -> Tensor | tuple[Tensor, Tensor]:
        """Give logits [B, T, vocab_size] for `tokens` int64 [B, T].

        `with_vectors` gives the last block's queries, keys and values too, as they are projected: [B, T, 3 C].
        """
        before, after = self.residuals(tokens, segments)
        logits = self.logits(self.norm(after))
        if not with_vectors:
            return logits
        last = self.blocks[-1]
        assert isinstance(last, Block)
        return logits, last.attention.qkv(last.attention_norm(before))

    @property
    def n_parameters(self) -> int:
        """Number of weights, the tied embedding counted once."""
        return sum(p.numel() for p in self.parameters())
