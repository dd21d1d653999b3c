"""Print the steps of a network as the body of `forward`: one line a layer, its shape beside it."""

import re
from collections.abc import Iterator

from convdsl.graph.graph import Graph, InputTensor
from convdsl.lower.declare import access
from convdsl.lower.hierarchy import Branch, Leaf, Refused
from convdsl.lower.names import Locals, prose
from convdsl.lower.simplify import Steps, simplify
from convdsl.lower.steps import Program, Step
from convdsl.lower.text import Group, commented, lines, wrapped
from convdsl.op import Expression
from convdsl.shape import Axis, Product, Shape
from convdsl.sizes import Size, text

_LONGEST = 40  # columns of a module's path; a longer one is reached through a local
_SINGLE_QUOTED = re.compile(r"'([^'\"\\\n]*)'")


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
    paths = _Paths(program)
    returned = program.results if len(program.results) == 1 else ()
    untyped = {name for name in (program.flow, *returned) if name not in program.arguments}
    for step in program.steps:
        yield from paths.before(step)
        if step.shape not in comments:
            comments[step.shape] = prose(str(simplify(step.shape, known))) if step.shape is not None else ""
        yield from _statement(step, paths, comments[step.shape], untyped)
        if step.drop:
            yield from _deletion(step.drop)
    results = program.results
    yield from lines(8, "return ", results[0] if len(results) == 1 else ", ".join(results))


def _statement(step: Step, paths: "_Paths", comment: str, untyped: set[str]) -> Iterator[str]:
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


def _deletion(names: tuple[str, ...]) -> Iterator[str]:
    for line in wrapped([f"{name}," for name in names], 80):
        yield f"        del {line.removesuffix(',')}"


class _Paths:
    """The text that reaches each module; long ones through locals that are assigned where they are first needed."""

    def __init__(self, program: Program) -> None:
        self._root = program.modules
        used = [*program.arguments, program.flow]
        used += [name for step in program.steps for name in (*step.outputs, step.also) if name]
        self._names = Locals(tuple(used))
        self._text: dict[tuple[str, ...], str] = {(): "self"}
        self._branch: dict[tuple[str, ...], Branch] = {(): program.modules}
        self._pending: list[str] = []

    def before(self, step: Step) -> Iterator[str]:
        """Yield the assignments that the step's path needs."""
        if step.leaf is not None:
            self._reach(step.leaf.path[:-1])
        yield from self._pending
        self._pending.clear()

    def _reach(self, path: tuple[str, ...]) -> None:
        for depth in range(1, len(path) + 1):
            here = path[:depth]
            if here in self._text:
                continue
            parent = self._branch[here[:-1]]
            branch = parent.children[here[-1]]
            assert isinstance(branch, Branch)
            self._branch[here] = branch
            words = access(self._text[here[:-1]], parent, here[-1])
            untyped = depth == 1 and parent.is_sequential  # an item of an nn.Sequential is any module to type checkers
            if len(words) > _LONGEST or words.startswith("getattr") or untyped:
                name = self._names.take("layers_" + "_".join(here[-2:]))
                self._pending.append(f"        {name}{': Any' if untyped else ''} = {words}")
                words = name
            self._text[here] = words

    def expression(self, step: Step) -> str:
        plan = step.plan
        if step.leaf is not None:
            path = self._path(step.leaf)
            if step.leaf.plan.applied:
                return step.leaf.plan.applied.format(*step.inputs, module=path)
            return f"{path}({', '.join(step.inputs)})"
        template = plan.template if isinstance(plan, Expression) else plan.inplace if step.inplace else plan.function
        if not template:
            raise Refused(f"`{step.node.name}` has no place among the modules and is no function", step.node)
        return _SINGLE_QUOTED.sub(r'"\1"', template.format(*step.inputs, training="self.training"))

    def _path(self, leaf: Leaf) -> str:
        path = leaf.path
        return access(self._text[path[:-1]], self._branch[path[:-1]], path[-1])


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
