"""The window of a layer along one axis, and the formula of its output size with the numbers put in.

It knows no operator by name: what slides a window says so by the names of its arguments.
"""

from collections.abc import Mapping, Sequence

from convdsl.record import dataclass


@dataclass(frozen=True, slots=True)
class Window:
    """The arguments of a window along one axis; `extra` is the output padding of a transposed one, else None.

    ceil: a pool's last window may reach over the edge. odd: `same` with an even window pads one more at the far side.
    pads, dilates: whether the layer has these arguments; a formula names no others. wanted: the output's size where the
    windows follow from it, and are not all of one length; kernel is then the longest.
    """

    kernel: int
    stride: int
    padding: int
    dilation: int
    extra: int | None
    ceil: bool = False
    odd: bool = False
    pads: bool = True
    dilates: bool = True
    wanted: int | None = None

    @property
    def extent(self) -> int:
        """Cells from the first to the last tap."""
        return self.dilation * (self.kernel - 1) + 1

    def steps(self, size: int) -> tuple[str, str, int]:
        """Return the formula in words and in numbers, and what it gives for a size.

        Source: PyTorch, torch.nn.Conv2d and torch.nn.ConvTranspose2d, under "Shape".
        """
        k, s, p, d = self.kernel, self.stride, self.padding, self.dilation
        if self.wanted is not None:
            return "output_size", f"{self.wanted}", self.wanted
        if self.extra is not None:
            words = "(size - 1) * stride - 2 * padding + dilation * (kernel_size - 1) + output_padding + 1"
            numbers = f"({size} - 1) * {s} - 2 * {p} + {d} * ({k} - 1) + {self.extra} + 1"
            return words, numbers, (size - 1) * s - 2 * p + d * (k - 1) + self.extra + 1
        if self.ceil:
            return self._reaching(size)
        if self.odd:
            words = "(size + padding of both sides - dilation * (kernel_size - 1) - 1) // stride + 1"
            numbers = f"({size} + {2 * p + 1} - {d} * ({k} - 1) - 1) // {s} + 1"
            return words, numbers, (size + 2 * p + 1 - d * (k - 1) - 1) // s + 1
        words, numbers = self._room(size)
        return f"{words} // stride + 1", f"{numbers} // {s} + 1", (size + 2 * p - d * (k - 1) - 1) // s + 1

    def _room(self, size: int) -> tuple[str, str]:
        """Return how far a window can move along a size, in words and in numbers."""
        padded = (" + 2 * padding", f" + 2 * {self.padding}") if self.pads else ("", "")
        less = ("kernel_size", f"{self.kernel}")
        if self.dilates:
            less = ("dilation * (kernel_size - 1) - 1", f"{self.dilation} * ({self.kernel} - 1) - 1")
        return f"(size{padded[0]} - {less[0]})", f"({size}{padded[1]} - {less[1]})"

    def _reaching(self, size: int) -> tuple[str, str, int]:
        """Round up; a last window that would begin in the padding at the far side is left out.

        Source: PyTorch, torch.nn.MaxPool2d, under "ceil_mode".
        """
        k, s, p, d = self.kernel, self.stride, self.padding, self.dilation
        words, numbers = self._room(size)
        words, numbers = f"ceil({words} / stride) + 1", f"ceil({numbers} / {s}) + 1"
        count = -((size + 2 * p - d * (k - 1) - 1) // -s) + 1
        if (count - 1) * s < size + p:
            return words, numbers, count
        return words, f"{numbers} = {count:,}, less 1 that would begin in the padding", count - 1


def windows(told: Mapping[str, object], fixed: tuple[int, ...] | None = None) -> tuple[Window, ...]:
    """Return the window along each axis, () for what slides none.

    told: a layer's arguments by name, with their effective values. fixed: the shape of a window that is not an
    argument of numbers but a buffer.
    """
    kernel = told.get("kernel_size", fixed)
    if not isinstance(kernel, tuple):
        return ()
    count = len(kernel)
    stride = _per_axis(told, "stride") or kernel
    dilation = _per_axis(told, "dilation") or (1,) * count
    padding = _per_axis(told, "padding") or (0,) * count
    same = told.get("padding") == "same"
    if same:
        padding = tuple(d * (k - 1) // 2 for k, d in zip(kernel, dilation, strict=True))
    extra = _per_axis(told, "output_padding")
    ceil = told.get("ceil_mode") is True
    return tuple(
        Window(
            kernel[i],
            stride[i],
            padding[i],
            dilation[i],
            extra[i] if extra else None,
            ceil,
            same and dilation[i] * (kernel[i] - 1) % 2 == 1,
            "padding" in told,
            "dilation" in told,
        )
        for i in range(count)
    )


def adapted(told: Mapping[str, object], sizes: Sequence[int]) -> tuple[Window, ...]:
    """Return the windows of a layer whose output's size is given, () for all others; sizes: of the input.

    Source: PyTorch, torch.nn.AdaptiveAvgPool2d (ATen, AdaptivePooling.h).
    """
    wanted = told.get("output_size")
    if "kernel_size" in told or not isinstance(wanted, tuple) or len(wanted) != len(sizes):
        return ()
    counts = [size if count is None else count for size, count in zip(sizes, wanted, strict=True)]
    return tuple(
        Window(max(map(len, shared(size, count))), 1, 0, 1, None, pads=False, dilates=False, wanted=count)
        for size, count in zip(sizes, counts, strict=True)
    )


def shared(size: int, count: int) -> list[range]:
    """Share the cells of an axis out among windows, which overlap where it does not come out even."""
    return [range(i * size // count, -(-(i + 1) * size // count)) for i in range(count)]


def _per_axis(told: Mapping[str, object], name: str) -> tuple[int, ...]:
    value = told.get(name)
    return value if isinstance(value, tuple) else ()
