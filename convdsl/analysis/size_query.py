"""Whether a network takes a size that is asked about, and if not: what fails first, what is nearest, what to change.

The answer is exact at any size, also beyond those up to which a set is known: every guard is evaluated at the numbers.
"""

from collections.abc import Mapping

from convdsl import codes
from convdsl.analysis import explain
from convdsl.analysis.accepted import Accepted
from convdsl.analysis.asked import Given, size_text, sizes_at
from convdsl.analysis.closest import closest, closest_on, is_proven
from convdsl.analysis.explain import Context
from convdsl.analysis.guards import holds
from convdsl.analysis.picture import picture_ways
from convdsl.analysis.repair import Repair, repairs
from convdsl.analysis.suggest import Promised, promised_by
from convdsl.analysis.trace import axis_of, ends
from convdsl.analysis.where import region
from convdsl.diagnostics import Diagnostic, Help, Label
from convdsl.graph.graph import Graph, Node
from convdsl.mistake import MistakeError
from convdsl.op import Equal, Guard, NotLess
from convdsl.record import dataclass, replace
from convdsl.shape import Shape

Sizes = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said of one size.

    asked: as it was written. sizes: of the symbols, empty where it fits no input. runs: PyTorch runs the network;
    legal: and every shape promise holds; promised: and the inputs promise it. nearest: up to four legal choices, those
    closest first, where it is not legal. outputs: their shapes at it, where the network runs. finding: None where the
    size is promised.
    """

    asked: str
    sizes: Sizes
    runs: bool
    legal: bool
    promised: bool
    nearest: tuple[Sizes, ...]
    outputs: tuple[tuple[str, Shape], ...]
    finding: Diagnostic | None


def ask(graph: Graph, accepted: Accepted, legal: Accepted, asked: str, given: Given) -> Answer:
    """Answer for one size; `given` is what `read_size` made of `asked`.

    Every shape of the graph has to be known, and some size be accepted.
    """
    try:
        sizes = sizes_at(graph, tuple(accepted.axes), given)
    except MistakeError as mistake:
        return Answer(asked, {}, False, False, False, (), (), _misfit(graph, asked, mistake))
    promised, _ = promised_by(graph, tuple(accepted.axes))
    query = _Query(graph, accepted, legal, promised, asked, sizes)
    runs, kept = _first_broken(accepted, sizes) is None, _first_broken(legal, sizes) is None
    in_where = promised.region.contains(sizes)
    finding = query.refusal() if not runs else query.broken() if not kept else None if in_where else query.unpromised()
    shapes = [(output.name, graph.shape(output.value)) for output in graph.outputs]
    outputs = tuple((name, shape.at(sizes)) for name, shape in shapes if shape is not None) if runs else ()
    return Answer(asked, sizes, runs, kept, kept and in_where, () if kept else closest(legal, sizes), outputs, finding)


def _first_broken(sets: Accepted, sizes: Sizes) -> tuple[Guard, int] | None:
    """Return the first guard that fails, with its origin."""
    for guard, origin in sets.pairs:
        if not holds(guard, sizes):
            assert isinstance(origin, int)
            return guard, origin
    return None


def _misfit(graph: Graph, asked: str, mistake: MistakeError) -> Diagnostic:
    where = Label(graph.inputs[0].declaration.span)
    helps = (Help(mistake.way_out),) if mistake.way_out else ()
    return Diagnostic(codes.SIZE_ILLEGAL, f"`{asked}` is no size of this network: {mistake}", where, helps=helps)


class _Query:
    """One size of one network."""

    def __init__(
        self, graph: Graph, accepted: Accepted, legal: Accepted, promised: Promised, asked: str, sizes: Sizes
    ) -> None:
        self.graph, self.accepted, self.legal = graph, accepted, legal
        self.promised, self.asked, self.sizes = promised, asked, sizes
        self.context = Context(graph, accepted, {}, asked=True)

    # ------------------------------------------------------------ three answers

    def refusal(self) -> Diagnostic:
        """Say which layer cannot run first, and what could be changed."""
        found = _first_broken(self.accepted, self.sizes)
        assert found is not None
        guard, origin = found
        node = self.graph.nodes[origin]
        said = explain.failure(self.context, node, guard, self.sizes, self._repairs(node, guard))
        said = replace(said, layers=(node.name,))
        helps = (*said.helps, *picture_ways(self.graph, self.legal, self.sizes))
        return self._as_answer(said, f"`{self.asked}` is not accepted", helps)

    def broken(self) -> Diagnostic:
        """Say which shape promise fails although the network runs."""
        found = _first_broken(self.legal, self.sizes)
        assert found is not None
        guard, origin = found
        promise = self.graph.promises[-1 - origin]
        said = explain.broken_promise(self.context, promise, guard, self.sizes, ())
        shape = self.graph.shape(promise.value)
        restated = () if shape is None or promise.trail else (Help(f"or promise what it is: `{shape}`"),)
        return self._as_answer(
            said,
            f"`{self.asked}` runs, but breaks a promise",
            (*picture_ways(self.graph, self.legal, self.sizes), *restated),
        )

    def unpromised(self) -> Diagnostic:
        """Say that the network takes the size, and that no `where` promises it."""
        conditions = [condition for tensor in self.graph.inputs for condition in tensor.where]
        spans = [one.span for one in conditions if not region([one], tuple(self.sizes))[0].contains(self.sizes)]
        where = Label((spans or [conditions[0].span])[0], f"does not hold at {self._named(self.sizes)}")
        code = codes.SIZE_UNPROMISED
        message = f"`{self.asked}` is accepted, and `where` does not promise it"
        ways = self._nearest_promised()
        helps = (Help(f"the nearest that it promises: {ways}"),) if ways else ()
        return Diagnostic(code, message, where, (), self.context.note(), helps, code.severity)

    def _as_answer(self, said: Diagnostic, verdict: str, helps: tuple[Help, ...]) -> Diagnostic:
        near = self._nearest()
        proven = all(is_proven(axis, self.sizes[symbol]) for symbol, axis in self.legal.axes.items())
        word = "nearest" if proven else "nearest known"
        message = f"{verdict}; {word}: {near}" if near else f"{verdict}, and no size is better"
        notes = (said.message, *self._sets())
        return replace(said, code=codes.SIZE_ILLEGAL, message=message, notes=notes, helps=helps)

    def _sets(self) -> tuple[str, ...]:
        """State the sizes that would do: those accepted, or those of them at which every promise holds besides."""
        accepted, legal = (Context(self.graph, sets, {}).note() for sets in (self.accepted, self.legal))
        if accepted == legal:
            return accepted
        return (legal[0].replace("accepted", "accepted, with every promise kept", 1), *legal[1:])

    # ----------------------------------------------------------- what is nearest

    def _nearest(self) -> str:
        """Print the changes of each axis, `H 350 -> 352 or 336`, or of all where they are tied to each other."""
        if self.legal.joint is not None:
            choices = closest(self.legal, self.sizes)[:2]
            return f"{self._text(self.sizes)} -> {' or '.join(map(self._text, choices))}" if choices else ""
        parts = []
        for symbol, axis in self.legal.axes.items():
            size = self.sizes[symbol]
            near = closest_on(axis, size)
            if near and near != (size,):
                parts.append(f"{symbol} {size} -> {' or '.join(map(str, near))}")
        return ", ".join(parts)

    def _nearest_promised(self) -> str:
        boxes = self.promised.region.boxes
        if len(boxes) != 1 or self.legal.joint is not None:
            return ""
        axes = {s: axis.intersect(boxes[0].get(s, axis)) for s, axis in self.legal.axes.items()}
        choices = closest(Accepted(axes, None, axes, ()), self.sizes)[:2]
        return " or ".join(f"`{self._text(choice)}`" for choice in choices)

    def _text(self, sizes: Sizes) -> str:
        return size_text(self.graph, sizes)

    def _named(self, sizes: Sizes) -> str:
        return ", ".join(f"{symbol} = {number}" for symbol, number in sizes.items())

    # ------------------------------------------------------------ what to change

    def _repairs(self, node: Node, guard: Guard) -> list[Repair]:
        """Return changes of layers with which the network takes this size, and all that it took before."""
        axis = axis_of(self.graph, node, guard)
        if axis is None or not isinstance(guard, Equal | NotLess):
            return []
        return repairs(self.graph, node, ends(self.graph, node, guard), axis[0], tuple(self.accepted.axes), self._judge)

    def _judge(self, candidate: Accepted) -> str | None:
        if _first_broken(candidate, self.sizes) is not None or self.legal.joint is not None:
            return None
        wider = all(axis.is_subset(candidate.axes[symbol]) for symbol, axis in self.legal.axes.items())
        return "" if wider and candidate.joint is None else None
