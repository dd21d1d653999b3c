"""W302 convt-holes."""

from collections.abc import Iterator
from typing import final

from convdsl.diagnostics import Code, Diagnostic, Help, Severity
from convdsl.graph.graph import Node
from convdsl.lint.rule import Rule
from convdsl.lint.subject import Subject
from convdsl.lint.taps import residues
from convdsl.ops.window import axis_name
from convdsl.traits import Window


@final
class ConvtHoles(Rule):
    """A transposed convolution leaves pixels that no window reaches.

    What: along an axis whose stride s is larger than the kernel_size, or has a common factor with the dilation, the
    phases of s that no tap t * dilation falls on hold the bias and nothing of the image.

    Why: every s-th row or column of the picture is constant, whatever the input and the weights.

    Fix: a kernel_size of at least the stride, and a dilation of 1.

    Source: arithmetic; Dumoulin & Visin, "A guide to convolution arithmetic", section 4.5 (arXiv:1603.07285).
    """

    code = Code("W302", "convt-holes", Severity.ERROR)
    short_tells = True
    bad = (
        """
model Narrow {
  input x: [N, 8, H, W]
  y = ConvTranspose2d(4, 2, stride=3)  # W302
  output y: [N, 4, 3 * H - 1, 3 * W - 1]
}
""",
        """
model Spread {
  input x: [N, 8, H, W]
  y = ConvTranspose2d(4, 4, stride=2, padding=2, dilation=2)  # W302
  output y: [N, 4, 2 * H + 1, 2 * W + 1]
}
""",
    )
    good = (
        """
model Beside {
  input x: [N, 8, H, W]
  y = ConvTranspose2d(4, 3, stride=3)
  output y: [N, 4, 3 * H, 3 * W]
}
""",
    )

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        for case in subject.cases:
            windows = subject.windows(case.nodes[0])
            holed = [axis for axis, window in enumerate(windows) if window.paints and residues(window) < window.stride]
            if holed:
                where = axis_name(len(windows), holed[0])
                yield from (self._finding(subject, node, windows[holed[0]], where) for node in case.nodes)

    def _finding(self, subject: Subject, node: Node, window: Window, where: str) -> Diagnostic:
        empty = 1 - residues(window) / window.stride
        return subject.finding(
            self.code,
            node,
            f"{empty:.0%} of the pixels in {where} are reached by no window of `{type(node.op).__name__}`",
            argument="stride",
            label=f"{window.kernel_size} taps {window.dilation} apart, windows {window.stride} apart",
            notes=("these pixels hold the bias, whatever the input",),
            helps=(Help(f"a kernel_size of {window.stride} or more, and a dilation of 1"),),
        )
