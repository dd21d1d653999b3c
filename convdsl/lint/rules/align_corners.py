"""W314 align-corners."""

from collections.abc import Iterator
from typing import final

from convdsl.diagnostics import Code, Diagnostic, Help, Severity
from convdsl.graph.graph import Node
from convdsl.lint.edits import set_argument
from convdsl.lint.rule import Rule
from convdsl.lint.subject import Subject


@final
class AlignCorners(Rule):
    """Corners are aligned in a network whose other layers step evenly.

    What: a layer with `align_corners=true` changes the size, and another layer of the network has a stride, or resizes
    without it.

    Why: from n to m pixels it steps by (n - 1) / (m - 1), all others by n / m. Against features of the same size from
    elsewhere, its output is half a pixel out at the borders for a factor of 2, one and a half for 4, right in the
    middle; and the step depends on the size of the picture, so that what is learned at one size is a little off at
    another.

    Fix: `align_corners=false`, the default.

    Source: PyTorch, torch.nn.Upsample, the note on align_corners since 0.4.
    Source: arithmetic: pixel 0 of m lies at 0, without it at (n / m - 1) / 2 of the input's pixels.
    """

    code = Code("W314", "align-corners", Severity.INFO)
    short_tells = True
    bad = (
        """
model Net {
  input x: [N, 3, H, W]
  Conv2d(8, 3, stride=2, padding=1)
  y = Upsample(scale_factor=2, mode=bilinear, align_corners=true)  # W314
  output y: [N, 8, 2 * ((H + 1) // 2), 2 * ((W + 1) // 2)]
}
""",
        """
block Up {
  Upsample(scale_factor=2, mode=bilinear, align_corners=true)  # W314
  Conv2d(8, 3, padding=1)
}

model Mixed {
  input x: [N, 8, H, W]
  Up()
  Up()
  y = Upsample(scale_factor=2)
  output y: [N, 8, 8 * H, 8 * W]
}
""",
    )
    good = (
        """
model Alone {
  input x: [N, 8, H, W]
  Upsample(scale_factor=2, mode=bilinear, align_corners=true)
  Conv2d(8, 3, padding=1)
  y = Upsample(scale_factor=2, mode=bilinear, align_corners=true)
  output y: [N, 8, 4 * H, 4 * W]
}
""",
        """
model Even {
  input x: [N, 8, H, W]
  Upsample(scale_factor=2, mode=bilinear, align_corners=false)
  y = MaxPool2d(2)
  output y: [N, 8, H, W]
}
""",
        """
model SameSize {
  input x: [N, 8, 16, 16]
  a = x -> Upsample(size=16, mode=bilinear, align_corners=true)
  y = a -> MaxPool2d(2)
  output y: [N, 8, 8, 8]
}
""",
    )

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        aligned: list[Node] = []
        other: Node | None = None
        for case in subject.cases:
            node = case.nodes[0]
            if subject.traits(node).corners:
                changes = case.shapes[0].spatial != subject.output(node).spatial
                aligned += case.nodes if changes else ()
            elif any(jump != 1 for jump in case.jumps):
                other = other or node
        if other is not None and subject.size:
            yield from (self._finding(subject, node, other) for node in aligned)

    def _finding(self, subject: Subject, node: Node, other: Node) -> Diagnostic:
        sides = zip(
            subject.at_size(subject.inputs(node)[0])[2:], subject.at_size(subject.output(node))[2:], strict=True
        )
        n, m = max(sides, key=lambda side: abs(side[1] / side[0] - 1))
        step = f"{n - 1} / {m - 1}" if m > 1 else "0"
        return subject.finding(
            self.code,
            node,
            f"`{type(node.op).__name__}` steps by {step} from {n} to {m} pixels, and evenly spaced layers by {n} / {m}",
            argument="align_corners",
            label=f"{abs(m / n - 1) / 2:g} pixels out at the border",
            labels=(subject.place(other, "steps evenly"),),
            helps=(
                Help(
                    "step evenly here too: `align_corners=false`", set_argument(subject, node, "align_corners", False)
                ),
            ),
        )
