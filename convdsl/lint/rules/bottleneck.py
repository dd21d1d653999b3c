"""W507 bottleneck."""

from collections.abc import Iterator
from math import prod
from types import MappingProxyType
from typing import final

from convdsl.diagnostics import Code, Diagnostic, Help, Severity
from convdsl.graph.graph import Node, Value
from convdsl.lint.rule import Rule
from convdsl.lint.subject import Subject


@final
class Bottleneck(Rule):
    """One step throws away most of the numbers, and a larger picture is to be made of the rest.

    What: a pool or a convolution with a stride leaves less than an eighth of the numbers that it reads (channels times
    height times width), all that was learned passes it, and an output is a map with more numbers than it leaves.

    Why: what is thrown away in one step, no layer has chosen. Twice a stride of 2 with the channels doubled in between
    throws away the same, and a layer learns what is kept each time. A pool of 4 keeps 1 number of 16.

    Fix: two steps of half the stride, with more channels: `Conv2d(64, 4, stride=2, padding=1)` twice.

    Source: Szegedy et al. 2016, "Rethinking the Inception Architecture", section 2, principle 1 (arXiv:1512.00567).
    """

    code = Code("W507", "bottleneck", Severity.WARNING)
    short_tells = True
    thresholds = MappingProxyType({"cut": 8})
    bad = (
        """
model Pooled {
  input x: [N, 3, H, W] where H % 4 == 0, W % 4 == 0
  Conv2d(16, 3, padding=1) -> ReLU()
  MaxPool2d(4)  # W507
  Conv2d(32, 3, padding=1) -> ReLU()
  y = ConvTranspose2d(3, 4, stride=4)
  output y: [N, 3, H, W]
}
""",
        """
block Down(channels: int) {
  Conv2d(channels, 4, stride=4)  # W507
  ReLU()
}

model Strided {
  input x: [N, 8, H, W] where H % 16 == 0, W % 16 == 0
  Down(8)
  Down(8)
  y = ConvTranspose2d(8, 16, stride=16)
  output y: [N, 8, H, W]
}
""",
    )
    good = (
        """
model Steps {
  input x: [N, 3, H, W] where H % 4 == 0, W % 4 == 0
  Conv2d(16, 3, padding=1) -> ReLU()
  Conv2d(32, 4, stride=2, padding=1) -> ReLU()
  Conv2d(64, 4, stride=2, padding=1) -> ReLU()
  y = ConvTranspose2d(3, 4, stride=4)
  output y: [N, 3, H, W]
}
""",
        """
model Patches {
  input x: [N, 3, H, W] where H % 16 == 0, W % 16 == 0
  Conv2d(768, 16, stride=16) -> ReLU()
  y = ConvTranspose2d(3, 16, stride=16)
  output y: [N, 3, H, W]
}
""",
        """
model Exactly {
  input x: [N, 8, H, W] where H % 2 == 0, W % 2 == 0
  Conv2d(4, 2, stride=2) -> ReLU()
  y = ConvTranspose2d(8, 2, stride=2)
  output y: [N, 8, H, W]
}
""",
        """
model Classifier {
  input x: [N, 3, 32, 32]
  Conv2d(64, 3, padding=1) -> ReLU()
  MaxPool2d(4)
  Conv2d(16, 3, padding=1) -> ReLU()
  MaxPool2d(8)
  Flatten()
  scores = Linear(1000)
  output scores: [N, 1000]
}
""",
        """
model PassedBy {
  input x: [N, 3, H, W] where H % 4 == 0, W % 4 == 0
  wide = Conv2d(16, 3, padding=1)
  small = MaxPool2d(4)
  large = Upsample(scale_factor=4)
  y = wide + large
  output y: [N, 16, H, W]
}
""",
        """
model Head {
  input x: [N, 3, H, W]
  Conv2d(64, 3, padding=1) -> ReLU()
  Conv2d(2, 3, padding=1)
  ab = Upsample(scale_factor=2)
  output ab: [N, 2, 2 * H, 2 * W]
}
""",
    )

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        if not subject.size:
            return
        outputs = [subject.at_size(subject.shape(output.value)) for output in subject.graph.outputs]
        most = max((prod(shape) for shape in outputs if any(side > 1 for side in shape[2:])), default=0)
        for case in subject.cases:
            if any(window.stride > 1 and not window.paints for window in subject.windows(case.nodes[0])):
                came, left = (subject.at_size(shape) for shape in (case.shapes[0], subject.output(case.nodes[0])))
                if prod(left) * self.threshold(subject, "cut") < prod(came) and prod(left) < most:
                    passed = [node for node in case.nodes if node.index in subject.waists]
                    yield from (self._finding(subject, node, came, left) for node in passed)

    def _finding(self, subject: Subject, node: Node, came: tuple[int, ...], left: tuple[int, ...]) -> Diagnostic:
        name, times = type(node.op).__name__, prod(came) / prod(left)
        sides = " x ".join(map(str, subject.at_size(subject.shape(Value(subject.graph.inputs[0].node)))[2:]))
        return subject.finding(
            self.code,
            node,
            f"`{name}` leaves 1 number in {times:.4g}, and no other way leads round it",
            argument="stride",
            notes=(f"at {sides} pixels {_numbers(came)} come in, {_numbers(left)} leave",),
            helps=(Help("two steps of half the stride, the channels doubled in between"),),
        )


def _numbers(shape: tuple[int, ...]) -> str:
    return f"{' x '.join(map(str, shape[1:]))} = {prod(shape[1:]):,}"
