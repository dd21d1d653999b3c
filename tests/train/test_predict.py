"""Colouring: the photograph's own lightness, sizes, files that must survive, a network that must not change."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from convdsl.mistake import MistakeError
from convdsl.train import photos
from convdsl.train.colouring import Colourist, by_module
from convdsl.train.evaluate import evaluate, predict, table, to_data
from convdsl.train.job import Job, legal_square, nearest_legal, working_size
from convdsl.train.photos import Photo, decode
from convdsl.train.picture import to_lab
from convdsl.train.places import Naming
from convdsl.train.predict import Coloured, Wish, colorize, colorize_files
from tests.train.setting import AB, GRAY, LAB, RGB, Tiny, job, photographs


class Same(nn.Module):
    """Say for each pixel what a function of the input is, without weights."""

    def __init__(self, channels: list[int], scale: float = 1.0) -> None:
        super().__init__()
        self.channels, self.scale = channels, scale

    def forward(self, x: Tensor) -> Tensor:
        return x[:, self.channels] * self.scale


def files(places: tuple[Path, ...], out: Path, *, force: bool = False) -> Coloured:
    return colorize_files(Colourist(job(), by_module(Tiny())), places, Wish(Naming(out), force=force))


def noise(height: int, width: int, seed: int = 0) -> Image.Image:
    return Image.fromarray(np.random.default_rng(seed).integers(0, 255, (height, width, 3), np.uint8))


def lightness(image: Image.Image) -> Tensor:
    return to_lab(torch.from_numpy(photos.pixels(image))[None])[0, 0]


def test_colorize_when_the_network_says_no_colour_keeps_every_gray(tmp_path: Path) -> None:
    image = noise(301, 517)
    gray = colorize(job(), Same([0, 0], 0.0), Photo(image), 20)
    assert gray.size == image.size
    values = photos.pixels(gray).astype(int)
    assert (values.max(axis=2) - values.min(axis=2)).max() <= 1
    # 8-bit rounding of gray: at most 1/2 of 255, which is at most 0.5 of L near black and 0.2 elsewhere
    assert (lightness(gray) - lightness(image)).abs().max() < 0.5


def test_colorize_when_colour_is_constant_has_it_everywhere_at_full_lightness() -> None:
    class Red(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return torch.tensor([20.0, 10.0]).div(110).view(1, 2, 1, 1).expand(len(x), 2, *x.shape[-2:])

    image = Image.linear_gradient("L").resize((70, 300)).convert("RGB")
    lab = to_lab(torch.from_numpy(photos.pixels(colorize(job(), Red(), Photo(image), 20)))[None])[0]
    inside = (lab[0] > 30) & (lab[0] < 80)  # there the colour is well inside the gamut
    assert (lab[1][inside] - 20).abs().max() < 1 and (lab[2][inside] - 10).abs().max() < 1


@pytest.mark.parametrize("meaning", [RGB, LAB])
def test_colorize_when_the_network_repeats_its_input_repeats_the_photo(meaning: object) -> None:
    assert meaning in (RGB, LAB)
    both = job(source=RGB, target=RGB) if meaning is RGB else job(source=LAB, target=LAB)
    image = noise(40, 40)
    again = photos.pixels(colorize(both, Same([0, 1, 2]), Photo(image), 40)).astype(int)
    # float32 there and back, then rounding: one step of 255
    assert np.abs(again - photos.pixels(image)).max() <= 1


def test_colorize_when_there_is_alpha_keeps_it() -> None:
    alpha = Image.linear_gradient("L").resize((30, 24))
    out = colorize(job(), Tiny(), Photo(noise(24, 30), alpha), 16)
    assert out.mode == "RGBA" and list(out.getchannel("A").tobytes()) == list(alpha.tobytes())


def test_prediction_when_made_never_changes_the_network(tmp_path: Path) -> None:
    network = Tiny()
    network.train()
    before = {key: value.clone() for key, value in network.state_dict().items()}
    lab = to_lab(torch.randint(0, 255, (3, 16, 16, 3), dtype=torch.uint8))
    first = predict(job(), network, lab)
    assert network.training and torch.equal(first, predict(job(), network, lab))  # no dropout, no batch statistics
    evaluate(job(), network, (photographs(tmp_path / "a"),), (0.0, 0.0), side=16)
    colorize(job(), network, Photo(noise(20, 20)), 16)
    after = network.state_dict()
    assert all(torch.equal(before[key], after[key]) for key in before)


def test_files_when_one_is_corrupt_and_folders_nest_the_rest_is_done(tmp_path: Path) -> None:
    photographs(tmp_path / "in", 2)
    photographs(tmp_path / "in" / "sub", 1)
    noise(20, 20).save(tmp_path / "in" / "photo.jpg")
    (tmp_path / "in" / "bad.png").write_bytes(b"hello")
    done = files((tmp_path / "in",), tmp_path / "out")
    names = [str(path.relative_to(tmp_path / "out")) for path in done.written]
    assert names == ["0.png", "1.png", "photo.jpg", "sub/0.png"]
    assert [(item.path.name, item.reason) for item in done.skipped] == [("bad.png", "not an image")]
    assert all(decode(path).image.mode == "RGB" for path in done.written)
    assert not list((tmp_path / "out").rglob(".*"))


def test_files_when_a_result_is_there_is_refused_before_any_work(tmp_path: Path) -> None:
    source, out = photographs(tmp_path / "in", 3), tmp_path / "out"
    out.mkdir()
    (out / "2.png").write_bytes(b"mine")
    with pytest.raises(MistakeError, match=r"2\.png` exists"):
        files((source,), out)
    assert [path.name for path in out.iterdir()] == ["2.png"] and (out / "2.png").read_bytes() == b"mine"
    assert len(files((source,), out, force=True).written) == 3


def test_files_when_they_would_replace_themselves_or_each_other_are_refused(tmp_path: Path) -> None:
    source = photographs(tmp_path / "in", 2)
    with pytest.raises(MistakeError, match="itself"):
        files((source,), source, force=True)
    other = photographs(tmp_path / "other", 1)
    with pytest.raises(MistakeError, match="both become"):
        files((source, other), tmp_path / "out")


@pytest.mark.parametrize("height, width, short", [(100, 150, 100), (1067, 1600, 100), (280, 99, 96), (7, 900, 50)])
def test_size_when_chosen_is_legal_large_enough_and_keeps_proportions(height: int, width: int, short: int) -> None:
    by_32 = replace(job(), legal=lambda h, w: h % 32 == 0 and w % 32 == 0)
    h, w = working_size(by_32, height, width, short)
    assert h % 32 == 0 and w % 32 == 0 and short <= min(h, w) <= 1.5 * short + 32
    if max(height, width) < 4 * min(height, width):
        assert abs(h / w * width / height - 1) < 0.17  # 16 of 96: half a step of 32 on the short side


def fixed(h0: int, w0: int) -> Job:
    return replace(job(), legal=lambda h, w: (h, w) == (h0, w0), accepted=f"H == {h0}, W == {w0}")


def test_size_when_only_one_is_legal_is_that_one() -> None:
    for size in ((64, 64), (20, 24), (300, 40), (40, 300)):
        assert working_size(fixed(*size), 1000, 1500, 64) == size
    assert nearest_legal(fixed(64, 64), 64, 64) == (64, 64)
    assert legal_square(fixed(64, 64), 96) == 64
    with pytest.raises(MistakeError, match="no square near") as caught:
        legal_square(fixed(64, 32), 96)
    assert "H == 64" in caught.value.notes[0]
    with pytest.raises(MistakeError, match="no size near"):
        nearest_legal(replace(job(), legal=lambda h, w: False), 64, 64, reach=20)


def test_evaluation_when_the_network_is_perfect_says_so(tmp_path: Path) -> None:
    perfect = job(source=LAB, target=AB)
    network = Same([1, 2], 100 / 110)  # the input holds ab / 100, the output ab / 110
    found = evaluate(perfect, network, (photographs(tmp_path / "a", 4),), (0.0, 0.0), side=20)
    gray, mean, own = found.rows
    assert own.ab_rmse == pytest.approx(0, abs=1e-4) and own.better == 4 and own.ssim == pytest.approx(1)
    assert own.colourfulness == pytest.approx(own.true_colourfulness, rel=1e-4)
    assert gray.ab_rmse == mean.ab_rmse > 1 and gray.better == 0
    assert "4 photographs, centre square resized to 20x20" in "\n".join(table(found))
    data = to_data(found)
    assert [row["name"] for row in data["rows"]] == ["gray (ab = 0)", "train mean colour", "network"]
    tiny = to_data(evaluate(perfect, network, (tmp_path / "a",), (0.0, 0.0), side=8))
    assert tiny["rows"][2]["ssim"] is None and "NaN" not in json.dumps(tiny)
    assert len(data["photos"]) == 4 and data["photos"][0]["network"]["ab_mse"] < 1e-6


def test_evaluation_when_too_many_files_are_broken_refuses(tmp_path: Path) -> None:
    source = photographs(tmp_path / "a", 4)
    for number in range(2):
        (source / f"bad{number}.png").write_bytes(b"x")
    with pytest.raises(MistakeError, match="2 of 6 files"):
        evaluate(job(), Tiny(), (source,), (0.0, 0.0), side=16)
    assert len(evaluate(job(), Tiny(), (source,), (0.0, 0.0), side=16, skip_limit=0.5).skipped) == 2


def test_job_when_meanings_make_no_picture_is_refused() -> None:
    from convdsl.meaning import Meaning

    odd = Meaning("colour", ("L", "L"), (1.0, 1.0), (0.0, 0.0))
    for source, target, words in (
        (Meaning("classes"), AB, "input means `classes`"),
        (GRAY, odd, "output means L, L, which is no picture"),
        (AB, AB, "without the lightness"),
        (GRAY, replace(AB, scale=(1.0, 0.0)), "multiplies a colour by 0"),
    ):
        with pytest.raises(MistakeError, match=words):
            job(source, target)
