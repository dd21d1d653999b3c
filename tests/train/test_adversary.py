"""The step of two networks: pix2pix's update, what flows through the judge, and runs that stop and go on."""

import copy
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
from torch import Tensor, nn

import convdsl
from convdsl.calls import Named, Weighted
from convdsl.cli.main import main
from convdsl.meaning import Meaning
from convdsl.mistake import MistakeError
from convdsl.settings import override
from convdsl.train import checkpoint, loop, shuffle
from convdsl.train.adversary import Judge
from convdsl.train.album import Batch
from convdsl.train.checkpoint import load
from convdsl.train.engine import Engine
from convdsl.train.job import Job
from convdsl.train.log import NAME
from convdsl.train.loop import train
from convdsl.train.run import make_job
from tests.test_discriminator import COLOURS, JUDGE, written
from tests.train.setting import AB, GRAY, LAB, RGB, job, photographs
from tests.train.test_fast import Queueing
from tests.train.test_loop import At, tensors

CPU = torch.device("cpu")
ROOT = Path(__file__).parents[2]
ADVERSARIAL = Weighted(((100.0, Named("L1")), (1.0, Named("Adversarial"))))
LEAST_SQUARES = Weighted(((100.0, Named("L1")), (1.0, Named("Adversarial", (), {"kind": "lsgan"}))))
ADAM = Named("Adam", (2e-3,), {"beta1": 0.5})  # pix2pix's betas are (0.5, 0.999)
# powers of two: composing a picture from the network's output rounds nothing, and the update can be equal bit for bit
HALVES = Meaning("colour", ("a", "b"), (2**-7, 2**-7), (0.0, 0.0))
SHOWN = Meaning("colour", ("L", "a", "b"), (2**-6, 2**-6, 2**-6), (0.0, 0.0, 0.0))


