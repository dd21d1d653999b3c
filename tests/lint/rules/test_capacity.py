"""Rules about cost and capacity, with the arithmetic by hand, and PyTorch where it can tell."""

from pathlib import Path

import pytest
import torch
from torch import nn

from convdsl.api import load
from convdsl.lint.catalogue import rules
from convdsl.lint.run import findings
from convdsl.review import subject_of
from tests.lint.rules.network import said

SPECS = Path(__file__).parents[3] / "specs"


def in_zoo(name: str, rule: str) -> list[str]:
    subject = subject_of(load(SPECS / f"{name}.cdsl"))
    assert subject is not None
    return [found.message for found in findings(subject, [one for one in rules() if one.code.name == rule])]


def test_dense_layer_of_the_series_is_found_with_its_weights() -> None:
    """256 x 256 x 3 = 196,608 numbers in and out: 196,608^2 = 38,654,705,664."""
    assert in_zoo("seed/dense", "huge-dense") == ["`Linear` has 38,654,705,664 weights, 100% of all parameters"]


def test_first_dense_layer_of_vgg16_has_three_quarters_of_its_weights() -> None:
    """25,088 x 4,096 = 102,760,448 of 138,357,544: 74 %."""
    assert in_zoo("vgg16", "huge-dense") == ["`Linear` has 102,760,448 weights, 74% of all parameters"]
    assert in_zoo("vgg16", "param-skew")[0].startswith("`Linear` has 74% of the parameters")


@pytest.mark.parametrize(
    ("hidden", "is_found"),
    [
        (19531, False),  # 2,560 x 19,531 = 49,999,360 weights
        (19532, True),  # 50,001,920
    ],
)
def test_dense_layer_beside_others_as_heavy_is_huge_from_50_million_weights_on(hidden: int, is_found: bool) -> None:
    body = f"""  input code: [N, 2560]
  Linear({hidden}, bias=false)
  y = Linear(2560, bias=false)
  output y: [N, 2560]"""
    assert len(said("huge-dense", body)) == 2 * is_found


def test_dense_layer_that_paints_a_map_is_told_what_a_convolution_has() -> None:
    """A window of 3 from 3 channels to 3: 3 * 3 * 9 + 3 = 84 parameters, as torch has."""
    body = """  input photo: [N, 3, 64, 64]
  Flatten()
  Linear(12288)
  y = Unflatten(1, (3, 64, 64))
  output y: [N, 3, 64, 64]"""
    (found,) = said("huge-dense", body)
    assert sum(p.numel() for p in nn.Conv2d(3, 3, 3).parameters()) == 84
    assert found.helps[0].text.endswith("it has 84 parameters")
    assert found.notes == ("in float32 they take 576 MiB",)  # 12,288^2 * 4 / 2^20


def test_bottleneck_when_a_step_leaves_exactly_an_eighth_is_quiet_and_speaks_below_it() -> None:
    """A stride of 2 leaves a quarter of the pixels, and 8 of 16 channels half of that."""
    body = """  input x: [N, 16, H, W] where H % 2 == 0, W % 2 == 0
  Conv2d({0}, 2, stride=2)
  y = ConvTranspose2d(16, 2, stride=2)
  output y: [N, 16, H, W]"""
    assert said("bottleneck", body.format(8)) == []
    (found,) = said("bottleneck", body.format(7))
    assert found.message.startswith("`Conv2d` leaves 1 number in 9.143")  # 16 * 4 / 7


def test_bottleneck_when_a_pool_of_4_is_told_counts_the_numbers() -> None:
    body = """  input x: [N, 3, 64, 64]
  Conv2d(16, 3, padding=1) -> ReLU()
  MaxPool2d(4)
  y = ConvTranspose2d(3, 4, stride=4)
  output y: [N, 3, 64, 64]"""
    (found,) = said("bottleneck", body)
    assert found.notes == ("at 64 x 64 pixels 16 x 64 x 64 = 65,536 come in, 16 x 16 x 16 = 4,096 leave",)


@pytest.mark.parametrize(("channels", "is_found"), [(15, False), (16, True)])
def test_wide_code_when_the_code_has_as_many_numbers_as_the_picture_is_found(channels: int, is_found: bool) -> None:
    """16 channels at a quarter of each side: 16 / 16 = 1 number a pixel."""
    body = f"""  input gray: [N, 1, 64, 64] means L / 100
  Conv2d({channels}, 4, stride=4)
  y = ConvTranspose2d(1, 4, stride=4)
  output y: [N, 1, 64, 64] means L / 100"""
    assert bool(said("wide-code", body)) == is_found


def test_wide_code_where_a_skip_goes_past_the_code_counts_what_goes_past_it() -> None:
    body = """  input gray: [N, 1, 64, 64] means L / 100
  full = Conv2d(1, 1)
  Conv2d(2, 4, stride=4)
  small = ConvTranspose2d(1, 4, stride=4)
  Concat(full, small)
  y = Conv2d(1, 1)
  output y: [N, 1, 64, 64] means L / 100"""
    (found,) = said("wide-code", body)
    assert found.layers == ("full",)


@pytest.mark.parametrize(
    ("channels", "is_found"),
    [
        (
            12,
            False,
        ),  # 97.9 million: (3 * 12 + 12 * 12 + 12 * 3) * 9 = 1,944 a pixel, less than 100 million at 224 x 224
        (20, True),  # (60 + 400 + 60) * 9 = 4,680 a pixel: 234.8 million
        (24, False),
    ],
)
def test_channels_when_no_multiple_of_8_are_named_where_the_work_is(channels: int, is_found: bool) -> None:
    body = f"""  input x: [N, 3, 224, 224]
  Conv2d({channels}, 3, padding=1) -> ReLU()
  Conv2d({channels}, 3, padding=1) -> ReLU()
  y = Conv2d(3, 3, padding=1)
  output y: [N, 3, 224, 224]"""
    found = said("channels-mod-8", body)
    assert len(found) == is_found
    if found:  # the last layer's 60 of 520 are not among them
        assert found[0].message.startswith("88% of the work")
        assert found[0].notes == (f"so in `0` {channels}, `2` {channels}",)


def test_dense_layer_behind_a_free_size_names_the_sizes_that_fit() -> None:
    """8 x (H // 2) x (W // 2) = 16: 1 x 2 behind the pool, so heights of 2 or 3 with widths of 4 or 5, or turned."""
    body = """  input x: [N, 8, H, W]
  MaxPool2d(2)
  Flatten()
  y = Linear(10, in_features=16)
  output y: [N, 10]"""
    (found,) = said("dense-locks-size", body)
    told = "H >= 2 and H <= 3 and W >= 4 and W <= 5; or H >= 4 and H <= 5 and W >= 2 and W <= 3"
    assert found.notes == (f"accepted: {told}",)
    for height, width, runs in ((2, 4, True), (3, 5, True), (5, 3, True), (4, 4, False), (2, 2, False)):
        numbers = nn.Flatten()(nn.MaxPool2d(2)(torch.zeros(1, 8, height, width))).shape[1]
        assert (numbers == 16) == runs
