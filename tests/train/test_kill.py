"""`python -m convdsl train`, really killed, told to stop, and out of room; the resumed run is the unbroken one.

`make test-slow` kills 5 times, `make soak` SOAK_KILLS times (50) at places of its own; CONVDSL_KILLS says how often.
"""

import contextlib
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.train.setting import durable
from tests.train.test_workers import alive, needs_proc, readers

ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("CONVDSL_KILLS", "5"))
STEPS = 160
SPEC = f"""convdsl 1
model Small {{
  input gray: [N, 1, H, W] means (L - 50) / 50 where H % 4 == 0, W % 4 == 0
  Conv2d(24, 4, stride=4) -> BatchNorm2d() -> ReLU() -> Dropout2d(0.2)
  Conv2d(64, 3, padding=1) -> BatchNorm2d() -> ReLU()
  ab = ConvTranspose2d(2, 4, stride=4)
  output ab: [N, 2, H, W] means ab / 110
}}
train {{
  steps = {STEPS}
  batch = 4
  crop = 32
  sizes = (32, 40)
  ema = 0.9
  checkpoint_every = 7
}}
"""
# the command itself; pixels are not kept, so that the photographs are read at every step
COMMAND = """
import sys
if __name__ == "__main__":
    from convdsl.train import album
    album.BUDGET = 0
    from convdsl.cli.main import main
    sys.exit(main())
"""

pytestmark = pytest.mark.slow


