"""Dropout3d."""

from typing import final

from convdsl.argument import arg
from convdsl.ops.activation import INPLACE
from convdsl.ops.drop import Drop
from convdsl.record import dataclass


@final
@dataclass(frozen=True, slots=True)
class Dropout3d(Drop):
    """Set whole channels to 0 with probability `p` while training, and scale the rest by 1 / (1 - p).

    In evaluation nothing changes.

    Source: PyTorch, torch.nn.Dropout3d; Srivastava et al. 2014; Tompson et al. 2015 (arXiv:1411.4280).
    Formula: 0 for a channel with probability p, else x / (1 - p)
    Example: [N, 8, 4, 16, 16] -> Dropout3d(0.2) -> [N, 8, 4, 16, 16]
    Picture: [N, 3, 2, 2, 3] -> Dropout3d(0.4) -> [N, 3, 2, 2, 3]
    """

    rank = 5

    function = "F.dropout3d"
    by_channel = True

    p: float = arg("probability of being set to 0", default=0.5, min=0, max=1)
    inplace: bool = arg(INPLACE, default=False)
