"""Dropout."""

from typing import final

from convdsl.argument import arg
from convdsl.ops.activation import INPLACE
from convdsl.ops.drop import Drop
from convdsl.record import dataclass


@final
@dataclass(frozen=True, slots=True)
class Dropout(Drop):
    """Set each number to 0 with probability `p` while training, and scale the rest by 1 / (1 - p).

    In evaluation nothing changes.

    Source: PyTorch, torch.nn.Dropout; Srivastava et al. 2014.
    Formula: 0 with probability p, else x / (1 - p)
    Example: [N, 128] -> Dropout(0.2) -> [N, 128]
    Picture: [N, 4, 3, 3] -> Dropout(0.4) -> [N, 4, 3, 3]
    """

    function = "F.dropout"

    p: float = arg("probability of being set to 0", default=0.5, min=0, max=1)
    inplace: bool = arg(INPLACE, default=False)
