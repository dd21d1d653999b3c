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
