"""What LPPool1d, LPPool2d and LPPool3d share."""

from math import log, prod

from convdsl.argument import Invalid
from convdsl.op import Interval, Module
from convdsl.ops.means import Means
from convdsl.ops.plan import arguments, written
from convdsl.saved import Kept, Saved
from convdsl.shape import Shape
from convdsl.traits import Traits, Window

_LARGEST_EXPONENT = 700.0  # exp of more is hardly a float any more


class Powers(Means):
    """A power-average pool; the fields are declared by the subclasses. It has no padding."""

    __slots__ = ()

    norm_type: float

    def check(self) -> None:
        if self.norm_type == 0:
            raise Invalid("norm_type", "a norm_type of 0 has no root: 1 / 0", "2 is the usual one, 1 a sum")

    def values(self, *inputs: Interval) -> Interval:
        """Bound the root of a sum of powers; of negative numbers only where the power is even."""
        (x,) = inputs
        power, most = self.norm_type, prod(self.kernel_size)
        if power < 0 or (x.low < 0 and power % 2) or log(most) > _LARGEST_EXPONENT * power:
            return Interval()
        low, high = (x.low, x.high) if x.low >= 0 else (0.0, max(-x.low, x.high))
        return Interval(low * most ** (1 / power), high * most ** (1 / power))

    def windows(self) -> tuple[Window, ...]:
        each = zip(self.kernel_size, self.steps, strict=True)
        return tuple(Window(k, s, ceil=self.ceil_mode) for k, s in each)

    def traits(self, *inputs: Shape) -> Traits:
        return Traits(groups=None)

    def saved(self, learns: tuple[bool, ...], *inputs: Shape) -> Saved:
        # x ** p, and of the means |m| and its sign, m * count and the mean itself
        means = Kept(prod(self.shape(*inputs).numbers))
        return Saved(inputs=(0,), others=(Kept(prod(inputs[0].numbers)), *(means,) * 4))

    def call(self, *inputs: Shape) -> Module:
        told = arguments(self, defaults={"stride": self.kernel_size})
        function = f"F.lp_pool{len(self.kernel_size)}d({{0}}{written(told, 2)})"
        return Module(f"torch.nn.{type(self).__name__}", told, function)
