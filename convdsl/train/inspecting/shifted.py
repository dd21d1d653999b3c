"""A network on shifted parts of one picture: in float64, or in float32, where it is several times faster.

Shape legend: 1 photo, K shifts, C channels of the input or the output, H and W pixels of the input, h and w cells of
the output, which may be missing.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from convdsl.lower.modules import lay_channels_last

Way = tuple[int, int]  # pixels down and across


class Shifted:
    """What a network says of the parts of a picture, all of one size, that lie before each other.

    make: builds the network. whole_1CHW: the picture. end: pixels by which it is larger than its parts, down and
    across, and so the largest shift.
    """

    def __init__(self, make: Callable[[], nn.Module], whole_1CHW: Tensor, end: int) -> None:
        self._exact = make().double()
        self._quick = make()
        lay_channels_last(self._quick)
        self._whole, self._end = whole_1CHW, end

    def exactly(self, way: Way) -> Tensor:
        """Return the output after a shift, (C, h, w) in float64."""
        with torch.inference_mode():
            out: Tensor = self._exact(self._part(way).double())
        return out[0]

    def quickly(self, ways: Sequence[Way]) -> Tensor:
        """Return the outputs after several shifts, (K, C, h, w) with the precision of float32.

        All of them are one batch, in the memory format in which PyTorch's convolutions are fastest.
        """
        x_KCHW = torch.cat([self._part(way) for way in ways]).contiguous(memory_format=torch.channels_last)
        with torch.inference_mode():
            out: Tensor = self._quick(x_KCHW)
        return out

    def _part(self, way: Way) -> Tensor:
        top, left = (self._end - pixels for pixels in way)
        height, width = (size - self._end for size in self._whole.shape[2:])
        return self._whole[:, :, top : top + height, left : left + width]
