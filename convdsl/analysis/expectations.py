"""`expect parameters <= 1M, macs(H=256, W=256) <= 1.7G`: evaluated, and blamed on layers where they fail."""

from collections.abc import Callable, Mapping
from operator import eq, ge, gt, le, lt, ne

from convdsl import codes
from convdsl.analysis import cost, judged, memory
from convdsl.analysis.accepted import Accepted
from convdsl.analysis.cost import Parts
from convdsl.analysis.geometry import Field, receptive_fields
from convdsl.diagnostics import Diagnostic, Edit, Help, Label
from convdsl.graph.evaluate import bare_name
from convdsl.graph.graph import Graph, Node
from convdsl.nearest import nearest
from convdsl.recipe import Recipe
from convdsl.record import dataclass
from convdsl.source import Span
from convdsl.syntax import tree

BLAMED = 3

_HOLDS: dict[str, Callable[[float, float], bool]] = {"==": eq, "!=": ne, "<=": le, "<": lt, ">=": ge, ">": gt}
_FLIP = {"==": "==", "!=": "!=", "<=": ">=", "<": ">", ">=": "<=", ">": "<"}
_WORDS = {"==": "exactly", "!=": "anything but", "<=": "at most", "<": "less than", ">=": "at least", ">": "more than"}
_SIZED = ("macs", "memory", "training_memory")  # asked at sizes
_BYTES = ("memory", "training_memory")  # which depend on the type of the numbers too
_QUANTITIES = ("parameters", "buffers", "receptive_field", *_SIZED)
_FOREIGN = ("flops", "gflops", "mflops")
_NOUNS = {
    "macs": "MACs",
    "receptive_field": "the receptive field",
    "memory": "bytes of values",
    "training_memory": "bytes of a training step",
}


@dataclass(frozen=True, slots=True)
class _Measured:
    """A quantity of the network; infinite where an output sees everything. notes: further sums that make it up."""

    name: str
    value: float
    parts: Parts | None = None
    notes: tuple[str, ...] = ()


class _ExpectError(Exception):
    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


def check_expectations(
    graph: Graph, legal: Accepted, recipe: Recipe, judge: judged.Judge | None = None
) -> tuple[Diagnostic, ...]:
    """Report every expectation that does not hold or cannot be understood.

    recipe: of the `train` section, for what training takes; judge: the discriminator that it names. Nothing is said of
    networks in which a shape is unknown: another message says why.
    """
    if any(node.shapes is None for node in graph.nodes):
        return ()
    found = (check_expectation(graph, legal, recipe, condition, judge) for condition in graph.expectations)
    return tuple(diagnostic for diagnostic in found if diagnostic is not None)


def check_expectation(
    graph: Graph, legal: Accepted, recipe: Recipe, condition: tree.Expr, judge: judged.Judge | None = None
) -> Diagnostic | None:
    """Report one expectation if it does not hold or cannot be understood; every shape has to be known."""
    try:
        return _check(graph, legal, recipe, condition, judge)
    except _ExpectError as mistake:
        return mistake.diagnostic


def misunderstood(condition: tree.Expr) -> Diagnostic | None:
    """Report what is wrong with an expectation whatever the network is."""
    try:
        _quantity(_comparison(condition)[1])
    except _ExpectError as mistake:
        return mistake.diagnostic
    return None


def _comparison(condition: tree.Expr) -> tuple[str, tree.Expr, tree.Number]:
    """Take an expectation apart: operator, quantity, number, in this order whichever way it was written."""
    if not isinstance(condition, tree.Binary) or condition.operator not in _HOLDS:
        raise _wrong("an expectation compares a quantity with a number", condition.span, "such as `parameters <= 1M`")
    operator, quantity, number = condition.operator, condition.left, condition.right
    if isinstance(quantity, tree.Number):
        operator, quantity, number = _FLIP[operator], number, quantity
    if not isinstance(number, tree.Number):
        raise _wrong("a quantity is compared with a number", number.span, "such as 3_643_514, 1.7G or 200MiB")
    return operator, quantity, number


def _check(
    graph: Graph, legal: Accepted, recipe: Recipe, condition: tree.Expr, judge: judged.Judge | None
) -> Diagnostic | None:
    operator, quantity, number = _comparison(condition)
    measured = _measure(graph, legal, recipe, quantity, judge)
    if _HOLDS[operator](measured.value, number.value):
        return None
    return _failed(condition.span, operator, measured, number)


