"""Losses and their sums against torch's own, and what of them is written down."""

import json
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from convdsl import optimization as words
from convdsl.calls import Named, Weighted
from convdsl.history import NAME
from convdsl.mistake import MistakeError
from convdsl.train import shuffle
from convdsl.train.engine import Engine
from convdsl.train.log import losses
from convdsl.train.loop import train
from convdsl.train.losses import add_up, measure, names
from tests.train.setting import job, photographs
from tests.train.test_engine import batch

L1_AND_MSE = Weighted(((100.0, Named("L1")), (0.5, Named("MSE"))))


@pytest.mark.parametrize(
    "word, module",
    [
        (words.MSE(), nn.MSELoss()),
        (words.L1(), nn.L1Loss()),
        (words.SmoothL1(beta=0.3), nn.SmoothL1Loss(beta=0.3)),
        (words.Huber(delta=0.7), nn.HuberLoss(delta=0.7)),
    ],
)
def test_loss_when_named_is_torchs(word: words.Loss, module: nn.Module) -> None:
    a, b = torch.randn(2, 3, 2, 4, 4, generator=torch.Generator().manual_seed(0))
    assert torch.equal(measure(word, a, b), module(a, b))


def pair() -> tuple[Tensor, Tensor]:
    a, b = torch.randn(2, 3, 2, 4, 4, generator=torch.Generator().manual_seed(0))
    return a, b


def test_sum_when_added_up_is_each_loss_times_its_weight() -> None:
    a, b = pair()
    found = add_up(
        words.Sum((words.Term(100.0, words.L1()), words.Term(0.5, words.MSE()))), lambda word: measure(word, a, b)
    )
    assert torch.equal(found.loss, 100 * nn.L1Loss()(a, b) + 0.5 * nn.MSELoss()(a, b))
    assert {name: part.item() for name, part in found.parts.items()} == {
        "L1": nn.L1Loss()(a, b).item(),
        "MSE": nn.MSELoss()(a, b).item(),
    }


def test_sum_when_it_has_one_term_is_that_times_its_weight_and_a_loss_alone_has_no_parts() -> None:
    a, b = pair()
    tripled = add_up(words.Sum((words.Term(3.0, words.L1()),)), lambda word: measure(word, a, b))
    alone = add_up(words.L1(), lambda word: measure(word, a, b))
    assert torch.equal(tripled.loss, 3 * nn.L1Loss()(a, b)) and list(tripled.parts) == ["L1"]
    assert torch.equal(alone.loss, nn.L1Loss()(a, b)) and alone.parts == {}


def test_sum_when_two_terms_are_of_one_type_names_them_apart() -> None:
    two = words.Sum((words.Term(1, words.Huber(0.1)), words.Term(1, words.L1()), words.Term(1, words.Huber(1.0))))
    assert names(two) == ("Huber", "L1", "Huber 2")


def test_sum_when_it_is_learned_from_moves_the_weights_along_the_gradient_of_the_whole() -> None:
    """One step of SGD at the rate 1 takes the gradient off the weights: torch computes it here beside."""
    work = job(optimizer=Named("SGD", (1.0,)), schedule="Constant", loss=L1_AND_MSE)
    engine = Engine(work, 1, torch.device("cpu"))
    twin = work.fresh()
    source, target = engine.tensors(batch())
    torch.manual_seed(shuffle.torch_seed(work.recipe.seed, shuffle.DROPOUT, 0))
    said = twin(source)
    whole = 100 * nn.L1Loss()(said, target) + 0.5 * nn.MSELoss()(said, target)
    whole.backward()
    learned = engine.step(batch())
    assert learned.loss == pytest.approx(whole.item(), rel=1e-5)
    assert learned.loss == pytest.approx(100 * learned.parts["L1"] + 0.5 * learned.parts["MSE"], rel=1e-5)
    for ours, theirs in zip(engine.network.parameters(), twin.parameters(), strict=True):
        assert theirs.grad is not None
        torch.testing.assert_close(ours.detach(), theirs.detach() - theirs.grad, rtol=1e-4, atol=1e-5)


