"""What tables, reports and pictures say of each layer: arguments, window, channels, weights, costs.

One pass over the graph; equal layers on equal shapes are counted once. It knows no operator by name: everything comes
from declared arguments and the contract's methods.
"""

from collections.abc import Mapping, Sequence

from convdsl.analysis.accepted import Accepted
from convdsl.analysis.effective import arguments, title
from convdsl.analysis.geometry import Fields, Seen
from convdsl.analysis.judged import Judge
from convdsl.argument import OPERANDS, VALUE, Parameter, signature
from convdsl.diagnostics import Diagnostic
from convdsl.graph.bind import spell
from convdsl.graph.graph import Graph, Node
from convdsl.op import NoGrid, Op, Weights
from convdsl.ops.kinds import INT_OR_LIST, INT_PER_AXIS
from convdsl.optimization import AdamW, Optimizer
from convdsl.record import dataclass, field
from convdsl.shape import Product, Shape
from convdsl.source import Source

WINDOW = ("kernel_size", "stride", "padding", "dilation")


@dataclass(frozen=True, slots=True)
class Network:
    """A network with all that is known of it, as renderers take it.

    legal: the sizes at which it runs and keeps its promises. fields: the receptive field of each node, one entry an
    axis; an entry of None: its shape is not known. diagnostics: the findings to be shown with it.
    optimizer: of its `train` section; judge: the discriminator that is named there, None without one.
    """

    graph: Graph
    sources: tuple[Source, ...]
    legal: Accepted
    fields: Sequence[Fields | None] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    optimizer: Optimizer = field(default_factory=AdamW)
    judge: Judge | None = None


@dataclass(frozen=True, slots=True)
class Layer:
    """One node of the graph in numbers.

    title: the operator's name, "input" for an input of the model. weights, buffers: shape by full key, empty where a
    declared layer is applied again. macs: at the sizes asked for, None where the shapes are not numbers.
    """

    node: Node
    title: str
    arguments: Mapping[str, object]
    inputs: tuple[Shape, ...] | None
    output: Shape | None
    weights: Weights
    buffers: Weights
    parameters: int
    buffer_elements: int
    macs: int | None


def layers(graph: Graph, sizes: Mapping[str, int] | None = None) -> list[Layer]:
    """Collect the facts of every node, in order; declared layers that are never applied come last.

    sizes: the values of the symbols for which shapes and MACs are wanted, batch 1 if N is not given.
    """
    concrete: dict[int, Shape] = {}
    cases: dict[tuple[int, ...], _Case] = {}  # by the identities of operator and shapes, which the graph keeps alive

    def at_sizes(shape: Shape) -> Shape:
        if sizes is None:
            return shape
        if id(shape) not in concrete:
            concrete[id(shape)] = shape.at(sizes)
        return concrete[id(shape)]

    out = []
    for node in [*graph.nodes, *graph.spare]:
        # what an operator refuses has no weights to ask for
        inputs = graph.input_shapes(node) if node.shapes is not None else None
        output = node.shapes[0] if node.shapes else None
        key = (id(node.op), *map(id, inputs or ()), inputs is None, output is None)
        case = cases.get(key)
        if case is None:
            shown = None if inputs is None else tuple(map(at_sizes, inputs))
            case = cases[key] = _case(node.op, inputs, shown, output is not None and node.fed is None)
        own = node.owner and node.key is not None
        out.append(
            Layer(
                node,
                case.title,
                case.arguments,
                case.shown,
                None if output is None else at_sizes(output),
                {f"{node.key}.{name}": shape for name, shape in case.weights.items()} if own else {},
                {f"{node.key}.{name}": shape for name, shape in case.buffers.items()} if own else {},
                case.parameters if own else 0,
                case.buffer_elements if own else 0,
                case.macs,
            )
        )
    return out


@dataclass(frozen=True, slots=True)
class _Case:
    """What equal operators on equal shapes have in common."""

    title: str
    arguments: Mapping[str, object]
    shown: tuple[Shape, ...] | None
    weights: Weights
    buffers: Weights
    parameters: int
    buffer_elements: int
    macs: int | None


def _macs(op: Op, shown: tuple[Shape, ...]) -> int | None:
    """Count for shapes that are numbers but for the batch, which is 1 where it is a symbol."""
    if any(isinstance(axis, Product) or axis.value is None for shape in shown for axis in shape.axes[1:]):
        return None
    return op.macs(*(shape.at({}) for shape in shown))


def _case(op: Op | None, inputs: tuple[Shape, ...] | None, shown: tuple[Shape, ...] | None, known: bool) -> _Case:
    if op is None:
        return _Case("input", {}, shown, {}, {}, 0, 0, 0)
    weights = op.weights(*inputs) if inputs is not None else {}
    buffers = op.buffers(*inputs) if inputs is not None else {}
    return _Case(
        title(op),
        arguments(op),
        shown,
        weights,
        buffers,
        sum(map(_elements, weights.values())),
        sum(map(_elements, buffers.values())),
        _macs(op, shown) if known and shown is not None else None,
    )


