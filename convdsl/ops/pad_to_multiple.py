"""PadToMultiple."""

from typing import final

from convdsl.argument import Invalid, arg, one_of
from convdsl.op import AxisMap, Expression, Guard, Interval, NotLess, Op, Reading, sizes
from convdsl.ops.kinds import INT_PER_AXIS
from convdsl.ops.margins import keeps_image
from convdsl.ops.window import axis_name
from convdsl.record import dataclass, replace
from convdsl.saved import INPUT, NOTHING, Saved
from convdsl.shape import Shape
from convdsl.traits import PICKS, Traits

_MODES = ("constant", "reflect", "replicate", "circular")


@final
@dataclass(frozen=True, slots=True)
class PadToMultiple(Op):
    """Add pixels at the bottom and the right, until every size is a multiple of a number.

    So that a network of strides takes any size; `Crop(y, like=x, anchor=corner)` cuts the same pixels off again.

    Source: PyTorch, torch.nn.functional.pad, by as much as the size asks for.
    Formula: size: ceil(size / multiple) * multiple
    Example: [N, 3, 350, 525] -> PadToMultiple(32) -> [N, 3, 352, 544]
    Picture: [N, 1, 5, 6] -> PadToMultiple(4) -> [N, 1, 8, 8]
    """

    category = "resize"
    takes_position = False

    multiple: int | tuple[int, ...] = arg("what the sizes are to be multiples of, in pixels", min=1, kind=INT_PER_AXIS)
    mode: str = arg("what the added pixels hold", default="constant", kind=one_of(*_MODES))
    value: float = arg("the number that mode constant puts there", default=0.0)

    def check(self) -> None:
        if self.value != 0 and self.mode != "constant":
            raise Invalid("value", f"mode `{self.mode}` takes its pixels from the image", "leave value out")

    def _multiples(self, axes: int) -> tuple[int, ...]:
        if not isinstance(self.multiple, tuple):
            return (self.multiple,) * axes
        if len(self.multiple) != axes:
            raise Invalid(
                "multiple",
                f"{len(self.multiple)} numbers for {axes} spatial axes",
                "give one for all, or one for each",
            )
        return self.multiple

    def shape(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        spatial = sizes(x, "multiple")
        if not 1 <= len(spatial) <= 3:
            raise Invalid("", f"an image has 3 to 5 axes, and the input has {x.rank}", "Unflatten it first")
        out = []
        for i, (size, multiple) in enumerate(zip(spatial, self._multiples(len(spatial)), strict=True)):
            new = size.then(1, multiple - 1, multiple).then(multiple, 0)
            if size.value is not None and new.value is not None and new.value > self._most(size.value):
                raise Invalid(
                    "mode",
                    f"{self.mode} padding of {new.value - size.value} needs a larger {axis_name(len(spatial), i)}, "
                    f"and it is {size.value}",
                    "use mode replicate or constant",
                    "E213",
                )
            out.append(new)
        return x.with_spatial(*out)

    def _most(self, size: int) -> float:
        """Return the largest size to which the mode can pad."""
        return {"reflect": 2 * size - 1, "circular": 2 * size}.get(self.mode, float("inf"))

    def guards(self, *inputs: Shape) -> tuple[Guard, ...]:
        if self.mode not in ("reflect", "circular"):
            return ()
        less = 1 if self.mode == "reflect" else 0
        pairs = enumerate(zip(sizes(inputs[0]), sizes(self.shape(*inputs)), strict=True), start=2)
        return tuple(
            NotLess(size.then(2, -less), new, index)
            for index, (size, new) in pairs
            if size.value is None and size != new
        )

    def axes(self, *inputs: Shape) -> tuple[Reading, ...]:
        return (AxisMap(),) * len(inputs[0].spatial)

    def values(self, *inputs: Interval) -> Interval:
        return inputs[0].hull(Interval(self.value, self.value)) if self.mode == "constant" else inputs[0]

    def traits(self, *inputs: Shape) -> Traits:
        return replace(PICKS, homogeneous=self.value == 0, averages=self.mode != "constant")

    def saved(self, learns: tuple[bool, ...], *inputs: Shape) -> Saved:
        return INPUT if keeps_image(self.mode) else NOTHING

    def call(self, *inputs: Shape) -> Expression:
        multiples = self._multiples(len(inputs[0].spatial))
        mode = "" if self.mode == "constant" else f", mode={self.mode!r}"
        value = "" if self.value == 0 else f", value={self.value!r}"
        return Expression(f"pad_to_multiple({{0}}, {multiples}{mode}{value})", "pad_to_multiple")
