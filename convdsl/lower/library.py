"""Functions and modules that emitted files need: their source, copied in where a step calls them.

Plain text, so that nothing here imports torch; the emitted file has `torch` and `F`.
"""

from collections.abc import Mapping

from convdsl.op import CallPlan

_CENTER_CROP = '''\
def center_crop(x: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """Cut the middle out of x, as large as `like`; an odd pixel is cut off at the far end."""
    for axis in range(2, x.dim()):
        start = (x.shape[axis] - like.shape[axis]) // 2
        x = x.narrow(axis, start, like.shape[axis])
    return x
'''

_RESCALE = '''\
def rescale(
    x: torch.Tensor,
    ratios: tuple[tuple[int, int], ...],
    mode: str,
    align_corners: bool | None = None,
    recompute: bool | None = None,
) -> torch.Tensor:
    """Interpolate by exact fractions; a float such as 0.7 can make PyTorch's size one pixel short."""
    factors = [p / q for p, q in ratios]
    sizes = [n * p // q for n, (p, q) in zip(x.shape[2:], ratios, strict=True)]
    if recompute or sizes != [int(n * factor) for n, factor in zip(x.shape[2:], factors, strict=True)]:
        return F.interpolate(x, size=sizes, mode=mode, align_corners=align_corners)
    return F.interpolate(x, scale_factor=factors, mode=mode, align_corners=align_corners)
'''

_PAD_TO_MULTIPLE = '''\
def pad_to_multiple(
    x: torch.Tensor, multiples: tuple[int, ...], mode: str = "constant", value: float = 0.0
) -> torch.Tensor:
    """Add pixels at the far end of each axis until its size is a multiple."""
    sides: list[int] = []
    for size, multiple in zip(reversed(x.shape[2:]), reversed(multiples), strict=True):
        sides += [0, -size % multiple]
    return F.pad(x, sides, mode, value)
'''

_FILTER2D = '''\
class Filter2d(nn.Module):
    """Slide one fixed window over each channel; the window is a buffer, and is not trained."""

    kernel: Tensor

    def __init__(
        self,
        kernel: tuple[tuple[float, ...], ...],
        stride: int | tuple[int, int] = 1,
        padding: int | tuple[int, int] = 0,
        dilation: int | tuple[int, int] = 1,
    ) -> None:
        super().__init__()
        self.register_buffer("kernel", torch.tensor(kernel))
        self.stride, self.padding, self.dilation = stride, padding, dilation

    def forward(self, x: Tensor) -> Tensor:
        channels = x.shape[1]
        window = self.kernel.expand(channels, 1, -1, -1)
        return F.conv2d(x, window, None, self.stride, self.padding, self.dilation, channels)
'''

_RESCALING = '''\
class Rescaling(nn.Module):
    """Multiply and shift each channel by fixed numbers; they are buffers, and are not trained."""

    scale: Tensor
    offset: Tensor

    def __init__(self, scale: tuple[float, ...], offset: tuple[float, ...] = (0.0,)) -> None:
        super().__init__()
        self.register_buffer("scale", torch.tensor(scale))
        self.register_buffer("offset", torch.tensor(offset))

    def forward(self, x: Tensor) -> Tensor:
        shape = (-1,) + (1,) * (x.dim() - 2)
        return x * self.scale.view(shape) + self.offset.view(shape)
'''

_SELF_ATTENTION2D = '''\
class SelfAttention2d(nn.Module):
    """Let every pixel of an image read every other one; gamma, 0 before training, says how much."""

    def __init__(self, channels: int, reduction: int = 8) -> None:
        super().__init__()
        self.query = nn.Conv2d(channels, channels // reduction, 1)
        self.key = nn.Conv2d(channels, channels // reduction, 1)
        self.value = nn.Conv2d(channels, channels, 1)
        self.gamma = nn.Parameter(torch.zeros(1))

    def forward(self, x: Tensor) -> Tensor:
        query, key, value = (layer(x).flatten(2) for layer in (self.query, self.key, self.value))
        shares = torch.bmm(query.transpose(1, 2), key).softmax(-1)  # [N, pixels, pixels]
        return self.gamma * torch.bmm(value, shares.transpose(1, 2)).view_as(x) + x
'''

HELPERS: Mapping[str, str] = {
    "Filter2d": _FILTER2D,
    "Rescaling": _RESCALING,
    "SelfAttention2d": _SELF_ATTENTION2D,
    "center_crop": _CENTER_CROP,
    "pad_to_multiple": _PAD_TO_MULTIPLE,
    "rescale": _RESCALE,
}


def helper_source(plan: CallPlan) -> str | None:
    """Return the source of the helper that a plan names, None where there is none of that name.

    What other packages bring has `__` in its name: locals and classes of an emitted file have not.
    """
    if not plan.source:
        return HELPERS.get(plan.helper)
    foreign = plan.helper.isidentifier() and "__" in plan.helper.lstrip("_") and not plan.helper.startswith("_")
    return plan.source if foreign else None
