"""What MaxPool1d, MaxPool2d and MaxPool3d share."""

from math import gcd, prod

from convdsl.argument import Invalid
from convdsl.op import AtLeast, Guard, Interval, Module, sizes
from convdsl.ops.plan import arguments, written
from convdsl.ops.pooling import Pooling
from convdsl.ops.window import axis_name
from convdsl.saved import PLACE_BYTES, Kept, Saved
from convdsl.shape import Places, Shape
from convdsl.sizes import Size
from convdsl.traits import Traits, Window

_MOST_WINDOWS = 4096
INDICES = "whether the maxima's places come out too, for MaxUnpool: `y, places = …`"


class Maxima(Pooling):
    """A max pool over any number of spatial axes; the fields are declared by the subclasses."""

    __slots__ = ()

    dilation: tuple[int, ...]
    return_indices: bool

    @property
    def spread(self) -> tuple[int, ...]:
        return self.dilation

    def shape(self, *inputs: Shape) -> Shape:
        out = Pooling.shape(self, *inputs)
        for i, (size, count) in enumerate(zip(sizes(inputs[0]), sizes(out), strict=True)):
            if size.value is not None and count.value is not None and self._blind(i, size.value, count.value):
                axis = axis_name(len(self.kernel_size), i)
                raise Invalid(
                    "dilation",
                    f"a window whose taps are {self.dilation[i]} apart reads nothing but padding in a {axis} of {size}",
                    f"keep the image at {self._least(i)} or more here, or lower dilation or padding",
                    "E216",
                )
        return out

    def shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        out = self.shape(*inputs)
        return (out, Places(out.axes, inputs[0].spatial)) if self.return_indices else (out,)

    def guards(self, *inputs: Shape) -> tuple[Guard, ...]:
        free = ((i, size) for i, size in enumerate(sizes(inputs[0])) if size.value is None)
        return tuple(AtLeast(size, self._least(i)) for i, size in free if self._least(i) > 1)

    def _blind(self, index: int, size: int, count: int) -> bool:
        """Tell whether a window has no tap inside; PyTorch then writes outside its memory on the way back.

        Only windows that begin in the padding can be blind, and their first tap inside is below the dilation.
        """
        return any(first >= size for first in self._firsts(index)[: max(count, 0)])

    def _least(self, index: int) -> int:
        """Return the smallest size from which on no window is blind, whatever smaller ones may do."""
        firsts = self._firsts(index)
        # a window whose first tap inside is r is blind in r pixels and fewer, as far as there is such a window then
        return max((r for i, r in enumerate(firsts) if r and self._count(index, r) > i), default=0) + 1

    def _firsts(self, index: int) -> tuple[int, ...]:
        """Return the first tap inside of each window that begins in the padding; they repeat with the dilation.

        Of more windows than any network has the worst is taken for granted.
        """
        step, padding, dilation = self.steps[index], self.padding[index], self.dilation[index]
        if dilation == 1:
            return ()
        starts = range(-padding, 0, step)[: dilation // gcd(step, dilation)]
        return (dilation - 1,) if len(starts) > _MOST_WINDOWS else tuple(start % dilation for start in starts)

    def _count(self, index: int, size: int) -> int:
        return self.positions(index, Size(size)).value or 0

    def values(self, *inputs: Interval) -> Interval:
        return inputs[0]

    def windows(self) -> tuple[Window, ...]:
        each = zip(self.kernel_size, self.steps, self.dilation, self.padding, strict=True)
        return tuple(Window(k, s, d, p, p, fills="", ceil=self.ceil_mode) for k, s, d, p in each)

    def traits(self, *inputs: Shape) -> Traits:
        return Traits(homogeneous=True, monotone=True, groups=None)

    def saved(self, learns: tuple[bool, ...], *inputs: Shape) -> Saved:
        # the places are kept even where they do not come out
        if self.return_indices:
            return Saved(inputs=(0,), outputs=(1,))
        return Saved(inputs=(0,), others=(Kept(prod(self.shape(*inputs).numbers), PLACE_BYTES),))

    def call(self, *inputs: Shape) -> Module:
        told = arguments(self, defaults={"stride": self.kernel_size})
        function = f"F.max_pool{len(self.kernel_size)}d({{0}}{written(told, 1)})"
        return Module(f"torch.nn.{type(self).__name__}", told, function)
