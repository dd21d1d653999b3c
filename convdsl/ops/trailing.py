"""What LayerNorm and RMSNorm share: the last axes of each image are normalised together, with a weight a place."""

from convdsl.argument import Invalid
from convdsl.op import AxisMap, Equal, Guard, Module, NoGrid, Op, ProductEquals, Reading, Weights
from convdsl.ops.plan import arguments
from convdsl.shape import Product, Shape
from convdsl.sizes import constant
from convdsl.traits import Traits


class Trailing(Op):
    """A norm over the last axes; the fields are declared by the subclasses."""

    __slots__ = ()
    category = "norm"

    normalized_shape: tuple[int, ...]
    elementwise_affine: bool

    def _first(self, x: Shape) -> int:
        """Return the first of the axes that are normalised.

        Raises Invalid where they are not as long as the spec says.
        """
        count = len(self.normalized_shape)
        if count >= x.rank:
            raise Invalid(
                "normalized_shape",
                f"{count} axes are to be normalised, and the input {x} has {x.rank - 1} besides the batch",
                "name the last axes only: LayerNorm((8, 32, 32)) for [N, 8, 32, 32]",
            )
        last = x.axes[-count:]
        known = [axis.value if not isinstance(axis, Product) else None for axis in last]
        for found, wanted in zip(known, self.normalized_shape, strict=True):
            if found is not None and found != wanted:
                raise Invalid(
                    "normalized_shape",
                    f"the input's last axes are {', '.join(map(str, last))}, not "
                    f"{', '.join(map(str, self.normalized_shape))}",
                    "name the sizes of the last axes; GroupNorm(1) normalises channels and image of any size",
                    "E207",
                )
        return x.rank - count

    def shape(self, *inputs: Shape) -> Shape:
        self._first(inputs[0])
        return inputs[0]

    def guards(self, *inputs: Shape) -> tuple[Guard, ...]:
        (x,) = inputs
        found: list[Guard] = []
        for index, wanted in enumerate(self.normalized_shape, start=self._first(x)):
            axis = x.axes[index]
            if isinstance(axis, Product):
                found.append(ProductEquals(axis, wanted))
            elif axis.value is None:
                found.append(Equal(axis, constant(wanted), index))
        return tuple(found)

    def axes(self, *inputs: Shape) -> tuple[Reading, ...]:
        first = self._first(inputs[0])
        return tuple(AxisMap() if axis < first else NoGrid.WHOLE for axis in range(2, inputs[0].rank))

    def weights(self, *inputs: Shape) -> Weights:
        return {"weight": self.normalized_shape} if self.elementwise_affine else {}

    def traits(self, *inputs: Shape) -> Traits:
        return Traits(statistics="layer")

    def call(self, *inputs: Shape) -> Module:
        return Module(f"torch.nn.{type(self).__name__}", arguments(self, "normalized_shape", leading=self._told()))

    def _told(self) -> tuple[tuple[str, object], ...]:
        # (8, 8) is two axes, and not written as one number
        shape = self.normalized_shape
        return (("normalized_shape", shape if len(shape) > 1 else shape[0]),)
