"""Hints: how they are sampled, against the paper's numbers, and how a person's are read and learned from."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from convdsl.cli.main import main
from convdsl.meaning import Meaning
from convdsl.mistake import MistakeError
from convdsl.pipeline import analyze
from convdsl.source import Source
from convdsl.train import shuffle
from convdsl.train.colour import rgb_to_lab
from convdsl.train.hints import draw, read_hints, read_picture, read_points, sample
from convdsl.train.job import HintInputs, Job
from convdsl.train.run import make_job
from tests.train.setting import AB, job, photographs

SPEC = """convdsl 1

model Guided {
  input gray: [N, 1, H, W] means L / 100
  input hint: [N, 2, H, W] = 0 means ab / 110
  input mask: [N, 1, H, W] = 0
  Concat(gray, hint, mask)
  Conv2d(16, 3, padding=1) -> ReLU()
  ab = Conv2d(2, 3, padding=1)
  output ab: [N, 2, H, W] means ab / 110
}

train {
  optimizer = AdamW(lr=0.01, weight_decay=0)
  steps = 120
  batch = 8
  crop = 16
  sizes = 20
  precision = "fp32"
}
"""


def made(text: str) -> Job:
    return make_job(analyze(Source("x.cdsl", text)))


def pictures(count: int, side: int = 24) -> Tensor:
    rgb = torch.rand((count, 3, side, side), generator=torch.Generator().manual_seed(0))
    return rgb_to_lab(rgb)


def test_network_when_it_has_inputs_for_hints_is_known_by_defaults_and_meanings() -> None:
    assert made(SPEC).hints == HintInputs("hint", "mask", AB)
    zoo = Path(__file__).parents[2] / "specs" / "zhang2017.cdsl"
    assert made(zoo.read_text()).hints == HintInputs("hint", "mask", AB)
    assert made(SPEC.replace("hint", "given").replace("mask", "where_")).hints == HintInputs("given", "where_", AB)
    without = SPEC.replace("  input mask: [N, 1, H, W] = 0\n", "").replace(", mask)", ")")
    assert made(without).hints == HintInputs("hint", "", AB)
    for old, new in ((" means ab / 110\n  input mask", "\n  input mask"), ("= 0 means", "= 1 means")):
        assert made(SPEC.replace(old, new)).hints is None
    assert made(SPEC.replace("input mask: [N, 1, H, W] = 0", "input mask: [N, 1, H, W] = 1")).hints == HintInputs(
        "hint", "", AB
    )


def test_patches_when_drawn_often_are_as_many_and_as_large_as_in_the_paper() -> None:
    drawn = [draw(shuffle.generator(0, shuffle.HINTS, number), 64, 96) for number in range(6000)]
    some = [patches for patches in drawn if patches is not None]
    counts = np.array([len(patches) for patches in some])
    # section 3.2: 1 % of pictures whole; the number is geometric with p = 1/8, from 0: mean 7, P(0) = 1/8
    assert 6000 * 0.005 < len(drawn) - len(some) < 6000 * 0.015
    assert counts.mean() == pytest.approx(7, abs=0.4) and (counts == 0).mean() == pytest.approx(1 / 8, abs=0.02)
    sides = np.array([patch.side for patches in some for patch in patches])
    assert np.bincount(sides)[1:] / len(sides) == pytest.approx([1 / 9] * 9, abs=0.01)
    middles = np.array([(patch.top + patch.side / 2, patch.left + patch.side / 2) for one in some for patch in one])
    assert middles.mean(axis=0) == pytest.approx([32, 48], abs=1.0)
    inside = [p.top >= 0 and p.left >= 0 and p.top + p.side <= 64 and p.left + p.side <= 96 for o in some for p in o]
    assert all(inside)
    assert len(draw(shuffle.generator(0, shuffle.HINTS), 64, 96, points=5) or ()) == 5


def test_hints_when_sampled_are_the_mean_colours_of_their_patches_and_0_elsewhere() -> None:
    lab = pictures(40)
    work = made(SPEC)
    given = sample(work, lab, 3, (5,))
    hint, mask = given["hint"], given["mask"]
    assert hint.shape == (40, 2, 24, 24) and mask.shape == (40, 1, 24, 24) and set(mask.unique().tolist()) == {0.0, 1.0}
    assert not hint[(mask == 0).expand_as(hint)].any()
    for picture in range(40):
        patches = draw(shuffle.generator(3, shuffle.HINTS, 5, picture), 24, 24)
        wanted = torch.zeros(2, 24, 24)
        if patches is None:
            wanted = lab[picture, 1:] / 110
        for one in patches or ():
            rows, columns = slice(one.top, one.top + one.side), slice(one.left, one.left + one.side)
            wanted[:, rows, columns] = lab[picture, 1:, rows, columns].mean(dim=(1, 2), keepdim=True) / 110
        torch.testing.assert_close(hint[picture], wanted, rtol=1e-4, atol=1e-5)


def test_hints_when_sampled_again_are_the_same_and_in_another_step_others() -> None:
    lab, work = pictures(8), made(SPEC)
    first, again, later = (sample(work, lab, 0, (step,)) for step in (1, 1, 2))
    assert torch.equal(first["hint"], again["hint"]) and not torch.equal(first["hint"], later["hint"])
    assert sample(job(), lab, 0, (1,)) == {}


def test_points_when_read_lie_where_the_network_sees_them() -> None:
    given = read_points(["0,0,#ff0000", "119, 59, 0000FF", "118,59,0000ff"])
    inputs = given.inputs(made(SPEC), (60, 120), (6, 12))
    red, blue = (rgb_to_lab(torch.tensor(rgb).view(1, 3, 1, 1))[0, 1:, 0, 0] for rgb in ([1.0, 0, 0], [0, 0, 1.0]))
    assert inputs["mask"].sum() == 2 and inputs["mask"][0, 0, 0, 0] == 1 and inputs["mask"][0, 0, 5, 11] == 1
    torch.testing.assert_close(inputs["hint"][0, :, 0, 0] * 110, red, rtol=0, atol=1e-3)
    torch.testing.assert_close(inputs["hint"][0, :, 5, 11] * 110, blue, rtol=0, atol=1e-3)
    assert inputs["hint"].abs().sum() == pytest.approx(float((red.abs() + blue.abs()).sum()) / 110, rel=1e-5)


@pytest.mark.parametrize("word", ["", "3,4", "3,4,red", "-1,4,#ff0000", "3;4;#ff0000", "3,4,#ff00", "x,4,#ff0000"])
def test_point_when_it_is_none_is_refused(word: str) -> None:
    with pytest.raises(MistakeError, match="is no hint"):
        read_points([word])


def test_picture_of_hints_when_read_gives_its_visible_pixels(tmp_path: Path) -> None:
    pixels = np.zeros((10, 20, 4), np.uint8)
    pixels[2:4, 5] = (200, 30, 30, 255)
    pixels[9, 19] = (0, 200, 0, 100)  # more than half transparent
    Image.fromarray(pixels).save(tmp_path / "hints.png")
    given = read_picture(tmp_path / "hints.png")
    assert given.size == (10, 20) and given.rows.tolist() == [2, 3] and given.columns.tolist() == [5, 5]
    both = read_hints(tmp_path / "hints.png", ["1,1,#00ff00"])
    assert both is not None and both.rows.tolist() == [2, 3, 1] and read_hints(None, []) is None
    with pytest.raises(MistakeError, match="the hints are 20x10 pixels, and the photograph is 30x10"):
        both.inputs(made(SPEC), (10, 30), (10, 30))
    Image.fromarray(pixels[:, :, :3]).save(tmp_path / "opaque.png")
    with pytest.raises(MistakeError, match="has no transparent pixel"):
        read_picture(tmp_path / "opaque.png")
    (tmp_path / "broken.png").write_bytes(b"no picture")
    with pytest.raises(MistakeError, match=r"broken\.png"):
        read_picture(tmp_path / "broken.png")


def test_point_when_it_is_outside_or_the_network_takes_none_is_refused() -> None:
    given = read_points(["30,5,#ff0000"])
    with pytest.raises(MistakeError, match="the hint at 30,5 lies outside of the photograph of 30x20 pixels"):
        given.inputs(made(SPEC), (20, 30), (20, 30))
    with pytest.raises(MistakeError, match="the network takes no hints") as caught:
        given.inputs(job(), (20, 40), (20, 40))
    assert "input hint" in caught.value.way_out


def test_hint_when_its_input_is_scaled_and_shifted_is_0_where_nothing_is_given() -> None:
    shifted = Meaning("colour", ("a", "b"), (0.01, 0.01), (0.5, 0.5))
    work = made(SPEC.replace("= 0 means ab / 110", "= 0 means ab / 100 + 0.5"))
    assert work.hints is not None and work.hints.meaning == shifted
    inputs = read_points(["1,1,#808080"]).inputs(work, (4, 4), (4, 4))
    assert inputs["hint"][0, :, 1, 1].tolist() == pytest.approx([0.5, 0.5], abs=1e-4)
    assert inputs["hint"].sum() == pytest.approx(1.0, abs=1e-3)


@pytest.fixture(scope="module", name="guided")
def _guided(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained network, and photographs of one colour each, which lightness cannot tell: only a hint can."""
    place = tmp_path_factory.mktemp("guided")
    (place / "photos").mkdir()
    for number, colour in enumerate(((200, 60, 60), (40, 140, 60), (60, 100, 220), (150, 100, 20))):
        Image.fromarray(np.full((20, 24, 3), colour, np.uint8)).save(place / "photos" / f"{number}.png")
    (place / "net.cdsl").write_text(SPEC)
    words = ["--photos", str(place / "photos"), "--out", str(place / "run"), "--threads", "1", "--samples", "0"]
    assert main(["train", str(place / "net.cdsl"), *words]) == 0
    return place


