"""W316 strided-first-large."""

from collections.abc import Iterator, Sequence
from math import prod
from types import MappingProxyType
from typing import final

from convdsl.diagnostics import Code, Diagnostic, Help, Severity
from convdsl.graph.graph import Node, OutputTensor
from convdsl.lint.painting import step
from convdsl.lint.picture import passages
from convdsl.lint.rule import Rule
from convdsl.lint.subject import Subject
from convdsl.traits import Window


@final
class StridedFirst(Rule):
    """The first layer takes large steps and keeps fewer numbers than it reads, and the output is finer than that.

    What: the first layer with weights steps by 4 pixels or more, makes fewer channels than it reads channels times
    the pixels of a step, an output has a finer step, and no way around the layer leads from an input to that output.

    Why: a step of 8 x 8 pixels of one channel is 64 numbers; 16 channels cannot hold them, and what is lost here no
    layer can bring back: edges come out soft however large the rest is.

    Fix: several steps of 2 with a layer at each resolution; or as many channels as numbers come in; or a skip from the
    input to the last layers.

    Source: arithmetic; Xiao et al. 2021, "Early convolutions help transformers see better" (arXiv:2106.14881).
    """

    code = Code("W316", "strided-first-large", Severity.INFO)
    short_tells = True
    thresholds = MappingProxyType({"stride": 4})
    bad = (
        """
model Patches {
  input x: [N, 1, H, W] where H % 8 == 0, W % 8 == 0
  Conv2d(16, 8, stride=8)  # W316
  ReLU()
  y = ConvTranspose2d(2, 8, stride=8)
  output y: [N, 2, H, W]
}
""",
        """
block Stem(width: int) {
  Conv2d(width, 7, stride=4, padding=2)  # W316
  ReLU()
}

model Scaled {
  input x: [N, 3, H, W] where H % 4 == 0, W % 4 == 0
  bright = x * 2
  Stem(47)
  y = ConvTranspose2d(3, 4, stride=4)
  output y: [N, 3, H, W]
}
""",
    )
    good = (
        """
model Enough {
  input x: [N, 3, H, W] where H % 4 == 0, W % 4 == 0
  Conv2d(48, 4, stride=4) -> ReLU()
  y = ConvTranspose2d(3, 4, stride=4)
  output y: [N, 3, H, W]
}
""",
        """
model Steps {
  input x: [N, 1, H, W] where H % 3 == 0, W % 3 == 0
  Conv2d(8, 3, stride=3) -> ReLU()
  y = ConvTranspose2d(2, 3, stride=3)
  output y: [N, 2, H, W]
}
""",
        """
model Later {
  input x: [N, 1, H, W] where H % 4 == 0, W % 4 == 0
  Conv2d(8, 3, padding=1) -> ReLU()
  Conv2d(8, 4, stride=4) -> ReLU()
  y = ConvTranspose2d(2, 4, stride=4)
  output y: [N, 2, H, W]
}
""",
        """
model Skip {
  input x: [N, 1, H, W] where H % 8 == 0, W % 8 == 0
  Conv2d(16, 8, stride=8) -> ReLU()
  up = ConvTranspose2d(2, 8, stride=8)
  Concat(up, x)
  y = Conv2d(2, 3, padding=1)
  output y: [N, 2, H, W]
}
""",
        """
model Coarse {
  input x: [N, 1, H, W] where H % 8 == 0, W % 8 == 0
  Conv2d(16, 8, stride=8) -> ReLU()
  y = Conv2d(2, 1)
  output y: [N, 2, H // 8, W // 8]
}
""",
    )

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        least = self.threshold(subject, "stride")
        for case in subject.cases:
            windows = subject.windows(case.nodes[0])
            if any(one.stride >= least and not one.paints for one in windows) and _is_lossy(subject, case.nodes[0]):
                for node in case.nodes:
                    if any(_needs(subject, node, output) for output in subject.graph.outputs):
                        yield self._finding(subject, node, windows)

    def _finding(self, subject: Subject, node: Node, windows: Sequence[Window]) -> Diagnostic:
        came, made = subject.inputs(node)[0].channels, subject.output(node).channels
        cell = prod(window.stride for window in windows)
        steps = " x ".join(str(window.stride) for window in windows)
        return subject.finding(
            self.code,
            node,
            f"the first layer turns {came * cell} numbers into {made}: {steps} pixels of {came} channels",
            argument="stride",
            label="a step of the first layer",
            notes=("no other way leads from the picture to an output that is finer than that",),
            helps=(
                Help("several layers of `stride=2`"),
                Help(f"or {came * cell} channels, which can hold all; or a skip from the input to the last layers"),
            ),
        )


def _is_lossy(subject: Subject, node: Node) -> bool:
    """Tell whether a layer with weights makes fewer numbers of each cell than it reads."""
    came, made = subject.inputs(node)[0], subject.output(node)
    cell = prod(window.stride for window in subject.windows(node))
    return bool(subject.weights(node)) and made.channels < came.channels * cell


def _needs(subject: Subject, node: Node, output: OutputTensor) -> bool:
    """Tell whether a first layer is coarser than an output that is made of nothing but what it lets through."""
    if any(subject.learned[value.node] for value in node.inputs):
        return False
    finer = step(subject, subject.maker(output.value)) < step(subject, node)
    return finer and any(one is node for one in passages(subject, output))
