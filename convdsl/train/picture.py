"""Between pictures and the tensors of a network, as the spec's `means` lines say: the only place that normalises.

Shape legend: N photos, C channels of the tensor, 3 colour channels, H and W pixels. `rgb` is sRGB 0..1, `lab` CIE Lab.
"""

import torch
from torch import Tensor
from torch.nn import functional

from convdsl.meaning import AB_BINS, CLASSES, Meaning, keeps_lightness
from convdsl.mistake import MistakeError
from convdsl.train.colour import constant, lab_to_rgb, pixels_to_lab, rgb_to_lab
from convdsl.train.quantised import annealed_mean

_LAB = ("L", "a", "b")
_RGB = ("R", "G", "B")
_KNOWN = (("L",), ("a", "b"), _LAB, _RGB)


def require_colours(source: Meaning, target: Meaning) -> None:
    """Refuse a pair of meanings between which nothing can be learned from photographs.

    Raises MistakeError where either is not made of L, ab, Lab or RGB, or nothing says where the lightness comes from;
    the output may mean classes or bins too.
    """
    for side, meaning in (("input", source), ("output", target)):
        if side == "output" and meaning.kind in (CLASSES, AB_BINS):
            continue
        if meaning.kind != "colour":
            message = f"the {side} means `{meaning.kind}`, and only pictures can be trained on photographs"
            raise MistakeError(message, way_out="write `means` with L, ab, Lab or RGB")
        if meaning.channels not in _KNOWN:
            message = f"the {side} means {', '.join(meaning.channels)}, which is no picture"
            raise MistakeError(message, way_out="L, ab, Lab and RGB can be trained, each in this order")
        if 0.0 in meaning.scale:
            raise MistakeError(f"the {side} multiplies a colour by 0, and so cannot be turned back into it")
    if source.channels == ("a", "b"):
        raise MistakeError("the input means ab, without the lightness that it belongs to", way_out="take L, Lab or RGB")


def encode(meaning: Meaning, lab_N3HW: Tensor) -> Tensor:
    """Make the network's tensor (N, C, H, W) of a picture; of bins, whose scores no picture has, the true ab."""
    colours = lab_to_rgb(lab_N3HW).clamp(0, 1) if meaning.channels == _RGB else lab_N3HW
    first = 0 if meaning.channels == _RGB else _LAB.index(meaning.channels[0])
    picked = colours[:, first : first + len(meaning.channels)]
    return picked * _column(meaning.scale, picked) + _column(meaning.offset, picked)


def decode(meaning: Meaning, tensor_NCHW: Tensor) -> Tensor:
    """Turn a tensor back into its colours in natural units, channels as `meaning.channels` has them."""
    return (tensor_NCHW - _column(meaning.offset, tensor_NCHW)) / _column(meaning.scale, tensor_NCHW)


def shrink(target_NCHW: Tensor, like_NChw: Tensor) -> Tensor:
    """Average what is wanted over the pixels of a smaller output.

    Raises MistakeError where the output is larger than the photograph.
    """
    size, own = like_NChw.shape[2:], target_NCHW.shape[2:]
    if size == own:
        return target_NCHW
    if any(a > b for a, b in zip(size, own, strict=True)):
        message = f"the network makes {size[0]}x{size[1]} pixels of {own[0]}x{own[1]}, more than a photograph can teach"
        raise MistakeError(message, way_out="let the output be as large as the input, or smaller")
    return functional.interpolate(target_NCHW, size, mode="area")


def result(source: Meaning, target: Meaning, tensor_NChw: Tensor, lab_N3HW: Tensor, temperature: float) -> Tensor:
    """Compose the resulting picture in Lab from the network's output and the picture that went in.

    An output that is smaller than the picture is enlarged. temperature: of the annealed mean, where it means bins.
    """
    lab = colours_of(target, tensor_NChw, temperature)
    if lab.shape[2:] != lab_N3HW.shape[2:]:
        lab = functional.interpolate(lab, lab_N3HW.shape[2:], mode="bilinear", align_corners=False)
    if keeps_lightness(source, target):
        return torch.cat((lab_N3HW[:, :1].to(lab), lab[:, -2:]), dim=1)
    return lab


def colours_of(target: Meaning, tensor_NChw: Tensor, temperature: float) -> Tensor:
    """Turn the network's output into Lab, or into ab where it says no lightness; (N, 3 or 2, h, w)."""
    colours = annealed_mean(tensor_NChw, temperature) if target.is_bins else decode(target, tensor_NChw)
    if target.channels == ("L",):
        return torch.cat((colours, torch.zeros_like(colours).expand(-1, 2, -1, -1)), dim=1)
    return rgb_to_lab(colours.clamp(0, 1)) if target.channels == _RGB else colours


def truth(target: Meaning, lab_N3HW: Tensor) -> Tensor:
    """Give what the result is compared with: the picture, without its colours where the network says L alone."""
    if target.channels == ("L",):
        return torch.cat((lab_N3HW[:, :1], torch.zeros_like(lab_N3HW[:, 1:])), dim=1)
    return lab_N3HW


def to_lab(pixels_NHW3: Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
    """Turn uint8 sRGB pixels (N, H, W, 3) into Lab (N, 3, H, W), of the precision asked for."""
    return pixels_to_lab(pixels_NHW3.permute(0, 3, 1, 2), dtype)


def to_pixels(lab_N3HW: Tensor) -> Tensor:
    """Turn Lab into uint8 sRGB pixels (N, H, W, 3), clipped and rounded."""
    rgb = lab_to_rgb(lab_N3HW).clamp(0, 1)
    return (rgb * 255.0 + 0.5).to(torch.uint8).permute(0, 2, 3, 1).contiguous()


def to_deep(lab_N3HW: Tensor) -> Tensor:
    """Turn Lab into sRGB pixels of 16 bits (N, H, W, 3), clipped and rounded, as int32."""
    rgb = lab_to_rgb(lab_N3HW).clamp(0, 1)
    return (rgb * 65535.0 + 0.5).to(torch.int32).permute(0, 2, 3, 1).contiguous()


def _column(values: tuple[float, ...], like: Tensor) -> Tensor:
    return constant(values, like.dtype, like.device).view(1, -1, 1, 1)