class Patches(nn.Module):
    """Two convolutions, with everything that carries state or randomness."""

    def __init__(self, channels: int = 3) -> None:
        super().__init__()
        self.down = nn.Conv2d(channels, 8, 4, stride=2, padding=1)
        self.norm = nn.BatchNorm2d(8)
        self.drop = nn.Dropout2d(0.25)
        self.score = nn.Conv2d(8, 1, 4, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        x = nn.functional.leaky_relu(self.norm(self.down(x)), 0.2)
        scores: Tensor = self.score(self.drop(x))
        return scores


class Greenness(nn.Module):
    """A judge that takes green pictures for photographs: its score is -a of Lab, whatever it has learned."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1))

    def forward(self, x: Tensor) -> Tensor:
        return -20 * x[:, 1:2] * self.weight


def against(
    loss: object = ADVERSARIAL,
    build: Callable[[], nn.Module] = Patches,
    source: Meaning = GRAY,
    target: Meaning = AB,
    shown: Meaning = LAB,
    **settings: object,
) -> Job:
    """Make a job of two networks."""
    given = {"optimizer": ADAM, "loss": loss, "discriminator": "judge.cdsl", **settings}
    return job(source, target, judge=Judge(build, shown, "89ab"), **given)


def batch(count: int = 4) -> Batch:
    generator = torch.Generator().manual_seed(count)
    pixels = torch.randint(0, 255, (count, 16, 16, 3), dtype=torch.uint8, generator=generator)
    return Batch(pixels, torch.zeros(count))


@pytest.mark.parametrize(("loss", "criterion"), [(ADVERSARIAL, nn.BCEWithLogitsLoss()), (LEAST_SQUARES, nn.MSELoss())])
def test_step_when_in_float32_is_pix2pix_s_update_bit_for_bit(loss: Weighted, criterion: nn.Module) -> None:
    """The loop of https://github.com/junyanz/pytorch-CycleGAN-and-pix2pix, models/pix2pix_model.py, by hand."""
    settings = {"target": HALVES, "shown": SHOWN, "schedule": Named("Constant"), "discriminator_lr": 5e-4}
    engine = Engine(against(loss, **settings), 6, CPU)
    assert engine.adversary is not None
    generator, judge = copy.deepcopy(engine.network), copy.deepcopy(engine.adversary.network)
    of_generator = torch.optim.Adam(generator.parameters(), lr=2e-3, betas=(0.5, 0.999), fused=True)
    of_judge = torch.optim.Adam(judge.parameters(), lr=5e-4, betas=(0.5, 0.999), fused=True)
    gray, ab = engine.tensors(batch())
    lab, _ = engine.pictures(batch())
    lightness = lab[:, :1] * 2**-6

    for step in range(3):
        learned = engine.step(batch())

        torch.manual_seed(shuffle.torch_seed(0, shuffle.DROPOUT, step))
        fake_ab = generator(gray)
        fake = torch.cat((lightness, fake_ab * 2), 1).contiguous(memory_format=torch.channels_last)
        real = torch.cat((lightness, ab * 2), 1).contiguous(memory_format=torch.channels_last)
        of_judge.zero_grad()
        on_fake, on_real = judge(fake.detach()), judge(real)
        loss_judge = (
            criterion(on_fake, torch.zeros_like(on_fake)) + criterion(on_real, torch.ones_like(on_real))
        ) * 0.5
        loss_judge.backward()
        of_judge.step()
        of_generator.zero_grad()
        judge.requires_grad_(False)
        on_fake_now = judge(fake)
        loss_l1, loss_gan = nn.functional.l1_loss(fake_ab, ab), criterion(on_fake_now, torch.ones_like(on_fake_now))
        (100 * loss_l1 + loss_gan).backward()
        of_generator.step()
        judge.requires_grad_(True)

        for mine, theirs in ((engine.network, generator), (engine.adversary.network, judge)):
            for key, value in theirs.state_dict().items():
                assert torch.equal(mine.state_dict()[key], value), (step, key)
        edge = 0.5 if isinstance(criterion, nn.MSELoss) else 0.0
        assert learned.loss == pytest.approx((100 * loss_l1 + loss_gan).item())
        assert learned.parts == pytest.approx(
            {
                "L1": loss_l1.item(),
                "Adversarial": loss_gan.item(),
                "discriminator": loss_judge.item(),
                "right_on_real": (on_real > edge).float().mean().item(),
                "right_on_fake": (on_fake <= edge).float().mean().item(),
            }
        )


@pytest.mark.parametrize("shown", [LAB, RGB, AB])
@pytest.mark.parametrize(("source", "target"), [(GRAY, AB), (GRAY, RGB), (RGB, RGB), (GRAY, LAB)])
def test_gradient_when_the_loss_is_adversarial_alone_comes_through_the_judge(
    source: Meaning, target: Meaning, shown: Meaning
) -> None:
    work = against(Named("Adversarial"), lambda: Patches(len(shown.channels)), source, target, shown)
    engine = Engine(work, 6, CPU)
    before = {key: value.clone() for key, value in engine.network.state_dict().items()}
    learned = engine.step(batch())
    assert set(learned.parts) == {"discriminator", "right_on_real", "right_on_fake"}
    assert engine.adversary is not None
    assert all(parameter.requires_grad for parameter in engine.adversary.network.parameters())
    for name, parameter in engine.network.named_parameters():
        assert parameter.grad is not None and bool(parameter.grad.isfinite().all())
        assert not torch.equal(parameter, before[name]) or name == "down.bias"  # what a norm takes away again


def test_generator_when_trained_by_adversarial_alone_learns_to_fool_a_judge_that_stays() -> None:
    settings = {"optimizer": Named("Adam", (1e-2,)), "discriminator_lr": 0.0, "schedule": Named("Constant")}
    work = against(Named("Adversarial"), Greenness, **settings)
    engine = Engine(work, 60, CPU)
    assert engine.adversary is not None
    right = [engine.step(batch()).parts["right_on_fake"] for _ in range(60)]
    assert torch.equal(engine.adversary.network.state_dict()["weight"], torch.ones(1))
    assert right[0] > 0.5 and right[-1] < 0.05


def test_judge_when_it_learns_alone_tells_gray_from_photographs() -> None:
    work = against(**{"optimizer.lr": 0.0}, discriminator_lr=1e-2, schedule=Named("Constant"), steps=60)
    engine = Engine(work, 60, CPU)
    before = {key: value.clone() for key, value in engine.network.named_parameters()}
    learned = [engine.step(batch()).parts for _ in range(60)]
    assert all(torch.equal(before[key], value) for key, value in engine.network.named_parameters())
    assert learned[-1]["discriminator"] < 0.3 < learned[0]["discriminator"]
    assert min(learned[-1]["right_on_real"], learned[-1]["right_on_fake"]) > 0.8


def test_mean_when_there_is_a_judge_is_of_the_generator_alone() -> None:
    state = Engine(against(ema=0.5), 6, CPU).state()
    assert state.ema.keys() == state.model.keys() and state.judge.keys() == Patches().state_dict().keys()


def test_gradients_when_they_are_cut_are_cut_in_both_networks() -> None:
    engine = Engine(against(optimizer=Named("SGD", (1e-3,)), clip=0.01, schedule=Named("Constant")), 6, CPU)
    assert engine.adversary is not None
    networks = (engine.network, engine.adversary.network)
    before = [weights(network) for network in networks]
    engine.step(batch())
    for network, old in zip(networks, before, strict=True):
        # plain SGD: the step is lr * gradient, and the gradient's length is 0.01 at most
        assert 0 < (weights(network) - old).norm() <= 1e-3 * 0.01 * 1.001


def weights(network: nn.Module) -> Tensor:
    return torch.cat([parameter.detach().flatten() for parameter in network.parameters()])


def test_step_when_in_bf16_keeps_both_networks_in_float32() -> None:
    engine = Engine(against(precision="bf16"), 6, CPU)
    assert engine.adversary is not None
    assert all(engine.step(batch()).finite for _ in range(3))
    networks = (engine.network, engine.adversary.network)
    assert all(value.dtype == torch.float32 for one in networks for value in one.parameters())
    assert networks[1].down.weight.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("loss", [ADVERSARIAL, LEAST_SQUARES])
@pytest.mark.parametrize("optimizer", [ADAM, Named("SGD", (1e-3,), {"momentum": 0.9})])
def test_run_of_two_networks_when_stopped_and_resumed_is_bitwise_the_unbroken_one(
    tmp_path: Path, loss: Weighted, optimizer: Named
) -> None:
    photos = (photographs(tmp_path / "photos"),)
    work = against(loss, optimizer=optimizer)
    assert train(work, photos, tmp_path / "whole").steps == 6
    stop = At(3, lambda: signal.raise_signal(signal.SIGINT))
    assert train(work, photos, tmp_path / "parts", watch=stop).steps == 3
    assert train(work, photos, tmp_path / "parts", resume=True).steps == 6
    assert tensors(tmp_path / "parts") == tensors(tmp_path / "whole")
    record = (tmp_path / "whole" / NAME).read_text()
    assert (tmp_path / "parts" / NAME).read_text() == record and '"right_on_fake": ' in record
    state = load(tmp_path / "whole").state
    assert state.judge and state.judge_optimizer if optimizer.name == "Adam" else state.judge


def test_resume_when_the_discriminator_is_another_is_refused(tmp_path: Path) -> None:
    photos = (photographs(tmp_path / "photos"),)
    train(against(steps=2), photos, tmp_path / "run")
    work = job(judge=Judge(Patches, LAB, "cdef"), steps=2, optimizer=ADAM, loss=ADVERSARIAL, discriminator="judge.cdsl")
    with pytest.raises(MistakeError, match="not the run") as caught:
        train(work, photos, tmp_path / "run", resume=True)
    assert "the discriminator's network" in caught.value.notes


@pytest.mark.parametrize("name", ["discriminator_lr", "optimizer.lr"])
def test_run_when_either_network_diverges_stops_and_keeps_the_last_good_checkpoint(tmp_path: Path, name: str) -> None:
    photos = (photographs(tmp_path / "photos"),)
    work = against(optimizer=Named("SGD", (1e-3,)), checkpoint_every=1, **{"discriminator_lr": 1e-3, name: 1e38})
    with pytest.raises(MistakeError) as caught:
        train(work, photos, tmp_path / "run")
    assert "step" in caught.value.message and "photographs of this batch: " in caught.value.notes[0]
    assert "discriminator_lr" in caught.value.way_out
    for path in (tmp_path / "run").glob("*.safetensors"):
        state = load(path).state
        assert all(value.isfinite().all() for value in (*state.model.values(), *state.judge.values()))


def test_run_of_two_networks_when_losses_are_read_late_is_bitwise_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photos = (photographs(tmp_path / "photos"),)
    train(against(), photos, tmp_path / "at once")
    monkeypatch.setattr(loop, "Engine", Queueing)
    train(against(), photos, tmp_path / "late")
    assert tensors(tmp_path / "late") == tensors(tmp_path / "at once")
    assert (tmp_path / "late" / NAME).read_bytes() == (tmp_path / "at once" / NAME).read_bytes()


@pytest.mark.parametrize("kind", [Engine, Queueing])
def test_step_when_the_discriminator_s_loss_is_no_number_leaves_both_networks(kind: type[Engine]) -> None:
    engine = kind(against(ema=0.0), 6, CPU)
    assert engine.adversary is not None
    engine.step(batch())
    with torch.no_grad():
        engine.adversary.network.score.bias.fill_(float("nan"))
    networks = (engine.network, engine.adversary.network)
    before = [weights(network) for network in networks]
    loss = engine.launch(batch()).loss.item() if engine.queues else engine.step(batch()).loss
    assert loss != loss
    for network, old in zip(networks, before, strict=True):
        assert torch.equal(weights(network).nan_to_num(), old.nan_to_num())


def test_step_when_in_double_precision_has_all_of_it_so() -> None:
    engine = Engine(against(precision="fp64"), 6, CPU)
    assert engine.adversary is not None and weights(engine.adversary.network).dtype == torch.float64
    assert engine.step(batch()).finite


def test_step_when_the_output_is_smaller_shows_the_judge_what_it_is_enlarged_to() -> None:
    work = replace(against(Named("Adversarial")), build=Half)
    engine = Engine(work, 6, CPU)
    before = weights(engine.network)
    assert engine.step(batch()).finite and not torch.equal(weights(engine.network), before)


class Half(nn.Module):
    """A network whose output is half as large as its input."""

    def __init__(self) -> None:
        super().__init__()
        self.ab = nn.Conv2d(1, 2, 4, stride=2, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        ab: Tensor = self.ab(x)
        return ab


class Whole(nn.Module):
    """A judge of whole pictures, whose norm sees one value of each picture and channel."""

    def __init__(self) -> None:
        super().__init__()
        self.score, self.norm = nn.Linear(3, 1), nn.BatchNorm1d(1)

    def forward(self, x: Tensor) -> Tensor:
        scores: Tensor = self.norm(self.score(x.mean(dim=(2, 3))))
        return scores


@pytest.mark.parametrize("build", [Patches, Whole])
def test_run_when_a_norm_has_one_value_to_go_by_asks_for_more(tmp_path: Path, build: Callable[[], nn.Module]) -> None:
    photos = (photographs(tmp_path / "photos"),)
    # the generator of the tests halves a crop twice: one of 4 pixels is one value for each channel at its norm
    work = against(build=build, batch=1, **({} if build is Whole else {"crop": 4, "sizes": 18}))
    with pytest.raises(MistakeError, match="one value for each channel") as caught:
        train(work, photos, tmp_path / "run")
    assert "--batch" in caught.value.way_out


@pytest.mark.parametrize("spelling", ["cdsl", "yaml"])
def test_spec_of_the_zoo_when_made_is_the_demo_s_network_and_a_judge_of_patches_that_both_learn(spelling: str) -> None:
    analysis = convdsl.load(ROOT / "specs" / f"adversarial.{spelling}")
    engine = Engine(make_job(analysis, replace(analysis.recipe, steps=3)), 3, CPU)
    assert engine.adversary is not None
    demo = convdsl.build(ROOT / "specs" / "demo.cdsl")
    assert len(weights(engine.network)) == len(weights(demo))
    # 3 * 16 * 16 + 16, 16 * 32 * 16 and a norm of 2 * 32, 32 * 64 * 16 and one of 2 * 64, 64 * 16 + 1
    assert len(weights(engine.adversary.network)) == 784 + 8_192 + 64 + 32_768 + 128 + 1_025
    small = batch(2)
    large = Batch(small.pixels.repeat(1, 6, 6, 1), small.exposed)  # 96 px
    found = [engine.step(large) for _ in range(2)]
    assert found[1].parts["L1"] < found[0].parts["L1"]
    assert found[1].parts["discriminator"] < found[0].parts["discriminator"]


CHILD = """
import sys
from pathlib import Path
import torch
torch.set_num_threads(1)
from convdsl.train.loop import train
from tests.train.test_adversary import against
train(against(steps=4000), (Path(sys.argv[1]),), Path(sys.argv[2]))
"""


@pytest.mark.slow
def test_run_of_two_networks_when_killed_at_any_moment_goes_on_bit_for_bit(tmp_path: Path) -> None:
    photos, run = photographs(tmp_path / "photos"), tmp_path / "run"
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(photos), str(run)], cwd=ROOT)
    while not checkpoint.exists(run) or load(run).state.step < 40:
        assert child.poll() is None
        os.sched_yield()
        time.sleep(0.01)
    child.kill()
    child.wait()
    done = load(run).state.step
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        stop = At(done + 5, lambda: signal.raise_signal(signal.SIGINT))
        train(against(steps=4000), (photos,), run, resume=True, watch=stop)
        train(against(steps=4000), (photos,), tmp_path / "whole", watch=stop)
    finally:
        torch.set_num_threads(threads)
    assert tensors(run, done + 5) == tensors(tmp_path / "whole", done + 5)


