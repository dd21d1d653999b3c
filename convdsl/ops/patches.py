"""What Unfold and Fold share: windows laid out as columns, one for each place of the window."""

from convdsl.argument import Invalid
from convdsl.op import Op
from convdsl.ops.window import axis_name, extent_of, positions, require_fit
from convdsl.sizes import Size


class Patches(Op):
    """Windows of an image as columns; the fields are declared by the subclasses."""

    __slots__ = ()
    category = "shape"

    kernel_size: tuple[int, int]
    dilation: tuple[int, int]
    padding: tuple[int, int]
    stride: tuple[int, int]

    @property
    def taps(self) -> int:
        """The pixels of a window."""
        return self.kernel_size[0] * self.kernel_size[1]

    def places(self, image: tuple[Size, ...]) -> tuple[Size, ...]:
        """Count the places of the window along each axis of the image.

        Raises Invalid where it does not fit.
        """
        out = []
        for i, size in enumerate(image):
            extent, padding = extent_of(self.kernel_size[i], self.dilation[i]), 2 * self.padding[i]
            count = positions(size, extent, self.stride[i], padding)
            require_fit(size, count, extent, padding, axis_name(2, i))
            out.append(count)
        return tuple(out)


def require_image(rank: int, wanted: int, what: str) -> None:
    """Refuse a value that has another number of axes than the layer's input has.

    Raises Invalid.
    """
    if rank != wanted:
        raise Invalid("", f"the input has {rank} axes, and {what} has {wanted}", "Reshape it first")
