"""Colouring in tiles is colouring at once; small maps are enlarged band by band as PyTorch does at once."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional

from convdsl import api
from convdsl.mistake import MistakeError
from convdsl.pipeline import analyze
from convdsl.source import Source
from convdsl.train import photos
from convdsl.train.colouring import Colourist, More, View, Way, by_module, colour, colour_deep, pieces, plan, seen_size
from convdsl.train.enlarge import enlarge
from convdsl.train.photos import Layers
from convdsl.train.run import make_job
from tests.train.setting import AB, LAB, RGB, job

SPECS = Path(__file__).parents[2] / "specs"
DILATED = """convdsl 1
model Dilated {
  input gray: [N, 1, H, W] means L / 100
  Conv2d(6, 3, padding=1) -> BatchNorm2d() -> ReLU()
  Conv2d(6, 3, padding=4, dilation=4, padding_mode=reflect) -> ReLU()
  Conv2d(6, 3, padding=8, dilation=8) -> ReLU()
  ab = Conv2d(2, 1)
  output ab: [N, 2, H, W] means ab / 110
}
"""
STRIDED = """convdsl 1
model Strided {
  input gray: [N, 1, H, W] means (L - 50) / 50 where H % 8 == 0, W % 8 == 0
  Conv2d(6, 5, stride=2, padding=2) -> ReLU()
  Conv2d(8, 3, stride=4, padding=1) -> ReLU()
  ConvTranspose2d(6, 8, stride=4, padding=2) -> ReLU()
  ab = ConvTranspose2d(2, 4, stride=2, padding=1)
  output ab: [N, 2, H, W] means ab / 110
}
"""
MIXED = """convdsl 1
model Mixed {
  input gray: [N, 1, H, W] means (L - 50) / 50 where H % 6 == 0, W % 6 == 0
  e = Conv2d(6, 5, padding=2, padding_mode=replicate) -> LeakyReLU(0.2)
  MaxPool2d(3, stride=2, padding=1)
  AvgPool2d(4, stride=3, padding=1, count_include_pad=false)
  Conv2d(6, 3, padding=1) -> BatchNorm2d() -> ReLU()
  u = ConvTranspose2d(6, 5, stride=3, padding=1) -> Upsample(scale_factor=2, mode=bilinear)
  Concat(u, e)
  ab = Conv2d(2, 3, padding=2, dilation=2)
  output ab: [N, 2, H, W] means ab / 110
}
"""
SMALLER = """convdsl 1
model Smaller {
  input gray: [N, 1, H, W] means (L - 50) / 50 where H % 4 == 0, W % 4 == 0
  Conv2d(6, 3, stride=2, padding=1) -> ReLU()
  Conv2d(6, 3, stride=2, padding=1) -> ReLU()
  ab = Conv2d(2, 3, padding=1)
  output ab: [N, 2, H / 4, W / 4] means ab / 110
}
"""
POOLED = """convdsl 1
model Pooled {
  input gray: [N, 1, H, W] means L / 100
  seen = Conv2d(2, 3, padding=1)
  gate = AdaptiveAvgPool2d(1)
  ab = Mul(seen, gate, broadcast=true)
  output ab: [N, 2, H, W] means ab / 110
}
"""


@cache
def colourist(spec: str) -> Colourist:
    """Make a network with weights that do something: norms have seen pictures, outputs are not all near 0."""
    analysis = analyze(Source("net.cdsl", spec)) if "\n" in spec else api.load(SPECS / spec)
    made = make_job(analysis)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = made.build()
        with torch.no_grad():
            network.train()(torch.randn(2, 1, 96, 96))
    return Colourist(made, by_module(network))


def noise(height: int, width: int, seed: int = 0) -> Image.Image:
    """Draw blotches of several sizes, so that far pixels matter and near ones differ."""
    random = np.random.default_rng(seed)
    out = np.zeros((height, width, 3))
    for cells in (3, 9, 40):
        small = Image.fromarray(random.integers(0, 255, (cells, cells, 3), np.uint8))
        out += np.asarray(small.resize((width, height), Image.Resampling.NEAREST), np.float64)
    return Image.fromarray((out / 3).astype(np.uint8))


def said(by: Colourist, image: Image.Image, way: Way) -> Tensor:
    out = torch.full((2, image.height, image.width), torch.nan)
    for piece in pieces(by, image, way):
        _, height, width = piece.colours.shape
        part = out[:, piece.top : piece.top + height, piece.left : piece.left + width]
        assert part.isnan().all() and part.shape == piece.colours.shape  # no pixel twice, none outside
        part[:] = piece.colours
    assert not out.isnan().any()
    return out


@pytest.mark.parametrize(
    "spec, height, width, side",
    [
        ("demo.cdsl", 700, 333, 512),
        ("unet.cdsl", 301, 222, 128),
        ("seed/network6.cdsl", 420, 290, 320),
        ("seed/network3.cdsl", 200, 150, 96),
        (DILATED, 200, 141, 64),
        (STRIDED, 157, 100, 64),
        (SMALLER, 157, 100, 48),
        (MIXED, 201, 143, 96),
        ("quantised.cdsl", 700, 200, 512),
    ],
    ids=["demo", "unet", "network6", "network3", "dilated", "strided", "smaller", "mixed", "quantised"],
)
def test_tiles_when_put_together_are_the_whole_to_a_millionth(spec: str, height: int, width: int, side: int) -> None:
    by, image = colourist(spec), noise(height, width)
    rows, columns = plan(by.job, seen_size(by.job, height, width, Way(None)), side)
    assert len(rows) * len(columns) > 1
    whole, tiled = said(by, image, Way(None)), said(by, image, Way(None, tiled=True, side=side))
    assert whole.shape == tiled.shape == (2, height, width)
    assert whole.std() > 1e-3
    assert (whole - tiled).abs().max() <= 1e-6 * max(1.0, float(whole.abs().max()))


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from([DILATED, STRIDED, SMALLER]),
    st.integers(17, 150),
    st.integers(17, 150),
    st.sampled_from([56, 64, 80]),
)
def test_law_tiles_are_the_whole_at_any_size(spec: str, height: int, width: int, side: int) -> None:
    by, image = colourist(spec), noise(height, width)
    whole, tiled = said(by, image, Way(None)), said(by, image, Way(None, tiled=True, side=side))
    assert (whole - tiled).abs().max() <= 1e-6 * max(1.0, float(whole.abs().max()))


def test_tiles_of_a_smaller_view_are_that_view_at_once() -> None:
    by, image = colourist(STRIDED), noise(400, 300)
    whole, tiled = said(by, image, Way(160)), said(by, image, Way(160, tiled=True, side=64))
    assert whole.shape == tiled.shape == (2, 400, 300)
    assert (whole - tiled).abs().max() <= 1e-6 * max(1.0, float(whole.abs().max()))


def test_tiles_when_a_layer_reads_everything_are_refused_by_its_name() -> None:
    with pytest.raises(MistakeError, match=r"its layer `gate`.* reads the whole picture") as caught:
        said(colourist(POOLED), noise(64, 64), Way(None, tiled=True, side=32))
    assert "--size full" in str(caught.value.lines())
    assert said(colourist(POOLED), noise(64, 50), Way(None)).shape == (2, 64, 50)


def test_tiles_when_too_small_are_refused_with_a_size_that_serves() -> None:
    by = colourist("seed/network6.cdsl")  # it sees 238 pixels
    with pytest.raises(MistakeError, match="tiles of 96 pixels are too small") as caught:
        plan(by.job, (640, 640), 96)
    enough = int(str(caught.value.way_out).split("--tile ")[1].split("`")[0])
    assert 238 < enough <= 320 and len(plan(by.job, (640, 640), enough)[0]) > 1


def test_view_when_the_size_is_not_taken_is_mirrored_and_cut_again() -> None:
    seen: list[Tensor] = []

    class Watched(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            seen.append(x)
            return x.expand(-1, 2, -1, -1)

    by_8 = replace(job(source=LAB, target=AB), legal=lambda h, w: h % 8 == 0 and w % 8 == 0)
    image = noise(21, 30)
    out = said(Colourist(by_8, by_module(_First(Watched()))), image, Way(None))
    assert out.shape == (2, 21, 30) and seen[0].shape == (1, 1, 24, 32)
    # row 21 repeats row 19, row 23 row 17; column 31 repeats column 27
    assert torch.equal(seen[0][0, 0, 21], seen[0][0, 0, 19]) and torch.equal(seen[0][0, 0, 23], seen[0][0, 0, 17])
    assert torch.equal(seen[0][0, 0, :, 31], seen[0][0, 0, :, 27])


class _First(nn.Module):
    """Show a network the first channel alone."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.inner(x[:, :1])
        return out


