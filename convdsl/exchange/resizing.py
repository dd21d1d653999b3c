"""Other sizes: interpolation, padding, means over axes."""

from collections.abc import Callable, Mapping

from convdsl.exchange.length import Length, Tensor
from convdsl.exchange.operators import Mismatch
from convdsl.exchange.work import Call, Work, bind, single

Function = Callable[[Work, Call], object]


def _interpolate(work: Work, call: Call) -> object:
    bound = bind(call)
    whole = bound.get("input", bound.get("self"))
    value = work.value(whole)
    mode = bound.get("mode", "nearest")
    corners = bound.get("align_corners")
    if bound.get("antialias"):
        raise Mismatch("no layer resizes with antialiasing", "leave `antialias` out")
    told = {"mode": mode, **({} if corners is None else {"align_corners": corners})}
    size, scale = bound.get("size"), bound.get("scale_factor")
    if size is None:
        again = bound.get("recompute_scale_factor")
        told |= {} if again is None else {"recompute_scale_factor": again}
        return work.put(call, "Upsample", {"scale_factor": single(scale), **told}, value)
    axes = work.shape(whole).rank - 2
    wanted = tuple(size) if isinstance(size, list | tuple) else (size,) * axes
    if all(_fixed(item) is not None for item in wanted):
        numbers = tuple(_fixed(item) for item in wanted)
        return work.put(call, "Upsample", {"size": single(numbers), **told}, value)
    goal = [work.numbers(item) for item in wanted]
    sources = {source for item in wanted if isinstance(item, Length) for source in item.of}
    for source in sorted(sources, key=lambda one: one.node):
        theirs = [work.numbers(length) for length in work.lengths(Tensor(source))[2:]]
        if theirs == goal:
            return work.put(call, "Resize", {"operands": (None,), "like": 1, **told}, value, source)
    mine = [work.numbers(length) for length in work.lengths(whole)[2:]]
    factors = []
    for target, own in zip(goal, mine, strict=True):
        ratios = {new / old for new, old in zip(target, own, strict=True)}
        if len(ratios) != 1:
            raise Mismatch("it resizes to a size that is neither another value's nor a multiple of its own")
        factors.append(ratios.pop())
    return work.put(call, "Upsample", {"scale_factor": single(tuple(factors)), **told}, value)


def _rescale(work: Work, call: Call) -> object:
    """Read the helper of emitted files that interpolates by exact fractions."""
    whole, ratios, mode = call.args[:3]
    assert isinstance(ratios, tuple)
    told = {"mode": mode, "scale_factor": single(tuple(p / q for p, q in ratios))}
    if call.kwargs.get("align_corners") is not None:
        told["align_corners"] = call.kwargs["align_corners"]
    if call.kwargs.get("recompute"):
        told["recompute_scale_factor"] = True
    return work.put(call, "Upsample", told, work.value(whole))


def _pad_to_multiple(work: Work, call: Call) -> object:
    whole, multiples = call.args[:2]
    assert isinstance(multiples, tuple)
    told = dict(zip(("mode", "value"), call.args[2:], strict=False)) | dict(call.kwargs)
    return work.put(call, "PadToMultiple", {"multiple": single(multiples), **told}, work.value(whole))


def _pad(work: Work, call: Call) -> object:
    bound = bind(call)
    whole, sides = bound.get("input", bound.get("self")), bound.get("pad")
    if not isinstance(sides, list | tuple):
        raise Mismatch("it pads by what is no list of numbers")
    numbers = [work.numbers(side) for side in sides]
    if not any(map(any, numbers)):
        return whole  # the difference of sizes that agree wherever the network runs
    if any(len(set(number)) > 1 for number in numbers):
        raise Mismatch("it pads by numbers that depend on the image's size", "`PadToMultiple(8)` may be what it does")
    given: dict[str, object] = {"padding": tuple(number[0] for number in numbers)}
    given["mode"] = bound.get("mode", "constant")
    if bound.get("value") is not None:
        given["value"] = bound["value"]
    return work.put(call, "Pad", given, work.value(whole))


def _mean(work: Work, call: Call) -> object:
    bound = bind(call)
    dim = bound.get("dim")
    if dim is None:
        raise Mismatch("it takes one mean of the whole batch", "name the axes: `x.mean((2, 3))`")
    dims = work.number(dim)
    given = {"dim": single(dims) if isinstance(dims, tuple) and len(dims) == 1 else dims}
    whole = next(value for value in bound.values() if isinstance(value, Tensor))
    return work.put(call, "Mean", {**given, "keepdim": bool(bound.get("keepdim", False))}, whole.value)


def _fixed(size: object) -> int | None:
    return size.number if isinstance(size, Length) else size if isinstance(size, int) else None


def _upsampled(work: Work, call: Call) -> object:
    """Read what `F.interpolate` is called below: `upsample_bilinear2d`, with sizes or factors."""
    bound = bind(call)
    mode = call.name.removeprefix("upsample_").removeprefix("_upsample_").removeprefix("_").rstrip("123d")
    mode = {"nearest_exact": "nearest-exact"}.get(mode, mode)
    size, factors = bound.get("output_size"), bound.get("scale_factors")
    told = {"mode": mode, **({"align_corners": bound["align_corners"]} if bound.get("align_corners") else {})}
    given = {"size": single(size)} if factors is None else {"scale_factor": single(factors)}
    return work.put(call, "Upsample", {**given, **told}, work.value(call.args[0]))


_MODES = ("nearest1d", "nearest2d", "nearest3d", "linear1d", "bilinear2d", "bicubic2d", "trilinear3d")

FUNCTIONS: Mapping[str, Function] = {
    **dict.fromkeys(("interpolate", "upsample"), _interpolate),
    **{f"upsample_{mode}": _upsampled for mode in _MODES},
    "pad": _pad,
    "mean": _mean,
    "rescale": _rescale,
    "pad_to_multiple": _pad_to_multiple,
}
