"""Going on: longer, shorter, complete already, with other photographs, after damage; and two runs in one folder."""

import errno
import os
import shutil
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from convdsl.history import NAME
from convdsl.mistake import MistakeError
from convdsl.recipe import Named
from convdsl.train import album, checkpoint, loop
from convdsl.train.kept import saved, step_of
from convdsl.train.lock import alone_in
from convdsl.train.log import losses
from convdsl.train.observe import Watching
from convdsl.train.progress import Silent
from tests.train.setting import GRAY, durable, job, photographs
from tests.train.test_loop import At, tensors

CONSTANT = Named("Constant", (), {"warmup": 2})
CYCLE = Named("OneCycle")
train = partial(loop.train, watching=Watching(samples=0))


class Said(Silent):
    def __init__(self) -> None:
        self.lines: list[str] = []

    def note(self, line: str) -> None:
        self.lines.append(line)


@pytest.fixture(name="photos")
def _photos(tmp_path: Path) -> Path:
    return photographs(tmp_path / "photos")


def test_resume_when_the_run_is_complete_says_so_and_changes_nothing(tmp_path: Path, photos: Path) -> None:
    train(job(), (photos,), tmp_path / "run")
    before = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "run").iterdir()}
    said = Said()
    outcome = train(job(), (photos,), tmp_path / "run", resume=True, watch=said)
    assert (outcome.steps, outcome.signal, outcome.checkpoint.name) == (6, None, "checkpoint-00000006.json")
    assert "the run is complete: 6 of 6 steps" in said.lines
    assert {path.name: path.stat().st_mtime_ns for path in (tmp_path / "run").iterdir()} == before


def test_resume_when_more_steps_are_asked_for_is_the_longer_run_where_the_rates_do_not_change(
    tmp_path: Path, photos: Path
) -> None:
    train(job(schedule=CONSTANT), (photos,), tmp_path / "run")
    train(job(schedule=CONSTANT, steps=9), (photos,), tmp_path / "run", resume=True)
    train(job(schedule=CONSTANT, steps=9), (photos,), tmp_path / "whole")
    assert tensors(tmp_path / "run", 9) == tensors(tmp_path / "whole", 9)
    assert (tmp_path / "run" / NAME).read_bytes() == (tmp_path / "whole" / NAME).read_bytes()


def test_resume_when_more_steps_would_have_changed_the_rates_is_refused(tmp_path: Path, photos: Path) -> None:
    train(job(schedule=CYCLE), (photos,), tmp_path / "run")
    with pytest.raises(MistakeError, match="not the run") as caught:
        train(job(schedule=CYCLE, steps=9), (photos,), tmp_path / "run", resume=True)
    assert "steps = 6, now steps = 9: OneCycle would have given step " in caught.value.notes[0]
    assert "--steps 6" in caught.value.way_out


def test_resume_when_fewer_steps_are_asked_for_than_are_done_is_refused(tmp_path: Path, photos: Path) -> None:
    train(job(schedule=CONSTANT), (photos,), tmp_path / "run")
    with pytest.raises(MistakeError, match="not the run") as caught:
        train(job(schedule=CONSTANT, steps=4), (photos,), tmp_path / "run", resume=True)
    assert caught.value.notes == ("6 steps are done, and 4 are asked for",)


def stop_at(number: int) -> At:
    return At(number, lambda: signal.raise_signal(signal.SIGINT))


def test_resume_when_a_photograph_has_other_bytes_of_the_same_number_is_refused(tmp_path: Path, photos: Path) -> None:
    train(job(), (photos,), tmp_path / "run", watch=stop_at(3))
    path = photos / "0.bmp"
    shutil.move(photos / "0.png", path)  # uncompressed, so that another picture has as many bytes
    Image.open(path).convert("RGB").save(path)
    train(job(), (photos,), tmp_path / "run2", watch=stop_at(3))
    Image.fromarray(np.random.default_rng(9).integers(0, 255, (24, 30, 3), np.uint8)).save(path)
    with pytest.raises(MistakeError, match="not the run") as caught:
        train(job(), (photos,), tmp_path / "run2", resume=True)
    assert caught.value.notes == ("the photographs: what is in the files",)


