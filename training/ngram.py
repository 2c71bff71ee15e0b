"""An n-gram of the same text, over the same pieces: what a teacher may be interpolated with.

Interpolated modified Kneser-Ney (Chen & Goodman 1999, "An empirical study of smoothing techniques for language
modeling", section 3). Messages are sentences: their `<s>` is context for what follows and, predicted, the end of the
one before. Text that was counted itself must be asked for with its own occurrence left out, else the n-gram knows every
rare word in advance and teaches nothing but the truth. Built in NumPy, asked in torch, on any device.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from autocomplete.tokenizer import START
from training.loop import Prepare
from training.shards import Shards

_FALLBACK = (0.5, 1.0, 1.5)
"""discounts where the text is too small to estimate them"""


@dataclass(frozen=True)
class _Order:
    """The n-grams of one length; "context" is one of the length below, by its number there.

    Attributes
    ----------
    keys : int64 [n]
        Context times vocabulary size plus last token, sorted: an n-gram's number is its place.
    counts : float32 [n]
        How often it stands there; below the highest order, after how many tokens (Kneser-Ney), except where it begins
        with `<s>`, before which nothing stands.
    first : int64 [contexts + 1]
        Where the n-grams of each context begin.
    totals : float32 [contexts]
        Sums of their counts.
    kinds : float32 [contexts, 3]
        How many of them are counted once, twice, more often.
    discounts : float32 [4]
        Taken off counts of 0, 1, 2, 3 and more.
    """

    keys: Tensor
    counts: Tensor
    first: Tensor
    totals: Tensor
    kinds: Tensor
    discounts: Tensor

    def find(self, keys: Tensor) -> Tensor:
        """Give the numbers of n-grams by their keys; -1 where there is none, or the key is negative."""
        places = torch.searchsorted(self.keys, keys).clamp_max(len(self.keys) - 1)
        return torch.where((keys >= 0) & (self.keys[places] == keys), places, -1)

    def discounted(self, counts: Tensor) -> Tensor:
        """Give counts with their discounts taken off."""
        return counts - self.discounts[counts.long().clamp_max(3)]


class NgramModel:
    """The tables of all orders.

    Parameters
    ----------
    orders : list of _Order
        From single tokens up.
    vocab_size : int
        Number of pieces.
    """

    def __init__(self, orders: list[_Order], vocab_size: int) -> None:
        self.orders = orders
        self.vocab_size = vocab_size

    @classmethod
    def count(cls, data: Shards, order: int, device: str = "cpu") -> NgramModel:
        """Count all n-grams of a split up to a length.

        Raises
        ------
        ValueError
            If no message is long enough for one n-gram of the longest kind.
        """
        tables = _count(data.tokens.astype(np.int64), data.vocab_size, order)
        return cls([_make_order(table, data.vocab_size, device) for table in tables], data.vocab_size)

    def probabilities(self, tokens: Tensor, targets: Tensor | None = None) -> Tensor:
        """Give the distribution after each token of rows.

        Parameters
        ----------
        tokens : int64 [B, T]
            Rows; what stands before the last `<s>` is no context, nor what stands before the row.
        targets : int64 [B, T], optional
            True next tokens, where the rows were counted: their occurrence here is left out. (Right after a row's
            beginning the longest n-gram is not seen; there its occurrence is taken to be this one.)

        Returns
        -------
        float32 [B, T, vocab_size]
        """
        contexts, available = self._contexts(tokens)
        flat = None if targets is None else targets.flatten()
        left_out = self._left_out(contexts, available, flat) if flat is not None else [None] * len(self.orders)
        lowest = self.orders[0]
        totals, kinds = _counted(lowest, torch.zeros_like(available), left_out[0])
        shares = lowest.discounted(lowest.counts)[None] / totals[:, None]
        made = shares + ((kinds @ lowest.discounts[1:]) / totals / self.vocab_size)[:, None]
        if flat is not None:
            _correct(made, lowest, torch.arange(len(flat), device=flat.device), flat, totals, left_out[0])
        for number in range(1, len(self.orders)):
            self._refine(made, number, contexts[number], flat, left_out[number])
        return made.view(*tokens.shape, self.vocab_size)

    def _contexts(self, tokens: Tensor) -> tuple[list[Tensor], Tensor]:
        """Give the context's number at each place for each order [B T], -1 where unknown, and how long it may be."""
        places = torch.arange(tokens.size(1), device=tokens.device).expand_as(tokens)
        begun = torch.where(tokens == START, places, 0).cummax(1).values
        available = places - begun + 1
        found = [torch.zeros_like(tokens), tokens]
        for length in range(2, len(self.orders)):
            before = torch.nn.functional.pad(found[-1][:, :-1], (1, 0), value=-1)
            known = (available >= length) & (before >= 0)
            keys = torch.where(known, before * self.vocab_size + tokens, -1)
            found.append(self.orders[length - 1].find(keys))
        return [numbers.flatten() for numbers in found], available.flatten()

    def _left_out(self, contexts: list[Tensor], available: Tensor, targets: Tensor) -> list[Tensor]:
        """Give for each order the count of the true n-gram where leaving one occurrence out lowers it, else 0 [B T].

        The longest n-gram loses its occurrence. If it was the only one, it is gone, and the n-gram a token shorter
        stands after one token less.
        """
        lowered, reached = [], torch.zeros_like(available, dtype=torch.bool)
        for number in reversed(range(len(self.orders))):
            order, context = self.orders[number], contexts[number]
            reached = reached | (available.clamp_max(len(self.orders) - 1) == number)
            place = order.find(torch.where(context >= 0, context * self.vocab_size + targets, -1))
            counts = torch.where(reached & (place >= 0), order.counts[place], 0.0)
            lowered.append(counts)
            reached = counts == 1
        return lowered[::-1]

    def _refine(
        self, made: Tensor, number: int, context: Tensor, targets: Tensor | None, left_out: Tensor | None
    ) -> None:
        """Bring one order more into the distributions, in place, where its context is known."""
        order = self.orders[number]
        rows = (context >= 0).nonzero()[:, 0]
        known = context[rows]
        own = None if left_out is None else left_out[rows]
        totals, kinds = _counted(order, known, own)
        some = totals > 0
        rows, known, totals, kinds = rows[some], known[some], totals[some], kinds[some]
        own = None if own is None else own[some]
        kept = torch.ones(len(made), device=made.device).index_put((rows,), (kinds @ order.discounts[1:]) / totals)
        made *= kept[:, None]
        sizes = order.first[known + 1] - order.first[known]
        owner = torch.repeat_interleave(torch.arange(len(rows), device=rows.device), sizes)
        ends = sizes.cumsum(0)
        places = torch.arange(len(owner), device=rows.device) - (ends - sizes)[owner] + order.first[known][owner]
        values = order.discounted(order.counts[places]) / totals[owner]
        made[rows[owner], order.keys[places] % self.vocab_size] += values
        if targets is not None:
            _correct(made, order, rows, targets[rows], totals, own)


