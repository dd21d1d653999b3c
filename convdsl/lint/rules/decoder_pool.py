"""W511 maxpool-in-decoder."""

from collections.abc import Iterator
from typing import final

from convdsl.diagnostics import Code, Diagnostic, Help, Severity
from convdsl.graph.graph import Node
from convdsl.lint.picture import passages
from convdsl.lint.rule import Rule
from convdsl.lint.subject import Subject
from convdsl.lint.wiring import Case


@final
class DecoderPool(Rule):
    """A max pool throws away what was enlarged before it.

    What: every way to an output that is a map goes through a max pool with a stride > 1; a layer before it on every
    way enlarges, and none behind it.

    Why: pixels are made at some cost and three in four are dropped again. What comes out has half the resolution that
    the decoder worked at, and the largest of four values has the edges of none. A mean in the same place smooths, and
    is not meant.

    Fix: take the pool away, and enlarge by less; or, to smooth, `AvgPool2d(2)`.

    Source: Ronneberger, Fischer & Brox 2015, section 2: pools on the contracting path, none on the expanding one
    (arXiv:1505.04597).
    """

    code = Code("W511", "maxpool-in-decoder", Severity.INFO)
    short_tells = True
    bad = (
        """
model Net {
  input x: [N, 8, H, W]
  Upsample(scale_factor=4)
  Conv2d(8, 3, padding=1) -> ReLU()
  MaxPool2d(2)  # W511
  y = Conv2d(2, 3, padding=1)
  output y: [N, 2, 2 * H, 2 * W]
}
""",
        """
block Up(width: int) {
  ConvTranspose2d(width, 4, stride=2, padding=1) -> ReLU()
  MaxPool2d(2)  # W511
}

model Lost {
  input x: [N, 8, H, W]
  y = Up(8)
  output y: [N, 8, H, W]
}
""",
    )
    good = (
        """
model Hourglasses {
  input x: [N, 8, H, W] where H % 2 == 0, W % 2 == 0
  Conv2d(8, 3, padding=1) -> MaxPool2d(2)
  Upsample(scale_factor=2)
  MaxPool2d(2)
  y = Upsample(scale_factor=2)
  output y: [N, 8, H, W]
}
""",
        """
model Smoothed {
  input x: [N, 8, H, W]
  Upsample(scale_factor=2)
  MaxPool2d(3, stride=1, padding=1)
  y = AvgPool2d(2)
  output y: [N, 8, H, W]
}
""",
        """
model Pyramid {
  input x: [N, 8, H, W]
  up = x -> Upsample(scale_factor=2)
  down = up -> MaxPool2d(2)
  y = Concat(x, down)
  output y: [N, 16, H, W]
}
""",
        """
model Classifier {
  input x: [N, 8, 4, 4]
  Upsample(scale_factor=2)
  MaxPool2d(2)
  Flatten()
  y = Linear(10)
  output y: [N, 10]
}
""",
        """
model Encoder {
  input x: [N, 8, H, W]
  y = MaxPool2d(2)
  output y: [N, 8, H // 2, W // 2]
}
""",
    )

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        larger_ones = {node.index for case in subject.cases if _enlarges(case) for node in case.nodes}
        for output in subject.graph.outputs if larger_ones else ():
            if not subject.shape(output.value).spatial:
                continue
            larger: Node | None = None
            pools: list[tuple[Node, Node]] = []
            for node in passages(subject, output):
                if node.index in larger_ones:
                    larger, pools = node, []
                elif larger is not None and _is_max_pool(subject, node):
                    pools.append((node, larger))
            yield from (self._finding(subject, node, before) for node, before in pools)

    def _finding(self, subject: Subject, node: Node, before: Node) -> Diagnostic:
        stride = max(window.stride for window in subject.windows(node))
        return subject.finding(
            self.code,
            node,
            f"`{type(node.op).__name__}` drops resolution by {stride} after the last layer that enlarges",
            labels=(subject.place(before, "enlarges"),),
            helps=(Help("take it away and enlarge by less; or, to smooth, take the mean: `AvgPool…`"),),
        )


def _enlarges(case: Case) -> bool:
    return any(jump < 1 for jump in case.jumps)


def _is_max_pool(subject: Subject, node: Node) -> bool:
    """Tell whether a layer keeps one of several values in steps of more than a pixel."""
    return any(window.stride > 1 for window in subject.windows(node)) and not subject.traits(node).affine
