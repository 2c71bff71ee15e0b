"""Finds an adapter: online gradient descent on what was written, a few tokens at a time.

Owns the numbers that training changes and the record of whether they help. Knows nothing of text, files or threads.

Every token is first foretold, with and without the adapter, and only then learned (prequential evaluation: Dawid 1984),
so that all of a writer's text is held out once and none of it has to be kept. The gradient is that of cross-entropy in
the last layer alone, as in dynamic evaluation (Krause et al. 2018); steps of the bias shrink as AdaGrad's (Duchi et al.
2011), so that words in use from the start settle.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from autocomplete.adapter import Adapter, Features
from autocomplete.lm import Logprobs, Tokens

NO_TARGET: Final = -1
_TOUCHED: Final = 1e-3
"""expected uses in a step below which a piece that was not written is left as it is"""
_HALF_LIFE: Final = 1000.0
"""pieces after which a piece counts half in the record"""


class TrainerOptions(NamedTuple):
    """How fast an adapter follows what is written. Chosen on dialogues held out from the model's training."""

    bias_rate: float = 0.3
    weight_rate: float = 0.2
    keep: float = 0.999
    """of the change of a piece whenever it is expected or written: the gradient of an L2 penalty"""
    most_active: int = 2048
    """pieces that an adapter changes, those that were expected or written most"""


@dataclass
class Record:
    """What the adapter was worth on text it had not learned yet; what is long ago counts less."""

    pieces: float = 0.0
    plain: float = 0.0
    """bits that they cost without the adapter"""
    adapted: float = 0.0
    """and with it"""

    def add(self, plain: NDArray[np.float64], adapted: NDArray[np.float64]) -> None:
        """Add the bits of some pieces, float64 [n] each."""
        fade = 0.5 ** (len(plain) / _HALF_LIFE)
        self.pieces = fade * self.pieces + len(plain)
        self.plain = fade * self.plain + float(plain.sum())
        self.adapted = fade * self.adapted + float(adapted.sum())

    @property
    def gain(self) -> float:
        """Bits saved a piece; below zero if the adapter costs some."""
        return (self.plain - self.adapted) / self.pieces if self.pieces else 0.0


class Snapshot(NamedTuple):
    """An adapter, and what training needs to go on with it."""

    adapter: Adapter
    squares: NDArray[np.float32]
    """float32 [n_active], as `Trainer` has them"""
    use: NDArray[np.float32]
    """float32 [n_active]"""
    record: Record
    pieces: int
    """learned in all"""


class Trainer:
    """Trains one adapter.

    Parameters
    ----------
    features : Features
        What is seen of the hidden state.
    vocab_size : int
        Number of pieces.
    options : TrainerOptions, optional
        Rates.

    Attributes
    ----------
    bias, squares, use : float32 [vocab_size]
        b, the sums of its squared gradients, and how much each piece was expected and written.
    weights : float32 [vocab_size, rank]
        w.
    """

    def __init__(self, features: Features, vocab_size: int, options: TrainerOptions | None = None) -> None:
        self.features = features
        self.options = options or TrainerOptions()
        self.bias = np.zeros(vocab_size, np.float32)
        self.squares = np.zeros(vocab_size, np.float32)
        self.use = np.zeros(vocab_size, np.float32)
        self.weights = np.zeros((vocab_size, len(features.offset)), np.float32)
        self.record = Record()
        self.pieces = 0
        """learned in all"""

    def judge(self, rows: Logprobs, targets: Tokens) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Give the bits that targets cost without and with the adapter, float64 [n] each, and learn nothing."""
        chosen = np.flatnonzero(targets != NO_TARGET)
        rows, targets = rows[chosen], targets[chosen]
        places = np.arange(len(targets))
        adapted = _logprobs(self._logits(rows)[0])[places, targets]
        scale = -1 / np.log(2)
        return rows[places, targets].astype(np.float64) * scale, adapted.astype(np.float64) * scale

    def learn(self, rows: Logprobs, targets: Tokens) -> None:
        """Foretell some tokens, note how well, and take one step towards them.

        Parameters
        ----------
        rows : float32 [n, vocab_size]
            The model's logprobs before each token.
        targets : int32 [n]
            The tokens, `NO_TARGET` for those that are not to be learned.
        """
        chosen = np.flatnonzero(targets != NO_TARGET)
        if not len(chosen):
            return
        rows, targets = rows[chosen], targets[chosen]
        places = np.arange(len(targets))
        logits, z = self._logits(rows)
        logprobs = _logprobs(logits)
        scale = -1 / np.log(2)
        self.record.add(
            rows[places, targets].astype(np.float64) * scale, logprobs[places, targets].astype(np.float64) * scale
        )
        slope = -np.exp(logprobs)
        expected = -slope.sum(axis=0)
        slope[places, targets] += 1
        # what was hardly expected and not written would change by nothing that counts
        expected[targets] += 1
        touched = np.flatnonzero(expected > _TOUCHED)
        slope = slope[:, touched]
        by_piece = slope.sum(axis=0)
        self.use[touched] += expected[touched]
        self.squares[touched] += by_piece * by_piece
        step = self.options.bias_rate / np.sqrt(1 + self.squares[touched])
        self.bias[touched] = self.options.keep * self.bias[touched] + step * by_piece
        step = self.options.weight_rate * (slope.T @ z)
        self.weights[touched] = self.options.keep * self.weights[touched] + step
        self.pieces += len(targets)

    def snapshot(self) -> Snapshot:
        """Give all that is worth keeping as it stands; training on does not change it."""
        used = np.flatnonzero(self.use > 0)
        by_use = used[np.argsort(-self.use[used], kind="stable")[: self.options.most_active]]
        active = np.sort(by_use).astype(np.int32)
        return Snapshot(
            adapter=Adapter(self.features, active, self.bias[active], self.weights[active]),
            squares=self.squares[active],
            use=self.use[active],
            record=replace(self.record),
            pieces=self.pieces,
        )

    @classmethod
    def resumed(cls, snapshot: Snapshot, vocab_size: int, options: TrainerOptions | None = None) -> Self:
        """Go on where a snapshot was taken, without the pieces it left out."""
        adapter = snapshot.adapter
        trainer = cls(adapter.features, vocab_size, options)
        trainer.bias[adapter.active] = adapter.bias
        trainer.weights[adapter.active] = adapter.weights
        trainer.squares[adapter.active] = snapshot.squares
        trainer.use[adapter.active] = snapshot.use
        trainer.record = replace(snapshot.record)
        trainer.pieces = snapshot.pieces
        return trainer

    def _logits(self, rows: Logprobs) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        z = self.features.read(rows)
        logits: NDArray[np.float32] = z @ self.weights.T
        logits += self.bias
        logits += rows
        return logits, z


def _logprobs(logits: NDArray[np.float32]) -> Logprobs:
    """Normalise logits float32 [n, vocab_size]."""
    highest = logits.max(axis=1, keepdims=True)
    return logits - highest - np.log(np.exp(logits - highest).sum(axis=1, keepdims=True))
