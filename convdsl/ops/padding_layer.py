"""What torch.nn's padding layers share: the mode is in the name."""

from typing import ClassVar

from convdsl.op import Module
from convdsl.ops.margins import Margins
from convdsl.ops.plan import arguments
from convdsl.shape import Shape


class PaddingLayer(Margins):
    """A padding layer for images of one rank."""

    __slots__ = ()
    rank: ClassVar[int]

    def call(self, *inputs: Shape) -> Module:
        return Module(f"torch.nn.{type(self).__name__}", arguments(self), self.padded(self.rank - 2))
