"""Broken, odd and hostile files among photographs: each is used as it should be, or left out with the reason."""

import os
import re
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from convdsl.cli.main import main
from convdsl.train import photos
from convdsl.train.original import look
from convdsl.train.photos import PhotoError
from tests.train.hostile import H, Kind, W, encoded, kinds, png, scanlines
from tests.train.setting import photographs
from tests.train.test_commands import SPEC

KINDS = tuple(kinds())


@contextmanager
def at_once() -> Iterator[None]:
    """End what hangs: a pipe that nobody writes to, a device without an end."""

    def give_up(*_: object) -> None:
        raise AssertionError("it hangs")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(20)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def test_there_are_more_than_40_kinds() -> None:
    assert len({kind.name for kind in KINDS}) == len(KINDS) > 60


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: ascii(kind.name))
def test_file_when_read_is_the_picture_or_says_why_not(kind: Kind, tmp_path: Path) -> None:
    path = tmp_path / kind.name
    kind.make(path)
    with at_once():
        if kind.reason:
            with pytest.raises(PhotoError, match=kind.reason):
                photos.decode(path)
        else:
            image = photos.decode(path).image
            assert image.mode == "RGB"
            if kind.quarters:
                check(np.asarray(image), kind)
    assert (path in photos.list_photos((tmp_path,))) == kind.listed


def check(image: np.ndarray, kind: Kind) -> None:
    height, width = image.shape[:2]
    if height > 1:
        assert (height, width) == (H, W)
    for number, colour in enumerate(kind.quarters):
        row, column = divmod(number, 2)
        seen = image[(2 * row + 1) * height // 4, (2 * column + 1) * width // 4]
        assert np.abs(seen.astype(int) - colour).max() <= kind.near, (number, seen, colour)


def test_file_when_a_reader_may_not_read_it_is_left_out(tmp_path: Path) -> None:
    path = photographs(tmp_path, 1) / "0.png"
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("root reads everything")
    with pytest.raises(PhotoError, match="Permission denied"):
        photos.decode(path)


def test_photo_when_it_is_a_thread_or_gray_cannot_be_learned_from(tmp_path: Path) -> None:
    thread, gray = tmp_path / "thread.png", tmp_path / "gray.png"
    noise = np.random.default_rng(0).integers(0, 255, (10_000, 1, 3), np.uint8)
    thread.write_bytes(png(scanlines(noise), 1, 10_000, 8, 2))
    gray.write_bytes(encoded("PNG", Image.new("RGB", (W, H), (90, 90, 90))))
    with pytest.raises(PhotoError, match="1x10000 pixels is too slender"):
        look(thread, (16, 20), coloured=True)
    with pytest.raises(PhotoError, match="has no colour"):
        look(gray, (16, 20), coloured=True)


@pytest.fixture(name="place", scope="module")
def _place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("hostile")
    (place / "tiny.cdsl").write_text(SPEC)
    photographs(place / "good", 3)
    (place / "all").mkdir()
    for kind in KINDS:
        kind.make(place / "all" / kind.name)
    return place


def said_of(kind: Kind, text: str) -> str | None:
    """Find the line in which a file is left out, its name as a terminal shows it."""
    name = re.escape("".join(char if char.isprintable() else "�" for char in kind.name)).replace("�", ".{1,8}")
    found = re.search(rf"^left out .*/all/{name}: (.*)$", text, re.MULTILINE)
    return found and found[1]


@pytest.mark.parametrize("workers", ["0", pytest.param("2", marks=pytest.mark.slow)])
def test_train_when_all_of_them_are_there_uses_what_it_can_and_says_what_not(
    place: Path, capfd: pytest.CaptureFixture[str], workers: str
) -> None:
    run = place / f"run{workers}"
    words = ["train", str(place / "tiny.cdsl"), "--photos", str(place / "all"), "--out", str(run)]
    with at_once():
        assert main([*words, "--skip-limit", "1", "--steps", "2", "--workers", workers]) == 0
    said = capfd.readouterr()
    for kind in KINDS:
        reason = said_of(kind, said.err)
        if kind.reason and kind.listed:
            assert reason is not None and re.search(kind.reason, reason), (kind.name, reason)
        elif kind.gray or (kind.name == "one-pixel.png" and reason):
            assert reason == "has no colour"
        else:
            assert reason is None, (kind.name, reason)
    assert "\x1b[31m" not in said.err and "\x07" not in said.err and "\N{RIGHT-TO-LEFT OVERRIDE}" not in said.err
    assert "Traceback" not in said.err
    used = sum(not (kind.reason or kind.gray) for kind in KINDS)
    assert f"2 steps on {used} photographs" in said.err


def test_evaluate_and_colorize_when_all_of_them_are_there_go_on(place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    good, run, out = str(place / "good"), str(place / "run"), place / "out"
    assert main(["train", str(place / "tiny.cdsl"), "--photos", good, "--out", run, "--steps", "1"]) == 0
    with at_once():
        assert main(["evaluate", str(place / "all"), "--checkpoint", run, "--skip-limit", "1"]) == 0
        # there are files that would both become the same picture, and those are refused before anything is done
        assert main(["colorize", str(place / "all"), "--checkpoint", run, "--out", str(out)]) == 2
        assert "would both become" in capfd.readouterr().err
        apart = place / "apart"
        for number, kind in enumerate(KINDS):
            (apart / str(number)).mkdir(parents=True)
            kind.make(apart / str(number) / kind.name)
        assert main(["colorize", str(apart), "--checkpoint", run, "--out", str(out)]) == 2
    said = capfd.readouterr()
    assert "Traceback" not in said.err and "\x1b[31m" not in said.err
    usable = [kind for kind in KINDS if not kind.reason]
    assert sum(path.is_file() for path in out.rglob("*")) == len(usable)
    for number, kind in enumerate(KINDS):
        if not kind.reason:
            made = next((out / str(number)).iterdir())
            with Image.open(made) as opened, photos.decode(apart / str(number) / kind.name).image as source:
                assert opened.size == source.size
    shutil.rmtree(out)
