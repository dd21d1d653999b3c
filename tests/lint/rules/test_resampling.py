"""Rules about steps and enlargement: numbers by hand, or from PyTorch on CPU."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from convdsl.lint.rules.float_scale import LARGEST

from .network import said


@pytest.mark.parametrize(("factor", "sizes"), [(0.7, "90, 170, 180"), (0.29, "100, 200, 400"), (0.6, "")])
def test_float_scale_when_pytorch_is_asked_lists_the_sizes_at_which_it_is_short(factor: float, sizes: str) -> None:
    numerator = round(factor * 100)
    short = [n for n in range(4, 400) if int(torch.tensor(n).double() * factor) != n * numerator // 100]
    body = f"  input x: [N, 1, H, 8] where H >= 4\n  y = Upsample(scale_factor=({factor}, 1))\n"
    body += f"  output y: [N, 1, {numerator} * H // 100, 8]"
    found = said("float-scale", body)
    assert bool(found) is bool(short)
    if found:
        wrong = functional.interpolate(torch.ones(1, 1, short[0], 8), scale_factor=(factor, 1.0)).shape[2]
        assert f"makes {wrong} of a height of {short[0]}, and not {wrong + 1}" in found[0].message
        assert found[0].notes[0].startswith(f"so at H = {', '.join(map(str, short[:3]))}")


def test_float_scale_when_the_only_such_size_is_larger_than_pictures_are_finds_nothing() -> None:
    body = "  input x: [N, 1, H, 8] where H == {}\n  y = Upsample(scale_factor=(0.29, 1))\n"
    body += "  output y: [N, 1, 29 * H // 100, 8]"
    assert int(3500 * 0.29) == 1014  # and 29 * 35 = 1015
    assert int(5700 * 0.29) == 1652  # and 29 * 57 = 1653
    assert 3500 < LARGEST < 5700
    assert len(said("float-scale", body.format(3500))) == 1
    assert said("float-scale", body.format(5700)) == []


def test_align_corners_when_a_ramp_is_enlarged_is_as_far_out_as_is_said() -> None:
    ramp = torch.arange(8.0).reshape(1, 1, 1, 8)
    even = (torch.arange(32) + 0.5) / 4 - 0.5  # where the centres of four times as many pixels lie
    aligned = functional.interpolate(ramp, size=(1, 32), mode="bilinear", align_corners=True)[0, 0, 0]
    out = (aligned - even).abs().max().item() * 4  # in pixels of the larger picture
    body = """  input x: [N, 1, 1, 16]
  MaxPool2d((1, 2))
  y = Upsample(scale_factor=(1, 4), mode=bilinear, align_corners=true)
  output y: [N, 1, 1, 32]"""
    (found,) = said("align-corners", body)
    assert out == pytest.approx(1.5)
    assert found.where.text == "1.5 pixels out at the border"
    assert "steps by 7 / 31 from 8 to 32 pixels" in found.message


def test_even_same_when_a_point_is_convolved_moves_it_by_half_a_pixel() -> None:
    layer = nn.Conv1d(1, 1, 4, padding=1, bias=False)  # padding `same` is this, and a pixel more after
    nn.init.ones_(layer.weight)
    image = torch.zeros(1, 1, 16, requires_grad=True)
    out = layer(functional.pad(image, (0, 1)))
    (gradient,) = torch.autograd.grad(out[0, 0, 8], image)
    centre = (gradient.flatten() * torch.arange(16)).sum() / gradient.sum()
    assert centre.item() == 8.5
    body = "  input x: [N, 1, L]\n  Conv1d(1, 4, padding=same)\n  y = Conv1d(1, 4, padding=same)\n  output y: [N, 1, L]"
    found = said("even-same", body)
    assert [one.notes for one in found] == [("2 such layers in a row shift by 1 in all",)] * 2


def test_wide_kernel_when_channels_differ_counts_the_larger_between() -> None:
    body = "  input x: [N, 64, 8, 8]\n  y = Conv2d(128, {0}, padding={1})\n  output y: [N, 128, 8, 8]"
    # 5: 25 * 64 * 128 = 204,800; 9 * (64 * 128 + 128 * 128) = 221,184
    assert said("wide-kernel", body.format(5, 2)) == []
    # 7: 49 * 64 * 128 = 401,408; 9 * (64 * 128 + 2 * 128 * 128) = 368,640
    (found,) = said("wide-kernel", body.format(7, 3))
    assert found.message == "a window of 7 multiplies 401,408 times a pixel, 3 of 3 that see as far 368,640 times"


def test_alias_stride_when_the_threshold_is_lower_finds_smaller_steps() -> None:
    body = "  input x: [N, 1, H, W]\n  MaxPool2d(4)\n  y = Upsample(scale_factor=4)\n"
    body += "  output y: [N, 1, 4 * (H // 4), 4 * (W // 4)]"
    assert said("alias-stride", body) == []
    (found,) = said("alias-stride", body, {"alias-stride": {"stride": 4}})
    assert found.message == "every way to the picture steps by 4 pixels without a blur"


def test_upsample_size_when_read_as_pytorch_reads_it_shrinks() -> None:
    assert nn.Upsample(4)(torch.ones(1, 1, 16, 16)).shape == (1, 1, 4, 4)
    (found,) = said("upsample-size", "  input x: [N, 1, 16, 16]\n  y = Upsample(4)\n  output y: [N, 1, 4, 4]")
    assert found.message.startswith("`Upsample(4)` makes 4 x 4 pixels of 16 x 16")


def test_align_corners_when_only_the_width_grows_speaks_of_the_width() -> None:
    body = """  input x: [N, 1, 4, 16]
  first = MaxPool2d((1, 2))
  Upsample(size=(4, {}), mode=bilinear, align_corners=true)
  y = Upsample(scale_factor=2)
  output y: [N, 1, 8, {}]"""
    (found,) = said("align-corners", body.format(24, 48))
    assert "steps by 7 / 23 from 8 to 24 pixels, and evenly spaced layers by 8 / 24" in found.message
    assert found.where.text == "1 pixels out at the border"
    (found,) = said("align-corners", body.format(1, 2))
    assert "steps by 0 from 8 to 1 pixels" in found.message
    (found,) = said("align-corners", body.format(2, 4))
    assert "steps by 7 / 1 from 8 to 2 pixels" in found.message


def test_alias_stride_when_windows_differ_names_each_line_and_the_smaller_total() -> None:
    body = """  input x: [N, 1, H, W] where H % 16 == 0, W % 16 == 0
  MaxPool2d((2, 4))
  repeat 2 {
    MaxPool2d(2)
  }
  y = ConvTranspose2d(1, 16, stride=(8, 16))
  output y: [N, 1, H + 8, W]"""
    (found,) = said("alias-stride", body)
    assert found.message == "every way to the picture steps by 8 pixels without a blur"  # 2 * 2 * 2 by 4 * 2 * 2
    assert found.notes == ("2 x 2 x 2 = 8",)
    assert [label.text for label in found.labels] == ["and this one"]


def test_float_scale_when_there_are_many_sizes_shows_three() -> None:
    body = "  input x: [N, 1, H, 8] where {}\n  y = Upsample(scale_factor=(0.7, 1))\n  output y: [N, 1, 7 * H // 10, 8]"
    (found,) = said("float-scale", body.format("H >= 2"))
    assert found.notes == ("so at H = 90, 170, 180 ...",)
    (found,) = said("float-scale", body.format("H >= 2, H <= 180"))
    assert found.notes == ("so at H = 90, 170, 180",)


def test_decoder_pool_when_one_axis_is_enlarged_and_pooled_names_that_stride() -> None:
    body = """  input x: [N, 8, H, W]
  ConvTranspose2d(8, (4, 3), stride=(2, 1), padding=1)
  y = MaxPool2d((2, 1))
  output y: [N, 8, H, W]"""
    (found,) = said("maxpool-in-decoder", body)
    assert found.message == "`MaxPool2d` drops resolution by 2 after the last layer that enlarges"


def test_even_same_when_one_axis_is_odd_leaves_it() -> None:
    (found,) = said(
        "even-same", "  input x: [N, 1, H, W]\n  y = Conv2d(1, (3, 4), padding=same)\n  output y: [N, 1, H, W]"
    )
    assert found.helps[0].text == "an odd one: `kernel_size=(3, 5)`"
    assert found.message == "an even window with padding `same` shifts width by half a pixel"
