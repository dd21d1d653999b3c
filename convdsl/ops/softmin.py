"""Softmin."""

from typing import final

from convdsl.argument import arg
from convdsl.ops.shares import Shares
from convdsl.record import dataclass


@final
@dataclass(frozen=True, slots=True)
class Softmin(Shares):
    """Turn the numbers along an axis into shares that sum to 1, the smallest number having the largest.

    PyTorch's default axis, a guess with a warning, is not taken over.

    Source: PyTorch, torch.nn.Softmin.
    Formula: exp(-x) / sum of exp(-x) along dim
    Example: [N, 10, 8, 8] -> Softmin(1) -> [N, 10, 8, 8]
    Picture: [N, 4, 2, 3] -> Softmin(1) -> [N, 4, 2, 3]
    """

    function = "F.softmin"

    dim: int = arg("axis along which the shares sum to 1; 1 is the channels")
