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

JOINS = {"+": "Add", "-": "Sub", "*": "Mul", "/": "Div"}  # the layers that arithmetic between values is


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


def call_at(statement: tree.Flow, span: Span) -> tuple[str, Span] | None:
    """Find the call of a line, `a + b` being one of `Add`, in which a mistake lies: its name and place; None where it
    lies elsewhere in the line.
    """
    source = statement.source
    calls = [(call.callee, call.span) for call in statement.calls]
    if isinstance(source, tree.Call):
        calls.insert(0, (source.callee, source.span))
    elif isinstance(source, tree.Binary) and source.operator in JOINS:
        calls.insert(0, (JOINS[source.operator], source.span))
    return next((one for one in calls if one[1].start <= span.start and span.end <= one[1].end), None)
