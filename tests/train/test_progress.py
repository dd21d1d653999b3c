"""What a run says while it goes on: on terminals wide and narrow, and where nobody watches."""

import errno
import io
import os
from pathlib import Path

import pytest

from convdsl.train.memory import peak
from convdsl.train.pace import Pace, words
from convdsl.train.progress import Step, Terminal


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Screen(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        return 1


def pace(done: int = 10, total: int = 40, seconds: float = 2.0) -> Pace:
    found = Pace(0, total, 100.0)
    for number in range(1, done + 1):
        found.add(number, 100.0 + seconds * number, 0.5, 80.0, {"L1": 0.25})
    return found


def test_words_when_there_is_room_say_everything() -> None:
    # 30 steps of 2 s are left
    wanted = "1:00 left, loss 0.5000 (L1 0.25), lr 1.0e-03, 80 images/s, 3 of 64 channels dead, 512 MiB"
    assert words(pace(), 1e-3, "3 of 64 channels", 2**29) == wanted
    assert words(pace(40), 1e-3, "", 0) == "1:20 in all, loss 0.5000 (L1 0.25), lr 1.0e-03, 80 images/s"


@pytest.mark.parametrize("room", range(0, 100, 7))
def test_words_when_room_is_short_leave_out_what_matters_least(room: int) -> None:
    told = words(pace(), 1e-3, "3 of 64 channels", 2**29, room)
    assert told.startswith("1:00 left") and (len(told) <= room or told == "1:00 left")
    for less, more in (("L1", "MiB"), ("MiB", "lr"), ("lr", "dead"), ("dead", "images/s"), ("images/s", "loss")):
        assert less not in told or more in told


def test_pace_when_a_run_goes_on_counts_its_own_steps_only() -> None:
    found = Pace(500, 1000, 0.0)
    found.add(501, 3.0, 1.0, 10.0, {})
    assert found.left == pytest.approx(499 * 3.0)


@pytest.mark.parametrize("columns", [40, 80, 160])
def test_bar_when_on_a_terminal_stays_in_its_line(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "get_terminal_size", lambda *place: os.terminal_size((columns, 24)))
    monkeypatch.setenv("COLUMNS", str(columns))
    screen, clock = Screen(), Clock()
    terminal = Terminal(io.StringIO(), screen, clock)
    terminal.begin("training", 3, "step")
    for number in (1, 2, 3):
        clock.now += 2
        terminal.step(Step(number, 0.5, 1e-3, 80.0, {"L1": 0.25}, "3 of 64 channels", 2**29))
    terminal.end()
    states = [state.rstrip("\n") for state in screen.getvalue().split("\r") if state.strip()]
    assert "3/3, 0:06 in all" in states[-1]
    assert all(len(state) <= columns for state in states), max(map(len, states))
    assert ("loss 0.5000" in states[-1]) == (columns > 60)


def test_bar_when_nobody_watches_is_rare_lines() -> None:
    file, clock = io.StringIO(), Clock()
    terminal = Terminal(io.StringIO(), file, clock)
    terminal.begin("reading", 9, "photo")
    terminal.advance(1)
    clock.now += 16
    terminal.advance(5)
    terminal.end()
    terminal.begin("training", 100, "step")
    for number in range(1, 101):
        clock.now += 1
        terminal.step(Step(number, 0.5, 1e-3, 16.0))
    terminal.end()
    first, *lines = file.getvalue().splitlines()
    assert first == "reading: 5 of 9 photos"
    assert [int(line.split()[1]) for line in lines] == [1, 16, 31, 46, 61, 76, 91, 100]
    assert lines[1] == "step 16 of 100: 1:24 left, loss 0.5000, lr 1.0e-03, 16 images/s"
    assert "\r" not in file.getvalue()


def test_memory_when_asked_for_is_what_the_system_says(tmp_path: Path) -> None:
    import torch

    status = Path("/proc/self/status")
    if not status.exists():
        pytest.skip("the system does not say how much memory a process has held")
    said = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    assert peak(torch.device("cpu")) == pytest.approx(1024 * int(said.split()[1]), rel=0.05)


class Full(Screen):
    """A stream on a disk that is full."""

    def write(self, text: str) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("watched", [True, False])
def test_terminal_when_its_streams_take_nothing_goes_on(watched: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    stream, clock = Full(), Clock()
    monkeypatch.setattr(stream, "isatty", lambda: watched)
    terminal = Terminal(stream, stream, clock)
    terminal.note("seen by nobody")
    terminal.begin("training", 3, "step")
    for number in range(1, 4):
        clock.now += 60.0
        terminal.step(Step(number, 0.5, 1e-3, 80.0))
        terminal.advance(number)
    terminal.end()