def _measure(graph: Graph, legal: Accepted, recipe: Recipe, expr: tree.Expr, judge: judged.Judge | None) -> _Measured:
    name, arguments = _quantity(expr)
    if name == "receptive_field":
        return _Measured(name, _field(graph))
    if name in ("parameters", "buffers"):
        parts = cost.parameters(graph) if name == "parameters" else cost.buffers(graph)
        return _Measured(name, parts.total, parts)
    width = memory.WIDTHS["float32"]
    if name in _BYTES:
        width, arguments = _width(arguments)
    sizes = _sizes(legal, name, arguments, expr.span)
    if name == "training_memory":
        return _training(judged.training(graph, judge, sizes, width, recipe.optimizer.remembered))
    parts = cost.macs(graph, sizes) if name == "macs" else memory.inference(graph, sizes, width)
    return _Measured(name, parts.total, parts)


def _training(found: memory.Training) -> _Measured:
    terms = {
        "parameters": found.parameters,
        "buffers": found.buffers,
        "gradients": found.gradients,
        "optimizer state": found.optimizer,
        "values kept for the backward pass": found.saved,
        "values and gradients in passing": found.passing,
        "discriminator": found.discriminator,
    }
    note = f"{found.total:,} = " + " + ".join(f"{number:,} {term}" for term, number in terms.items() if number)
    more = (judged.UNCOUNTED,) if found.discriminator is None else ()
    return _Measured("training_memory", found.total, found.blame, (note, *more))


def _width(arguments: tuple[tree.Argument, ...]) -> tuple[int, tuple[tree.Argument, ...]]:
    """Take `dtype=bfloat16` out of the arguments; return how many bytes such a number has, and the other arguments."""
    given = [argument for argument in arguments if argument.name == "dtype"]
    if not given:
        return memory.WIDTHS["float32"], arguments
    value = given[-1].value
    word = value.value if isinstance(value, tree.String) else bare_name(value)
    known = ", ".join(f"`{name}`" for name in memory.WIDTHS)
    if len(given) > 1:
        raise _wrong("`dtype` is given twice", given[1].span, "give it once")
    if word is None or word not in memory.WIDTHS:
        raise _wrong("this is no type of the network's numbers", value.span, f"there are {known}")
    return memory.WIDTHS[word], tuple(argument for argument in arguments if argument is not given[0])


def _quantity(expr: tree.Expr) -> tuple[str, tuple[tree.Argument, ...]]:
    match expr:
        case tree.Name(name) if name in _QUANTITIES:
            return name, ()
        case tree.Function(name, arguments) if name in _SIZED:
            return name, arguments
        case tree.Function(name) if name in _QUANTITIES:
            raise _wrong(f"`{name}` takes no sizes", expr.span, f"write `{name}`")
    way = (
        "what can be expected: parameters, buffers, receptive_field, macs(H=256, W=256), memory(N=1, H=256, W=256), "
        "training_memory(N=16, H=96, W=96, dtype=bfloat16)"
    )
    word, place = (expr.name, expr.name_span) if isinstance(expr, tree.Function) else (bare_name(expr), expr.span)
    said = "this is" if word is None else f"`{word}` is"
    helps: tuple[Help, ...] = (Help(way),)
    if word is not None and word.lower() in _FOREIGN:
        helps = (Help("1 MAC is 2 FLOPs: write `macs(H=256, W=256)`, and half of the number"), *helps)
    elif word is not None and (near := nearest(word, _QUANTITIES)) is not None:
        helps = (Help(f"did you mean `{near}`", (Edit(place, near),)),)
    raise _ExpectError(Diagnostic(codes.EXPECTATION, f"{said} no quantity of a network", Label(place), helps=helps))


