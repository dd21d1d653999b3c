"""Repairs for sizes that disagree: other windows and paddings of the layers that made them, or a crop.

Each is tried on the whole network before it is offered. Layers are told apart by the names of their parameters alone.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import cast

from convdsl.analysis.accepted import Accepted, accepted
from convdsl.analysis.guards import weight
from convdsl.analysis.recompute import Change, guards_after
from convdsl.analysis.trace import End, changer, value_name
from convdsl.argument import Invalid, signature
from convdsl.diagnostics import Setting
from convdsl.graph.graph import Graph, Node
from convdsl.op import Op
from convdsl.ops.catalogue import find
from convdsl.record import dataclass

MOST_OFFERED = 2
MOST_TRIED, FEWEST_TRIED = 60, 4
MOST_RESIDUES = 20_000  # looked at in one try
WIDEST = 32  # windows and paddings that are tried
STEPS_BACK = 5  # layers that change the size, upstream of each end, whose arguments are tried
MOST_NODES = 50_000  # looked at in all tries together: more would be felt


@dataclass(frozen=True, slots=True)
class Repair:
    """A change that mends: its text, and the arguments that it sets; none where it is more than arguments."""

    text: str
    settings: tuple[Setting, ...] = ()


Judge = Callable[[Accepted], str | None]  # what to say after the repair's text, None where it does not help


def repairs(
    graph: Graph, node: Node, ends: tuple[End, ...], axis: int, symbols: tuple[str, ...], judge: Judge
) -> list[Repair]:
    """Return the changes that the judge likes, the simplest first.

    node: the join that fails; ends: its inputs that disagree along `axis`.
    """
    out: list[Repair] = []
    tries = max(FEWEST_TRIED, min(MOST_TRIED, MOST_NODES // len(graph.nodes)))
    for repair, change in islice(_changes(graph, node, ends, axis), tries):
        pairs = guards_after(graph, change)
        if pairs is None or sum(weight(guard) for guard in {guard for guard, _ in pairs}) > MOST_RESIDUES:
            continue
        verdict = judge(accepted(pairs, symbols))
        if verdict is None:
            continue
        said = repair.text + verdict
        if all(said != other.text for other in out):
            out.append(Repair(said, repair.settings))
        if len(out) == MOST_OFFERED:
            break
    return out


def _changes(graph: Graph, node: Node, ends: tuple[End, ...], axis: int) -> Iterator[tuple[Repair, Change]]:
    """Run through the changes: layers that made the two ends, crops, layers further back."""
    seen: set[int] = set()
    factor = _factor(ends)
    for step, makers in enumerate(_makers(graph, ends, axis)):
        for maker in makers:
            if maker.op is None or maker.index in seen:
                continue
            twins = [other for other in graph.nodes if other.span == maker.span and type(other.op) is type(maker.op)]
            seen.update(twin.index for twin in twins)
            for option in _options(maker.op, axis - 2, factor):
                ops = {twin.index: _changed(twin.op, axis - 2, option) for twin in twins if twin.op is not None}
                good = {index: op for index, op in ops.items() if op is not None}
                if len(good) == len(twins) and good[maker.index] != maker.op:
                    new = good[maker.index]
                    text = _say(maker, new, option, len(twins))
                    yield Repair(text, _settings(maker, new, option)), Change(good)
        if step == 0:
            yield from _crops(graph, node, ends)


def _makers(graph: Graph, ends: tuple[End, ...], axis: int) -> list[list[Node]]:
    """List the layers that made the sizes that meet, step by step further back; in a step the later ones first."""
    out: list[list[Node]] = []
    values = [end.value for end in ends]
    for _ in range(STEPS_BACK):
        makers = {changer(graph, value, axis).node for value in values}
        out.append([graph.nodes[index] for index in sorted(makers, reverse=True)])
        values = [maker.inputs[0] for maker in out[-1] if maker.inputs]
    return out


def _settings(maker: Node, op: Op, option: Mapping[str, int]) -> tuple[Setting, ...]:
    names = (name for name in option if getattr(op, name) != getattr(maker.op, name))
    return tuple(Setting(maker.span, name, getattr(op, name)) for name in names)


def _say(maker: Node, op: Op, option: Mapping[str, int], uses: int) -> str:
    if maker.trail or uses > 1:
        changes = ", ".join(f"{name}={value}" for name, value in option.items())
        return f"`{changes}` in this `{type(op).__name__}`"
    return f"`{call_text(op)}`" + (f" for `{maker.target}`" if maker.target.isidentifier() else "")


def _factor(ends: tuple[End, ...]) -> int:
    """Return by which whole number one end grows faster than the other, 1 if by none."""
    if len(ends) != 2:
        return 1
    (one, rise), (two, climb) = (end.size.period for end in ends)
    fast, slow = sorted((rise * two, climb * one), reverse=True)
    return fast // slow if slow and fast % slow == 0 else 1


def _options(op: Op, position: int, factor: int) -> Iterator[dict[str, int]]:
    """Run through other arguments for an operator, the most usual repair first.

    position: the spatial axis. factor: by which the stride may have to be multiplied.
    """
    known = {parameter.name for parameter in signature(type(op))}
    if not known >= {"kernel_size", "stride", "padding"} or position < 0:
        return
    kernel, padding = _number(op, "kernel_size", position), _number(op, "padding", position)
    if kernel is None or padding is None:
        return
    stride = _number(op, "stride", position) or kernel
    dilation = _number(op, "dilation", position) or 1
    extent = dilation * (kernel - 1) + 1
    if "output_padding" in known:
        extra = range(min(max(stride, dilation), WIDEST))
        yield {"kernel_size": stride}
        # s * x exactly: 2 p = extent - s + o
        for o in extra:
            if extent >= stride - o and (extent - stride + o) % 2 == 0:
                yield {"padding": (extent - stride + o) // 2, "output_padding": o}
        if factor > 1:
            yield {"kernel_size": stride * factor, "stride": stride * factor, "padding": 0}
        yield from (
            {"kernel_size": k} for k in sorted(range(1, min(2 * stride, WIDEST) + 3), key=lambda k: abs(k - kernel))
        )
        yield from ({"output_padding": o} for o in extra)
    elif extent % 2:
        yield {"padding": extent // 2}
    yield from ({"padding": p} for p in sorted(range(min(kernel, WIDEST) + 1), key=lambda p: abs(p - padding)))


def _changed(op: Op, position: int, option: Mapping[str, int]) -> Op | None:
    """Make an operator with other arguments, those that are equal on all axes staying so; None if it refuses."""
    make = cast(Callable[..., Op], type(op))
    fields = {parameter.name: getattr(op, parameter.name) for parameter in signature(type(op))}
    fields |= {name: _spread(op, name, position, value) for name, value in option.items()}
    try:
        changed = make(**fields)
        changed.check()
    except (Invalid, ValueError):
        return None
    return changed


def _number(op: Op, name: str, position: int) -> int | None:
    value = getattr(op, name, None)
    if isinstance(value, tuple):
        value = value[position] if position < len(value) else None
    return value if isinstance(value, int) else None


def _spread(op: Op, name: str, position: int, value: int) -> object:
    """Put a number into a tuple of arguments: everywhere if all were equal, else on one axis."""
    old = getattr(op, name)
    if not isinstance(old, tuple):
        return value
    if len(set(old)) == 1:
        return (value,) * len(old)
    return (*old[:position], value, *old[position + 1 :])


def _crops(graph: Graph, node: Node, ends: tuple[End, ...]) -> Iterator[tuple[Repair, Change]]:
    if node.op is None or node.op.category != "join" or len(ends) != 2 or len(node.inputs) != 2 or find("Crop") is None:
        return
    names = [value_name(graph, end.value, node) for end in ends]
    if not all(name.startswith("`") for name in names):
        return
    for cropped, like in ((0, 1), (1, 0)):
        position = node.inputs.index(ends[cropped].value)
        text = f"`Crop({names[cropped].strip('`')}, like={names[like].strip('`')})`"
        yield Repair(text), Change({}, {(node.index, position): ends[like].value})


def call_text(op: Op) -> str:
    """Print a call in canonical form: required arguments by position, others by name where not the default."""
    parts: list[str] = []
    for parameter in signature(type(op)):
        value = getattr(op, parameter.name)
        if parameter.required:
            parts.append(_plain(value))
        elif value != parameter.default and _plain(value) != _plain(parameter.default):
            parts.append(f"{parameter.name}={_plain(value)}")
    return f"{type(op).__name__}({', '.join(parts)})"


def _plain(value: object) -> str:
    if isinstance(value, tuple) and value and len(set(value)) == 1:
        value = value[0]
    if isinstance(value, tuple):
        return "(" + ", ".join(map(_plain, value)) + ")"
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "none"}[value]
    return str(value)