def test_view_when_a_picture_is_thinner_than_its_margin_is_mirrored_again_and_again() -> None:
    by_32 = replace(job(), legal=lambda h, w: h % 32 == 0 and w % 32 == 0)
    out = said(Colourist(by_32, by_module(_Twice())), noise(3, 1), Way(None))
    assert out.shape == (2, 3, 1)


class _Twice(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.expand(-1, 2, -1, -1)


def test_view_when_no_size_is_large_enough_is_refused() -> None:
    only = replace(job(), legal=lambda h, w: (h, w) == (64, 64), accepted="H == 64, W == 64")
    with pytest.raises(MistakeError, match="no picture of 100x90 pixels") as caught:
        seen_size(only, 100, 90, Way(None))
    assert "H == 64" in caught.value.notes[0] and seen_size(only, 60, 50, Way(None)) == (64, 64)


def test_more_inputs_when_there_are_some_are_cut_like_the_picture() -> None:
    """A network that adds a second input to its first: where it is 0 but in one pixel, one pixel differs."""

    class Two(nn.Module):
        def forward(self, x: Tensor, hint: Tensor) -> Tensor:
            return torch.cat((hint, hint), dim=1) + 0 * x

    def hints(height: int, width: int) -> More:
        def planes(view: View) -> Mapping[str, Tensor]:
            assert (view.height, view.width) == (height, width)
            plane = torch.zeros(1, 1, 64, 64)
            plane[..., 40, 50] = 1
            return {"hint": plane[:, :, view.top : view.bottom, view.left : view.right]}

        return planes

    made = make_job(analyze(Source("net.cdsl", DILATED)))
    two = Colourist(made, by_module(Two()), hints)
    for way in (Way(None), Way(None, tiled=True, side=48)):
        found = said(two, noise(64, 64), way)
        assert torch.nonzero(found[0]).tolist() == [[40, 50]]


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 90), st.integers(1, 90), st.integers(1, 30))
def test_law_bands_of_an_enlarged_map_are_rows_of_pytorchs(h: int, w: int, high: int, wide: int, rows: int) -> None:
    torch.manual_seed(h * 100 + w)
    small = torch.randn(2, h, w)
    large = enlarge(small, high, wide)
    found = torch.cat([large.band(top, min(high, top + rows)) for top in range(0, high, rows)], dim=1)
    if high >= h and wide >= w:
        true = functional.interpolate(small[None], (high, wide), mode="bicubic")[0]
        assert torch.allclose(found, true, atol=2e-5)
    elif high <= h and wide <= w:
        true = functional.interpolate(small[None], (high, wide), mode="bicubic", antialias=True)[0]
        assert torch.allclose(found, true, atol=2e-5)
    assert found.shape == (2, high, wide)


