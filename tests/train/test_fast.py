"""The ways of a GPU, as far as a processor can show them: cutting on the device, late losses, compiled networks."""

import signal
from pathlib import Path

import pytest
import torch
from torch import Tensor

from convdsl.mistake import MistakeError
from convdsl.train import checkpoint, loop
from convdsl.train.album import Batch, open_album
from convdsl.train.compiling import compiled
from convdsl.train.engine import Engine
from convdsl.train.loader import draws
from convdsl.train.log import NAME
from convdsl.train.losses import Total
from convdsl.train.pointwise import pictures
from convdsl.train.resident import Resident
from tests.train.setting import job, photographs
from tests.train.test_engine import CPU, batch
from tests.train.test_loop import At, tensors


@pytest.mark.parametrize("flip", [False, True])
@pytest.mark.parametrize("classes", [False, True])
def test_crops_when_cut_on_the_device_are_those_of_the_loader(tmp_path: Path, flip: bool, classes: bool) -> None:
    place = photographs(tmp_path / "a", 3)
    if classes:
        photographs(tmp_path / "b", 2)
        place = tmp_path
    recipe = job(flip=flip, batch=7).recipe
    album = open_album((place,), recipe.short_sides(), sorted_by_class=classes)
    resident = Resident(album, recipe, CPU)
    for step in range(5):
        there, here = resident.take(step), album.batch(draws(album, recipe, step), recipe.crop)
        for ours, loaders in zip(there.tensors(), here.tensors(), strict=True):
            assert ours.dtype == loaders.dtype and torch.equal(ours, loaders)


class Queueing(Engine):
    """An engine that does on the processor what it does on a GPU; the losses of the steps `bad` are no numbers."""

    bad: tuple[int, ...] = ()
    queues = True

    def _forward(self, batch: Batch) -> Total:
        found = super()._forward(batch)
        return Total(found.loss * float("nan"), found.parts) if self.done + 1 in self.bad else found


@pytest.fixture(name="late")
def _late(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "Engine", Queueing)


def test_run_when_losses_are_read_late_is_bitwise_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    photos = (photographs(tmp_path / "photos"),)
    loop.train(job(checkpoint_every=4), photos, tmp_path / "at once")
    monkeypatch.setattr(loop, "Engine", Queueing)
    loop.train(job(checkpoint_every=4), photos, tmp_path / "late")
    for name in ("checkpoint-00000004.safetensors", "checkpoint-00000006.safetensors", NAME):
        assert (tmp_path / "late" / name).read_bytes() == (tmp_path / "at once" / name).read_bytes()


@pytest.mark.usefixtures("late")
@pytest.mark.parametrize("step", [1, 2, 3, 4])
def test_run_when_losses_are_read_late_and_it_is_stopped_goes_on_bitwise(tmp_path: Path, step: int) -> None:
    photos = (photographs(tmp_path / "photos"),)
    loop.train(job(), photos, tmp_path / "whole")
    stop = At(step, lambda: signal.raise_signal(signal.SIGTERM))
    parts = loop.train(job(), photos, tmp_path / "parts", watch=stop)
    assert parts.signal == signal.SIGTERM and step <= parts.steps <= step + 1
    assert checkpoint.load(tmp_path / "parts").state.step == parts.steps
    loop.train(job(), photos, tmp_path / "parts", resume=True)
    for name in ("checkpoint-00000006.safetensors", NAME):
        assert (tmp_path / "parts" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


@pytest.mark.parametrize("optimizer", ["AdamW", "Adam", "SGD"])
def test_step_when_its_loss_is_no_number_and_nobody_has_read_it_leaves_the_weights(optimizer: str) -> None:
    one = Queueing(job(optimizer=optimizer, ema=0.0), 6, CPU)
    one.launch(batch())
    before = {key: value.clone() for key, value in one.network.named_parameters()}
    one.bad = (2,)
    assert one.launch(batch()).loss.isnan()
    assert all(torch.equal(before[key], value) for key, value in one.network.named_parameters())
    one.launch(batch())
    assert one.healthy() and any(not torch.equal(before[key], w) for key, w in one.network.named_parameters())


@pytest.mark.usefixtures("late")
@pytest.mark.parametrize("step", [1, 4, 5, 6])
def test_run_when_a_late_loss_is_no_number_names_its_step_and_saves_nothing_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    monkeypatch.setattr(Queueing, "bad", (step,))
    with pytest.raises(MistakeError, match=f"the loss is nan at step {step}") as caught:
        loop.train(job(), (photographs(tmp_path / "photos"),), tmp_path / "run")
    assert ".png" in caught.value.notes[0]
    saved = sorted(int(path.stem.split("-")[1]) for path in (tmp_path / "run").glob("*.json"))
    assert saved == [every for every in (2, 4) if every < step]


def test_run_when_in_double_precision_keeps_it_in_its_checkpoints(tmp_path: Path) -> None:
    photos = (photographs(tmp_path / "photos"),)
    stop = At(3, lambda: signal.raise_signal(signal.SIGINT))
    loop.train(job(precision="fp64"), photos, tmp_path / "parts", watch=stop)
    loop.train(job(precision="fp64"), photos, tmp_path / "parts", resume=True)
    loop.train(job(precision="fp64"), photos, tmp_path / "whole")
    assert tensors(tmp_path / "parts") == tensors(tmp_path / "whole")
    state = checkpoint.load(tmp_path / "whole").state
    assert state.model["down.weight"].dtype == state.optimizer["down.weight/exp_avg"].dtype == torch.float64


def test_network_when_torch_compile_cannot_run_it_is_refused_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    from torch._dynamo.exc import TorchDynamoException

    def refuse(tensor: Tensor) -> Tensor:
        raise TorchDynamoException("no C++ compiler\nand much more")

    monkeypatch.setattr(torch, "compile", lambda network, **how: refuse)
    with pytest.raises(MistakeError, match=r"torch\.compile cannot run this network here") as caught:
        compiled(torch.nn.ReLU())(torch.zeros(1))
    assert caught.value.notes == ("no C++ compiler",) and "without `compile`" in caught.value.way_out


@pytest.mark.parametrize("exposure", [0.0, 0.4])
def test_pictures_when_computed_number_by_number_are_the_same(exposure: float) -> None:
    one, crops = Engine(job(exposure=exposure, restraint=0.2), 6, CPU), batch(exposed=-0.7)
    found = pictures(crops.pixels, crops.exposed * exposure if exposure else None, 0.2)
    for ours, picture in zip(found, one.pictures(crops), strict=True):
        torch.testing.assert_close(ours, picture, rtol=0, atol=1e-4)  # as far as float32 goes


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # torch.compile's own
def test_run_when_compiled_keeps_its_keys_and_goes_on(tmp_path: Path) -> None:
    photos, work = (photographs(tmp_path / "photos"),), job(compile=True)
    loop.train(job(), photos, tmp_path / "plain")
    stop = At(3, lambda: signal.raise_signal(signal.SIGINT))
    loop.train(work, photos, tmp_path / "run", watch=stop)
    loop.train(work, photos, tmp_path / "run", resume=True)
    plain, state = checkpoint.load(tmp_path / "plain").state, checkpoint.load(tmp_path / "run").state
    assert (
        state.step == 6
        and plain.model.keys() == state.model.keys()
        and plain.optimizer.keys() == state.optimizer.keys()
    )
