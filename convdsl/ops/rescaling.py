"""Rescaling."""

from typing import final

from convdsl.argument import Invalid, arg
from convdsl.op import Interval, Module, Op, Weights, channels_of
from convdsl.ops.kinds import NUMBERS
from convdsl.ops.range import added, scaled
from convdsl.record import dataclass
from convdsl.shape import Shape
from convdsl.traits import Traits


@final
@dataclass(frozen=True, slots=True)
class Rescaling(Op):
    """Multiply and shift by fixed numbers, one for all channels or one for each: x * scale + offset.

    They are buffers of the checkpoint, not trained; with one number for all, `Mul(2)` and `Add(1)` do it without. What
    an input means is better said by `means`, which every phase reads.

    Source: Keras, Rescaling; the scaling layer of Zhang et al. 2018 (arXiv:1801.03924).
    Formula: scale * x + offset
    Example: [N, 3, 32, 32] -> Rescaling((4, 4.5, 4.25), (-2, -2, -1.75)) -> [N, 3, 32, 32]
    Picture: [N, 3, 3, 3] -> Rescaling((4, 4.5, 4.25), (-2, -2, -1.75)) -> [N, 3, 3, 3]
    """

    scale: tuple[float, ...] = arg("factor: one number, or one for each channel", kind=NUMBERS)
    offset: tuple[float, ...] = arg("number added after it: one, or one for each channel", default=(0.0,), kind=NUMBERS)

    def shape(self, *inputs: Shape) -> Shape:
        for name, numbers in (("scale", self.scale), ("offset", self.offset)):
            if len(numbers) != 1 and len(numbers) != channels_of(inputs[0]):
                raise Invalid(
                    name,
                    f"{len(numbers)} numbers for {channels_of(inputs[0])} channels",
                    "give one for all, or one for each",
                    "E205",
                )
        return inputs[0]

    def buffers(self, *inputs: Shape) -> Weights:
        return {"scale": (len(self.scale),), "offset": (len(self.offset),)}

    def values(self, *inputs: Interval) -> Interval:
        count = max(len(self.scale), len(self.offset))
        pairs = zip(self.scale * (count // len(self.scale)), self.offset * (count // len(self.offset)), strict=True)
        parts = [added(scaled(inputs[0], scale), Interval(offset, offset)) for scale, offset in pairs]
        return Interval(min(part.low for part in parts), max(part.high for part in parts))

    def traits(self, *inputs: Shape) -> Traits:
        return Traits(
            affine=True, homogeneous=not any(self.offset), monotone=min(self.scale) >= 0, pointwise=True, groups=None
        )

    def call(self, *inputs: Shape) -> Module:
        offset = (("offset", self.offset),) if any(self.offset) or len(self.offset) > 1 else ()
        return Module("Rescaling", (("scale", self.scale), *offset), helper="Rescaling")
