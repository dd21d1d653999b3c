"""Runs: whole, stopped, resumed, diverged, over another run."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from convdsl.calls import Named, Weighted
from convdsl.history import NAME
from convdsl.mistake import MistakeError
from convdsl.train import checkpoint
from convdsl.train.engine import Engine
from convdsl.train.interrupt import exit_code
from convdsl.train.log import losses
from convdsl.train.loop import train
from convdsl.train.progress import Silent, Step
from tests.train.setting import GRAY, job, photographs


class At(Silent):
    """Do something after a step."""

    def __init__(self, number: int, act: Callable[[], None]) -> None:
        self.number, self.act = number, act

    def step(self, step: Step) -> None:
        if step.number == self.number:
            self.act()


def tensors(folder: Path, step: int = 6) -> bytes:
    return (folder / f"checkpoint-{step:08d}.safetensors").read_bytes()


@pytest.mark.parametrize(
    "optimizer", [Named("AdamW"), Named("Adam"), Named("SGD", (0.1,), {"momentum": 0.9}), Named("SGD")]
)
@pytest.mark.parametrize("number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_run_when_stopped_and_resumed_is_bitwise_the_unbroken_one(
    tmp_path: Path, optimizer: Named, number: signal.Signals, code: int
) -> None:
    photos = (photographs(tmp_path / "photos"),)
    work = job(optimizer=optimizer)
    whole = train(work, photos, tmp_path / "whole")
    assert (whole.steps, whole.signal) == (6, None)
    before = signal.getsignal(number)
    parts = train(work, photos, tmp_path / "parts", watch=At(3, lambda: signal.raise_signal(number)))
    assert (parts.steps, parts.signal) == (3, number) and exit_code(number) == code
    assert signal.getsignal(number) == before
    rest = train(work, photos, tmp_path / "parts", resume=True)
    assert rest.steps == 6
    assert tensors(tmp_path / "parts") == tensors(tmp_path / "whole")
    assert losses(tmp_path / "parts") == losses(tmp_path / "whole")
    assert (tmp_path / "parts" / NAME).read_text() == (tmp_path / "whole" / NAME).read_text()


def test_run_when_made_twice_is_the_same_and_when_the_seed_differs_is_not(tmp_path: Path) -> None:
    photos = (photographs(tmp_path / "photos"),)
    torch.manual_seed(1)
    train(job(), photos, tmp_path / "a")
    torch.manual_seed(2)  # what the program did before must not matter
    state = torch.get_rng_state()
    train(job(), photos, tmp_path / "b")
    assert torch.equal(torch.get_rng_state(), state)
    train(job(seed=1), photos, tmp_path / "c")
    assert tensors(tmp_path / "a") == tensors(tmp_path / "b") != tensors(tmp_path / "c")


def test_run_when_it_learns_lowers_the_loss(tmp_path: Path) -> None:
    train(job(steps=150, **{"optimizer.lr": 0.02}), (photographs(tmp_path / "photos", 1),), tmp_path / "run")
    values = [loss for _, loss in losses(tmp_path / "run")]
    assert len(values) == 150 and sum(values[-10:]) < 0.8 * sum(values[:10])


def test_run_when_epochs_are_given_makes_their_steps(tmp_path: Path) -> None:
    # 3 epochs of 5 photographs in batches of 4: ceil(15 / 4) = 4
    assert train(job(epochs=3), (photographs(tmp_path / "photos"),), tmp_path / "run").steps == 4


def test_run_when_the_loss_is_not_finite_stops_and_keeps_the_last_good_checkpoint(tmp_path: Path) -> None:
    photos = (photographs(tmp_path / "photos"),)
    with pytest.raises(MistakeError) as caught:
        train(job(optimizer=Named("SGD", (1e38,))), photos, tmp_path / "run")
    assert "step" in caught.value.message and "photographs of this batch: " in caught.value.notes[0]
    assert ".png" in caught.value.notes[0]
    for path in (tmp_path / "run").glob("*.safetensors"):
        assert all(value.isfinite().all() for value in checkpoint.load(path).state.model.values())


def test_run_when_the_first_loss_is_not_finite_does_not_blame_the_learning_rate(tmp_path: Path) -> None:
    huge = Weighted(((1e39, Named("L1")),))  # float32 ends at 3.4e38
    with pytest.raises(MistakeError, match="the loss is inf at step 1") as caught:
        train(job(loss=huge), (photographs(tmp_path / "photos"),), tmp_path / "run")
    assert "weights of the losses" in caught.value.way_out and "--lr" not in caught.value.way_out


def test_run_when_the_folder_holds_one_refuses_unless_forced(tmp_path: Path) -> None:
    photos = (photographs(tmp_path / "photos"),)
    train(job(), photos, tmp_path / "run")
    with pytest.raises(MistakeError, match="holds a run already") as caught:
        train(job(steps=2), photos, tmp_path / "run")
    assert "--resume" in caught.value.way_out
    train(job(steps=2), photos, tmp_path / "run", force=True)
    assert checkpoint.load(tmp_path / "run").state.step == 2


def test_resume_when_anything_that_matters_differs_is_refused(tmp_path: Path) -> None:
    photos = (photographs(tmp_path / "photos"),)
    train(job(), photos, tmp_path / "run")
    for other, words in (
        (job(batch=3), "batch = 4, now batch = 3"),
        (job(epochs=9), "steps = 6, now steps = 12"),
        (job(target=replace(job().target, scale=(0.1, 0.1))), "input and output mean"),
    ):
        with pytest.raises(MistakeError, match="not the run") as caught:
            train(other, photos, tmp_path / "run", resume=True)
        assert words in "\n".join(caught.value.notes)
    with pytest.raises(MistakeError, match="not the run"):
        train(job(), (photographs(tmp_path / "more", 6),), tmp_path / "run", resume=True)
    with pytest.raises(MistakeError, match="another network"):
        train(replace(job(), architecture="4567"), photos, tmp_path / "run", resume=True)
    train(job(checkpoint_every=3), photos, tmp_path / "run", resume=True)


def test_run_when_the_crop_is_illegal_names_one_that_is_not(tmp_path: Path) -> None:
    with pytest.raises(MistakeError, match="crops of 18x18") as caught:
        train(job(crop=18), (photographs(tmp_path / "photos"),), tmp_path / "run")
    assert "--crop 20" in caught.value.way_out and "H % 4 == 0" in caught.value.notes[0]


def test_run_when_input_and_output_are_gray_trains_an_autoencoder(tmp_path: Path) -> None:
    assert train(job(target=GRAY), (photographs(tmp_path / "photos"),), tmp_path / "run").steps == 6


def test_run_when_memory_is_short_says_which_setting_takes_less(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def step(self: Engine, batch: object) -> float:
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 1099511627776 bytes")

    monkeypatch.setattr(Engine, "step", step)
    with pytest.raises(MistakeError, match="not enough memory for 4 crops of 16 px") as caught:
        train(job(), (photographs(tmp_path / "photos"),), tmp_path / "run")
    assert "--batch" in caught.value.way_out


CHILD = """
import sys
from pathlib import Path
import torch
torch.set_num_threads(1)
from convdsl.train.loop import train
from tests.train.setting import job
train(job(steps=4000), (Path(sys.argv[1]),), Path(sys.argv[2]))
"""


@pytest.mark.slow
def test_run_when_killed_at_any_moment_leaves_a_whole_checkpoint(tmp_path: Path) -> None:
    photos, run = photographs(tmp_path / "photos"), tmp_path / "run"
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(photos), str(run)], cwd=Path(__file__).parents[2])
    while not checkpoint.exists(run) or checkpoint.load(run).state.step < 40:
        assert child.poll() is None
        os.sched_yield()
        time.sleep(0.01)
    child.kill()
    child.wait()
    done = checkpoint.load(run).state.step
    assert done >= 40
    torch_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        # the resumed run and the unbroken one are compared after a few more steps
        work = job(steps=4000)
        stop = At(done + 5, lambda: signal.raise_signal(signal.SIGINT))
        train(work, (photos,), run, resume=True, watch=stop)
        train(work, (photos,), tmp_path / "whole", watch=stop)
    finally:
        torch.set_num_threads(torch_threads)
    assert tensors(run, done + 5) == tensors(tmp_path / "whole", done + 5)
