"""Bilinear."""

from math import prod
from typing import final

from convdsl.argument import INT, Invalid, arg, optional
from convdsl.op import AxisMap, Guard, Module, NoGrid, Op, Reading, Weights
from convdsl.ops.agreement import require_equal, require_ranks
from convdsl.ops.plan import arguments
from convdsl.record import dataclass
from convdsl.saved import Order, Saved
from convdsl.shape import Product, Shape
from convdsl.sizes import constant


@final
@dataclass(frozen=True, slots=True)
class Bilinear(Op):
    """Connect every pair of a number of one value's last axis and one of the other's with every number of the output.

    `(a, b) -> Bilinear(10)`; all axes but the last agree.

    Source: PyTorch, torch.nn.Bilinear.
    Formula: sum of weight * a * b + bias
    Example: [N, 20], [N, 30] -> Bilinear(10) -> [N, 10]
    Picture: [N, 4], [N, 6] -> Bilinear(3) -> [N, 3]
    """

    category = "dense"
    keeps = Saved(inputs=(0, 1), order=Order.ROWS)
    takes = (2, 2)

    out_features: int = arg("numbers of the output", min=1)
    bias: bool = arg("whether a learned number is added to each output", default=True)
    in1_features: int | None = arg(
        "numbers of the first input, checked if given", default=None, min=1, kind=optional(INT), keyword_only=True
    )
    in2_features: int | None = arg(
        "numbers of the second input, checked if given", default=None, min=1, kind=optional(INT), keyword_only=True
    )

    def _widths(self, inputs: tuple[Shape, ...]) -> tuple[int, int]:
        found: list[int] = []
        for x, name in zip(inputs, ("in1_features", "in2_features"), strict=True):
            axis, claimed = x.axes[-1], (self.in1_features, self.in2_features)[len(found)]
            width = None if isinstance(axis, Product) else axis.value
            if width is None:
                raise Invalid(
                    "",
                    f"the number of weights depends on the image's size: an input has {axis} numbers",
                    "fix the input's size, or pool to a fixed size first",
                    "E207",
                )
            if claimed is not None and claimed != width:
                raise Invalid(
                    name,
                    f"the input has {width} numbers on its last axis, not {claimed}",
                    f"write {name}={width}",
                    "E207",
                )
            found.append(width)
        return found[0], found[1]

    def _guards(self, inputs: tuple[Shape, ...]) -> tuple[Guard, ...]:
        require_ranks(inputs)
        left, right = inputs
        pairs = enumerate(zip(left.axes[:-1], right.axes[:-1], strict=True))
        found = [require_equal(a, b, index, left.rank) for index, (a, b) in pairs]
        return tuple(guard for guard in found if guard is not None)

    def shape(self, *inputs: Shape) -> Shape:
        self._widths(inputs)
        self._guards(inputs)
        return inputs[0].with_axis(inputs[0].rank - 1, constant(self.out_features))

    def guards(self, *inputs: Shape) -> tuple[Guard, ...]:
        return self._guards(inputs)

    def weights(self, *inputs: Shape) -> Weights:
        weight = (self.out_features, *self._widths(inputs))
        return {"weight": weight, "bias": (self.out_features,)} if self.bias else {"weight": weight}

    def macs(self, *inputs: Shape) -> int:
        return prod(inputs[0].numbers) * self._widths(inputs)[1] * self.out_features

    def axes(self, *inputs: Shape) -> tuple[Reading, ...]:
        others = max(0, inputs[0].rank - 3)
        return (AxisMap(),) * others + (NoGrid.WHOLE,) * min(1, inputs[0].rank - 2)

    def call(self, *inputs: Shape) -> Module:
        one, other = self._widths(inputs)
        leading = (("in1_features", one), ("in2_features", other))
        return Module("torch.nn.Bilinear", arguments(self, "in1_features", "in2_features", leading=leading))