def test_network_when_trained_with_hints_follows_them(guided: Path, capsys: pytest.CaptureFixture[str]) -> None:
    errors = []
    for more in ([], ["--hint-points", "12"]):
        words = ["evaluate", str(guided / "photos"), "--checkpoint", str(guided / "run"), "--size", "16", *more]
        assert main([*words, "--format", "json"]) == 0
        found = json.loads(capsys.readouterr().out)
        errors.append(next(row["ab_rmse"] for row in found["rows"] if row["name"] == "network"))
        assert ("12 patches of true colour" in found["protocol"]) == bool(more)
    assert errors[1] < 0.8 * errors[0]


def ab_of(path: Path) -> Tensor:
    with Image.open(path) as image:
        return rgb_to_lab(torch.from_numpy(np.array(image)).permute(2, 0, 1)[None].float() / 255)[0, 1:]


def coloured(guided: Path, out: Path, *words: str) -> Tensor:
    gray = out.with_name("gray.png")
    Image.fromarray(np.full((20, 24, 3), 128, np.uint8)).save(gray)
    assert main(["colorize", str(gray), "--checkpoint", str(guided / "run"), "--out", str(out), "--force", *words]) == 0
    return ab_of(out)


@pytest.mark.parametrize("way", [(), ("--size", "full"), ("--size", "full", "--tile", "12"), ("--size", "10")])
def test_photograph_when_coloured_with_hints_takes_their_colours_there(
    guided: Path, tmp_path: Path, way: tuple[str, ...]
) -> None:
    plain = coloured(guided, tmp_path / "plain.png", *way)
    marks = np.zeros((20, 24, 4), np.uint8)
    marks[2:8, 2:8] = (255, 0, 0, 255)
    Image.fromarray(marks).save(tmp_path / "marks.png")
    red = coloured(guided, tmp_path / "red.png", *way, "--hints", str(tmp_path / "marks.png"))
    blue = coloured(guided, tmp_path / "blue.png", *way, "--hint", "17,14,#0000ff", "--hint", "18,14,#0000ff")
    assert (red - plain)[0, 5, 5] > 10 and (red - plain)[:, 15:, 17:].abs().max() < 2
    assert (blue - plain)[1, 14, 17] < -3 and (blue - plain)[:, :6, :6].abs().max() < 2


