"""Several processes that train one network: equal to one process, stopped together, and what happens when one dies."""

import argparse
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from torch import Tensor, nn

from convdsl.cli.commands.train import configure
from convdsl.cli.main import main
from convdsl.mistake import MistakeError
from convdsl.train import checkpoint
from convdsl.train.checkpoint import State
from convdsl.train.interrupt import Interrupt
from convdsl.train.log import losses
from convdsl.train.parallel import warning
from convdsl.train.ranks import ALONE, Ranks, from_environment
from tests.train.setting import photographs
from tests.train.test_kill import COMMAND

ROOT = Path(__file__).parents[2]
PLAIN = """convdsl 1
model Plain {
  input gray: [N, 1, H, W] means (L - 50) / 50 where H % 4 == 0, W % 4 == 0
  Conv2d(4, 4, stride=4) -> ReLU()
  ab = ConvTranspose2d(2, 4, stride=4)
  output ab: [N, 2, H, W] means ab / 110
}
train {
  steps = 6
  batch = 5
  crop = 16
  sizes = 20
  precision = "fp64"
  clip = 0.05
  ema = 0.9
  exposure = 0.4
  checkpoint_every = 2
}
"""
NORMED = PLAIN.replace("-> ReLU()", "-> BatchNorm2d() -> ReLU()")
JUDGE = """convdsl 1
model Judge {
  input colours: [N, 3, H, W] means Lab / 100
  Conv2d(4, 4, stride=4) -> LeakyReLU(0.2)
  score = Conv2d(1, 1)
  output score: [N, 1, H // 4, W // 4]
}
"""


# ------------------------------------------------------------------------------------------------- one process


@pytest.mark.parametrize("total, world, shares", [(5, 2, [3, 2]), (8, 4, [2, 2, 2, 2]), (7, 3, [3, 2, 2])])
def test_share_when_crops_are_cut_is_each_crop_once(total: int, world: int, shares: list[int]) -> None:
    parts = [list(range(total))[Ranks(rank, world).share(total)] for rank in range(world)]
    assert [len(part) for part in parts] == shares
    assert [crop for part in parts for crop in part] == list(range(total))


def test_ranks_when_the_environment_names_them_are_these() -> None:
    assert from_environment({}) == ALONE
    assert from_environment({"RANK": "0", "WORLD_SIZE": "1"}) == ALONE
    named = {"RANK": "5", "WORLD_SIZE": "8", "LOCAL_RANK": "1"}
    assert from_environment(named, 7.0) == Ranks(5, 8, 1, 7.0)
    assert from_environment(named).device("cuda") == "cuda:1" and from_environment(named).device("cpu") == "cpu"
    with pytest.raises(MistakeError, match="are no numbers") as caught:
        from_environment({"RANK": "first", "WORLD_SIZE": "8"})
    assert "torch.distributed.run" in caught.value.way_out


def test_process_when_it_is_alone_needs_nobody() -> None:
    assert ALONE.first and ALONE.share(9) == slice(0, 9)
    assert ALONE.from_first(lambda: 3) == ALONE.each(lambda: 3) == 3
    assert ALONE.mean([2.0], 1.0) == [2.0] and ALONE.agree(None) is None and ALONE.agree(15) == 15
    error = RuntimeError("[gloo/pair.cc:1] Connection closed by peer")
    assert not ALONE.lost(error) and Ranks(0, 2).lost(error) and not Ranks(0, 2).lost(RuntimeError("shapes differ"))


def test_warning_when_batches_are_shared_counts_batch_norms() -> None:
    network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.BatchNorm2d(2), nn.GroupNorm(1, 2))
    said = warning([network], Ranks(0, 2), 8)
    assert "BatchNorm (2 times)" in said and "the 4 crops" in said
    assert warning([network], ALONE, 8) == "" == warning([nn.Conv2d(1, 2, 3)], Ranks(0, 2), 8)


def test_signal_when_it_is_sent_twice_at_once_counts_once() -> None:
    with Interrupt(sent_twice=True) as interrupt:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGTERM)  # the agent sends its own after the terminal's
        assert interrupt.caught == signal.SIGINT


@pytest.mark.parametrize(
    "words, sentence", [(("--timeout", "0"), "is no time to wait"), (("--set", "betch=1"), "no setting `betch`")]
)
def test_mistake_when_all_processes_make_it_is_said_by_the_first(
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    sentence: str,
) -> None:
    command = ["train", str(place / "plain.cdsl"), "--photos", str(place), "--out", str(place / "run"), *words]
    monkeypatch.setenv("WORLD_SIZE", "2")
    for rank, said in (("0", True), ("1", False)):
        monkeypatch.setenv("RANK", rank)
        assert main(command) == 2
        assert (sentence in capsys.readouterr().err) == said


