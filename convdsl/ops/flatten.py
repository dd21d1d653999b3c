"""Flatten."""

from typing import final

from convdsl.argument import Invalid, arg
from convdsl.op import Interval, Module, NoGrid, Op, Reading
from convdsl.ops.dims import axis_index
from convdsl.ops.plan import arguments
from convdsl.record import dataclass
from convdsl.saved import Sharing
from convdsl.shape import Shape, product
from convdsl.traits import MOVES, Traits


@final
@dataclass(frozen=True, slots=True)
class Flatten(Op):
    """Lay axes out one after the other as a single one; from the channels to the last axis by default.

    Source: PyTorch, torch.nn.Flatten.
    Example: [N, 8, 4, 4] -> Flatten() -> [N, 128]
    Picture: [N, 3, 2, 3] -> Flatten() -> [N, 18]
    """

    category = "shape"
    passes_gradient = True

    start_dim: int = arg("first axis to be merged; 1 is the channels", default=1)
    end_dim: int = arg("last axis to be merged; -1 is the last", default=-1)

    def shape(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        start = axis_index("start_dim", self.start_dim, x.rank, "Flatten")
        end = axis_index("end_dim", self.end_dim, x.rank, "Flatten")
        if start > end:
            raise Invalid(
                "start_dim",
                f"axis {self.start_dim} comes after the end_dim {self.end_dim} in {x.rank} axes",
                "start_dim=1, end_dim=-1 merges all but the batch",
            )
        return Shape((*x.axes[:start], product(1, x.axes[start : end + 1]), *x.axes[end + 1 :]))

    def axes(self, *inputs: Shape) -> tuple[Reading, ...]:
        return (NoGrid.WHOLE,) * (self.shape(*inputs).rank - 2)

    def values(self, *inputs: Interval) -> Interval:
        return inputs[0]

    def traits(self, *inputs: Shape) -> Traits:
        return MOVES

    def shares(self, training: bool, *inputs: Shape) -> Sharing:
        return Sharing.REGROUPED

    def call(self, *inputs: Shape) -> Module:
        end = "" if self.end_dim == -1 else f", {self.end_dim}"
        function = f"torch.flatten({{0}}, {self.start_dim}{end})"
        return Module("torch.nn.Flatten", arguments(self), function, is_view=True)
