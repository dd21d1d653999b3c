"""LogSoftmax."""

from typing import final

from convdsl.argument import arg
from convdsl.op import Interval
from convdsl.ops.shares import Shares
from convdsl.record import dataclass


@final
@dataclass(frozen=True, slots=True)
class LogSoftmax(Shares):
    """Take the logarithm of the shares that Softmax gives, without rounding small ones to 0.

    PyTorch's default axis, a guess with a warning, is not taken over.

    Source: PyTorch, torch.nn.LogSoftmax.
    Formula: x - log(sum of exp(x) along dim)
    Example: [N, 10, 8, 8] -> LogSoftmax(1) -> [N, 10, 8, 8]
    Picture: [N, 4, 2, 3] -> LogSoftmax(1) -> [N, 4, 2, 3]
    """

    function = "F.log_softmax"

    dim: int = arg("axis along which the shares sum to 1; 1 is the channels")

    def values(self, *inputs: Interval) -> Interval:
        return Interval(high=0.0)
