"""W312 pad-heavy."""

from collections.abc import Iterator
from math import prod
from types import MappingProxyType
from typing import final

from convdsl.diagnostics import Code, Diagnostic, Help, Severity
from convdsl.graph.graph import Node
from convdsl.lint.edits import set_argument
from convdsl.lint.picture import pictures
from convdsl.lint.rule import Rule
from convdsl.lint.subject import Subject
from convdsl.lint.taps import MOST_TAPS, landings
from convdsl.lint.wiring import Case


@final
class PadHeavy(Rule):
    """A convolution reads mostly invented zeros.

    What: the network paints pictures, and more than 40 % (threshold `share`) of all that the taps of a convolution
    read is zero padding, over all its windows, at the size that is trained at, or near 256 pixels. The worst layer is
    named; one with taps that meet nothing but padding is W311's.

    Why: zeros are not what pictures hold beyond their border. Near it the statistics of the features change, and so do
    the colours; where a map is small everything is near the border. With 3 x 3 taps on 2 x 2 pixels, 20 of 36 reads are
    padding.

    Fix: padding that looks like the picture, `padding_mode=replicate` or `reflect`; or fewer levels.

    Source: Alsallakh, Kokhlikyan, Miglani, Yuan & Reblitz-Richardson 2020, "Mind the Pad" (arXiv:2010.02178).
    """

    code = Code("W312", "pad-heavy", Severity.INFO)
    short_tells = True
    thresholds = MappingProxyType({"share": 0.4})
    bad = (
        """
model Small {
  input x: [N, 8, 2, 2]
  y = Conv2d(8, 3, padding=1)  # W312
  output y: [N, 8, 2, 2]
}
""",
        """
block Level(width: int) {
  Conv2d(width, 4, stride=2, padding=1)  # W312
}

model Deep {
  input x: [N, 8, 64, 64]
  repeat 5 {
    Level(8)
  }
  y = Upsample(scale_factor=32)
  output y: [N, 8, 64, 64]
}
""",
    )
    good = (
        """
model Larger {
  input x: [N, 8, 3, 3]
  y = Conv2d(8, 3, padding=1)
  output y: [N, 8, 3, 3]
}
""",
        """
model Repeated {
  input x: [N, 8, 2, 2]
  Conv2d(8, 3, padding=1, padding_mode=replicate)
  y = MaxPool2d(3, stride=1, padding=1)
  output y: [N, 8, 2, 2]
}
""",
        """
model Classifier {
  input x: [N, 8, 2, 2]
  Conv2d(8, 3, padding=1)
  Flatten()
  y = Linear(10)
  output y: [N, 10]
}
""",
        """
model Pool {
  input x: [N, 8, 2, 2]
  y = AvgPool2d(3, stride=1, padding=1)
  output y: [N, 8, 2, 2]
}
""",
        """
model Up {
  input x: [N, 8, 2, 2]
  y = ConvTranspose2d(8, 4, stride=2, padding=1)
  output y: [N, 8, 4, 4]
}
""",
        """
model Pixel {
  input x: [N, 8, 1, 1]
  y = Conv2d(8, 3, padding=1)
  output y: [N, 8, 1, 1]
}
""",
    )

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        if not subject.size or not pictures(subject):
            return
        found: list[tuple[int, int, Node]] = []
        for case in subject.cases:
            for inside, reads in _reads(subject, case):
                if 1 - inside / reads > self.threshold(subject, "share"):
                    found += [(inside, reads, node) for node in case.nodes]
        if found:
            yield self._finding(subject, found)

    def _finding(self, subject: Subject, found: list[tuple[int, int, Node]]) -> Diagnostic:
        inside, reads, node = min(found, key=lambda one: (one[0] / one[1], one[2].index))
        shape = " x ".join(map(str, subject.at_size(subject.inputs(node)[0])[2:]))
        return subject.finding(
            self.code,
            node,
            f"{reads - inside:,} of {reads:,} reads of `{type(node.op).__name__}` are padding, on {shape} pixels",
            argument="padding",
            label=f"{1 - inside / reads:.0%} zeros",
            notes=(f"{len(found)} layers are above the limit, this is the first of the worst",)
            if len(found) > 1
            else (),
            helps=(
                Help(
                    "padding that looks like the picture: `padding_mode=replicate`",
                    set_argument(subject, node, "padding_mode", "replicate"),
                ),
            ),
        )


def _reads(subject: Subject, case: Case) -> Iterator[tuple[int, int]]:
    """Count the reads of a channel that lie inside the map, and all of them, of a layer that learns over zeros."""
    node = case.nodes[0]
    windows = subject.windows(node)
    zeros = all(one.fills == "zeros" and not one.paints and one.kernel_size <= MOST_TAPS for one in windows)
    if windows and zeros and subject.weights(node):
        before, after = (subject.at_size(shape)[2:] for shape in (case.shapes[0], subject.output(node)))
        each = [landings(*one) for one in zip(windows, before, after, strict=True)]
        if all(min(times) > 0 for times in each):
            yield prod(map(sum, each)), prod(after) * prod(one.kernel_size for one in windows)
