"""Pad."""

from typing import final

from convdsl.argument import Invalid, arg, one_of
from convdsl.op import Expression
from convdsl.ops.kinds import INT_OR_LIST
from convdsl.ops.margins import Margins
from convdsl.record import dataclass
from convdsl.shape import Shape

_MODES = ("constant", "reflect", "replicate", "circular")


@final
@dataclass(frozen=True, slots=True)
class Pad(Margins):
    """Add pixels around the image; negative numbers cut them off.

    `padding` is one number for all sides, or two for each axis from the last to the first, as PyTorch counts them:
    (left, right, top, bottom).

    A convolution pads both sides alike. Where Keras's `same` with a stride of 2 and a window of 3 adds the odd pixel
    after an image of even size, `Pad((0, 1, 0, 1))` before a Conv2d without padding does so; it takes no position, so
    the names of the weights stay.

    Source: PyTorch, torch.nn.functional.pad; ONNX, Pad.
    Example: [N, 3, 32, 32] -> Pad((1, 2, 0, 3)) -> [N, 3, 35, 35]
    Picture: [N, 1, 4, 4] -> Pad((1, 2, 0, 3)) -> [N, 1, 7, 7]
    Picture: [N, 1, 5, 5] -> Pad((-1, 1, 2, -2), mode=reflect) -> [N, 1, 5, 5]
    """

    takes_position = False

    padding: int | tuple[int, ...] = arg("pixels added: (left, right, top, bottom), or one number", kind=INT_OR_LIST)
    mode: str = arg("what the added pixels hold", default="constant", kind=one_of(*_MODES))
    value: float = arg("the number that mode constant puts there", default=0.0)

    def check(self) -> None:
        if self.value != 0 and self.mode != "constant":
            raise Invalid("value", f"mode `{self.mode}` takes its pixels from the image", "leave value out")

    def call(self, *inputs: Shape) -> Expression:
        return Expression(self.padded(len(inputs[0].spatial)))
