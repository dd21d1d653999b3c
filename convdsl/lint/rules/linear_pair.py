"""W404 linear-linear."""

from collections.abc import Iterator
from typing import final

from convdsl.diagnostics import Code, Diagnostic, Help, Severity
from convdsl.lint.linear import Pair, is_factorised, is_linear, kernels, never_bent, one_layer, pairs
from convdsl.lint.rule import Rule
from convdsl.lint.subject import Subject


@final
class LinearPair(Rule):
    """Two layers with weights follow each other, and nothing in between bends.

    What: a convolution or dense layer reads another through layers that are affine in evaluation (pools of means,
    enlarging, flattening, batch norms), without a join in between, and nothing else makes use of the first one's
    output but in the same way. Not meant are layers taken apart on purpose: a depthwise convolution with one that mixes
    channels, in either order, or two depthwise ones of different dilation; windows along different axes, 3 x 1 and
    1 x 3; a pointwise one with another where both have fewer weights than the one layer that they make; else fewer
    numbers between the two than before and behind, in fewer channels or in a map that the second enlarges, such as the
    code of an autoencoder. A network without any nonlinearity is W413's.

    Why: an affine function of an affine function is one. Two layers cost the weights and the time of two, and say what
    one could say; a batch norm between them does not help, for in evaluation it is a scale and a shift of each channel.
    Published networks have such pairs too: the tail of EDSR, a convolution on either side of a pixel shuffle; and the
    first two bottlenecks of MobileNetV3-small, where 16 channels become 16 and then 72.

    Fix: an activation between them: `Conv2d(64, 3, padding=1) -> ReLU()`; or only one of them.

    Source: arithmetic: B(Ax + a) + b = (BA)x + (Ba + b).
    Source: Sandler et al. 2018, section 3.2, on bottlenecks that are linear on purpose (arXiv:1801.04381).
    Source: Lim et al. 2017, section 3.3 (arXiv:1707.02921); Howard et al. 2019, table 2 (arXiv:1905.02244).
    """

    code = Code("W404", "linear-linear", Severity.WARNING)
    short_tells = True
    bad = (
        """
model Plain {
  input x: [N, 3, H, W]
  Conv2d(8, 3, padding=1)
  Conv2d(8, 3, padding=1)  # W404
  ReLU()
  y = Conv2d(2, 3, padding=1)
  output y: [N, 2, H, W]
}
""",
        """
block Down(width: int) {
  Conv2d(width, 4, stride=2, padding=1, bias=false)  # W404
  BatchNorm2d()
}

model Encoder {
  input x: [N, 3, H, W] where H % 8 == 0, W % 8 == 0
  Down(16) -> Down(32) -> Down(64)
  ReLU()
  Upsample(scale_factor=8)
  y = Conv2d(3, 3, padding=1)
  output y: [N, 3, H, W]
}
""",
        """
model Classifier {
  input x: [N, 1, 8, 8]
  Conv2d(16, 3) -> ReLU()
  Conv2d(32, 3)
  AdaptiveAvgPool2d(1) -> Flatten()
  Dropout(0.5)
  y = Linear(10)  # W404
  output y: [N, 10]
}
""",
        """
model Fork {
  input x: [N, 1, H, W] where H % 2 == 0, W % 2 == 0
  a = Conv2d(8, 3, padding=1)
  Conv2d(8, 4, stride=2, padding=1)  # W404
  ReLU()
  ConvTranspose2d(8, 2, stride=2) -> ReLU()
  b = Conv2d(8, 3, padding=1) -> ReLU()
  Concat(b, a)
  y = Conv2d(2, 3, padding=1)
  output y: [N, 2, H, W]
}
""",
        """
model Pointwise {
  input x: [N, 16, H, W]
  Conv2d(16, 1) -> Conv2d(8, 3, padding=1)  # W404
  ReLU()
  Conv2d(8, 1, groups=2) -> Conv2d(8, 3, padding=1, groups=2)  # W404
  ReLU()
  Conv2d(8, 3, padding=1, groups=8) -> Conv2d(8, 3, padding=1, groups=8)  # W404
  y = ReLU()
  output y: [N, 8, H, W]
}
""",
        """
model Flat {
  input x: [N, 2, 4, 4]
  Conv2d(4, 3, padding=1)
  Flatten()
  Linear(10)  # W404
  y = ReLU()
  output y: [N, 10]
}
""",
        """
model Shuffled {
  input x: [N, 64, H, W]
  ReLU()
  Conv2d(256, 3, padding=1)
  PixelShuffle(2)
  y = Conv2d(3, 3, padding=1)  # W404
  output y: [N, 3, 2 * H, 2 * W]
}
""",
        """
model Bottlenecks {
  input x: [N, 16, H, W] where H % 4 == 0, W % 4 == 0
  Conv2d(16, 3, stride=2, padding=1, groups=16, bias=false) -> BatchNorm2d() -> ReLU()
  Conv2d(16, 1, bias=false) -> BatchNorm2d()
  Conv2d(72, 1, bias=false)  # W404
  BatchNorm2d() -> ReLU()
  Conv2d(72, 3, stride=2, padding=1, groups=72, bias=false) -> BatchNorm2d() -> ReLU()
  Conv2d(24, 1, bias=false) -> BatchNorm2d()
  Conv2d(88, 1, bias=false) -> BatchNorm2d()
  y = ReLU()
  output y: [N, 88, H / 4, W / 4]
}
""",
    )
    good = (
        """
model Depthwise {
  input x: [N, 8, H, W]
  Conv2d(8, 3, padding=1, groups=8) -> Conv2d(8, 3, padding=1)
  ReLU()
  Conv2d(16, 2, stride=2) -> Conv2d(16, 7, padding=3, groups=16)
  ReLU()
  Conv2d(16, 5, padding=2, groups=16) -> Conv2d(16, 7, padding=9, dilation=3, groups=16)
  y = ReLU()
  output y: [N, 16, H // 2, W // 2]
}
""",
        """
model Autoencoder {
  input x: [N, 1, H, W] where H % 4 == 0, W % 4 == 0
  Conv2d(16, 4, stride=2, padding=1) -> ReLU()
  code = Conv2d(32, 4, stride=2, padding=1)
  ConvTranspose2d(16, 4, stride=2, padding=1) -> ReLU()
  y = ConvTranspose2d(1, 4, stride=2, padding=1)
  output y: [N, 1, H, W]
}
""",
        """
model Bent {
  input x: [N, 3, H, W] where H % 2 == 0, W % 2 == 0
  Conv2d(8, 3, padding=1) -> ReLU()
  Conv2d(8, 3, padding=1) -> MaxPool2d(2)
  Conv2d(8, 3, padding=1) -> GroupNorm(2)
  y = Conv2d(2, 3, padding=1)
  output y: [N, 2, H // 2, W // 2]
}
""",
        """
model Bottleneck {
  input x: [N, 3, H, W]
  Conv2d(32, 3, padding=1) -> ReLU6()
  Conv2d(32, 3, padding=1, groups=32) -> Conv2d(64, 1) -> ReLU6()
  Conv2d(16, 1) -> BatchNorm2d()
  Conv2d(96, 1) -> BatchNorm2d() -> ReLU6()
  Conv2d(96, 1) -> Conv2d(96, 3, padding=1, groups=96) -> ReLU6()
  y = Conv2d(2, 3, padding=1)
  output y: [N, 2, H, W]
}
""",
        """
model Strips {
  input x: [N, 8, H, W]
  Conv2d(8, (3, 1), padding=(1, 0)) -> Conv2d(8, (1, 3), padding=(0, 1)) -> ReLU()
  Conv2d(4, 3, padding=1) -> Conv2d(8, 3, padding=1) -> ReLU()
  Conv2d(8, 3, padding=1, groups=4) -> Conv2d(8, 1) -> ReLU()
  Conv2d(8, 1, groups=2) -> ChannelShuffle(2) -> Conv2d(8, 3, padding=1, groups=2) -> ReLU()
  y = Conv2d(2, 3, padding=1)
  output y: [N, 2, H, W]
}
""",
        """
model Pyramid {
  input x: [N, 3, H, W] where H % 4 == 0, W % 4 == 0
  c1 = Conv2d(64, 4, stride=2, padding=1) -> ReLU()
  c2 = Conv2d(128, 4, stride=2, padding=1) -> ReLU()
  l2 = Conv2d(32, 1)
  up = Upsample(scale_factor=2)
  l1 = c1 -> Conv2d(32, 1)
  l1 + up
  y = Conv2d(32, 3, padding=1)
  z = l2 -> Conv2d(32, 3, padding=1)
  output y: [N, 32, H / 2, W / 2]
  output z: [N, 32, H / 4, W / 4]
}
""",
        """
model Elsewhere {
  input x: [N, 3, H, W]
  a = Conv2d(8, 3, padding=1)
  b = ReLU() -> Conv2d(16, 3, padding=1)
  c = a -> Conv2d(16, 1)
  y = b + c
  z = a -> Conv2d(16, 3, padding=1) -> ReLU()
  output y: [N, 16, H, W]
  output z: [N, 16, H, W]
}
""",
        """
model Shown {
  input x: [N, 3, H, W]
  a = Conv2d(8, 3, padding=1)
  b = Conv2d(16, 3, padding=1) -> ReLU()
  output a: [N, 8, H, W]
  output b: [N, 16, H, W]
}
""",
        """
model Unet {
  input x: [N, 3, H, W] where H % 2 == 0, W % 2 == 0
  e = Conv2d(8, 3, padding=1) -> ReLU()
  Conv2d(16, 4, stride=2, padding=1) -> ReLU()
  up = ConvTranspose2d(8, 2, stride=2)
  Concat(e, up)
  y = Conv2d(2, 3, padding=1)
  output y: [N, 2, H, W]
}
""",
        """
model Head {
  input x: [N, 64, 7, 7]
  ReLU()
  Conv2d(2, 1) -> Flatten()
  y = Linear(10)
  output y: [N, 10]
}
""",
    )

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        found = [pair for pair in pairs(subject) if not pair.run.joined]
        if not found or not subject.size or is_linear(subject):
            return
        never = never_bent(subject)
        for pair in found:
            if never[pair.first.index] and not is_factorised(subject, pair):
                yield self._finding(subject, pair)

    def _finding(self, subject: Subject, pair: Pair) -> Diagnostic:
        first, second = type(pair.first.op).__name__, type(pair.second.op).__name__
        labels = [subject.place(pair.first, "its output is not bent")] if pair.first.span != pair.second.span else []
        if pair.run.norm is not None and pair.run.norm.span not in (pair.first.span, pair.second.span):
            labels.append(subject.place(pair.run.norm, "a scale and a shift in evaluation"))
        return subject.finding(
            self.code,
            pair.second,
            f"`{second}` reads `{first}` with no activation in between: both are one linear map",
            labels=tuple(labels),
            notes=(_says(subject, pair),),
            helps=(Help("put an activation behind the first, `-> ReLU()`, or leave one of the two out"),),
        )


def _says(subject: Subject, pair: Pair) -> str:
    """Say what the one layer would be."""
    one, two = kernels(subject, pair)
    both = f"{one.numbers:,} and {two.numbers:,} weights"
    if one.taps == 1 or two.taps == 1:
        return f"{both}; the one layer that they make has {one_layer(subject, pair):,}"
    if pair.run.moves or any(window.paints for node in (pair.first, pair.second) for window in subject.windows(node)):
        return f"{both} for what one layer says"
    sides = [
        left.extent + (right.extent - 1) * left.stride
        for left, right in zip(subject.windows(pair.first), subject.windows(pair.second), strict=True)
    ]
    return f"{both}; away from the border one window of {' x '.join(map(str, sides))} says as much"
