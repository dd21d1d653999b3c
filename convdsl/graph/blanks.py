"""`?` in arguments: where it may stand, what stands in for it, and sizes that mean nothing yet.

Which value solves it is the analysis' question (`analysis/holes.py`).
"""

from collections.abc import Mapping

from convdsl import codes
from convdsl.argument import Parameter, signature
from convdsl.graph.problem import Problem
from convdsl.op import Op
from convdsl.record import dataclass
from convdsl.shape import Shape
from convdsl.sizes import symbol
from convdsl.source import Span


@dataclass(frozen=True, slots=True)
class Blank:
    """A `?`: a number that is solved from a promised shape; span: where it stands."""

    span: Span


def no_number(blank: Blank) -> Problem:
    """Make the message for a `?` where a number is needed before anything is solved."""
    return Problem(
        codes.HOLE_UNSOLVED,
        "`?` stands alone, as an argument of a layer: nothing can be computed with it",
        blank.span,
        helps=("write the number here",),
    )


def blanks_in(value: object) -> tuple[Blank, ...]:
    """Return the `?` that an argument is or holds."""
    if isinstance(value, tuple):
        return tuple(item for item in value if isinstance(item, Blank))
    return (value,) if isinstance(value, Blank) else ()


def filled(value: object, solved: Mapping[Span, object]) -> object:
    """Put solutions in."""
    if isinstance(value, tuple):
        return tuple(filled(item, solved) for item in value)
    return solved.get(value.span, value) if isinstance(value, Blank) else value


def stand_in(op: type[Op], name: str, parameter: Parameter, value: object) -> object:
    """Return an argument with the least number in place of each `?`.

    Raises Problem where the operator does not let `?` stand for this argument.
    """
    if not parameter.solvable:
        able = [f"`{other.name}`" for other in signature(op) if other.solvable]
        way = f"write it; `?` can be {', '.join(able)} of `{name}`" if able else "write the value"
        message = f"`?` cannot stand for `{parameter.name}` of `{name}`: no promised shape decides it"
        raise Problem(codes.HOLE_UNSOLVED, message, blanks_in(value)[0].span, helps=(way,))
    least = int(parameter.min or 0)
    if isinstance(value, tuple):
        return tuple(least if isinstance(item, Blank) else item for item in value)
    return least


def unsized(shape: Shape) -> Shape:
    """Put a size that means nothing on every spatial axis."""
    return shape.with_spatial(*(symbol(UNSIZED) for _ in shape.spatial))


UNSIZED = "?"  # no symbol of a spec has this name
