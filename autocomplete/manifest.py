"""What a bundle says about itself: sizes, known values, model card.

Owns the fields, their meaning and their limits. Knows nothing of files; `bundle.py` stores them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class ModelShape:
    """Sizes of the graph and of the cache its host owns."""

    vocab_size: int
    """pieces of the vocabulary"""
    n_layer: int
    """transformer blocks"""
    n_head: int
    """attention heads per block"""
    n_embd: int
    """width of the residual stream"""
    head_dim: int
    """width of one head"""
    context_len: int
    """most tokens of context that are read"""
    hop: int
    """the start of the context read moves by multiples of this"""
    slots: int
    """cache slots; the first `context_len` hold the context, the others a search"""
    buckets: tuple[int, ...]
    """tokens per call, a signature `t{n}` for each: the first is for searching, the last for reading"""

    def __post_init__(self) -> None:
        object.__setattr__(self, "buckets", tuple(self.buckets))
        if not self.buckets or min(self.buckets) < 1:
            raise ValueError(f"buckets={self.buckets}: name at least one number of tokens per call")
        if self.context_len % self.buckets[-1] or self.hop % self.buckets[-1] or not 0 < self.hop <= self.context_len:
            raise ValueError(
                f"context_len={self.context_len} and hop={self.hop} must be multiples of the reading bucket, "
                f"{self.buckets[-1]}, and hop at most context_len"
            )
        if self.slots < self.context_len + self.buckets[0]:
            raise ValueError(f"slots={self.slots} leaves no room for a search after context_len={self.context_len}")


@dataclass(frozen=True, kw_only=True)
class SelfCheck:
    """Known values: what the graph gave where it was made, looked at again on each machine that loads it."""

    tokens: tuple[int, ...]
    """a context"""
    top_tokens: tuple[tuple[int, ...], ...]
    """the likeliest next tokens, after the context and after its likeliest next token"""
    top_logprobs: tuple[tuple[float, ...], ...]
    """their logprobs"""
    tolerance: float
    """greatest difference that is still the same model"""

    def __post_init__(self) -> None:
        for name in ("tokens", "top_tokens", "top_logprobs"):
            value = getattr(self, name)
            object.__setattr__(self, name, tuple(tuple(v) if isinstance(v, list) else v for v in value))


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a bundle says about itself."""

    language: str
    """language code, as in `en`"""
    variant: str
    """`default`, or the name of the runtime the graph was made for"""
    shape: ModelShape
    """sizes of the graph"""
    special_tokens: dict[str, int]
    """token of each special piece"""
    self_check: SelfCheck
    """known values"""
    placeless: bool = False
    """whether a row of the graph is a function of the tokens it sees, to the last bit, in whatever slots and columns
    they stand, as long as they stand in their order: what one call found then serves others"""
    model_card: dict[str, Any] = field(default_factory=dict)
    """data, licences, training, figures; for people"""

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Manifest:
        """Build from plain values, ignoring keys of later releases."""
        known = {name: values[name] for name in cls.__dataclass_fields__ if name in values}
        known["shape"] = ModelShape(**known["shape"])
        known["self_check"] = SelfCheck(**known["self_check"])
        return cls(**known)
