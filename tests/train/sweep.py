"""End one run after another at each place where it touches a file, and let each be resumed: a process of its own.

`python -m tests.train.sweep HOW PHOTOS FOLDER` prints a JSON list with what became of each. Runs are forked from here,
where nothing but the one thread runs, so that a hundred real processes take seconds. HOW:

kill: SIGKILL before the n-th time that a checkpoint, the record or their folder is opened, renamed or deleted;
full: from the n-th time on every call that would make or rename a file fails as on a full disk (ENOSPC);
twice: SIGTERM after the first step, and once more before the n-th time.
"""

import errno
import json
import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch

from convdsl.mistake import MistakeError
from convdsl.train.job import Job
from convdsl.train.loop import train
from convdsl.train.observe import Watching
from convdsl.train.progress import Silent, Step
from tests.train.setting import durable, job

TOUCHES = ("open", "os.rename", "os.remove")
OURS = 99  # the exit code of a run that ended with one clear message
SAVED = 98  # of one that finished its step, saved, and ended because of a signal


class Stopped(Silent):
    """Ask for the end once, by the first step."""

    def step(self, step: Step) -> None:
        if step.number == 1:
            os.kill(os.getpid(), signal.SIGTERM)


def forked(work: Callable[[], int], said: Path) -> int:
    """Do something in a process of its own and return how it ended: its exit code, or -9 for SIGKILL."""
    child = os.fork()
    if child == 0:
        try:
            code = work()
        except MistakeError as mistake:
            said.write_text("\n".join(mistake.lines()), "utf-8")
            code = OURS
        except SystemExit as end:
            code = int(end.code or 0)
        except BaseException as error:
            said.write_text(repr(error), "utf-8")
            code = 1
        os._exit(code)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def touching(folder: Path, act: Callable[[int, str, tuple[Any, ...]], None]) -> None:
    """Call `act` before each call that opens, renames or deletes something in a folder, with the number of those until
    then that concern checkpoints, the record and the folder itself."""
    count = 0

    def hear(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal count
        if event not in TOUCHES or not isinstance(arguments[0], str | Path):
            return
        path = Path(arguments[0])
        if path == folder or folder in path.parents:
            count += path == folder or "checkpoint-" in path.name or "metrics" in path.name
            act(count, event, arguments)

    sys.addaudithook(hear)


def looking(photos: Path) -> Watching:
    """Measure at each checkpoint, for the numbers are part of the record; draw nothing."""
    return Watching((photos,), samples=0)


def short() -> Job:
    """Make a run of three steps, each with a checkpoint: the first is deleted after the third."""
    return job(steps=3, checkpoint_every=1)


def attempt(how: str, photos: Path, run: Path, number: int) -> int:
    """Train, and end at the n-th touch; 0 where the run was over before."""

    def act(count: int, event: str, arguments: tuple[Any, ...]) -> None:
        if how == "kill" and count == number:
            os.kill(os.getpid(), signal.SIGKILL)
        if how == "twice" and count == number:
            os.kill(os.getpid(), signal.SIGTERM)
        makes = event == "os.rename" or (event == "open" and arguments[2] & (os.O_CREAT | os.O_WRONLY | os.O_RDWR))
        if how == "full" and count >= number and makes:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), arguments[0])

    run.mkdir()
    touching(run, act)
    outcome = train(short(), (photos,), run, watching=looking(photos), watch=Stopped() if how == "twice" else None)
    return 0 if outcome.signal is None else SAVED


def go_on(photos: Path, run: Path, saved: bool) -> int:
    """Resume the run, or begin again where nothing was saved yet."""
    return train(short(), (photos,), run, resume=saved, force=True, watching=looking(photos)).signal or 0


def main() -> None:
    """Sweep until a run ends by itself."""
    how, photos, folder = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    torch.set_num_threads(1)
    train(short(), (photos,), folder / "whole", watching=looking(photos))
    whole = durable(folder / "whole")
    found: list[dict[str, Any]] = []
    number, ended = 0, -1
    while ended not in (0, SAVED):
        number += 1 if how == "kill" else 2  # as dear as the others, and what they find is much alike
        run, said = folder / f"run{number}", folder / f"said{number}"
        said.write_text("")
        ended = forked(partial(attempt, how, photos, run, number), said)
        left = sorted(path.name for path in run.iterdir())
        message = said.read_text("utf-8")
        saved = any(name.endswith(".json") for name in left)
        again = forked(partial(go_on, photos, run, saved), said)
        found.append(
            {
                "ended": ended,
                "said": message,
                "left": left,
                "again": again,
                "again said": said.read_text("utf-8"),
                "same": durable(run) == whole,
            }
        )
    print(json.dumps(found))


if __name__ == "__main__":
    main()
