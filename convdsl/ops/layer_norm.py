"""LayerNorm."""

from math import prod
from typing import final

from convdsl.argument import arg
from convdsl.op import Weights
from convdsl.ops.kinds import ONE_OR_MORE
from convdsl.ops.normalize import check_eps
from convdsl.ops.trailing import Trailing
from convdsl.record import dataclass
from convdsl.saved import Kept, Saved
from convdsl.shape import Shape


@final
@dataclass(frozen=True, slots=True)
class LayerNorm(Trailing):
    """Shift and scale the last axes of each image to mean 0 and variance 1, then by two learned numbers a place.

    After `Permute((0, 2, 3, 1))` the last axis is the channels, as ConvNeXt and transformers have it. Over the whole
    image it fixes the size; GroupNorm(1) does not.

    Source: PyTorch, torch.nn.LayerNorm; Ba, Kiros & Hinton 2016 (arXiv:1607.06450).
    Formula: (x - mean) / sqrt(variance + eps) * weight + bias
    Example: [N, 32, 32, 96] -> LayerNorm(96) -> [N, 32, 32, 96]
    Picture: [N, 3, 3, 4] -> LayerNorm((3, 3, 4)) -> [N, 3, 3, 4]
    Picture: [N, 2, 2, 4] -> LayerNorm(4) -> [N, 2, 2, 4]
    """

    normalized_shape: tuple[int, ...] = arg("sizes of the last axes, normalised together", min=1, kind=ONE_OR_MORE)
    eps: float = arg("number added to the variance before its root", default=1e-5, min=0)
    elementwise_affine: bool = arg("whether each place has a learned scale and shift", default=True)
    bias: bool = arg("whether the learned scale comes with a learned shift", default=True)

    def check(self) -> None:
        check_eps(self.eps)

    def weights(self, *inputs: Shape) -> Weights:
        if self.elementwise_affine and self.bias:
            return {"weight": self.normalized_shape, "bias": self.normalized_shape}
        return Trailing.weights(self, *inputs)

    def saved(self, learns: tuple[bool, ...], *inputs: Shape) -> Saved:
        # mean and deviation of each group of numbers
        rows = prod(inputs[0].numbers[: self._first(inputs[0])])
        return Saved(inputs=(0,), others=(Kept(rows),) * 2)
