"""Axes named by number, as PyTorch counts them: 0 is the batch, 1 the channels, -1 the last."""

from convdsl.argument import Invalid


def axis_index(argument: str, dim: int, rank: int, op: str, first: int = 1) -> int:
    """Return a dim as an index from 0; first: the lowest axis that the operator may touch.

    Raises Invalid where there is no such axis, or where it is the batch, whose images must not be mixed.
    """
    if not -rank <= dim < rank:
        raise Invalid(
            argument,
            f"the input has {rank} axes, there is no axis {dim}",
            f"count from 0 to {rank - 1}, or from -1 back",
        )
    index = dim % rank
    if index < first:
        raise Invalid(argument, f"axis {dim} is the batch, and {op} must not mix images", "1 is the channels")
    return index
