"""Softmax."""

from typing import final

from convdsl.argument import arg
from convdsl.ops.shares import Shares
from convdsl.record import dataclass


@final
@dataclass(frozen=True, slots=True)
class Softmax(Shares):
    """Turn the numbers along an axis into shares that are positive and sum to 1.

    `dim=1` gives each pixel's shares of the channels. PyTorch's default, a guess with a warning, is not taken over.

    Source: PyTorch, torch.nn.Softmax.
    Formula: exp(x) / sum of exp(x) along dim
    Example: [N, 10, 8, 8] -> Softmax(1) -> [N, 10, 8, 8]
    Picture: [N, 4, 2, 3] -> Softmax(1) -> [N, 4, 2, 3]
    """

    function = "F.softmax"

    dim: int = arg("axis along which the shares sum to 1; 1 is the channels")