def test_run_from_files_when_the_discriminator_is_gone_goes_on_and_is_used_without_it(tmp_path: Path) -> None:
    photos, out, spec = photographs(tmp_path / "photos"), tmp_path / "run", written(tmp_path)
    settings = {"batch": 2, "precision": "fp32"}
    stop = At(2, lambda: signal.raise_signal(signal.SIGINT))
    analysis = convdsl.load(spec)
    train(make_job(analysis, override(analysis.recipe, {**settings, "steps": 4})), (photos,), out, watch=stop)
    (tmp_path / "judge.cdsl").unlink()
    assert not convdsl.load(spec).ok
    assert convdsl.train(spec, photos, out, resume=True, steps=4, **settings).steps == 4
    convdsl.evaluate(out, photos, size=16)
    for place in (out, load(out).path):
        words = ["evaluate", str(photos), "--checkpoint", str(place), "--spec", str(spec), "--size", "16"]
        assert main(words) == 0
    with pytest.raises(convdsl.SpecError):
        convdsl.train(spec, photos, tmp_path / "other", steps=4, **settings)


def test_resume_when_the_discriminator_was_changed_is_refused(tmp_path: Path) -> None:
    photos, out, spec = photographs(tmp_path / "photos"), tmp_path / "run", written(tmp_path)
    settings = {"batch": 2, "steps": 2, "precision": "fp32"}
    convdsl.train(spec, photos, out, **settings)
    (tmp_path / "judge.cdsl").write_text(JUDGE.replace("Conv2d(1, 4, stride=2, padding=1)", "Conv2d(1, 2, stride=2)"))
    with pytest.raises(MistakeError, match="not the run") as caught:
        convdsl.train(spec, photos, out, resume=True, **settings)
    assert caught.value.notes == ("the discriminator's network",)


