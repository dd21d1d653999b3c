"""New axes for the same numbers: what Unflatten and Reshape share."""

from math import prod

from convdsl.argument import Invalid
from convdsl.op import Divides, Equal, Guard, ProductEquals
from convdsl.shape import Axis, Product, product
from convdsl.sizes import Size, constant


def check_sizes(argument: str, wanted: tuple[int, ...]) -> None:
    """Refuse sizes that can never be.

    Raises Invalid.
    """
    if 0 in wanted:
        raise Invalid(argument, f"a size of 0 leaves nothing: {wanted}", "sizes are at least 1, or -1 for the rest")
    if wanted.count(-1) > 1:
        raise Invalid(argument, f"only one size can be the rest, and {wanted} has several -1", "give all but one")


def regrouped(
    axes: tuple[Axis, ...], wanted: tuple[int, ...], argument: str, first: int = 1
) -> tuple[tuple[Axis, ...], tuple[Guard, ...]]:
    """Return the new axes for the numbers of the old ones, and what must hold of the sizes.

    first: the index of the first of the old axes in the input's shape.
    Raises Invalid where the numbers cannot be the same.
    """
    total = product(1, axes)
    known = prod(size for size in wanted if size != -1)
    if -1 not in wanted:
        return tuple(constant(size) for size in wanted), _equal(total, known, argument, wanted, first)
    rest, guards = _rest(total, known, argument, wanted)
    return tuple(rest if size == -1 else constant(size) for size in wanted), guards


def _equal(total: Axis, known: int, argument: str, wanted: tuple[int, ...], first: int) -> tuple[Guard, ...]:
    if isinstance(total, Product):
        return (ProductEquals(total, known),)
    if total.value is None:
        return (Equal(total, constant(known), first),)
    if total.value != known:
        raise Invalid(argument, f"{total} numbers cannot become {wanted}, which has {known}", _ways(total.value))
    return ()


def _rest(total: Axis, known: int, argument: str, wanted: tuple[int, ...]) -> tuple[Axis, tuple[Guard, ...]]:
    if isinstance(total, Product):
        if total.coefficient % known == 0:
            return product(total.coefficient // known, total.factors), ()
        raise Invalid(argument, f"{total} numbers do not always split into {known}", "fix the input's size first")
    if total.value is not None:
        if total.value % known:
            raise Invalid(argument, f"{total} numbers do not split into {wanted}: {known} does not divide {total}", "")
        return constant(total.value // known), ()
    return _divided(total, known)


def _divided(total: Size, known: int) -> tuple[Size, tuple[Guard, ...]]:
    return total.then(1, 0, known), (Divides(total, known),) if known > 1 else ()


def _ways(total: int) -> str:
    return f"the sizes multiply to {total}; one of them may be -1"
