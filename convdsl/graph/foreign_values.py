"""Values that a layer cannot take at all, whatever its arguments: too many axes, or no picture."""

from collections.abc import Iterable

from convdsl import codes
from convdsl.graph.problem import Problem
from convdsl.op import Op
from convdsl.shape import Places, Shape
from convdsl.source import Span


def refuse_foreign(op: Op, name: str, given: Iterable[Shape], span: Span) -> None:
    """Refuse what no arguments would make fit.

    name: the layer's, for the message. given: the shapes of its inputs, as far as they are known.
    Raises Problem.
    """
    for shape in given:
        if op.rank is not None and shape.rank != op.rank:
            raise _wrong_rank(name, op.rank, shape, span)
        if isinstance(shape, Places) and not op.reads_places:
            raise _places(name, span)


def _places(name: str, span: Span) -> Problem:
    return Problem(
        codes.WRONG_TYPE,
        f"`{name}` would read the places of a max pool's maxima, which are no picture",
        span,
        helps=("only MaxUnpool reads them: `(y, places) -> MaxUnpool2d(2)`",),
    )


def _wrong_rank(name: str, rank: int, shape: Shape, span: Span) -> Problem:
    axes = {3: "[N, C, L]", 4: "[N, C, H, W]", 5: "[N, C, D, H, W]", 2: "[N, C]"}
    helps = {
        (4, 2): "`Unflatten(1, (channels, height, width))` makes a map of a flat value",
        (2, 4): "`Flatten()` makes it flat",
    }
    way = helps.get((rank, shape.rank), f"hand it a value of {rank} axes, or use a layer for {shape.rank}")
    return Problem(
        codes.RANK,
        f"`{name}` works on {axes.get(rank, rank)}, this value is {shape}",
        span,
        f"{shape.rank} axes",
        helps=(way,),
    )
