"""BatchNorm1d."""

from typing import final

from convdsl.argument import FLOAT, INT, Invalid, arg, optional
from convdsl.ops.normalize import SHIFT, Batched
from convdsl.record import dataclass
from convdsl.shape import Shape


@final
@dataclass(frozen=True, slots=True)
class BatchNorm1d(Batched):
    """Shift and scale each channel to mean 0 and variance 1, then by two learned numbers.

    Training uses the batch's own mean and variance and remembers a running mean of them; evaluation uses what was
    remembered.

    Takes `[N, C, L]`, and `[N, C]` after a dense layer.

    Source: PyTorch, torch.nn.BatchNorm1d; Ioffe & Szegedy 2015 (arXiv:1502.03167).
    Formula: (x - mean) / sqrt(variance + eps) * weight + bias
    Example: [N, 8, 32] -> BatchNorm1d() -> [N, 8, 32]
    Picture: [N, 3, 6] -> BatchNorm1d() -> [N, 3, 6]
    """

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

    def shape(self, *inputs: Shape) -> Shape:
        if inputs[0].rank not in (2, 3):
            raise Invalid("", f"BatchNorm1d takes [N, C] or [N, C, L], and the input is {inputs[0]}", "", "E117")
        return Batched.shape(self, *inputs)
