"""Losses as pure functions: next-token cross-entropy and distillation.

Logits are float [..., vocab_size] and may be bfloat16; sums are taken in float32. Natural logarithms throughout.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor


def cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    """Mean negative log-probability of `targets` int64 [...] under `logits`."""
    return F.cross_entropy(logits.float().flatten(0, -2), targets.flatten())


def distillation(
    student: Tensor, teacher: Tensor, targets: Tensor, *, temperature: float, soft_weight: float
) -> tuple[Tensor, Tensor]:
    """Mix the teacher's distribution with the true next token (Hinton et al. 2015, section 2).

    Parameters
    ----------
    student, teacher : float [..., vocab_size]
        Logits over the same vocabulary; no gradient flows into the teacher's.
    targets : int64 [...]
        True next tokens.
    temperature : float
        Softens both distributions; the soft term is multiplied by its square so that gradients keep their size.
    soft_weight : float
        Share of the soft term; the rest is cross-entropy with `targets`.

    Returns
    -------
    loss, hard : float32 []
        What is minimised, and the plain cross-entropy on its own.
    """
    student = student.float().flatten(0, -2)
    soft_targets = F.softmax(teacher.detach().float().flatten(0, -2) / temperature, dim=-1)
    hard = F.cross_entropy(student, targets.flatten())
    soft = F.cross_entropy(student / temperature, soft_targets) * temperature**2
    return soft_weight * soft + (1 - soft_weight) * hard, hard
