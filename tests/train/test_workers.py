"""Processes that read: in order, the same for what is learned, ended from outside, gone with their parent."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from convdsl.history import NAME
from convdsl.mistake import MistakeError
from convdsl.train import album, loop
from convdsl.train.observe import Watching
from convdsl.train.workers import Workers
from tests.train.setting import durable, job, photographs
from tests.train.test_loop import At, tensors

ROOT = Path(__file__).parents[2]
train = partial(loop.train, watching=Watching(samples=0))


def test_run_when_workers_read_is_the_run_without_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    photos = (photographs(tmp_path / "photos"),)
    train(job(), photos, tmp_path / "kept")
    monkeypatch.setattr(album, "BUDGET", 0)
    for workers in (0, 2):
        run = tmp_path / str(workers)
        train(job(), photos, run, workers=workers)
        assert durable(run) == durable(tmp_path / "kept")


def test_workers_when_asked_answer_in_order_and_raise_what_was_raised() -> None:
    for count in (0, 2):
        with Workers(count) as workers:
            assert [wait() for wait in workers.each(abs, range(-30, 0))] == list(range(30, 0, -1))
            wait = workers.ask(int, "no number")
            with pytest.raises(ValueError, match="no number"):
                wait()
            if count:
                # a reader knows no torch: it starts at once and stays small
                assert "torch" not in workers.ask(eval, "sorted(__import__('sys').modules)")()
                assert workers.ask(os.getpid)() != os.getpid()
                kept = workers.ask(eval, "[__import__('signal').getsignal(n).name for n in (1, 2, 15)]")()
                assert kept == ["SIG_IGN"] * 3


def test_workers_when_a_question_cannot_be_sent_say_so_and_answer_no_other_wrongly() -> None:
    with Workers(1) as workers:
        wait: Callable[..., object] = workers.ask(id, threading.Lock())
        with pytest.raises(TypeError, match="pickle"):
            wait(20)  # seconds
        after: Callable[..., object] = workers.ask(os.getpid)
        with pytest.raises(MistakeError, match="a process that read photographs was ended"):
            after(20)


@pytest.mark.parametrize("count", [-1, 257])
def test_workers_when_there_cannot_be_so_many_are_refused(count: int) -> None:
    with pytest.raises(MistakeError, match="cannot read photographs") as caught:
        Workers(count)
    assert "--workers" in caught.value.way_out


def children(of: int) -> list[int]:
    """List the processes that a process has started (Linux)."""
    found = Path(f"/proc/{of}/task").glob("*/children")
    return [int(word) for path in found for word in path.read_text().split()]


def readers(of: int) -> list[int]:
    return [one for one in children(of) if b"spawn_main" in Path(f"/proc/{one}/cmdline").read_bytes()]


needs_proc = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="reads /proc")


@needs_proc
@pytest.mark.slow
def test_run_when_a_worker_is_killed_saves_and_says_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(album, "BUDGET", 0)
    photos = (photographs(tmp_path / "photos"),)
    act = At(3, lambda: os.kill(readers(os.getpid())[0], signal.SIGKILL))
    with pytest.raises(MistakeError, match="a process that read photographs was ended from outside") as caught:
        train(job(steps=40), photos, tmp_path / "run", workers=2, watch=act)
    assert "saved: " in caught.value.notes[-1] and "--workers" in caught.value.way_out
    train(job(steps=40), photos, tmp_path / "run", workers=2, resume=True)
    train(job(steps=40), photos, tmp_path / "whole")
    assert tensors(tmp_path / "run", 40) == tensors(tmp_path / "whole", 40)
    assert (tmp_path / "run" / NAME).read_bytes() == (tmp_path / "whole" / NAME).read_bytes()


def alive(number: int) -> bool:
    try:
        return " Z " not in Path(f"/proc/{number}/stat").read_text()  # a zombie waits for being counted
    except OSError:
        return False


@needs_proc
@pytest.mark.slow
@pytest.mark.parametrize("pause", [0.0, 0.01, 0.1])
def test_workers_when_killed_while_they_answer_are_missed(pause: float) -> None:
    """The answer is far longer than a pipe holds, so that the end comes in the middle of it."""
    with Workers(2) as workers:
        assert workers.ask(abs, -1)() == 1
        waiting = [workers.ask(bytes, 400_000_000) for _ in range(4)]
        time.sleep(pause)
        for one in readers(os.getpid()):
            os.kill(one, signal.SIGKILL)
        for wait in waiting:
            with pytest.raises(MistakeError, match="ended from outside"):
                wait()


PARENT = """
import time
from convdsl.train.workers import Workers
if __name__ == "__main__":
    with Workers(2) as workers:
        waiting = [workers.ask(time.sleep, 0.2) for _ in range(4)]
        print("asked", flush=True)
        time.sleep(60)
"""


@needs_proc
@pytest.mark.slow
def test_workers_when_their_parent_is_killed_end_too(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    parent = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, env=env)
    assert parent.stdout is not None and parent.stdout.readline() == b"asked\n"
    theirs = readers(parent.pid)
    assert len(theirs) == 2
    parent.kill()
    parent.wait()
    parent.stdout.close()
    until = time.monotonic() + 20
    while any(alive(one) for one in theirs):
        assert time.monotonic() < until, "they go on without it"
        time.sleep(0.02)
