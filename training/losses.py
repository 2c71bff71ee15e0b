"""Losses as pure functions: next-token cross-entropy, distillation with what may be added, distillation by words.

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
    student: Tensor,
    teacher: Tensor,
    targets: Tensor,
    *,
    temperature: float,
    soft_weight: float,
    position_weights: Tensor | None = None,
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
    position_weights : float32 [...], optional
        How much each position counts in the soft term, one on average.

    Returns
    -------
    loss, hard : float32 []
        What is minimised, and the plain cross-entropy on its own.
    """
    student = student.float().flatten(0, -2)
    soft_targets = F.softmax(teacher.detach().float().flatten(0, -2) / temperature, dim=-1)
    hard = F.cross_entropy(student, targets.flatten())
    soft = F.cross_entropy(student / temperature, soft_targets, reduction="none") * temperature**2
    soft = (soft if position_weights is None else soft * position_weights.flatten()).mean()
    return soft_weight * soft + (1 - soft_weight) * hard, hard


def top_distillation(
    student: Tensor,
    targets: Tensor,
    tokens: Tensor,
    probabilities: Tensor,
    *,
    temperature: float,
    soft_weight: float,
    position_weights: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """Mix the teacher's likeliest tokens with the true next one: `distillation` over k + 1 outcomes.

    The other tokens are one outcome, with the probability that is missing to one: giving them none, or stretching the
    k to one, would teach that rare words never come. Which of the others comes is learned from the text alone. The
    divergence is never larger than that over all tokens, and zero where the models agree.

    Parameters
    ----------
    student : float [..., vocab_size]
        Logits.
    targets : int64 [...]
        True next tokens.
    tokens, probabilities : int64 and float32 [..., k]
        The teacher's, softened by `temperature`.
    temperature, soft_weight, position_weights
        As for `distillation`, which also describes what is returned.
    """
    student = student.float().flatten(0, -2)
    tokens, probabilities = tokens.flatten(0, -2), probabilities.flatten(0, -2)
    logprobs = student.log_softmax(-1)
    hard = F.nll_loss(logprobs, targets.flatten())
    softened = logprobs if temperature == 1 else (student / temperature).log_softmax(-1)
    ours = softened.gather(-1, tokens)
    rest = (1 - probabilities.sum(-1)).clamp_min(0)
    left = (1 - ours.exp().sum(-1)).clamp_min(torch.finfo(torch.float32).eps)
    soft = -((probabilities * ours).sum(-1) + rest * left.log()) * temperature**2
    soft = (soft if position_weights is None else soft * position_weights.flatten()).mean()
    return soft_weight * soft + (1 - soft_weight) * hard, hard


def interpolated(teacher: Tensor, other: Tensor, weight: float) -> Tensor:
    """Mix logits [..., vocab_size] with probabilities of the same shape, `weight` of them; give logprobs."""
    return torch.log((1 - weight) * teacher.float().softmax(-1) + weight * other)


def entropy(logits: Tensor) -> Tensor:
    """Give the entropy in nats of each distribution, float32 [...], for logits [..., vocab_size]."""
    logprobs = logits.detach().float().log_softmax(-1)
    return -(logprobs.exp() * logprobs).sum(-1)


def position_weights(
    entropy: Tensor, targets: Tensor, begins_word: Tensor | None, *, word_start_weight: float, uncertainty: float
) -> Tensor:
    """Weigh positions by what a keyboard lives on: where words begin, and where the teacher is uncertain.

    Selective distillation: that the positions which teach most are the uncertain ones is found by Tavor et al. 2026,
    "Rethinking Selective Knowledge Distillation", and by others before them; here they are weighted, not picked.

    Parameters
    ----------
    entropy : float32 [...]
        The teacher's.
    targets : int64 [...]
        True next tokens.
    begins_word : bool [vocab_size], optional
        Which tokens begin a word; needed only where those count more.
    word_start_weight : float
        How many times as much a position counts whose target begins a word.
    uncertainty : float
        Power of the teacher's entropy that a position counts with; at 0 all count alike.

    Returns
    -------
    float32 [...]
        One on average.
    """
    weights = entropy.clamp_min(_LEAST) ** uncertainty
    if begins_word is not None:
        weights = weights * torch.where(begins_word[targets], word_start_weight, 1.0)
    return weights / weights.mean()


def relation_divergence(student: Tensor, teacher: Tensor, visible: Tensor, heads: int) -> Tensor:
    """Compare how two models relate tokens to each other: queries to queries, keys to keys, values to values.

    Multi-head self-attention relations (Wang et al. 2021, "MiniLMv2", section 3.2): the vectors of all heads side by
    side are cut into `heads` parts, so width and number of heads may differ between the models. QK-norm makes lengths
    of queries and keys meaningless, so each part is normed before it is compared.

    Parameters
    ----------
    student, teacher : float [B, T, 3 C]
        Queries, keys and values of a layer; C is each model's own.
    visible : bool [B, 1, T, T]
        Which tokens may be related.
    heads : int
        Parts, a divisor of both widths.

    Returns
    -------
    float32 []
        Mean divergence in nats over tokens, parts and the three kinds; no gradient flows into the teacher's.
    """
    pairs = zip(student.chunk(3, -1), teacher.detach().chunk(3, -1), strict=True)
    divergences = []
    for ours, theirs in pairs:
        found, target = _relations(ours, visible, heads), _relations(theirs, visible, heads)
        divergences.append((target.exp() * (target - found)).sum(-1).mean())
    return torch.stack(divergences).mean()


def _relations(vectors: Tensor, visible: Tensor, heads: int) -> Tensor:
    """Give logprobs [B, heads, T, T] of each token's visible ones for vectors [B, T, C]."""
    parts = vectors.float().unflatten(-1, (heads, -1)).transpose(1, 2)
    parts = F.rms_norm(parts, (parts.size(-1),))
    logits = parts @ parts.transpose(-1, -2) * parts.size(-1) ** -0.5
    # not -inf: what is hidden must weigh nothing, not make the difference of two infinities
    return logits.masked_fill(~visible, -1e4).log_softmax(-1)


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
