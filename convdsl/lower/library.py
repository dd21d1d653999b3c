"""Functions that emitted files need: their source, copied in where a step calls them.

Plain text, so that nothing here imports torch; the emitted file has `torch` and `F`.
"""

from collections.abc import Mapping

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

HELPERS: Mapping[str, str] = {
    "center_crop": _CENTER_CROP,
    "pad_to_multiple": _PAD_TO_MULTIPLE,
    "rescale": _RESCALE,
}
