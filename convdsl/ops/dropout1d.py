"""Dropout1d."""

from typing import final

from convdsl.argument import arg
from convdsl.ops.activation import INPLACE
from convdsl.ops.drop import Drop
from convdsl.record import dataclass


@final
@dataclass(frozen=True, slots=True)
class Dropout1d(Drop):
    """Set whole channels to 0 with probability `p` while training, and scale the rest by 1 / (1 - p).

    In evaluation nothing changes.

    Source: PyTorch, torch.nn.Dropout1d; Srivastava et al. 2014; Tompson et al. 2015 (arXiv:1411.4280).
    Formula: 0 for a channel with probability p, else x / (1 - p)
    Example: [N, 8, 32] -> Dropout1d(0.2) -> [N, 8, 32]
    Picture: [N, 5, 6] -> Dropout1d(0.4) -> [N, 5, 6]
    """

    rank = 3

    function = "F.dropout1d"
    by_channel = True

    p: float = arg("probability of being set to 0", default=0.5, min=0, max=1)
    inplace: bool = arg(INPLACE, default=False)
