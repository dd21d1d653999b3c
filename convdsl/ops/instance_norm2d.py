"""InstanceNorm2d."""

from typing import final

from convdsl.argument import FLOAT, INT, arg, optional
from convdsl.ops.normalize import SHIFT, Batched
from convdsl.record import dataclass


@final
@dataclass(frozen=True, slots=True)
class InstanceNorm2d(Batched):
    """Shift and scale each channel of each image to mean 0 and variance 1.

    Without track_running_stats it is the same in training and evaluation. A `num_features` that is not the input's
    channels is refused; PyTorch only warns of it where nothing is learned.

    Source: PyTorch, torch.nn.InstanceNorm2d; Ulyanov, Vedaldi & Lempitsky 2016 (arXiv:1607.08022).
    Formula: (x - mean) / sqrt(variance + eps)
    Example: [N, 8, 32, 32] -> InstanceNorm2d() -> [N, 8, 32, 32]
    Picture: [N, 3, 3, 3] -> InstanceNorm2d() -> [N, 3, 3, 3]
    """

    rank = 4

    eps: float = arg("number added to the variance before its root", default=1e-5, min=0)
    momentum: float | None = arg(
        "weight of the newest batch in what is remembered; none: nothing is forgotten",
        default=0.1,
        kind=optional(FLOAT),
    )
    affine: bool = arg("whether each channel has a learned scale and shift", default=False)
    track_running_stats: bool = arg("whether mean and variance are remembered for evaluation", default=False)
    bias: bool = arg(SHIFT, default=True, keyword_only=True)
    num_features: int | None = arg(
        "channels of the input, checked if given", default=None, min=1, kind=optional(INT), keyword_only=True
    )
