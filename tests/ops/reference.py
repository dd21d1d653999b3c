"""What PyTorch itself does for an operator: its own module with every argument, or the plain code one would write."""

from collections.abc import Callable
from math import floor
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from convdsl.argument import signature
from convdsl.op import Op
from convdsl.ops.upsample import Upsample, exact, is_short
from convdsl.testing.draw import ASSERTIONS

Run = Callable[..., object]


def reference(op: Op, inputs: tuple[tuple[int, ...], ...]) -> Run:
    """Return PyTorch's module in eval mode, or a function."""
    name = type(op).__name__
    if isinstance(op, Upsample) and op.scale_factor is not None:
        return _upsample(op)
    if name in CODE:
        return lambda *tensors: CODE[name](op, *tensors)
    if name in MODULES:
        return MODULES[name](op, *inputs).eval()
    if name.startswith("MaxUnpool"):
        module = getattr(nn, name)(op.kernel_size, op.stride, op.padding)
        return lambda x, places, *like: module(x, places, *(other.shape[2:] for other in like))
    known = {p.name: getattr(op, p.name) for p in signature(type(op)) if p.name not in ASSERTIONS}
    lead = [p.name for p in signature(type(op)) if p.name in ASSERTIONS]
    arguments = {lead[0]: inputs[0][-1] if lead[0] == "in_features" else inputs[0][1]} if lead else {}
    if name == "Bilinear":
        arguments = {"in1_features": inputs[0][-1], "in2_features": inputs[1][-1]}
    if name == "LPPool1d":
        known |= {"kernel_size": op.kernel_size[0]}  # PyTorch multiplies by it
    return getattr(nn, name)(**arguments, **known).eval()