def _counted(order: _Order, contexts: Tensor, own: Tensor | None) -> tuple[Tensor, Tensor]:
    """Give totals [n] and kinds [n, 3] of contexts, `own` [n] the count that is one too high, 0 where none is."""
    totals, kinds = order.totals[contexts], order.kinds[contexts]
    if own is None:
        return totals, kinds
    one_hot = torch.nn.functional.one_hot
    before, after = own.long().clamp_max(3), (own - 1).long().clamp(0, 3)
    change = one_hot(after, 4) - one_hot(before, 4)
    return totals - (own > 0).float(), kinds + change[:, 1:]


def _correct(made: Tensor, order: _Order, rows: Tensor, targets: Tensor, totals: Tensor, own: Tensor | None) -> None:
    """Put the true token's share right where its count is one too high."""
    assert own is not None
    less = order.discounted((own - 1).clamp_min(0)) - order.discounted(own)
    made[rows, targets] += less / totals


def prepare_with(model: NgramModel) -> Prepare:
    """Give what prepares the n-gram's probabilities for rows of the text it was counted on."""
    device = model.orders[0].keys.device

    def prepare(rows: Tensor, numbers: Tensor) -> tuple[Tensor, ...]:
        rows = rows.to(device)
        return (model.probabilities(rows[:, :-1].contiguous(), rows[:, 1:]),)

    return prepare


_Table = tuple[NDArray[np.int64], NDArray[np.int64], int]
"""keys, counts, number of contexts"""


def _count(tokens: NDArray[np.int64], vocab_size: int, order: int) -> list[_Table]:
    """Count n-grams; give each order's keys, its Kneser-Ney counts and how many contexts there are."""
    places = np.arange(len(tokens))
    begun = np.maximum.accumulate(np.where(tokens == START, places, 0))
    context_len = places - begun + 1  # of what follows each place
    keys = np.arange(vocab_size)
    counts = np.bincount(tokens, minlength=vocab_size)
    opens = np.zeros(vocab_size, bool)  # as a prediction, <s> stands after tokens like any other
    numbers, tables, n_contexts = tokens, [], 1
    for length in range(2, order + 1):
        ends = (context_len[:-1] >= length - 1).nonzero()[0] + 1
        if not len(ends):
            raise ValueError(f"no message has {length - 1} tokens: ask for a lower ngram_order, or bring more text")
        grams = numbers[ends - 1] * vocab_size + tokens[ends]
        longer, one, inverse, occurrences = np.unique(grams, return_index=True, return_inverse=True, return_counts=True)
        after = np.bincount(numbers[ends[one]], minlength=len(keys))
        tables.append((keys, np.where(opens, counts, after), n_contexts))
        n_contexts, opens = len(keys), (longer // vocab_size == START) if length == 2 else opens[longer // vocab_size]
        numbers = np.full(len(tokens), -1)
        numbers[ends] = inverse
        keys, counts = longer, occurrences
    return [*tables, (keys, counts, n_contexts)]


def _make_order(table: _Table, vocab_size: int, device: str) -> _Order:
    keys, counts, n_contexts = table
    contexts = keys // vocab_size
    kinds = np.stack([np.bincount(contexts[counts == kind], minlength=n_contexts) for kind in (1, 2)], axis=1)
    more = np.bincount(contexts[counts > 2], minlength=n_contexts)
    described = {
        "keys": keys,
        "counts": counts.astype(np.float32),
        "first": np.searchsorted(contexts, np.arange(n_contexts + 1)),
        "totals": np.bincount(contexts, counts, minlength=n_contexts).astype(np.float32),
        "kinds": np.column_stack((kinds, more)).astype(np.float32),
        "discounts": np.array([0.0, *_discounts(counts)], np.float32),
    }
    return _Order(**{name: torch.from_numpy(values).to(device) for name, values in described.items()})


def _discounts(counts: NDArray[np.int64]) -> tuple[float, ...]:
    """Estimate what is taken off counts of 1, 2, 3 and more (Chen & Goodman 1999, equation 17)."""
    n = [int((counts == kind).sum()) for kind in (1, 2, 3, 4)]
    if not all(n):
        return _FALLBACK
    y = n[0] / (n[0] + 2 * n[1])
    made = tuple(kind - (kind + 1) * y * n[kind] / n[kind - 1] for kind in (1, 2, 3))
    return made if all(0 < value < kind for kind, value in zip((1, 2, 3), made, strict=True)) else _FALLBACK
