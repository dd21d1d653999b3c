"""W313 alias-stride."""

from collections.abc import Iterator
from math import prod
from types import MappingProxyType
from typing import final

from convdsl.diagnostics import Code, Diagnostic, Help, Label, Severity
from convdsl.graph.graph import Node
from convdsl.lint.picture import passages, pictures
from convdsl.lint.rule import Rule
from convdsl.lint.subject import Subject


@final
class AliasStride(Rule):
    """Steps without a blur, and no finer path to the picture.

    What: every way from the input to a picture goes through strided convolutions or max pools that together step by 8
    pixels or more (threshold `stride`), and that neither average nor read an average. Skips that carry finer maps past
    them are finer ways. One finding a network, at the first such layer.

    Why: what is finer than the step does not vanish, it turns into coarse patterns that depend on where the grid
    happens to lie: a photograph that is moved by one pixel gets other colours. Behind a total step of 8 the network
    treats only shifts by 8 pixels alike, and nothing finer comes past to tell the difference.

    Fix: step behind a blur: `MaxPool2d(2, stride=1)` and `Filter2d(binomial, stride=2, padding=1)` in place of
    `MaxPool2d(2)`; or a skip from each level to the decoder.

    Source: R. Zhang 2019, "Making Convolutional Networks Shift-Invariant Again" (arXiv:1904.11486).
    """

    code = Code("W313", "alias-stride", Severity.INFO)
    short_tells = True
    thresholds = MappingProxyType({"stride": 8})
    bad = (
        """
model Pools {
  input gray: [N, 1, H, W] where H % 8 == 0, W % 8 == 0
  Conv2d(8, 3, padding=1)
  MaxPool2d(2)  # W313
  MaxPool2d(2)
  MaxPool2d(2)
  Upsample(scale_factor=8)
  y = Conv2d(1, 3, padding=1)
  output y: [N, 1, H, W]
}
""",
        """
block Down(width: int) {
  Conv2d(width, 4, stride=2, padding=1)  # W313
  ReLU()
}

model Autoencoder {
  input gray: [N, 1, H, W] where H % 8 == 0, W % 8 == 0
  Down(8) -> Down(16) -> Down(32)
  y = ConvTranspose2d(1, 8, stride=8)
  output y: [N, 1, H, W]
}
""",
    )
    good = (
        """
model Skip {
  input gray: [N, 1, H, W] where H % 8 == 0, W % 8 == 0
  fine = Conv2d(8, 3, padding=1)
  MaxPool2d(8)
  coarse = Upsample(scale_factor=8)
  Concat(fine, coarse)
  y = Conv2d(1, 3, padding=1)
  output y: [N, 1, H, W]
}
""",
        """
model Small {
  input gray: [N, 1, H, W] where H % 4 == 0, W % 4 == 0
  MaxPool2d(4)
  y = Upsample(scale_factor=4)
  output y: [N, 1, H, W]
}
""",
        """
model Blurred {
  input gray: [N, 1, H, W] where H % 64 == 0, W % 64 == 0
  Filter2d(binomial, padding=1) -> Conv2d(8, 2, stride=2)
  AvgPool2d(8)
  MaxPool2d(4)
  y = Upsample(scale_factor=64)
  output y: [N, 8, H, W]
}
""",
        """
model Classifier {
  input gray: [N, 1, H, W]
  MaxPool2d(8)
  Conv2d(8, 1)
  AdaptiveAvgPool2d(1)
  Flatten()
  y = Linear(10)
  output y: [N, 10]
}
""",
        """
model OneAxis {
  input gray: [N, 1, H, W] where H % 8 == 0
  MaxPool2d((8, 1)) -> ConvTranspose2d(1, (8, 1), stride=(8, 1))
  y = ConvTranspose2d(1, 8, stride=8)
  output y: [N, 1, 8 * H, 8 * W]
}
""",
    )

    def suspects(self, subject: Subject) -> bool:
        return any(self._sharp(subject))

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        for steps in filter(None, self._sharp(subject)):
            strides = min(zip(*(_strides(subject, node) for node in steps), strict=True), key=prod)
            if prod(strides) >= self.threshold(subject, "stride"):
                yield self._finding(subject, steps, strides)
                return

    def _sharp(self, subject: Subject) -> Iterator[list[Node]]:
        """Yield for each picture the layers that every way to it goes through and that step without a blur."""
        if not any(_steps(subject, case.nodes[0]) for case in subject.cases):
            return
        for output in pictures(subject):
            rank = len(subject.shape(output.value).spatial)
            yield [node for node in passages(subject, output) if _is_sharp(subject, node, rank)]

    def _finding(self, subject: Subject, steps: list[Node], strides: tuple[int, ...]) -> Diagnostic:
        _, *rest = dict.fromkeys(node.span for node in steps)
        factors = " x ".join(map(str, strides))
        return subject.finding(
            self.code,
            steps[0],
            f"every way to the picture steps by {prod(strides)} pixels without a blur",
            argument="stride",
            label="steps first",
            labels=tuple(Label(span, "and this one") for span in rest),
            notes=(f"{factors} = {prod(strides)}",) if len(steps) > 1 else (),
            helps=(
                Help(
                    "step behind a blur, `Filter2d(binomial, stride=2, padding=1)`, or hand finer maps to the decoder"
                ),
            ),
        )


def _strides(subject: Subject, node: Node) -> tuple[int, ...]:
    return tuple(window.stride for window in subject.windows(node))


def _is_sharp(subject: Subject, node: Node, rank: int) -> bool:
    """Tell whether a layer steps over pixels as a trained or a largest value, and what it reads is no average."""
    steps = len(subject.windows(node)) == rank and _steps(subject, node)
    return steps and not _blurs(subject, subject.maker(node.inputs[0]))


def _steps(subject: Subject, node: Node) -> bool:
    strided = any(one.stride > 1 and not one.paints for one in subject.windows(node))
    return strided and not _blurs(subject, node)


def _blurs(subject: Subject, node: Node) -> bool:
    """Tell whether a layer takes fixed weighted means of more than a pixel."""
    wide = any(one.kernel_size > 1 for one in subject.windows(node))
    return wide and subject.traits(node).affine and not subject.weights(node)
