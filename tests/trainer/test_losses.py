"""Losses against the formulas written out."""

from __future__ import annotations

import math

import pytest
import torch

from training.losses import (
    WordTargets,
    binary_divergence,
    cross_entropy,
    distillation,
    opening_logprobs,
    word_distillation,
    word_divergences,
)


def _random(seed: int) -> torch.Tensor:
    return torch.randn(2, 3, 11, generator=torch.Generator().manual_seed(seed)) * 2


TARGETS = torch.tensor([[1, 5, 9], [0, 10, 3]])


def test_cross_entropy_is_the_mean_negative_logprob() -> None:
    logits = _random(1)
    ref = -sum(float(logits[b, t].log_softmax(-1)[TARGETS[b, t]]) for b in range(2) for t in range(3)) / 6
    assert float(cross_entropy(logits, TARGETS)) == pytest.approx(ref, rel=1e-6)


@pytest.mark.parametrize("temperature", [1.0, 2.0])
@pytest.mark.parametrize("soft_weight", [0.0, 0.3, 1.0])
def test_distillation_is_hinton_s_mixture(temperature: float, soft_weight: float) -> None:
    student, teacher = _random(2), _random(3)
    ref = 0.0
    for b in range(2):
        for t in range(3):
            p = (teacher[b, t] / temperature).softmax(-1)
            soft = -(p * (student[b, t] / temperature).log_softmax(-1)).sum() * temperature**2
            hard = -student[b, t].log_softmax(-1)[TARGETS[b, t]]
            ref += float(soft_weight * soft + (1 - soft_weight) * hard) / 6
    comp, hard = distillation(student, teacher, TARGETS, temperature=temperature, soft_weight=soft_weight)
    assert float(comp) == pytest.approx(ref, rel=1e-5)
    assert float(hard) == pytest.approx(float(cross_entropy(student, TARGETS)), rel=1e-6)


def test_the_soft_loss_is_least_where_student_and_teacher_agree() -> None:
    teacher = _random(4)
    agreed, _ = distillation(teacher.clone(), teacher, TARGETS, temperature=1.0, soft_weight=1.0)
    for seed in range(5):
        other, _ = distillation(teacher + _random(seed) * 0.2, teacher, TARGETS, temperature=1.0, soft_weight=1.0)
        assert other > agreed


def test_no_gradient_reaches_the_teacher() -> None:
    student, teacher = _random(5).requires_grad_(), _random(6).requires_grad_()
    distillation(student, teacher, TARGETS, temperature=1.0, soft_weight=0.5)[0].backward()
    assert teacher.grad is None
    assert student.grad is not None


# eleven tokens: 0 to 4 begin words with the openings 0, 0, 1, 2, 2; 5 to 7 continue words; 8 to 10 are marks
OPENING_OF = torch.tensor([0, 0, 1, 2, 2, 3, 3, 3, 3, 3, 3])
ENDS_WORD = torch.tensor([True] * 5 + [False] * 3 + [True] * 3)
SENTENCE = torch.tensor([[0, 5, 6, 3, 8, 2]])
"""A word of three tokens, one of one, a mark, and a word whose end the row does not hold."""


def _logits(seed: int) -> torch.Tensor:
    return torch.randn(1, 6, 11, generator=torch.Generator().manual_seed(seed)) * 2


def _taught(logits: torch.Tensor, temperature: float = 1.0) -> WordTargets:
    """Give what a teacher with the student's own tokens says of SENTENCE, written out."""
    p = logits[0].softmax(-1)
    openings, whole = torch.zeros(1, 6, 3), torch.zeros(1, 6)
    for t in (0, 3, 5):
        sums = torch.stack([p[t][opening == OPENING_OF].sum() for opening in range(3)]) ** (1 / temperature)
        openings[0, t] = sums / sums.sum()
    whole[0, 0] = (p[0, 0] * p[1, 5] * p[2, 6] * p[3][ENDS_WORD].sum() / (p[0, 0] + p[0, 1])).log()
    whole[0, 3] = (p[3, 3] * p[4][ENDS_WORD].sum() / (p[3, 3] + p[3, 4])).log()
    return WordTargets(openings, torch.tensor([[3, 0, 0, 4, 0, 0]]), whole)


