"""The check of sizes: accepted against promised, shape promises, and what to say where they part (rule 9).

One mistake, one message: after a finding at a layer, all that depends on that layer is left out, and the search goes on
for mistakes that are independent of it.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from functools import cached_property

from convdsl import codes
from convdsl.analysis import explain
from convdsl.analysis.accepted import Accepted, Blame, accepted
from convdsl.analysis.counter import first_broken, outside
from convdsl.analysis.explain import Context
from convdsl.analysis.guards import holds, meet, symbols_of
from convdsl.analysis.repair import Repair, repairs
from convdsl.analysis.suggest import Promised, promised_by, suggest
from convdsl.analysis.trace import axis_of, call_label, descendants, ends, op_name
from convdsl.diagnostics import Diagnostic, Help, Label
from convdsl.graph.graph import Graph, Node, Promise
from convdsl.op import AtLeast, Equal, Guard, NotLess
from convdsl.record import dataclass
from convdsl.sizes import Size
from convdsl.sizeset import SizeSet, everything

MOST_FINDINGS = 5


@dataclass(frozen=True, slots=True)
class Legal:
    """The answer about a network's sizes.

    accepted: where PyTorch runs it. legal: where besides every shape promise holds. promised: what `where` says.
    Origins of guards are node indices, and -1 - i for the i-th promise of the graph.
    """

    accepted: Accepted
    legal: Accepted
    promised: Promised
    diagnostics: tuple[Diagnostic, ...]


Pairs = list[tuple[Guard, Hashable]]


def check_sizes(graph: Graph) -> Legal:
    """Find the exact sizes of a network and everything that is wrong with them."""
    symbols = symbols_in(graph)
    promised, mistakes = promised_by(graph, symbols)
    pairs = guards_of(graph.nodes)
    claims: Pairs = [(guard, -1 - i) for i, promise in enumerate(graph.promises) for guard in promise.guards]
    runs = accepted(pairs, symbols)
    legal = accepted((*runs.pairs, *claims), symbols) if claims else runs
    if mistakes:
        return Legal(runs, legal, promised, mistakes)
    if legal.unsplit:
        return Legal(runs, legal, promised, _unsplit(graph, legal))
    check = _Check(graph, symbols, promised, runs, legal)
    found = check.failures()
    if not runs.is_empty:
        found += check.broken_promises(check.lost)
    if not found:
        found += check.strictness()
    return Legal(runs, legal, promised, tuple(found))


def _unsplit(graph: Graph, legal: Accepted) -> tuple[Diagnostic, ...]:
    """Report the layer, or the promise, whose sizes are too many to be looked at."""
    guard = legal.unsplit[0]
    origin = next(origin for one, origin in legal.pairs if one == guard)
    assert isinstance(origin, int)
    if origin >= 0:
        node = graph.nodes[origin]
        return (explain.unsplit(guard, f"`{op_name(node)}` takes", node.span, call_label(node, node.span)),)
    return (explain.unsplit(guard, "the promise is of", graph.promises[-1 - origin].span),)


def guards_of(nodes: Iterable[Node]) -> Pairs:
    """List the guards of nodes with their nodes; equal layers share one tuple of guards, the first of them stands."""
    seen: set[int] = set()
    out: Pairs = []
    for node in nodes:
        guards = node.guards
        if guards and id(guards) not in seen:
            seen.add(id(guards))
            out.extend((guard, node.index) for guard in guards)
    return out


def symbols_in(graph: Graph) -> tuple[str, ...]:
    """List the size symbols of the inputs, in order; the batch is none of them."""
    found: dict[str, None] = {}
    for tensor in graph.inputs:
        for axis in tensor.shape.spatial:
            if isinstance(axis, Size) and axis.symbol is not None:
                found[axis.symbol] = None
    return tuple(found)


class _Check:
    """One run over one graph."""

    def __init__(
        self, graph: Graph, symbols: tuple[str, ...], promised: Promised, runs: Accepted, legal: Accepted
    ) -> None:
        self.graph, self.symbols, self.promised = graph, symbols, promised
        self.runs, self.legal = runs, legal
        self.lost: set[int] = set()  # nodes at or behind a finding

    @cached_property
    def context(self) -> Context:
        """What messages share; made for the first of them."""
        goal = self.legal if not self.legal.is_empty else self.runs
        return Context(self.graph, self.runs, self.promised.places, suggest(self.graph, self.promised, goal))

    # ------------------------------------------------------ where it must run

    def failures(self) -> list[Diagnostic]:
        """Report the joins and layers at which the network cannot run as promised."""
        found: list[Diagnostic] = []
        while len(found) < MOST_FINDINGS:
            runs = self.runs
            if self.lost:
                rest = guards_of(node for node in self.graph.nodes if node.index not in self.lost)
                runs = accepted(rest, self.symbols)
            blame = self._blame(runs)
            if blame is not None:
                node = self._node(blame.origin)
                rivals = self._rivals(runs, blame)
                found.append(explain.impossible(self.context, node, blame, rivals, self._repairs(node, blame.guard)))
            else:
                counter = self._counterexample(runs)
                if counter is None:
                    break
                guard, origin = next(pair for pair in runs.pairs if not holds(pair[0], counter))
                if found and not _is_odd(guard):
                    break  # a better `where`, offered already, will do
                node = self._node(origin)
                found.append(explain.failure(self.context, node, guard, counter, self._repairs(node, guard)))
            self.lost |= descendants(self.graph, [node.index])
        return found

    def _blame(self, runs: Accepted) -> Blame | None:
        """Return what leaves no size, or finitely many where `where` does not promise few that are accepted."""
        if not runs.is_empty and not self._is_pinned(runs):
            return None
        blame = runs.blame()
        if blame is None or (not blame.leaves_nothing and self.promised.is_finite(blame.symbol)):
            return None
        return blame

    def _is_pinned(self, runs: Accepted) -> bool:
        """Tell whether an axis is finite that `where` does not make finite."""
        return any(axis.is_finite and not self.promised.is_finite(symbol) for symbol, axis in runs.axes.items())

    def _node(self, origin: Hashable) -> Node:
        assert isinstance(origin, int)
        return self.graph.nodes[origin]

    def _rivals(self, runs: Accepted, blame: Blame) -> list[Node]:
        """Find an earlier layer that alone rules out what this guard leaves."""
        if not blame.leaves_nothing:
            return []
        base = [pair for pair in runs.pairs if isinstance(pair[0], AtLeast)]
        if accepted([*base, (blame.guard, blame.origin)]).is_empty:
            return []
        for guard, origin in runs.pairs:
            if guard == blame.guard:
                break
            if not isinstance(guard, AtLeast) and accepted([(guard, 0), (blame.guard, 1), *base]).is_empty:
                return [self._node(origin)]
        return []

    def _repairs(self, node: Node, guard: Guard) -> list[Repair]:
        axis = axis_of(self.graph, node, guard)
        if axis is None or not isinstance(guard, Equal | NotLess):
            return []
        judge = self._judge_odd if _is_odd(guard) else self._judge
        return repairs(self.graph, node, ends(self.graph, node, guard), axis[0], self.symbols, judge)

    def _judge(self, candidate: Accepted) -> str | None:
        """Like a repair with which the network runs at everything promised."""
        if candidate.is_empty or self._is_pinned(candidate):
            return None
        return "" if self._counterexample(candidate) is None else None

    def _judge_odd(self, candidate: Accepted) -> str | None:
        """Like a repair that runs at everything promised, or at all multiples of a number with another `where`."""
        verdict = self._judge(candidate)
        multiples = all(
            axis.residues == (0,) and not axis.finite and axis.start == axis.period for axis in candidate.axes.values()
        )
        if self.promised.mentioned:
            return f" with `where {candidate.where()}`" if verdict is None and multiples else verdict
        return verdict if multiples else None

    def _counterexample(self, runs: Accepted) -> dict[str, int] | None:
        """Return the smallest promised sizes that are not accepted, None if there are none.

        Sizes at which layers have something to work on come first: a join that disagrees says more than a map of
        size 0.
        """
        region = self.promised
        if not region.mentioned:
            return None
        large = accepted((pair for pair in runs.pairs if isinstance(pair[0], AtLeast)), self.symbols)
        return self._smallest(runs, large.axes) or self._smallest(runs, {})

    def _smallest(self, runs: Accepted, limits: Mapping[str, SizeSet]) -> dict[str, int] | None:
        found: list[dict[str, int]] = []
        for box in self.promised.region.boxes:
            sets = {
                symbol: box.get(symbol, everything()).intersect(limits.get(symbol, everything()))
                if symbol in self.promised.mentioned
                else runs.axes[symbol]
                for symbol in self.symbols
            }
            if any(axis.is_empty for axis in sets.values()):
                continue
            found.extend(outside(sets, runs, self.promised.mentioned))
        return min(found, key=lambda sizes: (max(sizes.values()), sum(sizes.values())), default=None)

    # -------------------------------------------------------- shape promises

    def broken_promises(self, lost: set[int]) -> list[Diagnostic]:
        """Report the shape promises that fail at a promised size."""
        found: list[Diagnostic] = []
        if not any(promise.guards for promise in self.graph.promises):
            return found
        lost = set(lost)
        cells = list(self._cells())
        seen: set[object] = set()
        for promise in self.graph.promises:
            if promise.value.node in lost or not promise.guards or promise.span in seen:
                continue
            for guard in promise.guards:
                sizes = first_broken(guard, cells)
                if sizes is None:
                    continue
                seen.add(promise.span)
                helps = (*self._narrower(promise), *self._restate(promise.value.node, promise.span, promise.trail))
                found.append(explain.broken_promise(self.context, promise, guard, sizes, helps))
                lost |= descendants(self.graph, [promise.value.node])
                break
            if len(found) == MOST_FINDINGS:
                break
        return found

    def _narrower(self, promise: Promise) -> tuple[Help, ...]:
        """Offer the sizes at which every promise holds, or this one at least; nothing where it holds at none."""
        if not self.legal.is_empty:
            return self.context.helps
        claims = ((guard, -1) for guard in promise.guards)
        return suggest(self.graph, self.promised, accepted((*self.runs.pairs, *claims), self.symbols))

    def _restate(self, node: int, span: object, trail: tuple[object, ...]) -> tuple[Help, ...]:
        shapes = self.graph.nodes[node].shapes
        if shapes is None or trail:
            return ()
        return (Help(f"promise what it is: `{shapes[0]}`"),)

    def _cells(self) -> Iterator[dict[str, SizeSet]]:
        """Cut the sizes that are accepted and promised into products of one set for each symbol."""
        spans = self.runs.joint if self.runs.joint is not None else ({},)
        for box in self.promised.region.boxes:
            for span in spans:
                cell = {}
                for symbol in self.symbols:
                    axis = (self.runs.free if symbol in span else self.runs.axes)[symbol]
                    low, high = span.get(symbol, (1, None))
                    if symbol in span:
                        axis = axis.between(low, high)
                    cell[symbol] = axis.intersect(box.get(symbol, everything()))
                if not any(axis.is_empty for axis in cell.values()):
                    yield cell

    # ------------------------------------------------------------------ hints

    def strictness(self) -> list[Diagnostic]:
        """Hint at a `where` that leaves out sizes at which everything holds."""
        boxes = self.promised.region.boxes
        if self.legal.joint is not None or len(boxes) != 1 or not self.promised.mentioned:
            return []
        strict = [
            symbol
            for symbol in self.symbols
            if symbol in self.promised.mentioned
            and not self.legal.axes[symbol].is_subset(boxes[0].get(symbol, everything()))
        ]
        if not strict:
            return []
        symbol = strict[0]
        extra = self.legal.axes[symbol].minus(boxes[0].get(symbol, everything())).first()
        spans = self.promised.places[symbol]
        message = f"the `where` is stricter than need be: {symbol} = {extra} would do as well"
        note = "accepted: " + "; ".join(self.legal.text())
        code = codes.WHERE_STRICT
        anew = Promised(self.promised.region, frozenset(), self.promised.places)
        helps = suggest(self.graph, anew, self.legal, "loosen it")
        return [Diagnostic(code, message, Label(spans[0]), (), (note,), helps, code.severity)]


def _is_odd(guard: Guard) -> bool:
    """Tell whether a guard rules out all multiples of every number: a mistake that no divisibility mends."""
    if isinstance(guard, AtLeast) or len(symbols_of(guard)) != 1:
        return False
    axis = meet(everything(), guard)
    return axis.is_finite or 0 not in axis.residues
