"""A dense layer of known size: every number of its last axis is joined with every output."""

from collections.abc import Sequence

from convdsl.analysis.effective import arguments
from convdsl.op import Op
from convdsl.record import dataclass
from convdsl.render.arithmetic.numbers import made_up
from convdsl.shape import Shape

MOST, FIRST, LAST = 8, 5, 2  # neurons of a column that are all drawn; else so many of the first and the last


def drawn(count: int) -> tuple[int, ...]:
    """Return the neurons of a column that are drawn."""
    return tuple(range(count)) if count <= MOST else (*range(FIRST), *range(count - LAST, count))


@dataclass(frozen=True, slots=True)
class Dense:
    """before, after: the shapes of input and output; bias: whether a number is added to each output.

    Its numbers are made up; inputs that are not drawn hold zeros, so that a sum can be written out.
    """

    before: tuple[int, ...]
    after: tuple[int, ...]
    bias: bool

    @property
    def inputs(self) -> tuple[int, ...]:
        """The numbers of the input that are drawn."""
        return drawn(self.before[-1])

    def input(self, index: int) -> int:
        """Return a number of the input."""
        return made_up("input", index, low=0, high=4) if index in self.inputs else 0

    def weight(self, output: int, index: int) -> int:
        """Return a weight."""
        return made_up("weight", output, index, low=-1, high=2)

    def added(self, output: int) -> int:
        """Return what is added to an output."""
        return made_up("bias", output, low=1, high=3) if self.bias else 0

    def output(self, output: int) -> int:
        """Return an output: the sum of all products, and what is added."""
        return self.added(output) + sum(self.weight(output, index) * self.input(index) for index in self.inputs)


def dense_of(op: Op, inputs: Sequence[Shape]) -> Dense | None:
    """Return the dense layer that an operator is at known sizes, None for every other."""
    told = arguments(op)
    if "out_features" not in told or len(inputs) != 1 or not inputs[0].is_concrete:
        return None
    out = op.shape(*inputs)
    return Dense(inputs[0].numbers, out.numbers, told.get("bias") is True) if out.is_concrete else None
