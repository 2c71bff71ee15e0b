"""Losses against the formulas written out."""

from __future__ import annotations

import pytest
import torch

from training.losses import cross_entropy, distillation


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
