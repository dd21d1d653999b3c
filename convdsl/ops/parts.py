"""What Chunk and Split share: one value becomes several along an axis."""

from abc import abstractmethod

from convdsl.argument import Invalid
from convdsl.op import AxisMap, Expression, Guard, Interval, NoGrid, Op, Reading
from convdsl.ops.dims import axis_index
from convdsl.record import replace
from convdsl.saved import Sharing
from convdsl.shape import Axis, Product, Shape
from convdsl.sizes import Size
from convdsl.traits import PICKS, Traits

MOST_PARTS = 1000  # each is a value of the network


class Parts(Op):
    """Cut a value along an axis; the fields are declared by the subclasses."""

    __slots__ = ()
    category = "shape"
    takes_position = False

    dim: int

    @abstractmethod
    def lengths(self, size: Size) -> tuple[Size, ...]:
        """Return the sizes of the parts.

        Raises Invalid.
        """

    @abstractmethod
    def needs(self, size: Size, axis: int) -> tuple[Guard, ...]:
        """Return what must hold of a symbolic size; axis: its index in the shape."""

    def _axis(self, x: Shape) -> tuple[int, Size]:
        index = axis_index("dim", self.dim, x.rank, type(self).__name__)
        axis: Axis = x.axes[index]
        if isinstance(axis, Product):
            raise Invalid("dim", f"axis {self.dim} is a flattened map of size {axis}", "cut it before Flatten")
        return index, axis

    def shape(self, *inputs: Shape) -> Shape:
        return self.shapes(*inputs)[0]

    def shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        index, axis = self._axis(inputs[0])
        return tuple(inputs[0].with_axis(index, length) for length in self.lengths(axis))

    def guards(self, *inputs: Shape) -> tuple[Guard, ...]:
        index, size = self._axis(inputs[0])
        return self.needs(size, index) if size.value is None else ()

    def axes(self, *inputs: Shape) -> tuple[Reading, ...]:
        # every part reads another place of an axis that is cut
        index = self._axis(inputs[0])[0]
        return tuple(NoGrid.UNKNOWN if axis == index else AxisMap() for axis in range(2, inputs[0].rank))

    def values(self, *inputs: Interval) -> Interval:
        return inputs[0]

    def traits(self, *inputs: Shape) -> Traits:
        return replace(PICKS, averages=self.dim % inputs[0].rank > 1)

    @abstractmethod
    def call(self, *inputs: Shape) -> Expression:
        """Return torch's function of the same name."""

    def shares(self, training: bool, *inputs: Shape) -> Sharing:
        return Sharing.PART
