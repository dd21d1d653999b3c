"""The sizes of an exported network, as exporters can say them: step * d + offset for a free whole number d, or fixed.

What exporters cannot say of the exact set of sizes is left out here, and told: gaps, several residues, sizes that are
tied to one another, and sizes at which a map is one pixel wide (torch.export takes a size of 1 for a constant).
"""

from collections.abc import Iterator, Mapping

from convdsl.analysis.accepted import Accepted, accepted
from convdsl.graph.graph import Graph
from convdsl.lower.simplify import inserted
from convdsl.op import AtLeast
from convdsl.record import dataclass
from convdsl.shape import Product, Shape
from convdsl.sizes import Size
from convdsl.sizeset import SizeSet

USUAL = 256  # pixels, for a size that has to be fixed and was not given


@dataclass(frozen=True, slots=True)
class Dim:
    """One size symbol: step * d + offset, low <= d <= high (None: no end); fixed at `offset` where step is 0.

    why: for a person, why it is fixed; "" where it is free, or the network has no other size.
    """

    symbol: str
    step: int = 0
    offset: int = 0
    low: int = 0
    high: int | None = None
    why: str = ""

    @property
    def is_fixed(self) -> bool:
        """Tell whether only one size was exported."""
        return self.step == 0

    def at(self, further: int) -> int:
        """Return the size `further` steps above the smallest one, or the largest where there are not so many."""
        d = self.low + further
        return self.step * (d if self.high is None else min(d, self.high)) + self.offset

    def __str__(self) -> str:
        if self.is_fixed:
            return f"{self.symbol} == {self.offset}"
        terms = [f"{self.symbol} % {self.step} == {self.offset}"] if self.step > 1 else []
        terms.append(f"{self.symbol} >= {self.at(0)}")
        if self.high is not None:
            terms.append(f"{self.symbol} <= {self.step * self.high + self.offset}")
        return ", ".join(terms)


@dataclass(frozen=True, slots=True)
class Dims:
    """All size symbols of a network: that of the batch, None where the spec fixes it, and the others in its order.

    narrower: some sizes that the network accepts are left out, for a map would be one pixel wide there.
    """

    batch: Dim | None
    sizes: tuple[Dim, ...]
    narrower: bool = False

    @property
    def all(self) -> tuple[Dim, ...]:
        """The batch and the sizes."""
        return self.sizes if self.batch is None else (self.batch, *self.sizes)

    def at(self, batch: int, *steps: int) -> dict[str, int]:
        """Return a value of each symbol: so many images, and in turn so many steps above the smallest size."""
        sizes = {dim.symbol: dim.at(steps[index % len(steps)]) for index, dim in enumerate(self.sizes)}
        return sizes if self.batch is None else {self.batch.symbol: batch, **sizes}

    def fixed(self, sizes: Mapping[str, int], why: str = "") -> "Dims":
        """Return the same with no size free, the batch apart. why: told of those that were free."""
        return Dims(self.batch, tuple(Dim(one.symbol, 0, sizes[one.symbol], why=one.why or why) for one in self.sizes))


def dims(graph: Graph, legal: Accepted) -> Dims:
    """Return how each size symbol of a network can be exported; legal: the sizes at which it is right, not none."""
    axis = graph.inputs[0].shape.axes[0]
    batch = Dim(axis.symbol, 1, 0, 1) if isinstance(axis, Size) and axis.symbol is not None else None
    ample = accepted((*legal.pairs, *_wider_than_one(graph)), legal.axes)
    known = legal if ample.is_empty else ample
    sizes = usual(known)
    found = tuple(_dim(graph, known, symbol, sizes[symbol]) for symbol in known.axes)
    return Dims(
        batch, found, any(known.axes[dim.symbol] != legal.axes[dim.symbol] for dim in found if not dim.is_fixed)
    )


def usual(legal: Accepted) -> dict[str, int]:
    """Return the legal sizes that are closest to what pictures have."""
    return legal.nearest(dict.fromkeys(legal.axes, USUAL))[0]


def _wider_than_one(graph: Graph) -> Iterator[tuple[AtLeast, None]]:
    sizes = {size for node in graph.nodes for shape in node.shapes or () for size in _sizes(shape)}
    for size in sorted(sizes, key=str):
        if size.symbol is not None:
            yield AtLeast(size, 2), None


def _sizes(shape: Shape) -> Iterator[Size]:
    for axis in shape.axes[2:]:
        yield from axis.factors if isinstance(axis, Product) else (axis,)


def _dim(graph: Graph, legal: Accepted, symbol: str, size: int) -> Dim:
    if legal.joint is not None and any(symbol in rectangle for rectangle in legal.joint):
        return Dim(symbol, 0, size, why="it is tied to another size")
    axis = legal.axes[symbol]
    found = _progression(symbol, axis)
    if found is None:
        only = len(axis.finite) == 1 and axis.start is None
        return Dim(symbol, 0, size, why="" if only else f"`{axis.where(symbol)}` is no row of equal steps")
    for tensor in graph.inputs:
        for part in tensor.shape.axes[2:]:
            if isinstance(part, Product) or (part.symbol == symbol and linear(part, found) is None):
                return Dim(symbol, 0, size, why=f"the input `{tensor.name}` has the size {part}")
    return found


def _progression(symbol: str, axis: SizeSet) -> Dim | None:
    """Return the row of equal steps that a set is, or that it is from some size on; None where it is none."""
    if axis.start is not None:
        if len(axis.residues) > 1:
            return None
        return Dim(symbol, axis.period, axis.residues[0], (axis.start - axis.residues[0]) // axis.period)
    steps = {b - a for a, b in zip(axis.finite, axis.finite[1:], strict=False)}
    if len(steps) != 1:
        return None
    (step,) = steps
    offset = axis.finite[0] % step
    return Dim(symbol, step, offset, axis.finite[0] // step, axis.finite[-1] // step)


def linear(size: Size, dim: Dim) -> tuple[int, int] | None:
    """Return (a, b) where a size of an input is a * d + b; None where it is not linear in the free number."""
    of_d = inserted(size, Size("d").then(dim.step, dim.offset))
    if not isinstance(of_d.base, str) or len(of_d.chain) > 1:
        return None
    a, b, c = of_d.chain[0] if of_d.chain else (1, 0, 1)
    return (a, b) if c == 1 else None
