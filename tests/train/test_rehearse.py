"""`train --dry-run`: what it says is true of the run, and it leaves nothing behind."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from convdsl.cli.main import main
from convdsl.pipeline import analyze
from convdsl.source import Source
from convdsl.train.loop import train
from convdsl.train.photos import list_photos
from convdsl.train.run import make_job
from tests.train.setting import photographs

SPEC = """convdsl 1

model Small {
  input gray: [N, 1, H, W] means L / 100
  Conv2d(8, 3, padding=1) -> BatchNorm2d() -> ReLU()
  ab = Conv2d(2, 3, padding=1)
  output ab: [N, 2, H, W] means ab / 110
}

train {
  epochs = 7
  batch = 4
  crop = 16
  sizes = (20, 24)
  ema = 0.9
  precision = "fp32"
}
"""

EVEN = SPEC.replace("Conv2d(8, 3, padding=1) ->", "PixelUnshuffle(2) -> Conv2d(8, 3, padding=1) ->").replace(
    "ab = Conv2d(2, 3, padding=1)", "ab = PixelShuffle(2)"
)


def said(place: Path, capsys: pytest.CaptureFixture[str], *words: str, text: str = SPEC) -> tuple[int, str, str]:
    spec = place / "net.cdsl"
    spec.write_text(text)
    folder = place / "photos"
    if not folder.exists():
        photographs(folder, 9)
    capsys.readouterr()
    code = main(["train", str(spec), "--photos", str(folder), "--dry-run", "--threads", "1", *words])
    found = capsys.readouterr()
    return code, found.out, found.err


def test_dry_run_when_asked_prints_recipe_sizes_steps_memory_and_time_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = said(tmp_path, capsys, "--lr", "0.01", "--out", str(tmp_path / "run"))
    assert code == 0
    assert "optimizer = AdamW(lr=0.01," in out and "sizes = (20, 24)" in out
    # 9 * 8 + 8 of the first convolution, 2 * 8 of the norm, 8 * 2 * 9 + 2 of the second
    assert re.search(r"^parameters +242$", out, re.MULTILINE)
    assert re.search(r"^photographs +9$", out, re.MULTILINE)
    # 7 * 9 photographs in batches of 4: 15.75, so 16
    assert re.search(r"^steps +16 of 4 crops of 16 px: 7\.1 passes$", out, re.MULTILINE)
    # 242 numbers of 4 bytes; as many gradients; twice as many of AdamW
    assert "968 B parameters" in out and "968 B gradients" in out and "1.89 KiB AdamW state" in out
    assert "968 B running mean of the weights" in out
    assert re.search(r"^computed +fp32, 1 thread, cpu$", out, re.MULTILINE)
    assert re.search(r"^a step +\d[\d.e-]* s, the median of 5; the first ", out, re.MULTILINE)
    assert re.search(r"^all steps +about 0:\d\d, ", out, re.MULTILINE) and out.endswith("nothing was written\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["net.cdsl", "photos"]


def test_dry_run_when_photographs_are_unusable_counts_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    photographs(tmp_path / "photos", 3)
    (tmp_path / "photos" / "broken.png").write_bytes(b"nothing")
    gray = Image.fromarray(np.full((30, 30, 3), 90, np.uint8))
    gray.save(tmp_path / "photos" / "gray.png")
    code, out, _ = said(tmp_path, capsys)
    assert code == 0 and "5; 2 of the 5 that were read cannot be used" in out


@pytest.mark.parametrize(
    ("words", "text", "message"),
    [
        (("--crop", "17"), EVEN, "does not take crops of 17x17"),
        (("--resume",), SPEC, "`--dry-run` begins no run"),
        (("--set", "batch=0"), SPEC, "`batch` is 0"),
    ],
)
def test_dry_run_when_training_would_refuse_refuses(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], text: str, message: str
) -> None:
    code, out, err = said(tmp_path, capsys, *words, text=text)
    assert code == 2 and out == "" and message in err


def test_training_when_no_place_is_given_refuses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "net.cdsl").write_text(SPEC)
    folder = photographs(tmp_path / "photos", 2)
    assert main(["train", str(tmp_path / "net.cdsl"), "--photos", str(folder)]) == 2
    assert "nothing says where checkpoints go" in capsys.readouterr().err


def test_dry_run_when_done_leaves_the_run_as_it_would_have_been(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = torch.random.get_rng_state()
    assert said(tmp_path, capsys)[0] == 0
    assert torch.equal(torch.random.get_rng_state(), before)
    job = make_job(analyze(Source("net.cdsl", SPEC)))
    outcome = train(job, (tmp_path / "photos",), tmp_path / "run")
    assert outcome.steps == 16 and len(list_photos((tmp_path / "photos",))) == 9
