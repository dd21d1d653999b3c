"""LocalResponseNorm."""

from math import prod
from typing import final

from convdsl.argument import Invalid, arg
from convdsl.op import Interval, Module, Op
from convdsl.ops.plan import arguments
from convdsl.record import dataclass
from convdsl.saved import Kept, Order, Saved
from convdsl.shape import Shape


@final
@dataclass(frozen=True, slots=True)
class LocalResponseNorm(Op):
    """Divide each number by (k + alpha * mean of squares over `size` channels around it) ** beta.

    Source: PyTorch, torch.nn.LocalResponseNorm; Krizhevsky, Sutskever & Hinton 2012, section 3.3.
    Formula: x / (k + alpha * mean of x² over the channels) ** beta
    Example: [N, 96, 27, 27] -> LocalResponseNorm(5) -> [N, 96, 27, 27]
    Picture: [N, 6, 2, 2] -> LocalResponseNorm(5) -> [N, 6, 2, 2]
    """

    category = "norm"

    size: int = arg("channels that are looked at, the own one in the middle", min=1)
    alpha: float = arg("factor of the mean of squares", default=1e-4)
    beta: float = arg("exponent", default=0.75)
    k: float = arg("number added before the power", default=1.0)

    def shape(self, *inputs: Shape) -> Shape:
        if not 3 <= inputs[0].rank <= 5:
            raise Invalid("", f"an image has 3 to 5 axes, and the input has {inputs[0].rank}", "Unflatten it first")
        return inputs[0]

    def values(self, *inputs: Interval) -> Interval:
        (x,) = inputs
        if self.k < 1 or self.alpha < 0 or self.beta < 0:
            return Interval()
        return Interval(min(x.low, 0.0), max(x.high, 0.0))  # the divisor is 1 or more

    def saved(self, learns: tuple[bool, ...], *inputs: Shape) -> Saved:
        # the divisor before and after its power, and the squares with size - 1 channels of padding
        batch, channels, *image = inputs[0].numbers
        others = (channels, channels, channels + self.size - 1)
        order = Order.WHOLE if inputs[0].rank == 5 else Order.ANY
        return Saved(inputs=(0,), others=tuple(Kept(batch * count * prod(image)) for count in others), order=order)

    def call(self, *inputs: Shape) -> Module:
        numbers = f"{self.size}, {self.alpha!r}, {self.beta!r}, {self.k!r}"
        if inputs[0].rank == 5:  # of volumes PyTorch takes a view, which it refuses where the axes were permuted
            x, applied = "{0}.contiguous()", "{module}({0}.contiguous())"
        else:
            x, applied = "{0}", ""
        function = f"F.local_response_norm({x}, {numbers})"
        return Module("torch.nn.LocalResponseNorm", arguments(self), function, applied=applied)
