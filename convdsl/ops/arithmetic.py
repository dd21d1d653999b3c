"""What Add, Sub, Mul and Div share: equal shapes, or broadcasting where it is asked for."""

from abc import abstractmethod
from math import prod
from typing import ClassVar

from convdsl.argument import Invalid
from convdsl.op import Expression, Guard, Interval, Op
from convdsl.ops.agreement import axis_word, require_equal, require_ranks
from convdsl.record import dataclass, replace
from convdsl.saved import Kept, Saved
from convdsl.shape import Axis, Shape
from convdsl.sizes import constant
from convdsl.traits import Traits

BROADCAST = "whether axes of size 1 are repeated to the other input's size"
ONE = constant(1)


class Arithmetic(Op):
    """Values and numbers joined by one sign, from left to right; the fields are declared by the subclasses."""

    __slots__ = ()
    category = "join"
    takes = (1, None)
    takes_position = False
    sign: ClassVar[str]

    operands: tuple[float | None, ...]
    broadcast: bool

    @abstractmethod
    def combine(self, left: Interval, right: Interval) -> Interval:
        """Bound the result of two operands."""

    def shape(self, *inputs: Shape) -> Shape:
        if len(self._terms(len(inputs))) < 2:
            raise Invalid(
                "",
                f"{type(self).__name__} joins two values or numbers, and here is one",
                f"name both: {type(self).__name__}(a, b)",
            )
        return self._join(inputs)[0]

    def guards(self, *inputs: Shape) -> tuple[Guard, ...]:
        return self._join(inputs)[1]

    def values(self, *inputs: Interval) -> Interval:
        terms = [inputs[t] if isinstance(t, int) else Interval(t, t) for t in self._terms(len(inputs))]
        out = terms[0]
        for term in terms[1:]:
            out = self.combine(out, term)
        return out

    def traits(self, *inputs: Shape) -> Traits:
        terms = self._terms(len(inputs))
        constants = tuple(term for term in terms if not isinstance(term, int))
        alike = all(shape == inputs[0] for shape in inputs[1:])
        return replace(self.joins(isinstance(terms[0], int), constants, len(inputs)), pointwise=alike, groups=None)

    @abstractmethod
    def joins(self, leads: bool, constants: tuple[float, ...], values: int) -> Traits:
        """Return what is true of the join; leads: whether a value is its first operand."""

    def kept(self, left: bool, right: bool) -> tuple[bool, bool]:
        """Say which of two values are kept for the backward pass.

        left, right: whether they learn; one of them does.
        """
        return False, False

    def reciprocal(self) -> bool:
        """Tell whether a number before a value makes a tensor that is kept."""
        return False

    def saved(self, learns: tuple[bool, ...], *inputs: Shape) -> Saved:
        """Go from left to right, as Python does; what is made on the way may be kept besides."""
        first, *rest = (
            _Term((), False) if isinstance(term, float) else _Term(inputs[term].numbers, learns[term], term)
            for term in self._terms(len(inputs))
        )
        kept: list[_Term] = []
        for right in rest:
            left = first
            first = _Term(_broadcast(left.numbers, right.numbers), left.learns or right.learns)
            if left.numbers and right.numbers and first.learns:
                both = zip((left, right), self.kept(left.learns, right.learns), strict=True)
                kept += [term for term, is_kept in both if is_kept]
            elif right.learns and self.reciprocal():
                kept.append(_Term(right.numbers, True))
        return Saved(
            inputs=tuple(sorted({term.position for term in kept if term.position is not None})),
            others=tuple(Kept(prod(term.numbers)) for term in kept if term.position is None),
        )

    def call(self, *inputs: Shape) -> Expression:
        terms = (f"{{{t}}}" if isinstance(t, int) else f"{t:.17g}" for t in self._terms(len(inputs)))
        return Expression(f" {self.sign} ".join(terms))

    def _terms(self, count: int) -> list[int | float]:
        """Return the operands in order: an int is the position of an input, a float a constant."""
        values = iter(range(count))
        given = [next(values, 0) if number is None else float(number) for number in self.operands]
        missing = list(values)  # inputs that no operand stands for: they come first, as the flow does
        return [*missing, *given]

    def _join(self, inputs: tuple[Shape, ...]) -> tuple[Shape, tuple[Guard, ...]]:
        require_ranks(inputs)
        out, found = inputs[0].axes, []
        for other in inputs[1:]:
            merged = []
            for index, (left, right) in enumerate(zip(out, other.axes, strict=True)):
                axis, guard = self._merge(left, right, index, len(out))
                merged.append(axis)
                if guard is not None:
                    found.append(guard)
            out = tuple(merged)
        return Shape(out), tuple(found)

    def _merge(self, left: Axis, right: Axis, index: int, rank: int) -> tuple[Axis, Guard | None]:
        if left == right:
            return left, None
        if ONE in (left, right):
            if self.broadcast:
                return (right if left == ONE else left), None
            raise Invalid(
                "",
                f"the inputs differ in {axis_word(rank, index)}: {left} and {right}; nothing is repeated unasked",
                "write broadcast=true to repeat the axis of size 1",
                "E206",
            )
        ways = "" if index < 2 else "crop, pad or resize one of them first, such as Crop(x, like=y)"
        return left, require_equal(left, right, index, rank, ways)


@dataclass(frozen=True, slots=True)
class _Term:
    """An operand: the numbers of its axes, () for a constant; position: of an input, None for what is made."""

    numbers: tuple[int, ...]
    learns: bool
    position: int | None = None


def _broadcast(left: tuple[int, ...], right: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(map(max, left, right)) if left and right else left or right
