"""Windows that slide over axes: the arithmetic that convolutions and pools share, and its refusals.

Plain numbers and exact sizes; knows no operator by name.
"""

from typing import get_args

from convdsl.argument import Invalid, Kind, Pair, Single, Triplet, optional
from convdsl.sizes import Size

_WORDS = ("same", "valid")
_AXES = {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}


def axis_name(axes: int, index: int) -> str:
    """Return the word for a spatial axis, `height` or `width`; axes: how many there are, index: from 0."""
    names = _AXES.get(axes, ())
    return names[index] if index < len(names) else f"axis {index + 2}"


def extent_of(kernel: int, dilation: int) -> int:
    """Count the pixels from the first to the last tap of a window."""
    return dilation * (kernel - 1) + 1


def positions(size: Size, extent: int, stride: int, padding: int) -> Size:
    """Count the places of a window along one axis; padding is the sum of both sides, in pixels.

    Source: Dumoulin & Visin, "A guide to convolution arithmetic", relationships 6 and 15 (arXiv:1603.07285).
    """
    return size.then(1, padding - extent + stride, stride)


def require_fit(size: Size, out: Size, extent: int, padding: int, axis: str, argument: str = "kernel_size") -> None:
    """Refuse a window that does not fit into an axis of fixed size; argument: what says the window's size.

    Raises Invalid.
    """
    if size.value is None or out.value is None or out.value >= 1:
        return
    inside = f"{size.value}" if padding == 0 else f"{size.value} + {padding} of padding"
    raise Invalid(
        argument,
        f"a window of {extent} pixels does not fit into a {axis} of {inside}",
        f"shrink {argument} or dilation, raise padding, or keep the image larger before this layer",
        "E216",
    )


def unusual_kernel(kernel: int) -> tuple[int, ...]:
    """Return how far a kernel_size is from what most networks have: 3, 5, 7, 1, then odd before even."""
    first = {3: 0, 5: 1, 7: 2, 1: 3}
    return kernel % 2 == 0, first.get(kernel, kernel)


def _padding_kind(ints: Kind) -> Kind:
    def read(value: object) -> object:
        if isinstance(value, str):
            if value in _WORDS:
                return value
            raise ValueError(f"expected same, valid, {ints.name}")
        return ints.read(value)

    return Kind(f"same | valid | {ints.name}", read, _WORDS)


# what a convolution's padding may be, by the number of spatial axes
PADDING_1D = _padding_kind(get_args(Single)[1])
PADDING_2D = _padding_kind(get_args(Pair)[1])
PADDING_3D = _padding_kind(get_args(Triplet)[1])

SINGLE_OR_NONE = optional(get_args(Single)[1])
PAIR_OR_NONE = optional(get_args(Pair)[1])
TRIPLET_OR_NONE = optional(get_args(Triplet)[1])
