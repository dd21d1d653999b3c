"""What stands for a call that could not be understood, so that pictures show it, its mistake and all that follows.

Nothing is known of such a layer but its name and what flows into it; it has no shape, and so nothing below it has one.
"""

from functools import lru_cache
from typing import NoReturn

from convdsl.argument import Invalid
from convdsl.op import Op
from convdsl.record import dataclass
from convdsl.shape import Shape
from convdsl.source import Span
from convdsl.syntax import tree


@dataclass(frozen=True, slots=True)
class Refused(Op):
    """A layer of which only the name is known."""

    takes = (0, None)
    takes_position = False

    def shape(self, *inputs: Shape) -> Shape:
        """Refuse: there is no shape."""
        raise Invalid("", "it was not understood")

    def call(self, *inputs: Shape) -> NoReturn:
        """Refuse: nobody runs it."""
        raise Invalid("", "it was not understood")


@lru_cache(maxsize=256)
def refused(name: str) -> Op:
    """Make the layer that stands for a call of `name`; tables and pictures write the name of its class."""
    kind: type[Op] = type(name, (Refused,), {"__slots__": (), "__doc__": Refused.__doc__})
    return kind()


def call_at(statement: tree.Flow, span: Span) -> tree.Call | None:
    """Find the call of a line in which a mistake lies; None where it lies elsewhere in the line."""
    first = (statement.source,) if isinstance(statement.source, tree.Call) else ()
    return next(
        (call for call in (*first, *statement.calls) if call.span.start <= span.start and span.end <= call.span.end),
        None,
    )
