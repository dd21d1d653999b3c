"""W305 1x1-stride."""

from collections.abc import Iterator
from math import prod
from typing import final

from convdsl.diagnostics import Code, Diagnostic, Help, Severity
from convdsl.graph.graph import Node
from convdsl.lint.edits import spell
from convdsl.lint.rule import Rule
from convdsl.lint.subject import Subject


@final
class Strided1x1(Rule):
    """A convolution of a single pixel skips most pixels.

    What: a convolution whose kernel_size is 1 along every axis has a stride > 1. Where it brings the input of a
    residual block along to the sum, so that another path reads every pixel, it is an info.

    Why: of every stride x stride pixels one is read: with a stride of 2 three quarters of the picture have no part in
    the result. In ResNets a mean of the pixels before the convolution was worth 0.3 to 0.5 points of accuracy.

    Fix: `AvgPool2d(2, ceil_mode=true)` before it and no stride in it; the output keeps its size, and its pixels stand
    half a pixel further on. Or a window of 3: `Conv2d(c, 3, stride=2, padding=1)`.

    Source: He, Zhang, Zhang, Zhang, Xie & Li 2018, "Bag of Tricks for Image Classification", section 4.1
    (arXiv:1812.01187).
    """

    code = Code("W305", "1x1-stride", Severity.WARNING)
    short_tells = True
    bad = (
        """
model Net {
  input x: [N, 3, H, W]
  y = Conv2d(8, 1, stride=2)  # W305
  output y: [N, 8, (H + 1) // 2, (W + 1) // 2]
}
""",
        """
block Basic(channels: int) {
  input x: [N, C, H, W]
  Conv2d(channels, 1, stride=2)  # W305
  short = BatchNorm2d()
  main = x -> Conv2d(channels, 3, stride=2, padding=1) -> BatchNorm2d()
  main + short -> ReLU()
}

model Residual {
  input x: [N, 8, H, W]
  y = Basic(16)
  output y: [N, 16, (H + 1) // 2, (W + 1) // 2]
}
""",
        """
model Joined {
  input x: [N, 8, H, W]
  a = Conv2d(8, 1, stride=2)  # W305
  b = x -> Conv2d(8, 3, stride=2, padding=1)
  y = Concat(a, b)
  output y: [N, 16, (H + 1) // 2, (W + 1) // 2]
}
""",
    )
    good = (
        """
model Net {
  input x: [N, 3, H, W]
  Conv2d(8, 1)
  y = Conv2d(8, (1, 3), stride=2, padding=(0, 1))
  output y: [N, 8, (H + 1) // 2, (W + 1) // 2]
}
""",
        """
model Pool {
  input x: [N, 3, H, W]
  y = MaxPool2d(1, stride=2)
  output y: [N, 3, (H + 1) // 2, (W + 1) // 2]
}
""",
        """
model Up {
  input x: [N, 3, H, W]
  y = ConvTranspose2d(3, 1, stride=2)
  output y: [N, 3, 2 * H - 1, 2 * W - 1]
}
""",
    )

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        for case in subject.cases:
            windows = subject.windows(case.nodes[0])
            single = all(window.kernel_size == 1 and not window.paints for window in windows)
            if single and any(window.stride > 1 for window in windows) and subject.weights(case.nodes[0]):
                yield from (self._finding(subject, node) for node in case.nodes)

    def _finding(self, subject: Subject, node: Node) -> Diagnostic:
        strides = tuple(window.stride for window in subject.windows(node))
        short = is_shortcut(subject, node)
        axes = len(strides)
        mean = f"`AvgPool{axes}d({spell(strides)}, ceil_mode=true)`"
        return subject.finding(
            self.code,
            node,
            f"`{type(node.op).__name__}` of a single pixel reads 1 of {prod(strides)} pixels"
            + (", and the other path to the sum reads all" if short else ""),
            argument="stride",
            label="the others are skipped",
            helps=(Help(f"take the mean first, {mean}, and leave the stride out"),),
            severity=Severity.INFO if short else Severity.WARNING,
        )


def is_shortcut(subject: Subject, node: Node) -> bool:
    """Tell whether a layer's output, normed at most, is added to what another layer with weights made of its input."""
    total = subject.forward(node, lambda one: bool(subject.traits(one).statistics))
    if total is None or total.op is None or len(total.inputs) < 2 or not subject.traits(total).affine:
        return False
    adds = all(shape == subject.output(total) for shape in subject.inputs(total))
    return adds and len(subject.readers(node.inputs[0])) > 1