def _upsample(op: Upsample) -> Run:
    module = nn.Upsample(op.size, op.scale_factor, op.mode, op.align_corners, op.recompute_scale_factor)
    factors = op.scale_factor

    def run(x: Tensor) -> Tensor:
        each = factors if isinstance(factors, tuple) else (factors,) * (x.dim() - 2)
        sizes = [n * exact(f).numerator // exact(f).denominator for n, f in zip(x.shape[2:], each, strict=True)]
        floats = [floor(n * f) for n, f in zip(x.shape[2:], each, strict=True)]
        if any(is_short(exact(f)) for f in each) and sizes != floats:
            return functional.interpolate(x, size=sizes, mode=op.mode, align_corners=op.align_corners)
        return module(x)

    return run


def _join(op: Op, tensors: tuple[Tensor, ...], apply: Callable[[object, object], object]) -> object:
    left = list(tensors)
    terms = [left.pop(0) if number is None else number for number in op.operands]
    assert not left
    out = terms[0]
    for term in terms[1:]:
        out = apply(out, term)
    return out


def _pad(op: Op, x: Tensor) -> Tensor:
    sides = op.padding if isinstance(op.padding, tuple) else (op.padding,) * (2 * (x.dim() - 2))
    return functional.pad(x, sides, op.mode, op.value if op.mode == "constant" else None)


def _crop(op: Op, x: Tensor, like: Tensor | None = None) -> Tensor:
    if like is None:
        if x.dim() > 3:
            x = x.narrow(-2, op.top, x.shape[-2] - op.top - op.bottom)
        return x.narrow(-1, op.left, x.shape[-1] - op.left - op.right)
    for axis in range(2, x.dim()):
        before = (x.shape[axis] - like.shape[axis]) // 2 if op.anchor == "center" else 0
        keep = torch.arange(before, before + like.shape[axis])
        if x.shape[axis] < like.shape[axis]:
            raise IndexError("smaller than what it is cropped to")
        x = x.index_select(axis, keep)
    return x


def _slice(op: Op, x: Tensor) -> Tensor:
    for axis in range(2, x.dim()) if op.dim is None else [op.dim]:
        index = list(range(x.shape[axis]))[op.start : op.stop : op.step]
        x = x.index_select(axis, torch.tensor(index, dtype=torch.long))
    return x


def _resize(op: Op, x: Tensor, like: Tensor | None = None) -> Tensor:
    size = op.size if like is None else like.shape[2:]
    return functional.interpolate(x, size=size, mode=op.mode, align_corners=op.align_corners)


def _over(a: Any, b: Any) -> Any:
    """Divide; two numbers of which the second is 0 are refused as torch refuses, with a RuntimeError."""
    try:
        return a / b
    except ZeroDivisionError as error:
        raise RuntimeError(str(error)) from error


def _pad_to_multiple(op: Op, x: Tensor) -> Tensor:
    multiples = op.multiple if isinstance(op.multiple, tuple) else (op.multiple,) * (x.dim() - 2)
    sides = [side for n, m in zip(x.shape[2:], multiples, strict=True) for side in (-n % m, 0)]
    return functional.pad(x, sides[::-1], op.mode, op.value if op.mode == "constant" else None)


class Blur(nn.Module):
    """Filter2d as one would write it: a depthwise convolution with fixed weights, channel by channel."""

    def __init__(self, op: Op, numbers: tuple[int, ...]) -> None:
        super().__init__()
        self.op = op
        self.register_buffer("kernel", torch.tensor(op.rows))

    def forward(self, x: Tensor) -> Tensor:
        weight = self.kernel[None, None].repeat(x.shape[1], 1, 1, 1)
        op = self.op
        return functional.conv2d(x, weight, None, op.stride, op.padding, op.dilation, groups=x.shape[1])


class Rescale(nn.Module):
    def __init__(self, op: Op, numbers: tuple[int, ...]) -> None:
        super().__init__()
        self.register_buffer("scale", torch.tensor(op.scale))
        self.register_buffer("offset", torch.tensor(op.offset))

    def forward(self, x: Tensor) -> Tensor:
        out = x.movedim(1, -1) * self.scale + self.offset
        if out.shape[-1] != x.shape[1]:
            raise ValueError("broadcast")
        return out.movedim(-1, 1)


class Attention2d(nn.Module):
    """The equations of the paper, pixel by pixel."""

    def __init__(self, op: Op, numbers: tuple[int, ...]) -> None:
        super().__init__()
        narrow = numbers[1] // op.reduction
        if not narrow:
            raise ValueError("no channels")
        self.gamma = nn.Parameter(torch.full((1,), 0.5))
        self.query, self.key = nn.Conv2d(numbers[1], narrow, 1), nn.Conv2d(numbers[1], narrow, 1)
        self.value = nn.Conv2d(numbers[1], numbers[1], 1)

    def forward(self, x: Tensor) -> Tensor:
        query, key, value = self.query(x).flatten(2), self.key(x).flatten(2), self.value(x).flatten(2)
        shares = torch.softmax(query.mT @ key, dim=-1)
        return x + self.gamma * (value @ shares.mT).reshape(x.shape)


class Attention(nn.MultiheadAttention):
    """PyTorch's, with its shares, which is how its counter sees all the products."""

    def forward(self, *values: Tensor) -> Tensor:
        return super().forward(values[0], values[min(1, len(values) - 1)], values[-1])[0]


def _attention(op: Op, *_: tuple[int, ...]) -> nn.Module:
    return Attention(**{p.name: getattr(op, p.name) for p in signature(type(op))})


def _wrapped(op: Op, *inputs: tuple[int, ...]) -> nn.Module:
    """Wrap PyTorch's own layer by PyTorch's own function; what has no weight is refused there."""
    made = reference(op.layer, inputs)
    assert isinstance(made, nn.Module) and hasattr(made, "weight")
    place = nn.utils if op.legacy else nn.utils.parametrizations
    name = {"SpectralNorm": "spectral_norm", "WeightNorm": "weight_norm"}[type(op).__name__]
    told = {p.name: getattr(op, p.name) for p in signature(type(op)) if p.name not in ("layer", "legacy")}
    return getattr(place, name)(made, **told)


MODULES: dict[str, Callable[..., nn.Module]] = {
    "Filter2d": Blur,
    "Rescaling": Rescale,
    "SpectralNorm": _wrapped,
    "WeightNorm": _wrapped,
    "SelfAttention2d": Attention2d,
    "MultiheadAttention": _attention,
}

CODE: dict[str, Run] = {
    "PadToMultiple": _pad_to_multiple,
    "Permute": lambda op, x: torch.permute(x, op.dims),
    "Mean": lambda op, x: torch.mean(x, op.dim, op.keepdim),
    "Concat": lambda op, *xs: torch.cat(xs, op.dim),
    "Add": lambda op, *xs: _join(op, xs, lambda a, b: a + b),
    "Sub": lambda op, *xs: _join(op, xs, lambda a, b: a - b),
    "Mul": lambda op, *xs: _join(op, xs, lambda a, b: a * b),
    "Div": lambda op, *xs: _join(op, xs, _over),
    "Pad": _pad,
    "Crop": _crop,
    "Slice": _slice,
    "Resize": _resize,
    "Reshape": lambda op, x: torch.reshape(x, (x.shape[0], *op.sizes)),
    "Chunk": lambda op, x: torch.chunk(x, op.chunks, op.dim),
    "Split": lambda op, x: torch.split(x, op.split_size_or_sections, op.dim),
}
