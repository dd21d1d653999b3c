"""Print the steps of a network as the body of `forward`: one line a layer, its shape beside it."""

from collections.abc import Iterator, Mapping, Sequence

from convdsl.graph.graph import Graph, InputTensor
from convdsl.lower.hierarchy import Refused
from convdsl.lower.names import prose
from convdsl.lower.paths import Paths, applied, function
from convdsl.lower.simplify import Steps, simplify
from convdsl.lower.steps import Program, Step
from convdsl.lower.text import Group, commented, lines, wrapped
from convdsl.lower.turns import turns
from convdsl.shape import Axis, Product, Shape
from convdsl.sizes import Size, text


def signature_lines(graph: Graph, program: Program) -> Iterator[str]:
    """Yield the `def` line of forward."""
    items: list[tuple[str, Group | str]] = [("", "self")]
    needed_later = False
    for name, item in reversed(list(zip(program.arguments, graph.inputs, strict=True))):
        needed_later = needed_later or item.default is None
        kind = "Tensor" if item.default is None else "Tensor | None"
        items.insert(1, (f"{name}: ", kind if item.default is None or needed_later else f"{kind} = None"))
    count = len(graph.outputs)
    result = "Tensor" if count == 1 else str(Group("tuple[", (("", "Tensor"),) * count, "]"))
    yield from lines(4, "def forward", Group("(", tuple(items), ")"), f" -> {result}:")


def body(graph: Graph, program: Program, known: Steps) -> Iterator[str]:
    """Yield the statements of forward; known: what legal sizes have in common, for the comments."""
    comments: dict[Shape | None, str] = {None: ""}
    for name, item in zip(program.arguments, graph.inputs, strict=True):
        if item.default is not None:
            yield f"        if {name} is None:"
            yield from lines(12, f"{name} = ", _default(graph, program, item))
    loops = turns(program, function)
    paths = Paths(program, [loop.path for loop in loops.values()])
    returned = program.results if len(program.results) == 1 else ()
    untyped = {name for name in (program.flow, *returned) if name not in program.arguments}
    at = 0
    while at < len(program.steps):
        loop = loops.get(at)
        turn = program.steps[at : at + (1 if loop is None else loop.period)]
        for step in turn:
            if step.shape not in comments:
                comments[step.shape] = prose(str(simplify(step.shape, known))) if step.shape is not None else ""
        yield from paths.before(turn[0])
        if loop is not None:
            yield from _loop(turn, loop.path, paths, comments, untyped)
        else:
            yield from _statement(turn[0], paths, comments[turn[0].shape], untyped)
            if turn[0].drop:
                yield from _deletion(turn[0].drop)
        at += 1 if loop is None else loop.steps
    results = program.results
    yield from lines(8, "return ", results[0] if len(results) == 1 else ", ".join(results))


def _statement(step: Step, paths: Paths, comment: str, untyped: set[str]) -> Iterator[str]:
    """Yield a layer's line. untyped: names whose type has not been said, for to type checkers a module returns Any."""
    expression = paths.expression(step)
    named = [name for name in (*step.outputs, step.also) if name in untyped and name != expression]
    untyped.difference_update(named)
    if named and len(step.outputs) == 1 and not step.also:
        yield from commented(8, f"{named[0]}: Tensor = ", expression, comment)
        return
    yield from (f"        {name}: Tensor" for name in named)
    targets = [", ".join(step.outputs)] + ([step.also] if step.also else [])
    if len(step.outputs) > 1:
        yield from commented(8, f"{targets[0]} = ", expression, comment)
        if step.also:
            yield f"        {step.also} = {step.outputs[0]}"
        return
    targets = [target for target in targets if target != expression]  # Identity of the flow itself
    if targets:
        yield from commented(8, " = ".join(targets) + " = ", expression, comment)


def _loop(
    turn: Sequence[Step],
    path: tuple[str, ...],
    paths: Paths,
    comments: Mapping[Shape | None, str],
    untyped: set[str],
) -> Iterator[str]:
    """Yield the loop over the layers of an nn.Sequential. turn: what is done with the first of them."""
    first = turn[0]
    (flow,), (entering,) = first.outputs, first.inputs
    if entering != flow:
        yield f"        {flow}{': Tensor' if flow in untyped else ''} = {entering}"
        untyped.discard(flow)
    yield f"        for {paths.turn} in {paths.branch(path)}:"
    for step in turn:
        expression = function(step) if step.leaf is None else applied(step, paths.turn, (flow,))
        if expression != flow:  # Identity
            yield from commented(12, f"{flow} = ", expression, comments[step.shape])


def _deletion(names: tuple[str, ...]) -> Iterator[str]:
    for line in wrapped([f"{name}," for name in names], 80):
        yield f"        del {line.removesuffix(',')}"


def _default(graph: Graph, program: Program, item: InputTensor) -> Group:
    """Print the tensor that stands for an input that is not given."""
    given = [
        (name, other)
        for name, other in zip(program.arguments, graph.inputs, strict=True)
        if other.default is None and other is not item
    ]
    symbols: dict[str, str] = {}
    for name, other in given:
        for index, axis in enumerate(other.shape.axes):
            if isinstance(axis, Size) and isinstance(axis.base, str) and not axis.chain:
                symbols.setdefault(axis.base, f"{name}.shape[{index}]")
    axes = ", ".join(_size(axis, symbols, item) for axis in item.shape.axes)
    if not given:
        raise Refused(f"the input `{item.name}` has a default, and no other input tells its size")
    return Group(f"{given[0][0]}.new_full(", (("", f"({axes})"), ("", repr(float(item.default or 0.0)))), ")")


def _size(axis: Axis, symbols: dict[str, str], item: InputTensor) -> str:
    if isinstance(axis, Product):
        raise Refused(f"the size {axis} of the input `{item.name}` is a product")
    if axis.symbol is not None and axis.symbol not in symbols:
        raise Refused(f"the input `{item.name}` has a default, and no other input tells its size {axis.symbol}")
    return text(_replaced(axis, symbols))


def _replaced(size: Size, symbols: dict[str, str]) -> Size:
    base = size.base
    if isinstance(base, tuple):
        return Size(tuple(_replaced(part, symbols) for part in base), size.chain)
    return Size(symbols[base] if isinstance(base, str) else base, size.chain)
