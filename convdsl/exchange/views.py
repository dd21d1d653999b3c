"""Other axes for the same numbers: views, reshapes, permutations."""

from collections.abc import Callable, Iterable, Mapping
from math import prod

from convdsl.exchange.length import Length, Tensor
from convdsl.exchange.operators import Mismatch
from convdsl.exchange.work import Call, Work, named
from convdsl.shape import Shape
from convdsl.sizes import Size, constant

Function = Callable[[Work, Call], object]


def _size(work: Work, call: Call) -> object:
    lengths = work.lengths(call.args[0])
    dim = call.args[1] if len(call.args) > 1 else call.kwargs.get("dim")
    return lengths[dim] if isinstance(dim, int) else lengths


def _reshape(work: Work, call: Call) -> object:
    given = call.args[1:] if len(call.args) > 1 else (call.kwargs.get("shape", call.kwargs.get("size")),)
    wanted = given[0] if len(given) == 1 and isinstance(given[0], list | tuple) else given
    if not all(isinstance(size, int | Length) for size in wanted):
        raise Mismatch(f"it reshapes to {named(wanted)}")
    whole = call.args[0]
    shape = work.shape(whole)
    mine = [work.numbers(length) for length in work.lengths(whole)]
    target = _targets(work, mine, list(wanted))
    if target is None or target[0] != mine[0]:
        raise Mismatch("it moves numbers between the images of a batch", "the first axis of a view is the batch")
    if target == mine:
        return whole
    rank = len(mine)
    for start in range(1, rank):
        for end in range(start + 1, rank):
            merged = tuple(map(prod, zip(*mine[start : end + 1], strict=True)))
            if [*mine[:start], merged, *mine[end + 1 :]] == target:
                ends = -1 if end == rank - 1 else end
                return work.put(call, "Flatten", {"start_dim": start, "end_dim": ends}, work.value(whole))
    inside = [_fixed(size) for size in wanted[1:]]
    if None not in inside:
        return work.put(call, "Reshape", {"sizes": tuple(inside)}, work.value(whole))
    return _unflattened(work, call, shape, mine, target)


def _targets(work: Work, mine: list[tuple[int, ...]], wanted: list[object]) -> list[tuple[int, ...]] | None:
    """Return the new sizes at each probe, -1 worked out; None where it does not divide."""
    total = tuple(map(prod, zip(*mine, strict=True)))
    numbers = [work.numbers(size) for size in wanted]
    for at, size in enumerate(wanted):
        if size == -1:
            rest = tuple(map(prod, zip(*(numbers[:at] + numbers[at + 1 :]), strict=True)))
            if any(part == 0 or whole % part for whole, part in zip(total, rest, strict=True)):
                return None
            numbers[at] = tuple(whole // part for whole, part in zip(total, rest, strict=True))
    return numbers


def _fixed(size: object) -> int | None:
    return size.number if isinstance(size, Length) else size if isinstance(size, int) else None


def _unflattened(
    work: Work, call: Call, shape: Shape, mine: list[tuple[int, ...]], target: list[tuple[int, ...]]
) -> object:
    more = len(target) - len(mine)
    for dim in range(1, len(mine)):
        parts = target[dim : dim + more + 1]
        is_split = more > 0 and [*mine[:dim], *parts, *mine[dim + 1 :]] == target
        if is_split and all(len(set(part)) == 1 for part in parts):
            sizes = tuple(part[0] for part in parts)
            value = work.value(call.args[0])
            return work.put(call, "Unflatten", {"dim": dim, "unflattened_size": sizes}, value)
    raise Mismatch(f"it gives {shape} axes that depend on the image's size in a way that no layer has")


def _unsqueeze(work: Work, call: Call) -> object:
    dim = (*call.args, call.kwargs.get("dim"))[1]
    shape = work.shape(call.args[0])
    at = dim % (shape.rank + 1) if isinstance(dim, int) else 0
    before = shape.axes[at - 1] if at else None
    if at < 2 or not isinstance(before, Size) or before.value is None:
        raise Mismatch("it adds an axis that no layer adds", "Unflatten and Reshape add axes after the channels")
    given = {"dim": at - 1, "unflattened_size": (before.value, 1)}
    return work.put(call, "Unflatten", given, work.value(call.args[0]))


def _squeeze(work: Work, call: Call) -> object:
    dim = (*call.args[1:], call.kwargs.get("dim"))[0]
    shape = work.shape(call.args[0])
    dims = dim if isinstance(dim, list | tuple) else (dim,)
    ones = [axis for axis in range(1, shape.rank) if shape.axes[axis] == constant(1)]
    gone = [d % shape.rank for d in dims if isinstance(d, int)] if dim is not None else ones
    out: object = call.args[0]
    for axis in sorted((axis for axis in gone if axis in ones), reverse=True):
        start = max(axis - 1, 1)
        last = work.shape(out).rank - 1
        given = {"start_dim": start, "end_dim": -1 if start + 1 == last else start + 1}
        out = work.put(call, "Flatten", given, work.value(out))
    return out


def _permute(work: Work, call: Call) -> object:
    dims = call.args[1] if len(call.args) == 2 else call.kwargs.get("dims", call.args[1:])
    rank = work.shape(call.args[0]).rank
    return _permuted(work, call, [d % rank for d in dims if isinstance(d, int)] if isinstance(dims, Iterable) else [])


def _transpose(work: Work, call: Call) -> object:
    rank = work.shape(call.args[0]).rank
    one, other = (dim % rank for dim in call.args[1:3] if isinstance(dim, int))
    dims = list(range(rank))
    dims[one], dims[other] = dims[other], dims[one]
    return _permuted(work, call, dims)


def _permuted(work: Work, call: Call, dims: list[int]) -> object:
    if not dims or dims[0] != 0:
        raise Mismatch("it moves the batch", "the batch stays the first axis")
    return work.put(call, "Permute", {"dims": tuple(dims)}, work.value(call.args[0]))


def _expand(work: Work, call: Call) -> object:
    return Tensor(work.value(call.args[0]), expanded=True)


FUNCTIONS: Mapping[str, Function] = {
    **dict.fromkeys(("view", "reshape", "_unsafe_view"), _reshape),
    "permute": _permute,
    **dict.fromkeys(("transpose", "swapaxes"), _transpose),
    **dict.fromkeys(("expand", "expand_as"), _expand),
    "unsqueeze": _unsqueeze,
    "squeeze": _squeeze,
    "size": _size,
    "dim": lambda work, call: work.shape(call.args[0]).rank,
}
