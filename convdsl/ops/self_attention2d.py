"""SelfAttention2d."""

from math import prod
from typing import final

from convdsl.argument import Invalid, arg
from convdsl.op import Module, NoGrid, Op, Reading, Weights, channels_of, sizes
from convdsl.ops.plan import arguments
from convdsl.record import dataclass
from convdsl.saved import Kept, Saved
from convdsl.shape import Shape


@final
@dataclass(frozen=True, slots=True)
class SelfAttention2d(Op):
    """Let every pixel of the image read every other one, and add what it reads, times a learned number gamma.

    Queries, keys and values are 1x1 convolutions; shares are the softmax of query times key. Gamma is 0 before
    training, so that the layer begins as nothing. Memory grows with the square of the number of pixels.

    Source: Zhang, Goodfellow, Metaxas & Odena 2018, "Self-Attention GANs" (arXiv:1805.08318), section 3.
    Formula: x + gamma * (softmax(query * key) * value)
    Example: [N, 64, 32, 32] -> SelfAttention2d() -> [N, 64, 32, 32]
    Picture: [N, 4, 2, 3] -> SelfAttention2d(2) -> [N, 4, 2, 3]
    """

    rank = 4
    category = "conv"

    reduction: int = arg("channels of the input for each channel of queries and keys", default=8, min=1)

    def _narrow(self, x: Shape) -> int:
        channels = channels_of(x)
        if channels < self.reduction:
            raise Invalid(
                "reduction",
                f"{channels} channels over {self.reduction} leave none for queries and keys",
                f"reduction may be at most {channels} here",
            )
        return channels // self.reduction

    def shape(self, *inputs: Shape) -> Shape:
        self._narrow(inputs[0])
        sizes(inputs[0])
        return inputs[0]

    def weights(self, *inputs: Shape) -> Weights:
        channels, narrow = channels_of(inputs[0]), self._narrow(inputs[0])
        out: dict[str, tuple[int, ...]] = {"gamma": (1,)}
        for name, count in (("query", narrow), ("key", narrow), ("value", channels)):
            out |= {f"{name}.weight": (count, channels, 1, 1), f"{name}.bias": (count,)}
        return out

    def macs(self, *inputs: Shape) -> int:
        """Count the three convolutions, and each pixel's products with every pixel for shares and for values."""
        batch, channels, *image = inputs[0].numbers
        narrow, pixels = self._narrow(inputs[0]), prod(image)
        return batch * pixels * (channels * (2 * narrow + channels) + pixels * (narrow + channels))

    def axes(self, *inputs: Shape) -> tuple[Reading, ...]:
        return (NoGrid.WHOLE, NoGrid.WHOLE)

    def saved(self, learns: tuple[bool, ...], *inputs: Shape) -> Saved:
        """Keep the input; queries, keys and values; the shares; and what is read, before it is multiplied by gamma."""
        batch, channels, *image = inputs[0].numbers
        narrow, pixels = self._narrow(inputs[0]), prod(image)
        counts = (narrow, narrow, channels, pixels, channels)
        return Saved(inputs=(0,), others=tuple(Kept(batch * pixels * count) for count in counts))

    def scratch(self, *inputs: Shape) -> tuple[Kept, ...]:
        # the products of which the shares are made are there until the shares are
        batch, _, *image = inputs[0].numbers
        return (*self.saved((True,), *inputs).others, Kept(batch * prod(image) ** 2))

    def call(self, *inputs: Shape) -> Module:
        leading = (("channels", channels_of(inputs[0])),)
        return Module("SelfAttention2d", arguments(self, leading=leading), helper="SelfAttention2d")
