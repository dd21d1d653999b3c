"""Parts of values: slices, crops, chunks."""

from collections.abc import Callable, Mapping

from convdsl.exchange.length import Length, Tensor
from convdsl.exchange.operators import Mismatch
from convdsl.exchange.work import Call, Work, bind, named

Function = Callable[[Work, Call], object]


def _chunk(work: Work, call: Call) -> object:
    bound = bind(call)
    return _parts(work, call, "Chunk", {"chunks": bound["chunks"], "dim": bound.get("dim", 0)}, bound)


def _split(work: Work, call: Call) -> object:
    bound = bind(call)
    size = bound.get("split_size_or_sections", bound.get("split_size", bound.get("split_sizes")))
    sizes = work.number(size)
    return _parts(work, call, "Split", {"split_size_or_sections": sizes, "dim": bound.get("dim", 0)}, bound)


def _parts(work: Work, call: Call, operator: str, given: Mapping[str, object], bound: Mapping[str, object]) -> object:
    if given["dim"] == 0:
        raise Mismatch("it takes the batch apart", "layers work on each image by itself")
    value = work.value(next(value for value in bound.values() if isinstance(value, Tensor)))
    made = work.put(call, operator, given, value)
    return made if isinstance(made, tuple) else (made,)


def _getitem(work: Work, call: Call) -> object:
    whole, index = call.args[:2]
    if not isinstance(whole, Tensor):
        raise Mismatch(f"it takes an item of {named(whole)}")
    items = index if isinstance(index, tuple) else (index,)
    shape = work.shape(whole)
    if Ellipsis in items:
        at = items.index(Ellipsis)
        items = (*items[:at], *(slice(None),) * (shape.rank - len(items) + 1), *items[at + 1 :])
    if not all(isinstance(item, slice) for item in items):
        raise Mismatch("it takes single rows, channels or images out of a tensor", "slices keep the axes: `x[:, :3]`")
    return _sliced(work, call, whole, {axis: item for axis, item in enumerate(items) if isinstance(item, slice)})


def _aten_slice(work: Work, call: Call) -> object:
    whole = call.args[0]
    given = (*call.args[1:], *(0, None, None, 1)[len(call.args) - 1 :])
    dim, start, end, step = given
    assert isinstance(whole, Tensor)
    last = 2**62  # what torch.export writes for "to the end"
    stop = None if isinstance(end, int) and end > last else end
    return _sliced(work, call, whole, {dim: slice(start, stop, step)} if isinstance(dim, int) else {})


def _sliced(work: Work, call: Call, whole: Tensor, cuts: Mapping[int, slice]) -> object:
    real = {axis: cut for axis, cut in cuts.items() if (cut.start or 0, cut.stop, cut.step or 1) != (0, None, 1)}
    if not real:
        return whole
    if 0 in real:
        raise Mismatch("it takes images out of the batch", "layers work on each image by itself")
    shape = work.shape(whole)
    if any(isinstance(end, Length) for cut in real.values() for end in (cut.start, cut.stop)):
        return _cropped(work, call, whole, real)
    spatial = tuple(range(2, shape.rank))
    given = {axis: (cut.start or 0, cut.stop, cut.step or 1) for axis, cut in real.items()}
    from_edges = all(step == 1 and start >= 0 and (stop is None or stop < 0) for start, stop, step in given.values())
    if shape.rank == 4 and set(real) <= set(spatial) and from_edges:
        (top, bottom, _), (left, right, _) = (given.get(axis, (0, None, 1)) for axis in spatial)
        sides = {"top": top, "bottom": -(bottom or 0), "left": left, "right": -(right or 0)}
        return work.put(call, "Crop", {"operands": (None,), **sides}, whole.value)
    if len(spatial) > 0 and tuple(real) == spatial and len(set(given.values())) == 1:
        start, stop, step = given[spatial[0]]
        return work.put(call, "Slice", {"start": start, "stop": stop, "step": step}, whole.value)
    out: object = whole
    for axis, (start, stop, step) in given.items():
        out = work.put(call, "Slice", {"start": start, "stop": stop, "step": step, "dim": axis}, work.value(out))
    return out


def _cropped(work: Work, call: Call, whole: Tensor, cuts: Mapping[int, slice]) -> object:
    """Recognise a crop to another value's size: to the middle, or to the corner."""
    mine = work.lengths(whole)
    found = {length for cut in cuts.values() for length in (cut.start, cut.stop) if isinstance(length, Length)}
    for other in sorted({value for length in found for value in length.of} - {whole.value}, key=lambda v: v.node):
        goal = work.lengths(Tensor(other))
        if len(goal) != len(mine):
            continue
        for anchor in ("center", "corner"):
            if all(
                _is_crop(work, cuts.get(axis, slice(None)), mine[axis], goal[axis], anchor)
                for axis in range(2, len(mine))
            ):
                return work.put(call, "Crop", {"operands": (None,), "like": 1, "anchor": anchor}, whole.value, other)
    raise Mismatch("it cuts at places that depend on the image's size", "`Crop(x, like=y)` cuts to another's size")


def _is_crop(work: Work, cut: slice, mine: Length | int, goal: Length | int, anchor: str) -> bool:
    size, wanted = work.numbers(mine), work.numbers(goal)
    starts = work.numbers(cut.start or 0)
    stops = size if cut.stop is None else work.numbers(cut.stop)
    for start, stop, whole, part in zip(starts, stops, size, wanted, strict=True):
        begins = (whole - part) // 2 if anchor == "center" else 0
        ends = stop + whole if stop < 0 else stop
        if start != begins or ends - start != part:
            return False
    return cut.step in (None, 1)


FUNCTIONS: Mapping[str, Function] = {
    "chunk": _chunk,
    **dict.fromkeys(("split", "split_with_sizes"), _split),
    "getitem": _getitem,
    "slice": _aten_slice,
    "center_crop": lambda work, call: work.put(
        call, "Crop", {"operands": (None,), "like": 1}, *work.values(call.args[:2])
    ),
}