def call_text(op: Op) -> str:
    """Write an operator without a window as it is called, in short: `LeakyReLU(0.2)`, `Upsample(2, bilinear)`.

    Only what differs from the defaults is told; the first value, words and lists stand without the parameter's name.
    """
    name = type(op).__name__
    told = _told_of(op)
    if not told:
        return name
    plain = [_told(parameter, value, index == 0) for index, (parameter, value) in enumerate(told)]
    return f"{name}({', '.join(plain)})"


def solved_text(op: Op) -> str:
    """Write the arguments that differ from the defaults, each with its name: `out_channels=8, kernel_size=(3, 5)`."""
    return ", ".join(
        f"{parameter.name}={f'{type(value).__name__}({solved_text(value)})' if isinstance(value, Op) else spell(value)}"
        for parameter, value in _told_of(op)
    )


def _told_of(op: Op) -> list[tuple[Parameter, object]]:
    return [
        (parameter, value)
        for parameter in signature(type(op))
        if (value := getattr(op, parameter.name)) != parameter.default
        and not (parameter.required and parameter.default is None and value is None)
        and parameter.kind is not VALUE
        and not (parameter.kind is OPERANDS and _numbers(value) is None)
    ]


def _numbers(operands: object) -> str | None:
    """Write the operands of a join with numbers among them: `110`, `1, …` with the value behind; None without any."""
    if not isinstance(operands, tuple) or all(item is None for item in operands):
        return None
    shown = operands[1:] if operands[0] is None and len(operands) == 2 else operands
    return ", ".join("…" if item is None else number_text(item) for item in shown)


def _told(parameter: Parameter, value: object, first: bool) -> str:
    if parameter.kind is OPERANDS:
        return _numbers(value) or ""
    # the numbers of a list of axes, parts or sides are no extents of one thing
    is_list = isinstance(value, tuple) and parameter.kind in (INT_PER_AXIS, INT_OR_LIST) and len(set(value)) > 1
    text = spell(value) if is_list else number_text(value)
    return text if first or isinstance(value, str | tuple) else f"{parameter.name}={text}"


def number_text(value: object) -> str:
    """Write an argument for people: equal pairs once, `3×5` for others, numbers without trailing zeros.

    Of rows of numbers only how many: `2×3 numbers`.
    """
    if isinstance(value, tuple):
        if value and isinstance(value[0], tuple):
            return f"{len(value)}×{len(value[0])} numbers"
        parts = [number_text(item) for item in value]
        if len(set(parts)) == 1:
            return parts[0]
        return "×".join(parts) if len(parts) <= 3 else ", ".join(parts)
    if isinstance(value, bool) or value is None:
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)


def window_text(arguments: Mapping[str, object]) -> str:
    """Write a window in short: `3×3 s2 p1 d2`; stride 1, padding 0 and dilation 1 are left out."""
    kernel = arguments["kernel_size"]
    parts = ["×".join(map(str, kernel)) if isinstance(kernel, tuple) else number_text(kernel)]
    for letter, name, usual in (("s", "stride", "1"), ("p", "padding", "0"), ("d", "dilation", "1")):
        value = number_text(arguments[name]) if name in arguments else usual
        if value != usual:
            parts.append(f"{letter}{value}" if value[0].isdigit() else value)
    groups = arguments.get("groups", 1)
    if groups != 1:
        parts.append(f"g{groups}")
    return " ".join(parts)


def field_text(field: Fields | None) -> str:
    """Write a receptive field: `46`, `46×50` where the axes differ, `~46` where it is a bound.

    `whole` where an axis is seen entirely, `unequal` where values of different steps met, `?` where it is not known.
    """
    if not field:
        return ""
    parts = [sight_text(axis) for axis in field]
    return parts[0] if len(set(parts)) == 1 else "×".join(parts)


def sight_text(axis: Seen) -> str:
    """Write a receptive field along one axis, as in field_text."""
    if isinstance(axis, NoGrid):
        return "?" if axis is NoGrid.UNKNOWN else axis.value
    return "whole" if axis.size is None else f"{'~' if axis.approximate else ''}{axis.size:,}"


def short_count(count: int) -> str:
    """Write a count with three digits: `950`, `8.39M`, `134M`."""
    for step, letter in ((10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "k")):
        if count >= step:
            value = count / step
            return (
                f"{value:.2f}{letter}"
                if value < 10
                else f"{value:.1f}{letter}"
                if value < 100
                else f"{value:.0f}{letter}"
            )
    return str(count)


def bytes_text(count: int) -> str:
    """Write an amount of memory: `32 B`, `23.79 KiB`, `13.90 MiB`, `144.00 GiB`."""
    for step, unit in ((2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB")):
        if count >= step:
            return f"{count / step:,.2f} {unit}"
    return f"{count} B"


def _elements(shape: Sequence[int]) -> int:
    total = 1
    for axis in shape:
        total *= axis
    return total