@pytest.mark.parametrize(
    ("suffix", "harm", "reason"),
    [
        ("safetensors", lambda body: body[:-1] + bytes([body[-1] ^ 1]), "the tensors do not match their checksum"),
        ("safetensors", lambda body: body[:100], "the tensors do not match their checksum"),
        ("safetensors", None, "No such file or directory"),
        ("json", lambda body: body.replace(b'"steps": 6', b'"steps": 7'), "it does not match its own checksum"),
        ("json", None, ""),
    ],
)
def test_resume_when_the_newest_is_damaged_sets_it_aside_and_is_the_unbroken_run(
    tmp_path: Path, photos: Path, suffix: str, harm: Callable[[bytes], bytes] | None, reason: str
) -> None:
    train(job(), (photos,), tmp_path / "whole")
    run = tmp_path / "run"
    train(job(), (photos,), run, watch=stop_at(5))
    victim = run / f"checkpoint-00000005.{suffix}"
    body = victim.read_bytes()
    victim.unlink()
    if harm is not None:
        victim.write_bytes(harm(body))
        assert victim.read_bytes() != body
    said = Said()
    train(job(), (photos,), run, resume=True, watch=said)
    if not reason:
        assert any(f"skipped `{victim.with_suffix('.safetensors')}`, which has no JSON" in line for line in said.lines)
    if reason:
        assert any("skipped a damaged checkpoint" in line and reason in line for line in said.lines)
        assert (run / "damaged-checkpoint-00000005.json").exists()
    # the last two that are kept are two whole ones
    assert sorted(path.name for path in run.glob("checkpoint-*.json")) == [
        "checkpoint-00000004.json",
        "checkpoint-00000006.json",
    ]
    for name in ("checkpoint-00000006.json", "checkpoint-00000006.safetensors", NAME):
        assert (run / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_run_when_stopped_behind_its_last_checkpoint_but_one_leaves_the_files_of_the_unbroken_one(
    tmp_path: Path, photos: Path
) -> None:
    train(job(), (photos,), tmp_path / "whole")
    train(job(), (photos,), tmp_path / "run", watch=stop_at(5))
    train(job(), (photos,), tmp_path / "run", resume=True)
    assert durable(tmp_path / "run") == durable(tmp_path / "whole")


@pytest.mark.parametrize(
    ("harm", "sentence", "lost"),
    [
        (lambda lines: [], "has no steps after 0 of 3 that are done", {1, 2, 3}),
        (lambda lines: lines[:3], "has no steps after 2 of 3 that are done", {3}),
        (lambda lines: [*lines[:2], b"\xff" + lines[2], *lines[3:]], "1 line of", {2}),
        (lambda lines: [*lines[:2], b"[1]\n", lines[3][:9]], "1 line of", {2, 3}),
    ],
    ids=["empty", "cut", "flipped", "spoilt and cut"],
)
def test_resume_when_the_record_is_damaged_says_so_and_keeps_what_can_be_read(
    tmp_path: Path, photos: Path, harm: Callable[[list[bytes]], list[bytes]], sentence: str, lost: set[int]
) -> None:
    run = tmp_path / "run"
    train(job(checkpoint_every=9), (photos,), run, watch=stop_at(3))
    lines = (run / NAME).read_bytes().splitlines(keepends=True)
    found = b"".join(harm(lines[:1] + [line for line in lines[1:] if b'"loss"' in line]))
    (run / NAME).write_bytes(found)
    said = Said()
    train(job(checkpoint_every=9), (photos,), run, resume=True, watch=said)
    assert any(sentence in line and NAME in line for line in said.lines), said.lines
    assert [step for step, _ in losses(run)] == [step for step in range(1, 7) if step not in lost]
    kept = run / f"damaged-{NAME}"
    assert kept.exists() == ("line of" in sentence) and (not kept.exists() or kept.read_bytes() == found)


@pytest.mark.parametrize("saved", [True, False])
@pytest.mark.parametrize(("number", "way"), [(errno.ENOSPC, "make room"), (errno.EROFS, "see to it that")])
def test_run_when_its_record_cannot_be_written_says_what_to_do_and_what_is_lost(
    tmp_path: Path, photos: Path, saved: bool, number: int, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(file: int) -> None:
        raise OSError(number, os.strerror(number))

    act = At(2, lambda: monkeypatch.setattr(os, "fsync", fail))
    with pytest.raises(MistakeError, match=r"the record `.*` cannot be written") as caught:
        train(job(checkpoint_every=1 if saved else 9), (photos,), tmp_path / "run", watch=act)
    wanted = "`--resume` then goes on from the last checkpoint" if saved else "begin again: nothing was saved yet"
    assert caught.value.way_out.startswith(way) and caught.value.way_out.endswith(wanted)


def test_resume_when_the_record_is_whole_says_nothing_of_it(tmp_path: Path, photos: Path) -> None:
    train(job(), (photos,), tmp_path / "run", watch=stop_at(3))
    with (tmp_path / "run" / NAME).open("ab") as file:
        file.write(b'{"step": 4, "lo')  # as where a run is killed
    said = Said()
    train(job(), (photos,), tmp_path / "run", resume=True, watch=said)
    assert not any(NAME in line for line in said.lines)


def test_resume_when_it_is_computed_elsewhere_says_in_what_that_differs(
    tmp_path: Path, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train(job(), (photos,), tmp_path / "run", watch=stop_at(3))
    same, other = Said(), Said()
    train(job(), (photos,), tmp_path / "run", resume=True, watch=stop_at(4))
    train(job(), (photos,), tmp_path / "run", resume=True, watch=same)
    assert not any("may differ" in line for line in same.lines)
    train(job(), (photos,), tmp_path / "run", force=True, watch=stop_at(3))
    monkeypatch.setattr(loop, "_environment", lambda engine: {"precision": "bf16", "device": "cuda", "processes": "2"})
    train(job(), (photos,), tmp_path / "run", resume=True, watch=other)
    words = "precision bf16 now, fp32 before, device cuda now, cpu before, processes 2 now, 1 before"
    assert f"{words}: the result may differ from that of the unbroken run" in other.lines


def test_resume_when_it_is_refused_changes_nothing(tmp_path: Path, photos: Path) -> None:
    run, others = tmp_path / "run", photographs(tmp_path / "others", 6)
    train(job(GRAY, GRAY), (photos,), run, watch=stop_at(3))
    before = {path.name: path.read_bytes() for path in run.iterdir()}
    assert loop.MEAN_PICTURE in before
    with pytest.raises(MistakeError, match="not the run"):
        train(job(GRAY, GRAY), (others,), run, resume=True)
    assert {path.name: path.read_bytes() for path in run.iterdir()} == before


def test_record_when_a_checkpoint_is_written_is_on_the_disk_before_it(
    tmp_path: Path, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, synced, real = tmp_path / "run", list[str](), os.fsync

    def sync(file: int) -> None:
        names = {path.stat().st_ino: path.name for path in run.iterdir()}
        synced.append(names.get(os.fstat(file).st_ino, "folder"))
        if synced[-1] == NAME:  # all that was written until here
            assert saved(run) == [] or len(losses(run)) > step_of(saved(run)[-1])
        real(file)

    monkeypatch.setattr(os, "fsync", sync)
    train(job(), (photos,), run)
    wanted = [name for step in (2, 4, 6) for name in (NAME, f".checkpoint-{step:08d}.safetensors.part")]
    assert [name for name in synced if name == NAME or "safetensors" in name] == wanted


@pytest.mark.parametrize("workers", [0, pytest.param(2, marks=pytest.mark.slow)])
@pytest.mark.parametrize("harm", ["vanishes", "changes", "is cut short"])
def test_run_when_a_photograph_goes_while_it_learns_saves_and_names_it(
    tmp_path: Path, photos: Path, monkeypatch: pytest.MonkeyPatch, harm: str, workers: int
) -> None:
    monkeypatch.setattr(album, "BUDGET", 0)
    whole = photographs(tmp_path / "same")
    victim = photos / "2.png"
    body = victim.read_bytes()

    def act() -> None:
        if harm == "vanishes":
            victim.unlink()
        else:
            victim.write_bytes(body[: len(body) // 2] if harm == "is cut short" else (photos / "1.png").read_bytes())

    run = tmp_path / "run"
    with pytest.raises(MistakeError) as caught:
        train(job(steps=40), (photos,), run, workers=workers, watch=At(3, act))
    assert "`" + str(victim) + "` is not the photograph that it was when the run began" in caught.value.message
    saved = checkpoint.load(run)
    assert caught.value.notes == (f"saved: `{saved.path}`",) and saved.state.step >= 3
    victim.write_bytes(body)  # put back, with another inode's times
    train(job(steps=40), (photos,), run, resume=True)
    train(job(steps=40), (whole,), tmp_path / "whole")
    assert tensors(run, 40) == tensors(tmp_path / "whole", 40)


def test_run_when_a_photograph_is_touched_but_the_same_goes_on(
    tmp_path: Path, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(album, "BUDGET", 0)
    body = (photos / "2.png").read_bytes()

    def touch() -> None:
        os.utime(photos / "1.png")
        (photos / "2.png").write_bytes(body)

    assert train(job(), (photos,), tmp_path / "run", watch=At(2, touch)).steps == 6


def test_folder_when_a_run_is_in_it_takes_no_second_one(tmp_path: Path, photos: Path) -> None:
    run = tmp_path / "run"
    seen: list[str] = []

    def again() -> None:
        for resume in (False, True):
            with pytest.raises(MistakeError, match="another run is training into") as caught:
                train(job(), (photos,), run, resume=resume, force=True)
            seen.append(caught.value.message)

    train(job(), (photos,), run, watch=At(3, again))
    assert len(seen) == 2
    train(job(), (photos,), run, force=True)
    with alone_in(tmp_path / "nowhere"), alone_in(tmp_path / "nowhere"):
        pass  # there is nothing that could be locked
