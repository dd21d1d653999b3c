"""AlphaDropout."""

from typing import final

from convdsl.argument import arg
from convdsl.ops.activation import INPLACE
from convdsl.ops.drop import Drop
from convdsl.record import dataclass


@final
@dataclass(frozen=True, slots=True)
class AlphaDropout(Drop):
    """Set each number to SELU's least value with probability `p` while training; mean and variance are kept.

    In evaluation nothing changes.

    Source: PyTorch, torch.nn.AlphaDropout; Klambauer et al. 2017 (arXiv:1706.02515), section 2.
    Formula: a * (-1.7581 with probability p, else x) + b; a and b keep a mean of 0 and a variance of 1
    Example: [N, 128] -> AlphaDropout(0.2) -> [N, 128]
    Picture: [N, 4, 3, 3] -> AlphaDropout(0.4) -> [N, 4, 3, 3]
    """

    function = "F.alpha_dropout"
    keeps_variance = True

    p: float = arg("probability of being dropped", default=0.5, min=0, max=1)
    inplace: bool = arg(INPLACE, default=False)
