"""Whether a network that sees one picture runs at a height and a width."""

from convdsl.analysis.accepted import Accepted
from convdsl.shape import Shape
from convdsl.sizes import Size, symbol


def takes(shape: Shape, legal: Accepted | None, height: int, width: int) -> bool:
    """Tell whether a picture of (height, width) can be the one input that has no default.

    shape: of that input, with two spatial axes. legal: the network's sizes, None where they are not known.
    """
    sizes: dict[str, int] = {}
    for axis, size in zip(shape.spatial, (height, width), strict=True):
        name = axis.symbol if isinstance(axis, Size) else None
        if not isinstance(axis, Size) or (name is not None and axis != symbol(name)):
            return False  # an input of size 2 * H: no photograph is cut for it
        if name is None and axis.value != size:
            return False
        if name is not None and sizes.setdefault(name, size) != size:
            return False  # [N, 1, S, S] is square
    return legal is not None and legal.contains(sizes)
