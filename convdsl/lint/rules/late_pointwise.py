"""I504 1x1-after-up."""

from collections.abc import Iterator
from math import prod
from typing import final

from convdsl.diagnostics import Code, Diagnostic, Help, Severity
from convdsl.graph.graph import Node
from convdsl.lint.edits import swap_calls
from convdsl.lint.linear import is_learned
from convdsl.lint.rule import Rule
from convdsl.lint.subject import Subject


@final
class LatePointwise(Rule):
    """A pointwise convolution is worked out on a map that was just enlarged.

    What: all that reads an interpolation (nearest, bilinear, bicubic) that makes more pixels is a convolution of window
    1, stride 1 and no padding, in the same body, with no more channels at its end than at its start.

    Why: interpolation takes the same weighted means, with weights that sum to 1, of every channel; a pointwise
    convolution mixes the channels of a pixel. They may change places, and before enlarging by f along both axes the
    convolution has f * f times fewer pixels to go over.

    Fix: `Conv2d(2, 1) -> Upsample(scale_factor=2)`.

    Source: arithmetic: sum over p of u_p (A x_p + b) = A (sum over p of u_p x_p) + b where the u_p sum to 1.
    """

    code = Code("I504", "1x1-after-up", Severity.INFO)
    short_tells = True
    bad = (
        """
model Late {
  input x: [N, 8, H, W]
  Upsample(scale_factor=2, mode="bilinear")  # note
  y = Conv2d(4, 1)  # I504
  output y: [N, 4, 2 * H, 2 * W]
}
""",
        """
block Up(width: int) {
  Upsample(scale_factor=2)
  Conv2d(width, 1, groups=2)  # I504
  BatchNorm2d() -> ReLU()
}

model Net {
  input x: [N, 8, H, W]
  Up(8) -> Up(4)
  y = Conv2d(2, 3, padding=1)
  output y: [N, 2, 4 * H, 4 * W]
}
""",
    )
    good = (
        """
model Early {
  input x: [N, 8, H, W]
  Conv2d(4, 1) -> Upsample(scale_factor=2)
  Conv2d(4, 3, padding=1) -> Upsample(scale_factor=2)
  Conv2d(8, 1) -> Upsample(scale_factor=2)
  Conv2d(8, 1, stride=2) -> Upsample(scale_factor=2)
  Conv2d(8, 1, padding=1) -> AvgPool2d(2) -> Conv2d(4, 1)
  PixelShuffle(2) -> Conv2d(1, 1)
  y = Upsample(scale_factor=1, mode="bilinear") -> Conv2d(1, 1)
  output y: [N, 1, 8 * H + 2, 8 * W + 2]
}
""",
        """
model Shared {
  input x: [N, 8, H, W]
  u = Upsample(scale_factor=2)
  a = Conv2d(8, 1)
  y = u + a
  output y: [N, 8, 2 * H, 2 * W]
}
""",
        """
block Head {
  Conv2d(2, 1)
}

model Apart {
  input x: [N, 8, H, W]
  Upsample(scale_factor=2)
  y = Head()
  output y: [N, 2, 2 * H, 2 * W]
}
""",
    )

    def suspects(self, subject: Subject) -> bool:
        return bool(subject.size) and any(pointwise_behind(subject, node, True) for node, _ in subject.layers)

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        if not subject.size:
            return
        for node, _ in subject.layers:
            conv = pointwise_behind(subject, node)
            if conv is not None:
                yield self._finding(subject, node, conv)

    def _finding(self, subject: Subject, up: Node, conv: Node) -> Diagnostic:
        late = subject.macs[conv.index]
        factor = _pixels(subject, up, True) / _pixels(subject, up, False)
        name, enlarges = type(conv.op).__name__, type(up.op).__name__
        return subject.finding(
            self.code,
            conv,
            f"`{name}` of window 1 behind `{enlarges}` costs {late:,} multiply-accumulates, and before it"
            f" {round(late / factor):,}",
            labels=(subject.place(up, f"{factor:.3g} times as many pixels"),),
            notes=("the keys of its weights change with its place in the spec",),
            helps=(Help("let them change places: the function is the same", swap_calls(subject, up, conv), safe=True),),
        )


def pointwise_behind(subject: Subject, up: Node, anywhere: bool = False) -> Node | None:
    """Return the pointwise convolution that alone reads an enlargement and may precede it, None if there is none.

    anywhere: whether it may stand in another body of the text.
    """
    if up.category != "resize" or not subject.traits(up).averages:
        return None
    conv = subject.only_reader(up)
    if conv is None or not is_learned(subject, conv):
        return None
    if not anywhere and (conv.trail != up.trail or conv.turns != up.turns):
        return None
    windows = subject.windows(conv)
    if not windows or any((w.kernel_size, w.stride, w.before, w.after) != (1, 1, 0, 0) for w in windows):
        return None
    narrows = subject.output(conv).channels <= subject.output(up).channels
    return conv if narrows and _pixels(subject, up, True) > _pixels(subject, up, False) else None


def _pixels(subject: Subject, node: Node, after: bool) -> int:
    return prod(subject.at_size(subject.output(node) if after else subject.inputs(node)[0])[2:])
