"""W315 avgpool-border."""

from collections.abc import Iterator
from fractions import Fraction
from math import prod
from typing import final

from convdsl.diagnostics import Code, Diagnostic, Help, Severity
from convdsl.graph.graph import Node
from convdsl.lint.edits import set_argument
from convdsl.lint.rule import Rule
from convdsl.lint.subject import Subject
from convdsl.op import Interval


@final
class AvgPoolBorder(Rule):
    """A mean over padded zeros darkens the border.

    What: an average pool pads, and its padded zeros count in the mean. A pool with a `divisor_override` of its own
    makes no means, and is not meant.

    Why: at the border part of every window is zero: of an image of ones the mean of 3 x 3 pixels is 6 / 9 at an edge
    and 4 / 9 in a corner. What comes out is a darker frame, as wide as the padding, at each level wider in pixels.

    Fix: `count_include_pad=false`: the mean over the pixels that there are.

    Source: PyTorch, torch.nn.AvgPool2d, `count_include_pad`.
    """

    code = Code("W315", "avgpool-border", Severity.INFO)
    short_tells = True
    bad = (
        """
model Net {
  input x: [N, 3, H, W]
  y = AvgPool2d(3, stride=2, padding=1)  # W315
  output y: [N, 3, (H + 1) // 2, (W + 1) // 2]
}
""",
        """
block Smooth {
  AvgPool2d((1, 5), stride=1, padding=(0, 2), count_include_pad=true)  # W315
}

model Wide {
  input x: [N, 3, H, W]
  Smooth()
  y = Smooth()
  output y: [N, 3, H, W]
}
""",
    )
    good = (
        """
model Net {
  input x: [N, 3, H, W]
  AvgPool2d(3, stride=1, padding=1, count_include_pad=false)
  AvgPool2d(2)
  Conv2d(8, 3, padding=1)
  y = MaxPool2d(3, stride=1, padding=1)
  output y: [N, 8, H // 2, W // 2]
}
""",
        """
model Sums {
  input x: [N, 3, H, W]
  y = AvgPool2d(3, stride=1, padding=1, divisor_override=1)
  output y: [N, 3, H, W]
}
""",
        """
model Blur {
  input x: [N, 3, H, W]
  y = Filter2d(binomial, padding=1)
  output y: [N, 3, H, W]
}
""",
    )

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        for case in subject.cases:
            padded = any(window.before and window.fills == "zeros" for window in subject.windows(case.nodes[0]))
            one = 1.0  # of an image of ones the inside comes out as one, and the border below
            if case.op.category == "pool" and padded and case.op.values(Interval(one, one)).high == one:
                yield from (self._finding(subject, node) for node in case.nodes)

    def _finding(self, subject: Subject, node: Node) -> Diagnostic:
        windows = subject.windows(node)
        inside = prod(window.kernel_size - window.before for window in windows)
        taps = prod(window.kernel_size for window in windows)
        return subject.finding(
            self.code,
            node,
            f"`{type(node.op).__name__}` counts padded zeros: the first window keeps {inside} / {taps} of its mean",
            argument="padding",
            label=f"{float(Fraction(inside, taps)):.2f} at the border of an image of ones",
            helps=(
                Help(
                    "take the mean over the pixels that there are: `count_include_pad=false`",
                    set_argument(subject, node, "count_include_pad", False),
                ),
            ),
        )