def test_evaluation_when_many_processes_are_started_is_done_by_the_first(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("RANK", "1")
    assert main(["evaluate", "nowhere", "--checkpoint", "nowhere"]) == 0
    assert main(["colorize", "nowhere", "--checkpoint", "nowhere", "--out", "nowhere"]) == 0
    assert capsys.readouterr() == ("", "")


def test_recipes_when_read_are_commands_that_there_are() -> None:
    page = (ROOT / "docs/distributed.md").read_text("utf-8")
    commands = re.findall(r"convdsl train (.*--.*)", page)
    assert len(commands) == 5
    for command in commands:
        parser = argparse.ArgumentParser(exit_on_error=False)
        configure(parser)
        args = parser.parse_args(shlex.split(command.replace("$resume", "--resume")))
        assert args.photos and args.device == "cuda"


# ----------------------------------------------------------------------------------------------- two processes


@pytest.fixture(name="place")
def _place(tmp_path: Path) -> Path:
    (tmp_path / "plain.cdsl").write_text(PLAIN, "utf-8")
    (tmp_path / "normed.cdsl").write_text(NORMED, "utf-8")
    (tmp_path / "judge.cdsl").write_text(JUDGE, "utf-8")
    photographs(tmp_path / "photos")
    return tmp_path


class Pair:
    """Two processes of one command, which meet as torch.distributed.run would have them meet, but nobody ends them."""

    def __init__(self, place: Path, *words: str, program: tuple[str, ...] = ("-m", "convdsl")) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = str(free.getsockname()[1])
        common = {**environment(), "WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1"}
        self.run = place / "pair"
        command = [sys.executable, *program, "train", *words, "--photos", "photos", "--out", "pair"]
        self.processes = [
            subprocess.Popen(
                [*command, "--samples", "0"],
                cwd=place,
                env={**common, "MASTER_PORT": port, "RANK": str(rank), "LOCAL_RANK": str(rank)},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for rank in range(2)
        ]

    def wait_for(self, steps: int) -> None:
        """Wait until so many steps are in the record."""
        while len(losses(self.run)) < steps:
            assert all(process.poll() is None for process in self.processes), self.ends()
            time.sleep(0.05)

    def ends(self) -> list[tuple[int, str, str]]:
        """Return exit codes and what was said."""
        said = [process.communicate(timeout=240) for process in self.processes]
        return [(process.returncode, *words) for process, words in zip(self.processes, said, strict=True)]


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}


@pytest.fixture(name="pairs")
def _pairs() -> Iterator[list[Pair]]:
    started: list[Pair] = []
    yield started
    for pair in started:
        for process in pair.processes:
            process.kill()
            process.communicate()


def alone(place: Path, out: str, *words: str) -> State:
    """Train in this process and return what comes out."""
    command = ["train", str(place / words[0]), "--photos", str(place / "photos"), "--out", str(place / out)]
    assert main([*command, *words[1:], "--samples", "0", "--threads", "1"]) == 0
    return checkpoint.load(place / out).state


def furthest(one: State, other: State) -> float:
    """Return the largest difference of two states, in parts of the largest number of its tensor."""

    def apart(a: Mapping[str, Tensor], b: Mapping[str, Tensor]) -> float:
        assert a.keys() == b.keys()
        return max((float((a[key] - b[key]).abs().max() / a[key].abs().max().clamp(min=1e-30)) for key in a), default=0)

    return max(apart(one.model, other.model), apart(one.ema, other.ema), apart(one.optimizer, other.optimizer))


@pytest.mark.slow
@pytest.mark.parametrize(
    "more", [(), ("--set", "loss=L1() + 0.1 * Adversarial()", "--set", "discriminator=judge.cdsl")]
)
def test_two_processes_learn_what_one_does(place: Path, pairs: list[Pair], more: tuple[str, ...]) -> None:
    whole = alone(place, "whole", "plain.cdsl", *more)
    pairs.append(Pair(place, "plain.cdsl", *more))
    (code, out, said), (other, silent, nothing) = pairs[0].ends()
    assert (code, other) == (0, 0), said + nothing
    assert out.endswith("checkpoint-00000006.json\n") and "2 processes of 1 thread" in said
    assert (silent, nothing) == ("", "")
    state = checkpoint.load(place / "pair").state
    assert state.step == 6 and furthest(whole, state) <= 1e-12
    for (step, one), (same, two) in zip(losses(place / "whole"), losses(place / "pair"), strict=True):
        assert step == same and abs(one - two) <= 1e-12 * one


@pytest.mark.slow
def test_run_when_one_process_is_told_to_stop_stops_all_and_goes_on_in_one(place: Path, pairs: list[Pair]) -> None:
    pairs.append(Pair(place, "plain.cdsl", "--steps", "3000"))
    pairs[0].wait_for(3)
    pairs[0].processes[1].terminate()
    (code, _, said), (other, _, nothing) = pairs[0].ends()
    assert (code, other, nothing) == (143, 143, "") and "`--resume` goes on from there" in said
    saved = checkpoint.load(place / "pair").state
    assert 3 <= saved.step < 3000
    assert f"stopped after step {saved.step};" in said


@pytest.mark.slow
def test_run_when_resumed_by_another_number_of_processes_is_the_unbroken_one(place: Path, pairs: list[Pair]) -> None:
    whole = alone(place, "whole", "plain.cdsl")
    pairs.append(Pair(place, "plain.cdsl"))
    pairs[0].ends()
    for path in (place / "pair").glob("checkpoint-00000006.*"):
        path.unlink()
    assert checkpoint.load(place / "pair").state.step == 4
    assert furthest(whole, alone(place, "pair", "plain.cdsl", "--resume")) <= 1e-12


@pytest.mark.slow
@pytest.mark.parametrize("number, limit", [(signal.SIGKILL, 60), (signal.SIGSTOP, 5)])
def test_run_when_one_process_dies_or_hangs_ends_with_a_sentence(
    place: Path, pairs: list[Pair], number: signal.Signals, limit: int
) -> None:
    pairs.append(Pair(place, "normed.cdsl", "--steps", "100000", "--timeout", str(limit)))
    pairs[0].wait_for(3)
    pairs[0].processes[1].send_signal(number)
    began = time.monotonic()
    _, said = pairs[0].processes[0].communicate(timeout=240)
    assert pairs[0].processes[0].returncode == 2 and time.monotonic() - began < 30, said
    assert said.count("error: ") == 1 and "Traceback" not in said
    assert "error: process 0 of 2 has lost another: it has ended, or was silent for too long" in said
    assert f"{limit} s" in said and "`--resume` goes on" in said
    assert "BatchNorm (1 times) takes its statistics over the 2 crops of each process" in said


@pytest.mark.slow
def test_run_when_a_photograph_goes_stops_all_after_the_same_step_and_goes_on_when_it_is_back(
    place: Path, pairs: list[Pair]
) -> None:
    (place / "command.py").write_text(COMMAND, "utf-8")  # pixels are not kept
    pairs.append(Pair(place, "plain.cdsl", "--steps", "3000", "--set", "schedule=Constant()", program=("command.py",)))
    pairs[0].wait_for(3)
    victim = place / "photos" / "2.png"
    body = victim.read_bytes()
    victim.unlink()
    ends = pairs[0].ends()
    assert [code for code, _, _ in ends] == [2, 2]
    said = "".join(words for _, _, words in ends)
    assert said.count("error: ") == 1 and "2.png` is not the photograph that it was when the run began" in said, said
    saved = checkpoint.load(place / "pair")
    assert f"saved: `pair/{saved.path.name}`" in said and len(losses(place / "pair")) == saved.state.step
    victim.write_bytes(body)
    steps = ("--steps", str(saved.state.step + 4), "--set", "schedule=Constant()")
    went_on = alone(place, "pair", "plain.cdsl", "--resume", *steps)
    assert furthest(alone(place, "whole", "plain.cdsl", *steps), went_on) <= 1e-12


@pytest.mark.slow
def test_run_when_the_loss_is_no_number_says_it_once(place: Path, pairs: list[Pair]) -> None:
    pairs.append(Pair(place, "plain.cdsl", "--lr", "1e200", "--set", "optimizer=SGD()", "--set", "clip=0"))
    (code, _, said), (other, _, nothing) = pairs[0].ends()
    assert (code, other, nothing) == (2, 2, "") and said.count("error: the loss is ") == 1


@pytest.mark.slow
def test_torchrun_when_it_is_interrupted_leaves_a_checkpoint(place: Path) -> None:
    words = ["--photos", "photos", "--out", "run", "--steps", "9000", "--samples", "0"]
    run = ["torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", "convdsl", "train", "plain.cdsl"]
    agent = subprocess.Popen(
        [sys.executable, "-m", *run, *words],
        cwd=place,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        while len(losses(place / "run")) < 3:
            assert agent.poll() is None, agent.communicate()
            time.sleep(0.05)
        os.killpg(agent.pid, signal.SIGINT)  # as a terminal does at Ctrl-C
        _, said = agent.communicate(timeout=240)
    finally:
        if agent.poll() is None:
            os.killpg(agent.pid, signal.SIGKILL)
            agent.communicate()
    state = checkpoint.load(place / "run").state
    assert f"stopped after step {state.step};" in said and len(losses(place / "run")) == state.step


@pytest.mark.slow
def test_mistake_when_a_folder_is_in_the_way_is_said_once(place: Path, pairs: list[Pair]) -> None:
    (place / "pair").write_text("")
    pairs.append(Pair(place, "plain.cdsl"))
    (code, _, said), (other, _, nothing) = pairs[0].ends()
    assert (code, other, nothing) == (2, 2, "") and "is a file" in said


@pytest.mark.slow
def test_batch_when_it_is_too_small_for_all_is_refused(place: Path, pairs: list[Pair]) -> None:
    pairs.append(Pair(place, "plain.cdsl", "--batch", "1"))
    (code, _, said), (other, _, nothing) = pairs[0].ends()
    assert (code, other, nothing) == (2, 2, "") and "2 processes cannot share a batch of 1" in said
