"""FeatureAlphaDropout."""

from typing import final

from convdsl.argument import arg
from convdsl.ops.activation import INPLACE
from convdsl.ops.drop import Drop
from convdsl.record import dataclass


@final
@dataclass(frozen=True, slots=True)
class FeatureAlphaDropout(Drop):
    """Set whole channels to SELU's least value with probability `p` while training; mean and variance are kept.

    In evaluation nothing changes.

    Source: PyTorch, torch.nn.FeatureAlphaDropout; Klambauer et al. 2017 (arXiv:1706.02515); Tompson et al. 2015.
    Formula: a * (-1.7581 for a channel with probability p, else x) + b; a and b keep a mean of 0 and a variance of 1
    Example: [N, 8, 32, 32] -> FeatureAlphaDropout(0.2) -> [N, 8, 32, 32]
    Picture: [N, 4, 3, 3] -> FeatureAlphaDropout(0.4) -> [N, 4, 3, 3]
    """

    function = "F.feature_alpha_dropout"
    by_channel = True
    keeps_variance = True

    p: float = arg("probability of a channel's being dropped", default=0.5, min=0, max=1)
    inplace: bool = arg(INPLACE, default=False)
