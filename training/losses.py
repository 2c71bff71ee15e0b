"""Losses as pure functions: next-token cross-entropy, distillation, and distillation by words.

Logits are float [..., vocab_size] and may be bfloat16; sums are taken in float32. Natural logarithms throughout.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

_LEAST = 1e-6


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


class WordTargets(NamedTuple):
    """What a teacher of another vocabulary says of the words of some rows; an opening is how a word begins.

    Attributes
    ----------
    openings : float32 [B, T, n_openings]
        Its distribution over the next word's opening; zero throughout where it is silent.
    ends : int64 [B, T]
        Where it judges the whole word: the position that foretells what follows the word; 0 where it does not.
    whole : float32 [B, T]
        Log-probability that a word with this opening is the one that stands there and ends there.
    """

    openings: Tensor
    ends: Tensor
    whole: Tensor


def opening_logprobs(probabilities: Tensor, opening_of: Tensor, n_openings: int) -> Tensor:
    """Sum probabilities [..., vocab_size] of tokens that share an opening: logprobs [..., n_openings].

    `opening_of` int64 [vocab_size] gives each token's opening, `n_openings` for tokens that begin no word.
    """
    sums = probabilities.new_zeros(*probabilities.shape[:-1], n_openings + 1)
    sums = sums.index_add(-1, opening_of, probabilities)[..., :-1]
    return sums.clamp_min(torch.finfo(sums.dtype).tiny).log()


def binary_divergence(teacher: Tensor, student: Tensor) -> Tensor:
    """Kullback-Leibler divergence of a yes or no whose "yes" has the logprobs `teacher` and `student` [...]."""
    yes, found = teacher.clamp_max(-_LEAST), student.clamp_max(-_LEAST)
    no, found_no = (-yes.expm1()).log(), (-found.expm1()).log()
    return yes.exp() * (yes - found) + no.exp() * (no - found_no)


def word_divergences(
    student: Tensor, targets: Tensor, taught: WordTargets, opening_of: Tensor, ends_word: Tensor, temperature: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Compare a student with a teacher of another vocabulary, word by word, by two coarsenings of their distributions.

    The first is over the next word's opening, given that a word begins. The second asks, given the opening that came,
    whether the word is the one that stands there: approximate likelihood matching over aligned chunks with its
    outcome debiased by the probability that the word ends (Minixhofer et al. 2025, "Universal Cross-Tokenizer
    Distillation via Approximate Likelihood Matching", sections 3 and 3.1). Merging outcomes never raises a divergence
    (data-processing inequality), so both are zero where the models agree.

    Parameters
    ----------
    student : float [B, T, vocab_size]
        Logits.
    targets : int64 [B, T]
        True next tokens.
    taught : WordTargets
        What the teacher says.
    opening_of : int64 [vocab_size]
        Opening of each token, n_openings for tokens that begin no word.
    ends_word : bool [vocab_size]
        Whether a token can only follow a finished word.
    temperature : float
        Softened the teacher's openings, softens the student's.

    Returns
    -------
    hard : float32 [B, T]
        Negative log-probability of the true token.
    openings, wholes : float32 [2, B, T]
        Divergence from the teacher, and negative log-probability of what came; both zero where the teacher is silent.
    """
    logprobs = student.float().log_softmax(-1)
    probabilities = logprobs.exp()
    true = logprobs.gather(-1, targets[..., None])[..., 0]
    joint = opening_logprobs(probabilities, opening_of, taught.openings.size(-1))
    came = opening_of[targets].clamp_max(joint.size(-1) - 1)[..., None]
    surprise = -joint.log_softmax(-1).gather(-1, came)[..., 0]
    divergence = F.kl_div((joint / temperature).log_softmax(-1), taught.openings, reduction="none").sum(-1)
    openings = torch.stack((divergence, surprise)) * taught.openings.any(-1)

    before = F.pad(true.double().cumsum(1), (1, 0))
    ended = (probabilities * ends_word).sum(-1).clamp_min(torch.finfo(torch.float32).tiny).log()
    spelled = (before.gather(1, taught.ends) - before[:, :-1]).float() + ended.gather(1, taught.ends)
    whole = spelled - joint.gather(-1, came)[..., 0]
    wholes = torch.stack((binary_divergence(taught.whole, whole), -whole))
    return -true, openings, torch.where(taught.ends > 0, wholes, 0.0)


def word_distillation(
    student: Tensor,
    targets: Tensor,
    taught: WordTargets,
    opening_of: Tensor,
    ends_word: Tensor,
    *,
    temperature: float,
    soft_weight: float,
) -> tuple[Tensor, Tensor]:
    """Mix what a teacher of another vocabulary says with the true next token.

    The log-probability of the true text is a sum: that a word begins, how it opens, which word it is, what follows.
    In the second and third the teacher stands in for the truth with weight `soft_weight`, as in `distillation`; of the
    others, such as where messages end, it knows nothing, and there the truth counts wholly.

    Parameters are those of `word_divergences`; gives what is minimised and the plain cross-entropy on its own.
    """
    hard, openings, wholes = word_divergences(student, targets, taught, opening_of, ends_word, temperature)
    soft = openings[0] * temperature**2 - openings[1] + wholes[0] - wholes[1]
    return (hard + soft_weight * soft).mean(), hard.mean()