def _sizes(legal: Accepted, name: str, arguments: tuple[tree.Argument, ...], span: Span) -> Mapping[str, int]:
    sizes: dict[str, int] = {}
    for argument in arguments:
        value = argument.value.value if isinstance(argument.value, tree.Number) else None
        if argument.name not in (*legal.axes, "N") or argument.name in sizes:
            known = ", ".join(f"`{symbol}`" for symbol in (*legal.axes, "N"))
            type_ = ", and `dtype`" if name in _BYTES else ""
            raise _wrong(f"`{name}` is asked at sizes of the input", argument.span, f"name each once: {known}{type_}")
        if not isinstance(value, int) or value < 1:
            raise _wrong("a size is a whole number of at least 1", argument.span, f"such as {argument.name}=256")
        sizes[argument.name] = value
    missing = [symbol for symbol in legal.axes if symbol not in sizes]
    if missing:
        example = ", ".join(f"{symbol}={_example(legal, symbol)}" for symbol in legal.axes)
        raise _wrong(f"`{name}` depends on {' and '.join(missing)}", span, f"write `{name}({example})`")
    if not legal.contains(sizes):
        near = legal.nearest({symbol: sizes[symbol] for symbol in legal.axes})
        texts = [", ".join(f"{symbol}={size}" for symbol, size in choice.items()) for choice in near]
        way = "a size that is: " + " or ".join(texts) if texts else "no size is"
        asked = ", ".join(f"{symbol}={sizes[symbol]}" for symbol in legal.axes)
        raise _ExpectError(
            Diagnostic(codes.SIZE_ILLEGAL, f"{asked} is not accepted by the network", Label(span), helps=(Help(way),))
        )
    return sizes


def _example(legal: Accepted, symbol: str) -> int:
    below, above = legal.axes[symbol].nearest(256)
    return below or above or 256


def _field(graph: Graph) -> float:
    """Return the pixels that an output sees at most along its shorter side, infinite where it sees everything."""
    fields = receptive_fields(graph)
    sizes: list[float] = []
    for output in graph.outputs:
        for field in fields[output.value.node] or ():
            size = field.size if isinstance(field, Field) else None
            sizes.append(float("inf") if size is None else size)
    return min(sizes, default=float("inf"))


def _failed(span: Span, operator: str, measured: _Measured, number: tree.Number) -> Diagnostic:
    noun = _NOUNS.get(measured.name, measured.name)
    shown = "everything" if measured.value == float("inf") else f"{measured.value:,.0f}"
    if measured.name in _BYTES:
        shown += f" ({measured.value / 2**20:,.2f} MiB)"
    verb, were = ("is", "was") if measured.name == "receptive_field" else ("are", "were")
    expected = f"{number.value:,}" if isinstance(number.value, int) else f"{number.value:,.0f}"
    subject = noun if measured.name == "receptive_field" else f"the {noun}"
    message = f"{subject} {verb} {shown}, {_WORDS[operator]} {expected} {were} expected"
    labels: list[Label] = []
    notes: list[str] = []
    if measured.parts is not None and measured.parts.parts:
        blamed = measured.parts.largest(BLAMED)
        rest = measured.parts.total - sum(number for _, number in blamed)
        labels = _labels(blamed)
        terms = [f"{count:,} `{_name(node)}`" for node, count in blamed]
        others = len(measured.parts.parts) - len(blamed)
        if others:
            terms.append(f"{rest:,} in {others} more")
        notes = [f"{measured.parts.total:,} = " + " + ".join(terms)]
    way = {
        "==": f"expect what it is: `{measured.name} == {measured.value:_.0f}`",
        "<=": "fewer channels in the layers named here, or a larger number",
        ">=": "more or wider windows, larger strides, or a smaller number",
    }.get(operator, "change the number, or the layers named here")
    if measured.name in _SIZED and operator == "==":
        way = "change the number, or the layers named here"
    elif measured.name in _BYTES and operator == "<=":
        way = "fewer channels in the layers named here, a smaller batch, or a larger number"
    where = Label(span, f"{shown}" if measured.value != float("inf") else "sees all of the input")
    return Diagnostic(codes.EXPECTATION, message, where, tuple(labels), (*notes, *measured.notes), (Help(way),))


def _labels(blamed: tuple[tuple[Node, int], ...]) -> list[Label]:
    """Point at the layers; those made by one line of the text share a label."""
    sums: dict[Span, tuple[int, int]] = {}
    for node, count in blamed:
        total, times = sums.get(node.span, (0, 0))
        sums[node.span] = total + count, times + 1
    return [Label(s, f"{total:,}" + (f" in {times} layers" if times > 1 else "")) for s, (total, times) in sums.items()]


def _name(node: Node) -> str:
    return node.key or node.name


def _wrong(message: str, span: Span, way: str) -> _ExpectError:
    return _ExpectError(Diagnostic(codes.EXPECTATION, message, Label(span), helps=(Help(way),)))
