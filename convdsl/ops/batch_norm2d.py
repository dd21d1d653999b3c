"""BatchNorm2d."""

from typing import final

from convdsl.argument import FLOAT, INT, arg, optional
from convdsl.ops.normalize import SHIFT, Batched
from convdsl.record import dataclass


@final
@dataclass(frozen=True, slots=True)
class BatchNorm2d(Batched):
    """Shift and scale each channel to mean 0 and variance 1, then by two learned numbers.

    Training uses the batch's own mean and variance and remembers a running mean of them; evaluation uses what was
    remembered.

    Source: PyTorch, torch.nn.BatchNorm2d; Ioffe & Szegedy 2015 (arXiv:1502.03167).
    Formula: (x - mean) / sqrt(variance + eps) * weight + bias
    Example: [N, 8, 32, 32] -> BatchNorm2d() -> [N, 8, 32, 32]
    Picture: [N, 3, 3, 3] -> BatchNorm2d() -> [N, 3, 3, 3]
    """

    rank = 4
    counts_batch = True

    eps: float = arg("number added to the variance before its root", default=1e-5, min=0)
    momentum: float | None = arg(
        "weight of the newest batch in what is remembered; none: the mean of all", default=0.1, kind=optional(FLOAT)
    )
    affine: bool = arg("whether each channel has a learned scale and shift", default=True)
    track_running_stats: bool = arg("whether mean and variance are remembered for evaluation", default=True)
    bias: bool = arg(SHIFT, default=True, keyword_only=True)
    num_features: int | None = arg(
        "channels of the input, checked if given", default=None, min=1, kind=optional(INT), keyword_only=True
    )