def test_colour_when_transparent_keeps_what_lies_under_the_alpha() -> None:
    """A black pixel at half transparency is seen as gray on white, and stays black under its alpha."""

    class Nothing(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return torch.zeros(len(x), 2, *x.shape[-2:])

    black = Layers(Image.new("RGB", (8, 8)), Image.new("L", (8, 8), 128))
    out = colour(Colourist(job(), by_module(Nothing())), black, Way(8))
    assert out.getpixel((3, 3)) == (0, 0, 0, 128)
    assert black.on_paper().getpixel((3, 3)) == (127, 127, 127)  # 255 * (1 - 128 / 255)


def test_colour_when_tiled_is_the_picture_that_it_is_at_once() -> None:
    by, image = colourist(STRIDED), noise(300, 170)
    whole, tiled = (colour(by, Layers(image.copy()), Way(None, t, 96)) for t in (False, True))
    # at most one rounding of 255 apart, where a millionth decides it
    assert np.abs(photos.pixels(whole).astype(int) - photos.pixels(tiled)).max() <= 1
    assert (photos.pixels(whole) != photos.pixels(tiled)).mean() < 1e-3


@pytest.mark.parametrize("meaning", [RGB, LAB])
def test_colour_when_the_network_repeats_its_input_repeats_the_photo_at_full_size(meaning: object) -> None:
    both = job(source=RGB, target=RGB) if meaning is RGB else job(source=LAB, target=LAB)
    image = noise(301, 40)
    again = photos.pixels(colour(Colourist(both, by_module(nn.Identity())), Layers(image.copy()), Way(None))).astype(
        int
    )
    assert np.abs(again - photos.pixels(image)).max() <= 1


@pytest.mark.parametrize("way", [Way(16), Way(None), Way(None, tiled=True, side=64)])
def test_colour_in_16_bits_keeps_the_lightness_of_16_bits(way: Way) -> None:
    """Without colours the result is the scan, to the rounding of Lab in float32: 5e-5 of L is about 0.1 of 65535."""

    class Nothing(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return torch.zeros(len(x), 2, *x.shape[-2:])

    made = make_job(analyze(Source("net.cdsl", DILATED)))
    scan = np.random.default_rng(3).integers(0, 65536, (90, 70)).astype(np.uint16)
    layers = Layers(Image.fromarray(photos.rounded(scan)).convert("RGB"), Image.new("L", (70, 90), 100), scan)
    found = colour_deep(Colourist(made, by_module(Nothing())), layers, way)
    assert found.shape == (90, 70, 4) and (found[..., 3] == 100 * 257).all()
    assert np.abs(found[..., :3].astype(int) - scan[..., None]).max() <= 4
