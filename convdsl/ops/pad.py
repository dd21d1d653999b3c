"""Pad."""

from typing import final

from convdsl.argument import Invalid, arg, one_of
from convdsl.op import AtLeast, AxisMap, Expression, Guard, Interval, Op, sizes
from convdsl.ops.kinds import INT_PER_AXIS
from convdsl.ops.window import axis_name
from convdsl.record import dataclass
from convdsl.shape import Shape

_MODES = ("constant", "reflect", "replicate", "circular")


@final
@dataclass(frozen=True, slots=True)
class Pad(Op):
    """Add pixels around the image; negative numbers cut them off.

    `padding` is one number for all sides, or two for each axis from the last to the first, as PyTorch counts them:
    (left, right, top, bottom).

    Source: PyTorch, torch.nn.functional.pad; ONNX, Pad.
    Example: [N, 3, 32, 32] -> Pad((1, 2, 0, 3)) -> [N, 3, 35, 35]
    """

    category = "resize"
    takes_position = False

    padding: int | tuple[int, ...] = arg("pixels added: (left, right, top, bottom), or one number", kind=INT_PER_AXIS)
    mode: str = arg("what the added pixels hold", default="constant", kind=one_of(*_MODES))
    value: float = arg("the number that mode constant puts there", default=0.0)

    def check(self) -> None:
        if self.value != 0 and self.mode != "constant":
            raise Invalid("value", f"mode `{self.mode}` takes its pixels from the image", "leave value out")

    def margins(self, axes: int) -> tuple[tuple[int, int], ...]:
        """Return the pixels before and after each spatial axis, from the first.

        Raises Invalid where their number does not fit.
        """
        if not isinstance(self.padding, tuple):
            return ((self.padding, self.padding),) * axes
        if len(self.padding) != 2 * axes:
            raise Invalid(
                "padding",
                f"{len(self.padding)} numbers for {axes} spatial axes, and {2 * axes} are needed",
                "give (left, right, top, bottom), or one number for all sides"
                if axes == 2
                else "give two numbers for each axis, the last axis first, or one number for all sides",
            )
        return tuple((self.padding[i], self.padding[i + 1]) for i in range(2 * axes - 2, -1, -2))

    def _least(self, margin: tuple[int, int]) -> int:
        """Return the smallest size that the mode can take its pixels from."""
        if self.mode == "reflect":
            return max(*margin, 0) + 1
        cut = -min(margin[0], 0) - min(margin[1], 0)
        if self.mode == "circular":
            # what is left has to hold what is repeated: PyTorch returns memory that nobody has written otherwise
            return max(*margin, 0) + cut or 1
        # PyTorch's constant padding cuts off first and adds afterwards
        return max(1, cut) if self.mode == "constant" else 1

    def shape(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        spatial = sizes(x, "padding")
        if not 1 <= len(spatial) <= 3:
            raise Invalid("", f"an image has 3 to 5 axes, and the input has {x.rank}", "Unflatten it first")
        out = []
        for i, (size, margin) in enumerate(zip(spatial, self.margins(len(spatial)), strict=True)):
            new = size.then(1, sum(margin))
            axis, least = axis_name(len(spatial), i), self._least(margin)
            if size.value is not None and size.value < least:
                verb = "cutting off" if self.mode == "constant" else f"{self.mode} padding of"
                raise Invalid(
                    "padding",
                    f"{verb} {max(abs(m) for m in margin)} needs a {axis} of at least {least}, and it is {size}",
                    "cut off less" if self.mode == "constant" else "use a smaller padding, or mode replicate",
                    "E213",
                )
            if size.value is not None and new.value is not None and new.value < 1:
                raise Invalid(
                    "padding", f"nothing is left of a {axis} of {size}: {size} - {-sum(margin)}", "cut off less", "E216"
                )
            out.append(new)
        return x.with_spatial(*out)

    def guards(self, *inputs: Shape) -> tuple[Guard, ...]:
        spatial = sizes(inputs[0])
        least = ((size, self._least(m)) for size, m in zip(spatial, self.margins(len(spatial)), strict=True))
        return tuple(AtLeast(size, m) for size, m in least if m > 1 and size.value is None)

    def axes(self, *inputs: Shape) -> tuple[AxisMap | None, ...]:
        return tuple(AxisMap(start=AxisMap().start - left) for left, _ in self.margins(len(inputs[0].spatial)))

    def values(self, *inputs: Interval) -> Interval:
        sides = self.padding if isinstance(self.padding, tuple) else (self.padding,)
        if self.mode == "constant" and max(sides) > 0:
            return inputs[0].hull(Interval(self.value, self.value))
        return inputs[0]

    def call(self, *inputs: Shape) -> Expression:
        sides = tuple(p for margin in reversed(self.margins(len(inputs[0].spatial))) for p in margin)
        mode = "" if self.mode == "constant" else f", mode={self.mode!r}"
        value = "" if self.value == 0 else f", value={self.value!r}"
        return Expression(f"F.pad({{0}}, {sides}{mode}{value})")
