"""What a rule may ask about sizes, costs, places and values: each worked out once, when it is first asked for."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from math import inf

from convdsl.analysis import cost
from convdsl.analysis.accepted import Accepted
from convdsl.analysis.alignment import Join, Shift, joins, shifts
from convdsl.analysis.closest import closest_on
from convdsl.analysis.cost import Parts
from convdsl.analysis.geometry import Field, Fields, receptive_fields
from convdsl.analysis.memory import inference
from convdsl.analysis.ranges import intervals
from convdsl.analysis.suggest import Promised, promised_by
from convdsl.analysis.taps import Found, taps
from convdsl.analysis.waists import waists
from convdsl.analysis.where import Box, Region
from convdsl.graph.graph import Graph, Value
from convdsl.lint.wiring import Wiring
from convdsl.op import Interval
from convdsl.recipe import Recipe
from convdsl.record import replace
from convdsl.shape import Shape
from convdsl.sizeset import SizeSet, everything, nothing

Step = Fraction | float  # input pixels a cell; infinite where a value lies on no grid
USUAL_SIZE = 256  # pixels a side, what most networks that paint pictures are trained and judged at


class Numbers(Wiring):
    """A network and the sizes at which it runs; part of `Subject`."""

    def __init__(
        self,
        graph: Graph,
        accepted: Accepted,
        legal: Accepted,
        recipe: Recipe | None,
        times: Sequence[int] | None = None,
    ) -> None:
        super().__init__(graph, times)
        self.accepted, self.legal, self.recipe = accepted, legal, recipe
        self._concrete: dict[Shape, Shape] = {}

    @cached_property
    def fields(self) -> Sequence[Fields | None]:
        """The receptive field of every node along each spatial axis (analysis/geometry.py)."""
        return receptive_fields(self.graph)

    @cached_property
    def steps(self) -> Sequence[Step]:
        """The input pixels from one cell of each node to the next, along the axis where they are most."""
        found: dict[int, Step] = {}  # layers that keep the grid share what they see
        jumps: dict[object, Step] = {}  # one object for those that are equal: fractions are dear to make and to compare

        def jump(field: Field) -> Step:
            pace = field.widest.pace
            if pace not in jumps:
                jumps[pace] = field.jump
            return jumps[pace]

        for fields in self.fields:
            if id(fields) not in found:
                seen = {id(field): field for field in fields or ()}.values()  # mostly one for all axes
                found[id(fields)] = max((jump(one) if isinstance(one, Field) else inf for one in seen), default=inf)
        return [found[id(fields)] for fields in self.fields]

    @cached_property
    def joins(self) -> Sequence[Join]:
        """Every meeting of values on a grid, with where each lies (analysis/alignment.py)."""
        return joins(self.graph, self.fields)

    @cached_property
    def shifts(self) -> Sequence[Shift]:
        """Where each output lies relative to the input, along each axis (analysis/alignment.py)."""
        return shifts(self.graph, self.fields, self.legal)

    @cached_property
    def waists(self) -> frozenset[int]:
        """The indices of the layers that all that was learned before them has to pass (analysis/waists.py)."""
        return waists(self.graph, [bool(self.weights(node)) for node in self.nodes])

    def taps(self, value: Value, axis: int, origin: Value | None = None) -> Found:
        """Return exactly the pixels of an earlier value, or of the inputs, that a value reads (analysis/taps.py).

        axis: from 0. It is worked out anew for each question, so ask for the last value of a path, not for each.
        """
        return taps(self.graph, value, axis, origin)

    @cached_property
    def intervals(self) -> Sequence[tuple[Interval, ...]]:
        """The values that every output of every node can take (analysis/ranges.py)."""
        return intervals(self.graph)

    @cached_property
    def promised(self) -> Promised:
        """What the inputs' `where` says; `promised.mentioned` is empty where nothing is promised."""
        return promised_by(self.graph, tuple(self.legal.axes))[0]

    @cached_property
    def promised_sizes(self) -> Accepted:
        """The legal sizes that `where` promises, symbol by symbol: of a condition on several each symbol's side."""

        def within(axes: Mapping[str, SizeSet]) -> dict[str, SizeSet]:
            return {symbol: axis.intersect(_side(self.promised.region, symbol)) for symbol, axis in axes.items()}

        return replace(self.legal, axes=within(self.legal.axes), free=within(self.legal.free))

    @cached_property
    def size(self) -> Mapping[str, int]:
        """The sizes to count at: legal and promised, near the training crop, or 256 pixels where nothing is trained.

        Without a legal size {}: then nothing can be counted. The batch `N` is 1.
        """
        if self.legal.is_empty:
            return {}
        wanted = USUAL_SIZE if self.recipe is None else self.recipe.crop
        found = [self._near(box, wanted) for box in self.promised.region.boxes]
        fitting: list[dict[str, int]] = [sizes for sizes in found if self.legal.contains(sizes)]
        if not fitting:
            fitting.append(dict(self.legal.nearest(dict.fromkeys(self.legal.axes, wanted))[0]))
        best = min(fitting, key=lambda sizes: sum(abs(size - wanted) for size in sizes.values()))
        return {**best, "N": 1}

    def _near(self, box: Box, wanted: int) -> dict[str, int]:
        """Return for each symbol the size of a box nearest to a number; 0 where there is none."""
        out = {}
        for symbol, axis in self.legal.axes.items():
            near = closest_on(axis.intersect(box[symbol]) if symbol in box else axis, wanted)
            out[symbol] = near[0] if near else 0
        return out

    def at_size(self, shape: Shape) -> tuple[int, ...]:
        """Return a shape in numbers, at `size`."""
        if shape not in self._concrete:
            self._concrete[shape] = shape.at(self.size)
        return self._concrete[shape].numbers

    @cached_property
    def parameters(self) -> Mapping[int, int]:
        """The trained numbers of each node, by its index; nodes without are left out.

        Those of declared layers that are never applied stand at -1, -2 and so on: they have no node.
        """
        spare = {id(node): -1 - at for at, node in enumerate(self.graph.spare)}
        parts = cost.parameters(self.graph).parts
        return {spare.get(id(node), node.index): number for node, number in parts}

    @cached_property
    def macs(self) -> Mapping[int, int]:
        """The multiply-accumulates of each node at `size`, by its index; nodes without are left out."""
        return {node.index: number for node, number in cost.macs(self.graph, self.size).parts}

    def total(self, numbers: Mapping[int, int]) -> int:
        """Sum numbers of nodes, by their indices, over the whole network."""
        return sum(number * (self.times[index] if index >= 0 else 1) for index, number in numbers.items())

    @cached_property
    def memory(self) -> Parts:
        """The most bytes that values occupy at one time of a run at `size`, without gradients (analysis/memory.py)."""
        return inference(self.graph, self.size)


def _side(region: Region, symbol: str) -> SizeSet:
    """Return what a region leaves of one symbol."""
    left = nothing()
    for box in region.boxes:
        left = left.union(box.get(symbol, everything()))
    return left