def _divergences(student: torch.Tensor, taught: WordTargets, temperature: float = 1.0) -> list[torch.Tensor]:
    return list(word_divergences(student, SENTENCE, taught, OPENING_OF, ENDS_WORD, temperature))


def test_openings_are_sums_over_tokens() -> None:
    p = torch.tensor([0.1, 0.2, 0.05, 0.1, 0.05, 0.1, 0.1, 0.1, 0.1, 0.05, 0.05])
    assert opening_logprobs(p, OPENING_OF, 3).exp().tolist() == pytest.approx([0.3, 0.05, 0.15])


def test_the_divergence_of_a_yes_or_no_is_what_the_definition_says() -> None:
    p, q = torch.tensor([0.3, 0.9]), torch.tensor([0.6, 0.9])
    ref = [0.3 * math.log(0.3 / 0.6) + 0.7 * math.log(0.7 / 0.4), 0.0]
    assert binary_divergence(p.log(), q.log()).tolist() == pytest.approx(ref, abs=1e-6)


@pytest.mark.parametrize("certain", [0.0, -1e-9, -300.0])
def test_certainty_stays_finite(certain: float) -> None:
    student = torch.tensor([0.0, -1e-9, -1.0, -300.0], requires_grad=True)
    divergence = binary_divergence(torch.full((4,), certain), student)
    divergence.sum().backward()
    assert student.grad is not None
    assert divergence.isfinite().all() and student.grad.isfinite().all()


@pytest.mark.parametrize("temperature", [1.0, 2.0])
def test_words_do_not_diverge_where_the_models_agree(temperature: float) -> None:
    student = _logits(1).requires_grad_()
    _, openings, wholes = _divergences(student, _taught(student.detach(), temperature), temperature)
    assert float(openings[0].detach().abs().max()) == pytest.approx(0, abs=1e-5)
    assert float(wholes[0].detach().abs().max()) == pytest.approx(0, abs=1e-5)
    (openings[0].sum() + wholes[0].sum()).backward()
    assert student.grad is not None
    assert float(student.grad.abs().max()) == pytest.approx(0, abs=1e-5)


def test_merged_outcomes_never_diverge_more_than_all_of_them() -> None:
    begins = OPENING_OF < 3
    for seed in range(20):
        teacher, student = _logits(seed), _logits(seed + 100)
        _, openings, wholes = _divergences(student, _taught(teacher))
        assert (openings[0, 0, [0, 3, 5]] > 0).all() and (wholes[0, 0, [0, 3]] > 0).all()
        for t in (0, 3, 5):
            p, q = (logits[0, t][begins].log_softmax(-1) for logits in (teacher, student))
            assert openings[0, 0, t] <= (p.exp() * (p - q)).sum() + 1e-6


def test_a_teacher_who_is_sure_of_the_truth_is_the_truth() -> None:
    openings = torch.zeros(1, 6, 3)
    for t, opening in ((0, 0), (3, 2), (5, 1)):
        openings[0, t, opening] = 1
    sure = WordTargets(openings, torch.tensor([[3, 0, 0, 4, 0, 0]]), torch.zeros(1, 6))
    student = _logits(3)
    for soft_weight in (0.3, 1.0):
        loss, hard = word_distillation(
            student, SENTENCE, sure, OPENING_OF, ENDS_WORD, temperature=1.0, soft_weight=soft_weight
        )
        assert float(hard) == pytest.approx(float(cross_entropy(student, SENTENCE)), rel=1e-6)
        assert float(loss) == pytest.approx(float(hard), rel=1e-4)


def test_where_the_teacher_is_silent_the_truth_counts_wholly() -> None:
    silent = WordTargets(torch.zeros(1, 6, 3), torch.zeros(1, 6, dtype=torch.int64), torch.zeros(1, 6))
    student = _logits(4).requires_grad_()
    loss, hard = word_distillation(student, SENTENCE, silent, OPENING_OF, ENDS_WORD, temperature=1.0, soft_weight=0.8)
    assert float(loss.detach()) == pytest.approx(float(hard.detach()), rel=1e-6)
    loss.backward()
    assert student.grad is not None
    assert student.grad.isfinite().all()