def test_tiles_when_there_are_hints_are_those_of_the_whole(guided: Path, tmp_path: Path) -> None:
    hints = ("--hint", "3,3,#ff0000", "--hint", "11,12,#0000ff", "--hint", "23,19,#00ff00")
    whole = coloured(guided, tmp_path / "whole.png", "--size", "full", *hints)
    tiled = coloured(guided, tmp_path / "tiled.png", "--size", "full", "--tile", "12", *hints)
    torch.testing.assert_close(whole, tiled, rtol=0, atol=0.6)  # 8 bits


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--hint", "24,3,#ff0000"), "the hint at 24,3 lies outside of the photograph of 24x20 pixels"),
        (("--hint", "red"), "`red` is no hint"),
        (("--hints", "nowhere.png"), "nowhere.png"),
    ],
)
def test_hints_when_they_cannot_be_are_refused_and_nothing_is_written(
    guided: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], message: str
) -> None:
    photo, out = str(guided / "photos" / "0.png"), tmp_path / "out"
    assert main(["colorize", photo, "--checkpoint", str(guided / "run"), "--out", str(out), *words]) == 2
    assert message in capsys.readouterr().err and not list(tmp_path.rglob("*.png"))


def test_hints_when_there_are_several_photographs_are_refused(
    guided: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--checkpoint", str(guided / "run"), "--out", str(tmp_path / "out"), "--hint", "3,3,#ff0000"]
    assert main(["colorize", str(guided / "photos"), *words]) == 2
    assert "hints belong to one photograph, and these are 4" in capsys.readouterr().err


def test_network_when_it_takes_no_hints_refuses_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = tmp_path / "net.cdsl"
    without = SPEC.replace("  input hint: [N, 2, H, W] = 0 means ab / 110\n", "").replace(
        "gray, hint, mask", "gray, mask"
    )
    spec.write_text(without.replace("steps = 120", "steps = 1"))
    folder = photographs(tmp_path / "photos")
    assert main(["train", str(spec), "--photos", str(folder), "--out", str(tmp_path / "run")]) == 0
    assert main(["evaluate", str(folder), "--checkpoint", str(tmp_path / "run"), "--hint-points", "3"]) == 2
    assert "the network takes no hints" in capsys.readouterr().err
    words = ["colorize", str(folder / "0.png"), "--checkpoint", str(tmp_path / "run"), "--out", str(tmp_path / "x.png")]
    assert main([*words, "--hint", "3,3,#ff0000"]) == 2
    assert "the network takes no hints" in capsys.readouterr().err
