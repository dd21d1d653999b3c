"""I510 wide-kernel."""

from collections.abc import Iterator
from typing import final

from convdsl.diagnostics import Code, Diagnostic, Help, Severity
from convdsl.graph.graph import Node
from convdsl.lint.rule import Rule
from convdsl.lint.subject import Subject
from convdsl.lint.wiring import Case


@final
class WideKernel(Rule):
    """A wide window costs more than windows of 3 that see as far.

    What: a convolution of stride 1 has the same odd kernel_size k >= 5 along every axis, and (k - 1) / 2 convolutions
    of 3, with as many channels between them as the larger of its input and output has, cost fewer multiplications. A
    depthwise convolution, whose window is cheap, is not meant.

    Why: two windows of 3 see as many pixels as one of 5, three as many as one of 7. With equal channels that is 18
    multiplications in place of 25, and 27 in place of 49; and there is an activation between them.

    Fix: `Conv2d(c, 3, padding=1) -> ReLU() -> Conv2d(c, 3, padding=1)` in place of `Conv2d(c, 5, padding=2)`.

    Source: Simonyan & Zisserman 2014, section 2.3 (arXiv:1409.1556).
    Source: Szegedy, Vanhoucke, Ioffe, Shlens & Wojna 2015, section 3.1 (arXiv:1512.00567).
    """

    code = Code("I510", "wide-kernel", Severity.INFO)
    short_tells = True
    bad = (
        """
model Net {
  input x: [N, 16, H, W]
  y = Conv2d(16, 5, padding=2)  # I510
  output y: [N, 16, H, W]
}
""",
        """
block Wide(width: int) {
  Conv2d(width, 7, padding=3, groups=2)  # I510
  ReLU()
}

model Grouped {
  input x: [N, 16, H, W]
  Wide(16)
  y = Wide(32)
  output y: [N, 32, H, W]
}
""",
    )
    good = (
        """
model First {
  input x: [N, 3, H, W]
  Conv2d(64, 7, padding=3)
  Conv2d(64, 7, stride=2, padding=3)
  Conv2d(64, 3, padding=1)
  Conv2d(64, (1, 7), padding=(0, 3))
  Conv2d(64, 6, padding=3)
  ConvTranspose2d(64, 5, padding=2)
  y = Conv2d(2, 5, padding=2)
  output y: [N, 2, (H + 1) // 2 + 1, (W + 1) // 2 + 1]
}
""",
        """
model Depthwise {
  input x: [N, 16, H, W]
  y = Conv2d(16, 7, padding=3, groups=16)
  output y: [N, 16, H, W]
}
""",
        """
model Line {
  input x: [N, 16, L]
  y = Conv1d(16, 5, padding=2)
  output y: [N, 16, L]
}
""",
        """
model Filtered {
  input x: [N, 16, H, W]
  y = AvgPool2d(5, stride=1)
  output y: [N, 16, H - 4, W - 4]
}
""",
    )

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        for case in subject.cases:
            one, many = _costs(subject, case)
            if many < one:
                yield from (self._finding(subject, node, one, many) for node in case.nodes)

    def _finding(self, subject: Subject, node: Node, one: int, many: int) -> Diagnostic:
        kernel = subject.windows(node)[0].kernel_size
        layers = (kernel - 1) // 2
        return subject.finding(
            self.code,
            node,
            f"a window of {kernel} multiplies {one:,} times a pixel, {layers} of 3 that see as far {many:,} times",
            argument="kernel_size",
            label=f"{many / one:.0%} would do",
            helps=(Help(f"{layers} convolutions with a kernel_size of 3, and activations between them"),),
        )


def _costs(subject: Subject, case: Case) -> tuple[int, int]:
    """Return the multiplications a pixel of a layer, and of windows of 3 in its place; (0, 0) where there are none."""
    node = case.nodes[0]
    windows = subject.windows(node)
    kernels = {window.kernel_size for window in windows}
    groups = subject.traits(node).groups
    if len(kernels) != 1 or groups is None or "weight" not in subject.weights(node):
        return 0, 0
    (kernel,) = kernels
    if kernel < 5 or kernel % 2 == 0 or any(window.stride > 1 or window.paints for window in windows):
        return 0, 0
    axes, layers = len(windows), (kernel - 1) // 2
    read, made = case.shapes[0].channels, subject.output(node).channels
    between = max(read, made)
    pairs = read * between + (layers - 2) * between * between + between * made
    return kernel**axes * read * made // groups, 3**axes * pairs // groups
