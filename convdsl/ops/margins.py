"""What Pad and the padding layers of torch.nn share: pixels added around an image, and what they hold."""

from convdsl.argument import Invalid
from convdsl.op import AtLeast, AxisMap, Guard, Interval, Op, Reading, sizes
from convdsl.ops.window import axis_name
from convdsl.record import replace
from convdsl.saved import INPUT, NOTHING, Saved
from convdsl.shape import Shape
from convdsl.traits import PICKS, Traits


class Margins(Op):
    """Padding of all spatial axes; `padding` is declared by the subclasses, `mode` and `value` declared or fixed.

    mode: constant, reflect, replicate or circular. value: the number that mode constant puts there.
    """

    __slots__ = ()
    category = "resize"

    padding: int | tuple[int, ...]
    mode: str
    value: float

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
                    "cut off less" if self.mode == "constant" else "use a smaller padding, or replicate the border",
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

    def axes(self, *inputs: Shape) -> tuple[Reading, ...]:
        return tuple(AxisMap(start=AxisMap().start - left) for left, _ in self.margins(len(inputs[0].spatial)))

    def values(self, *inputs: Interval) -> Interval:
        sides = self.padding if isinstance(self.padding, tuple) else (self.padding,)
        if self.mode == "constant" and max(sides) > 0:
            return inputs[0].hull(Interval(self.value, self.value))
        return inputs[0]

    def saved(self, learns: tuple[bool, ...], *inputs: Shape) -> Saved:
        return INPUT if keeps_image(self.mode) else NOTHING

    def padded(self, axes: int) -> str:
        """Write the padding as Python over {0}: numbers from the last axis to the first."""
        sides = tuple(p for margin in reversed(self.margins(axes)) for p in margin)
        mode = "" if self.mode == "constant" else f", mode={self.mode!r}"
        value = "" if self.value == 0 else f", value={self.value!r}"
        return f"F.pad({{0}}, {sides}{mode}{value})"

    def traits(self, *inputs: Shape) -> Traits:
        return replace(PICKS, homogeneous=self.value == 0, averages=self.mode != "constant")


def keeps_image(mode: str) -> bool:
    """Tell whether PyTorch keeps the image for the way back of a padding."""
    return mode in ("reflect", "replicate")
