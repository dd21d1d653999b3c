"""Chunk."""

from typing import final

from convdsl.argument import Invalid, arg
from convdsl.op import Divides, Expression, Guard
from convdsl.ops.parts import MOST_PARTS, Parts
from convdsl.record import dataclass
from convdsl.shape import Shape
from convdsl.sizes import Size, constant


@final
@dataclass(frozen=True, slots=True)
class Chunk(Parts):
    """Cut a value into `chunks` parts along an axis, the channels by default: `a, b = Chunk(2)`.

    All parts are ceil(size / chunks) long but the last, which may be shorter. An axis whose size is not a number must
    divide evenly.

    Source: PyTorch, torch.chunk.
    Formula: parts of ceil(size / chunks) along dim; the last may be shorter
    Example: [N, 6, 8, 8] -> Chunk(2) -> [N, 3, 8, 8], [N, 3, 8, 8]
    Picture: [N, 4, 3, 3] -> Chunk(2) -> [N, 2, 3, 3], [N, 2, 3, 3]
    """

    chunks: int = arg("number of parts", min=1, max=MOST_PARTS)
    dim: int = arg("axis that is cut; 1 is the channels", default=1)

    def lengths(self, size: Size) -> tuple[Size, ...]:
        if size.value is None:
            return (size.then(1, 0, self.chunks),) * self.chunks
        each = -(-size.value // self.chunks)
        count = -(-size.value // each)
        if count != self.chunks:
            raise Invalid(
                "chunks",
                f"{size.value} in parts of {each} are {count} parts, not {self.chunks}",
                f"ask for {count}, or give the lengths: Split((…))",
            )
        return (*(constant(each) for _ in range(count - 1)), constant(size.value - each * (count - 1)))

    def needs(self, size: Size, axis: int) -> tuple[Guard, ...]:
        return (Divides(size, self.chunks),) if self.chunks > 1 else ()

    def call(self, *inputs: Shape) -> Expression:
        return Expression(f"torch.chunk({{0}}, {self.chunks}, {self.dim})", is_view=True)
