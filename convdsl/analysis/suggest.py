"""What the inputs promise by `where`, and better `where` lines to offer.

A line is offered only if it can be read back and says exactly what was meant.
"""

from collections.abc import Iterator, Mapping

from convdsl import codes
from convdsl.analysis.accepted import Accepted
from convdsl.analysis.where import Region, region
from convdsl.diagnostics import Diagnostic, Edit, Help, Label
from convdsl.graph.graph import Graph, InputTensor
from convdsl.record import dataclass, field
from convdsl.sizeset import SizeSet, everything
from convdsl.source import Span
from convdsl.syntax import tree
from convdsl.syntax.expression import parse_fragment

LONGEST = 200  # characters of a line that is still of use to a reader


@dataclass(frozen=True, slots=True)
class Promised:
    """The sizes that the inputs promise.

    mentioned: the symbols of which a `where` speaks; the others are promised as far as they are accepted.
    places: for each of them the conditions that speak of it.
    """

    region: Region = field(default_factory=Region)
    mentioned: frozenset[str] = frozenset()
    places: Mapping[str, tuple[Span, ...]] = field(default_factory=dict)

    def is_finite(self, symbol: str) -> bool:
        """Tell whether finitely many sizes of a symbol are promised."""
        return all(box.get(symbol, everything()).is_finite for box in self.region.boxes)


def promised_by(graph: Graph, symbols: tuple[str, ...]) -> tuple[Promised, tuple[Diagnostic, ...]]:
    """Read the `where` lines of all inputs."""
    conditions = [condition for tensor in graph.inputs for condition in tensor.where]
    found, mistakes = region(conditions, symbols)
    places: dict[str, list[Span]] = {}
    for condition in conditions:
        for name in dict.fromkeys(_names(condition)):
            if name in symbols:
                places.setdefault(name, []).append(condition.span)
    if found.is_empty and not mistakes and conditions:
        way = Help("write conditions that one size can meet together")
        mistakes = (Diagnostic(codes.WHERE, "no size meets this `where`", Label(conditions[0].span), helps=(way,)),)
    return Promised(found, frozenset(places), {name: tuple(spans) for name, spans in places.items()}), mistakes


def _names(expr: tree.Expr) -> Iterator[str]:
    match expr:
        case tree.Name(name) | tree.Call(name):
            yield name
        case tree.Unary(_, operand):
            yield from _names(operand)
        case tree.Binary(_, left, right):
            yield from _names(left)
            yield from _names(right)
        case tree.Sequence(items):
            for item in items:
                yield from _names(item)


def suggest(graph: Graph, promised: Promised, sizes: Accepted, verb: str = "promise it") -> tuple[Help, ...]:
    """Offer the `where` line that promises these sizes, as far as they were promised before if any of them were."""
    text = _line(promised, sizes)
    if not text:
        return ()
    sentence = f"{verb}: `where {text}`"
    owner = _owner(graph)
    if owner is None:
        return (Help(sentence),)
    spans = [condition.span for condition in owner.where]
    if spans:
        return (Help(sentence, (Edit(spans[0].to(spans[-1]), text),)),)
    return (Help(sentence),)


def _line(promised: Promised, sizes: Accepted) -> str:
    if sizes.is_empty:
        return ""
    axes = _narrowed(promised, sizes)
    if axes is None:
        text = sizes.where()
        return text if len(text) <= LONGEST and _reads_as(text, sizes.axes, None) else ""
    terms = [axis.where(symbol, brief=True) for symbol, axis in axes.items()]
    text = ", ".join(term for term in terms if term)
    expected = Region(({symbol: axis for symbol, axis in axes.items() if axis != everything()},))
    return text if len(text) <= LONGEST and _reads_as(text, axes, expected) else ""


def _narrowed(promised: Promised, sizes: Accepted) -> dict[str, SizeSet] | None:
    """Return one set for each symbol, within what was promised where that leaves any; None if one box does not do."""
    boxes = promised.region.boxes
    box: Mapping[str, SizeSet] = boxes[0] if promised.mentioned and len(boxes) == 1 else {}
    whole: tuple[Mapping[str, tuple[int, int | None]], ...] = ({},)
    within = {symbol: axis.intersect(box.get(symbol, everything())) for symbol, axis in sizes.axes.items()}
    found: list[dict[str, SizeSet]] = []
    for rectangle in whole if sizes.joint is None else sizes.joint:
        cell: dict[str, SizeSet] = {}
        for symbol, axis in within.items():
            cell[symbol] = axis.between(*rectangle[symbol]) if symbol in rectangle else axis
        if not any(axis.is_empty for axis in cell.values()):
            found.append(cell)
    if len(found) == 1:
        return found[0]
    return dict(sizes.axes) if sizes.joint is None else None


def _reads_as(text: str, axes: Mapping[str, object], expected: Region | None) -> bool:
    """Tell whether a line is a condition of the language that means what is expected."""
    if not text:
        return False
    conditions, mistakes = parse_fragment(text, "conditions", Span)
    if mistakes or not isinstance(conditions, tuple):
        return False
    found, wrong = region(conditions, tuple(axes))
    return not wrong and (expected is None or found == expected)


def _owner(graph: Graph) -> InputTensor | None:
    """Return the one input whose line can carry the whole `where`, None where it is spread or in another file."""
    bearing = [tensor for tensor in graph.inputs if tensor.where]
    if len(bearing) == 1:
        return bearing[0]
    return graph.inputs[0] if not bearing and len(graph.inputs) == 1 else None
