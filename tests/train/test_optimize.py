"""Optimizers and schedules against torch's own."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from convdsl import optimization as words
from convdsl.train.optimize import learning_rate, optimizer, unreached

Make = Callable[[Any], Any]


@pytest.mark.parametrize(
    "word, reference",
    [
        (words.Adam(lr=0.01, weight_decay=0.1), lambda p: torch.optim.Adam(p, lr=0.01, weight_decay=0.1)),
        (words.AdamW(0.01, 0.8, 0.9, 1e-6, 0.1), lambda p: torch.optim.AdamW(p, 0.01, (0.8, 0.9), 1e-6, 0.1)),
        (words.SGD(0.01, 0.9, True, 0.1), lambda p: torch.optim.SGD(p, 0.01, 0.9, nesterov=True, weight_decay=0.1)),
    ],
)
def test_optimizer_when_named_moves_as_torchs(word: words.Optimizer, reference: Make) -> None:
    def run(make: Make) -> Tensor:
        weight = nn.Parameter(torch.linspace(-1, 1, 7))
        steps = make([weight])
        for _ in range(5):
            steps.zero_grad()
            (weight**4).sum().backward()
            steps.step()
        return weight.detach()

    torch.testing.assert_close(run(lambda p: optimizer(word, p)), run(reference))


def rates(schedule: words.Schedule, steps: int, peak: float = 2.0) -> list[float]:
    return [learning_rate(schedule, peak, step, steps) for step in range(steps)]


def torchs(make: Make, steps: int, peak: float = 2.0) -> list[float]:
    steps_taken = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=peak)
    schedule = make(steps_taken)
    out = []
    for _ in range(steps):
        out.append(schedule.get_last_lr()[0])
        steps_taken.step()
        schedule.step()
    return out


def test_cosine_when_asked_step_by_step_is_torchs() -> None:
    expected = torchs(lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, 50, eta_min=0.2), 50)
    assert rates(words.Cosine(floor=0.1), 50) == pytest.approx(expected)


def test_one_cycle_when_asked_step_by_step_is_torchs() -> None:
    kinds = {"total_steps": 40, "pct_start": 0.3, "div_factor": 25.0, "final_div_factor": 1e4}
    expected = torchs(lambda o: torch.optim.lr_scheduler.OneCycleLR(o, 2.0, **kinds), 40)
    # torch's last rate is peak / 25 / 10^4 = 4e-6 of the peak
    assert rates(words.OneCycle(rise=0.3, start=0.04, floor=4e-6), 40) == pytest.approx(expected)


def test_multi_step_when_asked_step_by_step_is_torchs() -> None:
    expected = torchs(lambda o: torch.optim.lr_scheduler.MultiStepLR(o, [3, 7], gamma=0.5), 10)
    assert rates(words.MultiStep((3, 7), gamma=0.5), 10) == pytest.approx(expected)


def test_warm_up_when_asked_rises_in_equal_steps_to_the_peak() -> None:
    assert rates(words.Constant(warmup=3), 6) == pytest.approx([0.5, 1.0, 1.5, 2.0, 2.0, 2.0])
    assert rates(words.Cosine(warmup=3), 6)[:4] == pytest.approx([0.5, 1.0, 1.5, 2.0])


@pytest.mark.parametrize(
    ("rise", "start", "floor", "steps"), [(0.1, 0.1, 1e-3, 25), (0.5, 1.0, 0.0, 10), (0.2, 0.04, 4e-6, 7)]
)
def test_one_cycle_when_shaped_otherwise_is_torchs(rise: float, start: float, floor: float, steps: int) -> None:
    # torch's last rate is peak / div_factor / final_div_factor
    kinds = {
        "total_steps": steps,
        "pct_start": rise,
        "div_factor": 1 / start,
        "final_div_factor": start / max(floor, 1e-30),
    }
    expected = torchs(lambda o: torch.optim.lr_scheduler.OneCycleLR(o, 2.0, **kinds), steps)
    assert rates(words.OneCycle(rise=rise, start=start, floor=floor), steps) == pytest.approx(expected)


def test_warm_up_when_asked_step_by_step_is_torchs() -> None:
    schedulers = torch.optim.lr_scheduler

    def linear(steps: Any) -> Any:
        return schedulers.LinearLR(steps, start_factor=1 / 5, end_factor=1.0, total_iters=4)

    assert rates(words.Constant(warmup=4), 12) == pytest.approx(torchs(linear, 12))
    stepped = torchs(lambda o: schedulers.ChainedScheduler([linear(o), schedulers.MultiStepLR(o, [2, 7], 0.5)]), 12)
    assert rates(words.MultiStep((2, 7), gamma=0.5, warmup=4), 12) == pytest.approx(stepped)
    after = torchs(lambda o: schedulers.CosineAnnealingLR(o, 16, eta_min=0.2), 16)
    assert rates(words.Cosine(warmup=4, floor=0.1), 20)[4:] == pytest.approx(after)


@pytest.mark.parametrize(
    ("word", "said"),
    [
        (words.Constant(), ""),
        (words.OneCycle(), ""),
        (words.Cosine(warmup=49), ""),
        (
            words.Cosine(warmup=50),
            "the warm-up takes 50 steps, and there are 50: the rate never gets to its peak",
        ),
        (words.MultiStep((10, 49)), ""),
        (words.MultiStep((10, 50)), "the milestone 50 of the learning rate lies beyond the last of 50 steps"),
        (
            words.MultiStep((60, 70, 80, 90, 100)),
            "the milestones 60, 70, 80, 90 and 1 more of the learning rate lie beyond the last of 50 steps",
        ),
    ],
)
def test_schedule_when_a_part_of_it_is_never_reached_is_told_of(word: words.Schedule, said: str) -> None:
    assert unreached(word, 50) == said
    rates = [learning_rate(word, 1.0, step, 50) for step in range(50)]
    if isinstance(word, words.Cosine):
        assert (max(rates) < 1) == bool(said)
    if isinstance(word, words.MultiStep):
        assert (rates[-1] > 0.1 ** len(word.milestones)) == bool(said)