def test_run_from_files_when_another_judge_is_set_keeps_both_specs(tmp_path: Path) -> None:
    photos, out = photographs(tmp_path / "photos"), tmp_path / "run"
    spec = written(tmp_path, other=JUDGE.replace("model Judge", "model Other"))
    convdsl.train(spec, photos, out, steps=1, batch=2, discriminator="other.cdsl")
    assert set(load(out).facts.imported) == {"judge.cdsl", "other.cdsl"}
    assert "against the discriminator `other.cdsl`: 1 steps." in (out / "README.md").read_text()
    for name in ("other", "judge"):
        (tmp_path / f"{name}.cdsl").unlink()
    convdsl.evaluate(out, photos, size=16)
    assert convdsl.train(spec, photos, out, resume=True, steps=1, batch=2, discriminator="other.cdsl").steps == 1


def test_run_from_files_when_the_judge_has_parameters_goes_on_bit_for_bit_and_only_with_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wide = JUDGE.replace("model Judge {", "model Judge(width: int = 4) {").replace(
        "  score", "  Conv2d(width, 1)\n  score"
    )
    photos, run = photographs(tmp_path / "photos"), tmp_path / "run"
    line = 'discriminator = "judge.cdsl"\n'
    spec = written(tmp_path, COLOURS.replace(line, f"{line}  discriminator_model = Judge(width=6)\n"), judge=wide)
    settings = {"batch": 2, "precision": "fp32", "steps": 4}
    convdsl.train(spec, photos, tmp_path / "whole", **settings)
    stop = At(2, lambda: signal.raise_signal(signal.SIGINT))
    analysis = convdsl.load(spec)
    train(make_job(analysis, override(analysis.recipe, settings)), (photos,), run, watch=stop)
    kept = load(run)
    assert kept.state.judge["0.weight"].shape == (6, 3, 1, 1)
    assert kept.facts.recipe.discriminator_model == Named("Judge", (), {"width": 6})
    words = ["train", str(spec), "--photos", str(photos), "--out", str(run), "--resume", "--steps", "4", "--batch", "2"]
    assert main([*words, "--set", "precision=fp32", "--set", "discriminator_model.width=7"]) == 2
    said = capsys.readouterr().err
    assert "discriminator_model = Judge(width=6), now discriminator_model = Judge(width=7)" in said
    (tmp_path / "judge.cdsl").unlink()
    assert convdsl.train(spec, photos, run, resume=True, **settings).steps == 4
    assert tensors(run, 4) == tensors(tmp_path / "whole", 4)
