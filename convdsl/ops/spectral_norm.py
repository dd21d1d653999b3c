"""SpectralNorm."""

from math import prod
from typing import final

from convdsl.argument import INT, LAYER, arg, optional
from convdsl.op import Op, Weights
from convdsl.ops.plan import Arguments, arguments
from convdsl.ops.wrapped import Wrapped
from convdsl.record import dataclass

LEGACY = "whether the weights have the older names: weight_orig, weight_u, weight_v"


@final
@dataclass(frozen=True, slots=True)
class SpectralNorm(Wrapped):
    """Divide a layer's weight by its largest singular value, so that the layer stretches nothing by more than 1.

    The value is found by a step of power iteration at each training pass; its two vectors are buffers. Published GANs
    mostly have the names of `legacy=true`.

    Source: PyTorch, torch.nn.utils.parametrizations.spectral_norm; Miyato et al. 2018 (arXiv:1802.05957).
    Example: [N, 3, 32, 32] -> SpectralNorm(Conv2d(64, 3, padding=1)) -> [N, 64, 32, 32]
    Picture: [N, 1, 5, 5] -> SpectralNorm(Conv2d(1, 3, padding=1)) -> [N, 1, 5, 5]
    """

    layer: Op = arg("the convolution or dense layer whose weight is normalised", kind=LAYER)
    n_power_iterations: int = arg("steps of power iteration at each training pass", default=1, min=1)
    eps: float = arg("number that keeps the vectors' lengths above 0", default=1e-12, min=0)
    dim: int | None = arg(
        "axis of the weight that counts the outputs; none: PyTorch finds it", default=None, min=0, kind=optional(INT)
    )
    legacy: bool = arg(LEGACY, default=False)

    def parts(self, weight: tuple[int, ...]) -> tuple[Weights, Weights]:
        transposed = type(self.layer).__name__.startswith("ConvTranspose")
        axis = self.dim if self.dim is not None else 1 if transposed else 0
        vectors = ((weight[axis],), (prod(weight) // weight[axis],))
        if self.legacy:
            return {"weight_orig": weight}, {"weight_u": vectors[0], "weight_v": vectors[1]}
        inside = "parametrizations.weight"
        return {f"{inside}.original": weight}, {f"{inside}.0._u": vectors[0], f"{inside}.0._v": vectors[1]}

    def wrapper(self) -> tuple[str, Arguments]:
        place = "torch.nn.utils" if self.legacy else "torch.nn.utils.parametrizations"
        return f"{place}.spectral_norm", arguments(self, "layer", "legacy")

    def normalised(self, weight: tuple[int, ...]) -> tuple[int, ...]:
        # the weight, the two vectors as they were, and the singular value
        vectors = self.parts(weight)[1].values()
        return prod(weight), *map(prod, vectors), 1