@pytest.fixture(name="place", scope="module")
def _place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a spec, photographs and the unbroken run."""
    place = tmp_path_factory.mktemp("kill")
    (place / "small.cdsl").write_text(SPEC)
    (place / "command.py").write_text(COMMAND)
    deaf = "import signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_DFL)"
    (place / "dies.py").write_text(COMMAND.replace("import sys", f"import sys\n{deaf}", 1))
    (place / "photos").mkdir()
    for number in range(9):
        noise = np.random.default_rng(number).integers(0, 255, (44, 52, 3), np.uint8)
        Image.fromarray(noise).save(place / "photos" / f"{number}.jpg")
    whole = start(place, "whole")
    said = whole.communicate()[1]
    assert whole.returncode == 0, said
    return place


def start(place: Path, name: str, *more: str, script: str = "command.py", group: bool = False) -> subprocess.Popen[str]:
    words = ["train", "small.cdsl", "--photos", "photos", "--val", "photos", "--samples", "1", "--out", name]
    words += ["--threads", "1", *more]
    return subprocess.Popen(
        [sys.executable, script, *words],
        cwd=place,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        start_new_session=group,
    )


def until(done: Callable[[], bool], run: subprocess.Popen[str]) -> None:
    """Wait until something is so, or the run is over."""
    while run.poll() is None and not done():
        time.sleep(0.001)


def step_of(run: Path) -> int:
    """Read how far a run is from its record."""
    with contextlib.suppress(OSError, ValueError, IndexError, KeyError):
        return int(json.loads((run / "metrics.jsonl").read_bytes().splitlines()[-1])["step"])
    return 0


def require_same(place: Path, name: str) -> None:
    one, whole = durable(place / name), durable(place / "whole")
    assert one.keys() == whole.keys()
    assert [key for key in whole if one[key] != whole[key]] == []


def has_done(run: Path, step: int) -> bool:
    return step_of(run) >= step


def half_written(run: Path) -> bool:
    return run.exists() and any(path.name.startswith(".checkpoint") for path in run.iterdir())


@pytest.mark.parametrize("workers", [0, 2])
def test_run_when_killed_again_and_again_is_bitwise_the_unbroken_one(place: Path, workers: int) -> None:
    """Kill by SIGKILL at random steps, at random times while it starts, and in the middle of writing a checkpoint."""
    mine = KILLS - KILLS // 2 if workers == 0 else KILLS // 2
    draws = random.Random(os.environ.get("CONVDSL_SEED", "0") + str(workers))
    kills: list[str] = []
    name = f"killed{workers}"
    while len(kills) < mine:
        shutil.rmtree(place / name, ignore_errors=True)
        left = mine - len(kills)
        for number in range(min(left, 6)):
            run = place / name
            resume = ("--resume",) if any(run.glob("checkpoint-*.json")) else ("--force",)
            child = start(place, name, *resume, "--workers", str(workers))
            way = draws.choice(("step", "step", "step", "write", "time"))
            goal = draws.randrange(1, STEPS * (number + 1) // 7)
            pause = draws.random()
            if way == "time":
                time.sleep(4 * pause)
            else:
                until(partial(has_done, run, goal), child)
                time.sleep(pause * 0.02)
            if way == "write":
                until(partial(half_written, run), child)
            if child.poll() is not None:
                break  # it was faster; the next chain begins
            child.kill()
            assert child.wait() == -signal.SIGKILL
            child.communicate()
            kills.append(f"{way} at {step_of(run)}")
        run = place / name
        resume = ("--resume",) if any(run.glob("checkpoint-*.json")) else ("--force",)
        last = start(place, name, *resume, "--workers", str(workers))
        said = last.communicate()[1]
        assert last.returncode == 0, said
        require_same(place, name)
    print(f"{len(kills)} kills with {workers} workers: {', '.join(kills)}")


@pytest.mark.parametrize(
    ("number", "code", "workers"), [(signal.SIGINT, 130, "2"), (signal.SIGTERM, 143, "0"), (signal.SIGHUP, 129, "2")]
)
def test_run_when_told_to_stop_finishes_its_step_saves_and_says_how_to_go_on(
    place: Path, number: signal.Signals, code: int, workers: str
) -> None:
    """Send it to the whole group, as a terminal does; the workers do not hear it."""
    name = f"told{code}{workers}"
    child = start(place, name, "--workers", workers, group=True)
    until(lambda: step_of(place / name) >= 50, child)
    os.killpg(child.pid, number)
    out, said = child.communicate()
    done = step_of(place / name)
    assert child.returncode == code and 50 <= done < STEPS
    assert out.strip() == f"{name}/checkpoint-{done:08d}.json"
    assert f"stopped after step {done}; `--resume` goes on from there" in said and "Traceback" not in said
    again = start(place, name, "--resume", "--workers", workers)
    again.communicate()
    assert again.returncode == 0
    require_same(place, name)


@pytest.mark.parametrize(("number", "code", "workers"), [(signal.SIGINT, 130, "0"), (signal.SIGTERM, 143, "2")])
def test_run_when_told_to_stop_while_it_reads_ends_at_once(
    place: Path, tmp_path: Path, number: signal.Signals, code: int, workers: str
) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    for copy in range(1500):  # of a photograph, to be read for some time
        os.link(place / "photos" / f"{copy % 9}.jpg", photos / f"{copy}.jpg")
    child = start(place, f"reading{number}{workers}", "--photos", str(photos), "--workers", workers, group=True)
    assert child.stderr is not None
    said = b""
    while b"checkpoint_every" not in said:  # the recipe is said, and what comes next is the reading
        said += (piece := os.read(child.stderr.fileno(), 4096))
        assert piece, said
    os.killpg(child.pid, number)
    rest = child.communicate()[1]
    said += rest.encode()
    assert child.returncode == code and b"Traceback" not in said and b"error" not in said, said
    assert not list((place / f"reading{number}{workers}").iterdir())


@needs_proc
def test_run_when_it_is_killed_leaves_no_workers(place: Path) -> None:
    child = start(place, "orphans", "--workers", "2")
    until(lambda: step_of(place / "orphans") >= 20, child)
    theirs = readers(child.pid)
    assert len(theirs) == 2
    child.kill()
    child.communicate()  # returns when the last process that holds its streams is gone
    assert not [one for one in theirs if alive(one)]


def test_folder_when_two_runs_begin_in_it_has_one(place: Path) -> None:
    first = start(place, "twice", "--steps", "1000000")
    until(lambda: step_of(place / "twice") >= 5, first)
    second = start(place, "twice", "--resume")
    said = second.communicate()[1]
    assert second.returncode == 2 and "error: another run is training into `twice`" in said
    first.kill()
    first.communicate()
    third = start(place, "twice", "--force")  # the system has taken the lock away
    said = third.communicate()[1]
    assert third.returncode == 0, said
    require_same(place, "twice")


@contextlib.contextmanager
def mounted(folder: Path, options: str) -> Iterator[None]:
    """Mount a small disk of memory, where one may."""
    folder.mkdir(parents=True, exist_ok=True)
    words = ["mount", "-t", "tmpfs", "-o", options, "none", str(folder)]
    if os.geteuid() != 0 or subprocess.run(words, capture_output=True, check=False).returncode != 0:
        pytest.skip("only root may mount a small disk")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_run_when_its_disk_is_full_says_so_and_goes_on_when_there_is_room(place: Path) -> None:
    disk = place / "disk"
    with mounted(disk, "size=4m"):
        child = start(place, "disk/run")
        until(lambda: step_of(disk / "run") >= 30, child)
        with contextlib.suppress(OSError), (disk / "filler").open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        said = child.communicate()[1]
        assert child.returncode == 2 and said.count("error: ") == 1 and "No space left on device" in said, said
        assert not half_written(disk / "run")
        (disk / "filler").unlink()
        again = start(place, "disk/run", "--resume")
        said = again.communicate()[1]
        assert again.returncode == 0, said
        require_same(place, "disk/run")


def test_run_when_its_folder_becomes_read_only_says_so_and_goes_on_later(place: Path) -> None:
    disk = place / "glass"
    with mounted(disk, "size=8m"):
        child = start(place, "glass/run")
        until(lambda: step_of(disk / "run") >= 30, child)
        # a disk on which a file is open for writing cannot be made read-only: another one is laid over the folder
        words = ["mount", "-t", "tmpfs", "-o", "ro,size=64k", "none", str(disk / "run")]
        subprocess.run(words, check=True)
        said = child.communicate()[1]
        assert child.returncode == 2 and said.count("error: ") == 1 and "Read-only file system" in said, said
        subprocess.run(["umount", str(disk / "run")], check=True)
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        refused = start(place, "glass/run", "--resume")
        said = refused.communicate()[1]
        assert refused.returncode == 2 and said.count("error: ") == 1 and "Read-only file system" in said, said
        subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
        again = start(place, "glass/run", "--resume")
        said = again.communicate()[1]
        assert again.returncode == 0, said
        require_same(place, "glass/run")


def test_run_when_nobody_can_be_told_how_it_goes_goes_on(place: Path) -> None:
    """As where the file that takes what a run says lies on a full disk, or who read it has ended."""
    child = start(place, "unheard")
    assert child.stderr is not None
    child.stderr.close()
    assert child.stdout is not None
    with contextlib.closing(child.stdout) as out:
        assert out.read() == f"unheard/checkpoint-{STEPS:08d}.json\n" and child.wait() == 0
    require_same(place, "unheard")


@pytest.mark.parametrize(("share", "dies"), [(0.3, True), (0.99, True), (0.5, False)])
def test_run_when_a_file_may_not_grow_keeps_the_checkpoint_before(place: Path, share: float, dies: bool) -> None:
    """Limit the size of files to a share of the tensors' (setrlimit(2)): by default the system then ends the process in
    the middle of its write, with SIGXFSZ; Python ignores that signal, and the call fails."""
    size = max(path.stat().st_size for path in (place / "whole").glob("*.safetensors"))
    name = f"half{share}{dies}"
    child = start(place, name, script="dies.py" if dies else "command.py")
    until(lambda: step_of(place / name) >= 30, child)
    resource.prlimit(child.pid, resource.RLIMIT_FSIZE, (int(size * share), int(size * share)))
    said = child.communicate()[1]
    if dies:
        assert child.returncode == -signal.SIGXFSZ
        assert [path.stat().st_size for path in (place / name).glob(".*.part")] == [int(size * share)]
    else:
        assert child.returncode == 2 and said.count("error: ") == 1 and "File too large" in said, said
        assert not half_written(place / name)
    again = start(place, name, "--resume")
    assert again.communicate() and again.returncode == 0
    require_same(place, name)


def test_run_when_the_loss_is_no_number_keeps_the_last_good_checkpoint_and_names_the_files(place: Path) -> None:
    child = start(place, "nan", "--lr", "1e30", "--set", "optimizer=SGD()", "--set", "schedule=Constant()")
    said = child.communicate()[1]
    assert child.returncode == 2 and said.count("error: ") == 1, said
    assert "photographs of this batch: " in said and ".jpg" in said and "`--lr`" in said


def test_resume_when_the_spec_has_changed_shows_how(place: Path) -> None:
    child = start(place, "changed", "--steps", "9")
    child.communicate()
    assert child.returncode == 0
    (place / "small2.cdsl").write_text(SPEC.replace("Conv2d(64, 3", "Conv2d(48, 3"))
    words = ["train", "small2.cdsl", "--photos", "photos", "--out", "changed", "--resume", "--steps", "9"]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "command.py", *words]
    done = subprocess.run(words, cwd=place, capture_output=True, text=True, check=False, env=env)
    assert done.returncode == 2 and done.stderr.count("error: ") == 1
    assert "-  Conv2d(64, 3, padding=1)" in done.stderr and "+  Conv2d(48, 3, padding=1)" in done.stderr
