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
    entropy,
    interpolated,
    opening_logprobs,
    position_weights,
    relation_divergence,
    top_distillation,
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


def test_weights_count_positions_in_the_soft_term_alone() -> None:
    student, teacher, weights = _random(2), _random(3), torch.rand(2, 3)
    ref = 0.0
    for b in range(2):
        for t in range(3):
            soft = -(teacher[b, t].softmax(-1) * student[b, t].log_softmax(-1)).sum()
            hard = -student[b, t].log_softmax(-1)[TARGETS[b, t]]
            ref += float(0.7 * weights[b, t] * soft + 0.3 * hard) / 6
    comp, _ = distillation(student, teacher, TARGETS, temperature=1.0, soft_weight=0.7, position_weights=weights)
    assert float(comp) == pytest.approx(ref, rel=1e-5)


@pytest.mark.parametrize(("word_start_weight", "uncertainty"), [(1.0, 0.0), (3.0, 0.0), (1.0, 1.0), (2.0, 0.5)])
def test_positions_weigh_by_word_starts_and_entropy(word_start_weight: float, uncertainty: float) -> None:
    teacher, begins = _random(3), torch.arange(11) < 5
    ref = []
    for b in range(2):
        for t in range(3):
            p = teacher[b, t].softmax(-1)
            nats = float(-(p * p.log()).sum())
            ref.append(nats**uncertainty * (word_start_weight if TARGETS[b, t] < 5 else 1))
    comp = position_weights(
        entropy(teacher), TARGETS, begins, word_start_weight=word_start_weight, uncertainty=uncertainty
    ).flatten()
    assert comp.tolist() == pytest.approx([weight / (sum(ref) / 6) for weight in ref], rel=1e-5)


@pytest.mark.parametrize("temperature", [1.0, 2.0])
def test_a_teacher_s_likeliest_tokens_teach_k_and_one_outcomes(temperature: float) -> None:
    student, teacher, weights = _random(2), _random(3), torch.rand(2, 3)
    top = (teacher / temperature).softmax(-1).topk(4)
    ref = 0.0
    for b in range(2):
        for t in range(3):
            p, q = ((logits[b, t] / temperature).softmax(-1) for logits in (teacher, student))
            kept = top.indices[b, t]
            merged_p, merged_q = (torch.cat((x[kept], (1 - x[kept].sum())[None])) for x in (p, q))
            hard = -student[b, t].log_softmax(-1)[TARGETS[b, t]]
            soft = -(merged_p * merged_q.log()).sum() * temperature**2
            ref += float(0.7 * weights[b, t] * soft + 0.3 * hard) / 6
            assert (merged_p * (merged_p / merged_q).log()).sum() <= (p * (p / q).log()).sum() + 1e-6
    comp, hard = top_distillation(
        student, TARGETS, *top[::-1], temperature=temperature, soft_weight=0.7, position_weights=weights
    )
    assert float(comp) == pytest.approx(ref, rel=1e-5)
    assert float(hard) == pytest.approx(float(cross_entropy(student, TARGETS)), rel=1e-6)


def test_all_tokens_kept_are_the_whole_distribution() -> None:
    student, teacher = _random(2), _random(3)
    top = teacher.softmax(-1).topk(11)
    comp, _ = top_distillation(student, TARGETS, *top[::-1], temperature=1.0, soft_weight=1.0)
    ref, _ = distillation(student, teacher, TARGETS, temperature=1.0, soft_weight=1.0)
    assert float(comp) == pytest.approx(float(ref), rel=1e-5)


def test_a_student_that_agrees_with_the_likeliest_learns_nothing_of_the_rest() -> None:
    teacher = _random(3)
    student = teacher.clone().requires_grad_()
    top = teacher.softmax(-1).topk(3)
    top_distillation(student, TARGETS, *top[::-1], temperature=1.0, soft_weight=1.0)[0].backward()
    assert student.grad is not None and float(student.grad.abs().max()) < 1e-6


def test_interpolation_mixes_probabilities() -> None:
    teacher, other = _random(3), _random(4).softmax(-1)
    mixed = interpolated(teacher, other, 0.3).exp()
    torch.testing.assert_close(mixed, 0.7 * teacher.softmax(-1) + 0.3 * other)


def _visible(length: int) -> torch.Tensor:
    """Two messages: the first two tokens, and the rest."""
    segments = torch.arange(length) >= 2
    return (torch.ones(length, length).tril().bool() & (segments[:, None] == segments))[None, None]


def test_relations_are_minilm_s() -> None:
    generator = torch.Generator().manual_seed(9)
    student, teacher = (torch.randn(2, 5, 3 * width, generator=generator) for width in (8, 12))
    visible = _visible(5)
    total = 0.0
    for b in range(2):
        for kind in range(3):
            for part in range(2):
                logprobs = []
                for vectors, width in ((teacher, 12), (student, 8)):
                    size = width // 2
                    cut = vectors[b, :, kind * width + part * size : kind * width + (part + 1) * size]
                    cut = cut / (cut.square().mean(-1, keepdim=True) + torch.finfo(torch.float32).eps).sqrt()
                    logprobs.append(cut @ cut.T / size**0.5)
                for place in range(5):
                    seen = visible[0, 0, place]
                    target, found = (rows[place][seen].log_softmax(-1) for rows in logprobs)
                    total += float((target.exp() * (target - found)).sum())
    comp = relation_divergence(student, teacher, visible, heads=2)
    assert float(comp) == pytest.approx(total / (2 * 3 * 2 * 5), rel=1e-5)
    assert float(relation_divergence(teacher, teacher, visible, heads=2)) == pytest.approx(0, abs=1e-6)


def test_relations_teach_the_student_alone() -> None:
    student, teacher = (torch.randn(1, 4, 24, requires_grad=True) for _ in range(2))
    relation_divergence(student, teacher, _visible(4), heads=4).backward()
    assert teacher.grad is None
    assert student.grad is not None and bool(student.grad.isfinite().all()) and float(student.grad.abs().max()) > 0


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
