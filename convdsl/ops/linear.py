"""Linear."""

from math import prod
from typing import final

from convdsl.argument import INT, Invalid, arg, optional
from convdsl.op import Absorbing, AxisMap, Guard, Module, NoGrid, Op, ProductEquals, Reading, Weights
from convdsl.ops.plan import arguments
from convdsl.record import dataclass
from convdsl.saved import Order, Saved
from convdsl.shape import Axis, Product, Shape
from convdsl.sizes import Size, constant
from convdsl.traits import Traits


@final
@dataclass(frozen=True, slots=True)
class Linear(Op):
    """Connect every number of the last axis with every number of the output (a dense layer).

    After `Flatten()` the last axis is the whole image, so the input's size must be fixed, or claimed by `in_features`:
    then the sizes at which the product is right are found.

    Source: PyTorch, torch.nn.Linear.
    Formula: sum of weight * x + bias
    Example: [N, 128] -> Linear(10) -> [N, 10]
    Picture: [N, 8] -> Linear(5) -> [N, 5]
    """

    category = "dense"
    keeps = Saved(inputs=(0,), order=Order.ROWS)

    out_features: int = arg("numbers of the output", min=1)
    bias: bool = arg("whether a learned number is added to each output", default=True)
    in_features: int | None = arg(
        "numbers of the input; needed where they depend on the image's size",
        default=None,
        min=1,
        kind=optional(INT),
        keyword_only=True,
    )

    def width(self, x: Shape) -> int:
        """Return the length of the input's last axis.

        Raises Invalid where it is not known or not what is claimed.
        """
        axis = x.axes[-1]
        known = axis.value if isinstance(axis, Size) else None
        if known is None:
            if self.in_features is None:
                raise Invalid(
                    "",
                    f"the number of weights depends on the image's size: the input has {axis} numbers",
                    "fix the input's size, give in_features=, or pool to a fixed size first: AdaptiveAvgPool2d(1)",
                    "E207",
                )
            return self.in_features
        if self.in_features is not None and self.in_features != known:
            raise Invalid(
                "in_features",
                f"the input has {known} numbers on its last axis, not {self.in_features}",
                f"write in_features={known}, or leave it out",
                "E207",
            )
        return known

    def shape(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        self.width(x)
        return x.with_axis(x.rank - 1, constant(self.out_features))

    def guards(self, *inputs: Shape) -> tuple[Guard, ...]:
        axis: Axis = inputs[0].axes[-1]
        if isinstance(axis, Size):
            if axis.value is not None:
                return ()
            axis = Product(1, (axis,))
        return (ProductEquals(axis, self.width(inputs[0])),)

    def weights(self, *inputs: Shape) -> Weights:
        weight = (self.out_features, self.width(inputs[0]))
        return {"weight": weight, "bias": (self.out_features,)} if self.bias else {"weight": weight}

    def absorbing(self, *inputs: Shape) -> Absorbing | None:
        return Absorbing() if inputs[0].rank == 2 else None  # else channels are on another axis

    def macs(self, *inputs: Shape) -> int:
        return prod(inputs[0].numbers) * self.out_features

    def axes(self, *inputs: Shape) -> tuple[Reading, ...]:
        others = max(0, inputs[0].rank - 3)
        return (AxisMap(),) * others + (NoGrid.WHOLE,) * min(1, inputs[0].rank - 2)

    def traits(self, *inputs: Shape) -> Traits:
        return Traits(affine=True, homogeneous=not self.bias)

    def call(self, *inputs: Shape) -> Module:
        leading = (("in_features", self.width(inputs[0])),)
        return Module("torch.nn.Linear", arguments(self, "in_features", leading=leading))