def test_run_when_its_loss_is_a_sum_records_the_terms_and_goes_on_from_its_checkpoint(tmp_path: Path) -> None:
    work = job(loss=L1_AND_MSE, steps=4)
    places = (photographs(tmp_path / "photos"),)
    train(work, places, tmp_path / "run")
    entries = [json.loads(line) for line in (tmp_path / "run" / NAME).read_text().splitlines()]
    steps = [entry for entry in entries if "loss" in entry]
    assert len(steps) == 4
    for entry in steps:
        assert list(entry["parts"]) == ["L1", "MSE"]
        assert entry["loss"] == pytest.approx(100 * entry["parts"]["L1"] + 0.5 * entry["parts"]["MSE"], rel=1e-5)
    assert len(losses(tmp_path / "run")) == 4
    train(work, places, tmp_path / "run", resume=True)
    other = job(loss=Weighted(((100.0, Named("L1")), (0.7, Named("MSE")))), steps=4)
    with pytest.raises(MistakeError, match="not the run") as caught:
        train(other, places, tmp_path / "run", resume=True)
    assert caught.value.notes == ("loss = 100 * L1() + 0.5 * MSE(), now loss = 100 * L1() + 0.7 * MSE()",)


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_run_when_its_loss_is_not_finite_says_what_may_help(tmp_path: Path, precision: str) -> None:
    fast = Named("SGD", (1e30,))
    work = job(loss="MSE", optimizer=fast, schedule="Constant", steps=40, precision=precision)
    with pytest.raises(MistakeError, match=r"the loss is (inf|nan) at step [2-9]") as caught:
        train(work, (photographs(tmp_path / "photos"),), tmp_path / "run")
    assert "`--set clip=1`" in caught.value.way_out
    assert ("`--set precision=fp32`" in caught.value.way_out) == (precision == "bf16")


def test_run_when_its_first_loss_is_not_finite_does_not_blame_the_learning_rate(tmp_path: Path) -> None:
    huge = Weighted(((1.0, Named("L1")), (1e308, Named("MSE"))))
    with pytest.raises(MistakeError, match="the loss is inf at step 1") as caught:
        train(job(loss=huge, steps=4), (photographs(tmp_path / "photos"),), tmp_path / "run")
    assert "lower the weights of the losses" in caught.value.way_out and "--lr" not in caught.value.way_out


@pytest.mark.parametrize("settings", [{"clip": 0.05}, {"precision": "bf16"}, {"precision": "bf16", "clip": 0.05}])
def test_step_when_cut_or_in_bf16_is_the_loop_that_torchs_pages_show(settings: dict[str, object]) -> None:
    """torch.amp: the forward pass under autocast, the loss in float32; clip_grad_norm_ between backward and step."""
    work = job(optimizer=Named("SGD", (1.0,)), schedule="Constant", loss="MSE", **settings)
    engine, twin = Engine(work, 1, torch.device("cpu")), work.fresh()
    source, target = engine.tensors(batch())
    torch.manual_seed(shuffle.torch_seed(work.recipe.seed, shuffle.DROPOUT, 0))
    for parameter in twin.parameters():
        if parameter.dim() == 4:
            parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)
    with torch.autocast("cpu", torch.bfloat16, enabled="precision" in settings):
        said = twin(source)
    loss = nn.MSELoss()(said.float(), target)
    loss.backward()
    if "clip" in settings:
        length = nn.utils.clip_grad_norm_(twin.parameters(), 0.05)
        assert length > 0.05  # else nothing is cut, and nothing tested
    steps = torch.optim.SGD(twin.parameters(), lr=1.0)
    steps.step()
    assert engine.step(batch()).loss == pytest.approx(loss.item(), rel=1e-6)
    for ours, theirs in zip(engine.network.parameters(), twin.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-6)


def test_running_mean_when_followed_is_torchs_averaged_model() -> None:
    """torch.optim.swa_utils.AveragedModel, whose decay starts low: (1 + n) / (10 + n) until it is the recipe's."""
    work = job(ema=0.3, optimizer=Named("SGD", (0.1,)), schedule="Constant")
    engine = Engine(work, 6, torch.device("cpu"))

    def follow(mean: Tensor, weight: Tensor, seen: Tensor | int) -> Tensor:
        decay = min(0.3, int(seen) / (9 + int(seen)))  # seen counts the first weights, which were copied: n + 1
        return decay * mean + (1 - decay) * weight

    averaged = torch.optim.swa_utils.AveragedModel(engine.network, avg_fn=follow, use_buffers=True)
    averaged.update_parameters(engine.network)  # the first time it copies
    for _ in range(6):
        engine.step(batch())
        averaged.update_parameters(engine.network)
    for name, value in averaged.module.state_dict().items():
        if value.is_floating_point():
            torch.testing.assert_close(engine.mean[name], value, rtol=1e-5, atol=1e-6)
