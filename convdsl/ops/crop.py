"""Crop."""

from fractions import Fraction
from typing import final

from convdsl.argument import Invalid, Operands, Value, arg, one_of
from convdsl.op import AtLeast, AxisMap, Expression, Guard, Interval, NoGrid, NotLess, Op, Reading, sizes
from convdsl.ops.agreement import require_one_value
from convdsl.ops.window import axis_name
from convdsl.record import dataclass, replace
from convdsl.saved import Sharing
from convdsl.shape import Shape
from convdsl.sizes import Size
from convdsl.traits import PICKS, Traits


@final
@dataclass(frozen=True, slots=True)
class Crop(Op):
    """Cut pixels off the borders, or cut the middle out to the size of another value.

    With `like` an odd pixel is cut off at the bottom and the right; `anchor=corner` cuts off nowhere else.

    Source: the crops of Ronneberger, Fischer & Brox 2015 (arXiv:1505.04597).
    Example: [N, 8, 64, 64], [N, 4, 56, 60] -> Crop(like=1) -> [N, 8, 56, 60]
    Picture: [N, 1, 6, 7], [N, 1, 4, 4] -> Crop(like=1) -> [N, 1, 4, 4]
    """

    category = "resize"
    takes = (1, 2)
    takes_position = False

    operands: Operands = arg("the value to be cropped", default=())
    like: Value = arg("the value whose height and width are taken", default=None, keyword_only=True)
    top: int = arg("pixels cut off at the top", default=0, min=0, keyword_only=True)
    bottom: int = arg("pixels cut off at the bottom", default=0, min=0, keyword_only=True)
    left: int = arg("pixels cut off at the left", default=0, min=0, keyword_only=True)
    right: int = arg("pixels cut off at the right", default=0, min=0, keyword_only=True)
    anchor: str = arg(
        "which part `like` keeps: the middle, or the top left corner",
        default="center",
        kind=one_of("center", "corner"),
        keyword_only=True,
    )

    def check(self) -> None:
        require_one_value(
            "Crop", self.operands, "such as Crop(x, like=y), or name the sides: top=, bottom=, left=, right="
        )
        if (self.like is None) == (not any((self.top, self.bottom, self.left, self.right))):
            raise Invalid("", "Crop needs like=, or sides such as top= and left=", "such as Crop(x, like=y)")
        if self.anchor == "corner" and self.like is None:
            raise Invalid("anchor", "sides say where pixels are cut off, and anchor says it too", "leave anchor out")

    def margins(self, axes: int) -> tuple[tuple[int, int], ...]:
        """Return the pixels before and after each spatial axis.

        Raises Invalid where top or bottom have no axis.
        """
        if axes == 1 and (self.top or self.bottom):
            raise Invalid("top" if self.top else "bottom", "a sequence has no top", "use left= and right=")
        sides = ((0, 0), (self.top, self.bottom), (self.left, self.right))
        return sides[3 - axes :]

    def shape(self, *inputs: Shape) -> Shape:
        x = inputs[0]
        spatial = sizes(x)
        if not 1 <= len(spatial) <= 3:
            raise Invalid("", f"an image has 3 to 5 axes, and the input has {x.rank}", "Unflatten it first")
        if self.like is not None:
            other = inputs[self.like]
            if other.rank != x.rank:
                raise Invalid("like", f"the values have {x.rank} and {other.rank} axes: {x} and {other}", "", "E204")
            wanted = sizes(other, "like")
            for i, (size, goal) in enumerate(zip(spatial, wanted, strict=True)):
                self._require_larger(size, goal, axis_name(len(spatial), i))
            return x.with_spatial(*wanted)
        out = []
        for i, (size, (before, after)) in enumerate(zip(spatial, self.margins(len(spatial)), strict=True)):
            new = size.then(1, -before - after)
            if new.value is not None and new.value < 1:
                name = ("top", "left")[-len(spatial) :][i - len(spatial)] if before else "right"
                raise Invalid(
                    name,
                    f"nothing is left of a {axis_name(len(spatial), i)} of {size}: {size} - {before + after}",
                    "cut off less",
                    "E216",
                )
            out.append(new)
        return x.with_spatial(*out)

    def _require_larger(self, size: Size, goal: Size, axis: str) -> None:
        fixed = size.value is not None and goal.value is not None and size.value < goal.value
        if fixed or len({size.symbol, goal.symbol} - {None}) == 2:
            raise Invalid(
                "like",
                f"a {axis} of {size} cannot be cropped to {goal}",
                "crop the larger one, or Pad this one" if fixed else "the two sizes do not depend on each other",
                "E204",
            )

    def guards(self, *inputs: Shape) -> tuple[Guard, ...]:
        if self.like is None:
            return ()
        out: list[Guard] = []
        pairs = zip(sizes(inputs[0]), sizes(inputs[self.like]), strict=True)
        for index, (size, goal) in enumerate(pairs, start=2):
            if size == goal or (size.value is not None and goal.value is not None):
                continue
            out.append(NotLess(size, goal, index) if goal.value is None else AtLeast(size, goal.value))
        return tuple(out)

    def axes(self, *inputs: Shape) -> tuple[Reading, ...]:
        x = inputs[0]
        if self.like is not None:
            goals = sizes(inputs[self.like])
            if self.anchor == "corner":
                return (AxisMap(),) * len(goals)
            starts = tuple(_start(size, goal) for size, goal in zip(sizes(x), goals, strict=True))
        else:
            starts = tuple(before for before, _ in self.margins(len(x.spatial)))
        return tuple(NoGrid.UNKNOWN if start is None else AxisMap(start=Fraction(start)) for start in starts)

    def values(self, *inputs: Interval) -> Interval:
        return inputs[0]

    def traits(self, *inputs: Shape) -> Traits:
        return replace(PICKS, averages=True)

    def shares(self, training: bool, *inputs: Shape) -> Sharing:
        return Sharing.PART

    def call(self, *inputs: Shape) -> Expression:
        if self.like is not None and self.anchor == "corner":
            cuts = (f": {{{self.like}}}.shape[{axis}]" for axis in range(2, inputs[0].rank))
            return Expression(f"{{0}}[:, :, {', '.join(cuts)}]", is_view=True)
        if self.like is not None:
            return Expression(f"center_crop({{0}}, {{{self.like}}})", "center_crop", is_view=True)
        cuts = (f"{a or ''}:{-b if b else ''}" for a, b in self.margins(len(inputs[0].spatial)))
        return Expression(f"{{0}}[:, :, {', '.join(cuts)}]", is_view=True)


def _start(size: Size, goal: Size) -> int | None:
    """Return the pixels cut off before a centre crop; None where they depend on the image's size."""
    if size == goal:
        return 0
    if size.symbol != goal.symbol:
        return None
    (p, a), (q, b) = size.period, goal.period
    period = p * q
    if a * q != b * p or period > 4096:
        return None
    found = {(size.at(x) - goal.at(x)) // 2 for x in range(period)}
    return found.pop() if len(found) == 1 else None
