"""W608 low-res-color."""

from collections.abc import Iterator
from fractions import Fraction
from math import prod
from types import MappingProxyType
from typing import final

from convdsl.analysis.geometry import Field
from convdsl.diagnostics import Code, Diagnostic, Help, Label, Severity
from convdsl.graph.graph import Node, OutputTensor
from convdsl.lint.painting import painted
from convdsl.lint.rule import Rule
from convdsl.lint.subject import Subject
from convdsl.op import AxisMap


@final
class LowResColor(Rule):
    """One colour is said for a block of many pixels.

    What: an output that means colours the input does not have holds, at an even rate, fewer than one number for 4
    pixels along an axis; or the network brings it to more than 4 times its size by repeating numbers, with no learned
    layer behind and no interpolation.

    Why: the eye forgives half and even a quarter of the resolution in colour, and takes the edges from the lightness;
    beyond that, blocks show and colours bleed over edges. Zhang et al. say colours at a quarter of the size and
    interpolate.

    Fix: let the decoder go up to a quarter of the size or more, and end in
    `Upsample(scale_factor=4, mode="bilinear")`.

    Source: Zhang, Isola & Efros 2016, "Colorful image colorization" (arXiv:1603.08511).
    """

    code = Code("W608", "low-res-color", Severity.WARNING)
    short_tells = True
    thresholds = MappingProxyType({"pixels": 4})
    bad = (
        """
model Eighth {
  input gray: [N, 1, H, W] means L / 100 where H % 8 == 0, W % 8 == 0
  repeat 3 {
    Conv2d(64, 4, stride=2, padding=1) -> ReLU()
  }
  ab = Conv2d(2, 3, padding=1)
  output ab: [N, 2, H // 8, W // 8] means ab / 110  # W608
}
""",
        """
block Head() {
  Conv2d(2, 1)
  Upsample(scale_factor=4)
}

model Blocks {
  input gray: [N, 1, H, W] means L / 100 where H % 8 == 0, W % 8 == 0
  Conv2d(128, 8, stride=8) -> ReLU()
  ab = Head() -> Upsample(scale_factor=2) -> Tanh()
  output ab: [N, 2, H, W] means ab / 110  # W608
}
""",
    )
    good = (
        """
model Quarter {
  input gray: [N, 1, H, W] means L / 100 where H % 4 == 0, W % 4 == 0
  Conv2d(64, 4, stride=4) -> ReLU()
  ab = Conv2d(2, 3, padding=1)
  output ab: [N, 2, H // 4, W // 4] means ab / 110
}
""",
        """
model Smooth {
  input gray: [N, 1, H, W] means L / 100 where H % 8 == 0, W % 8 == 0
  Conv2d(64, 8, stride=8) -> ReLU()
  Conv2d(2, 3, padding=1)
  ab = Upsample(scale_factor=8, mode="bilinear")
  output ab: [N, 2, H, W] means ab / 110
}
""",
        """
model Learned {
  input gray: [N, 1, H, W] means L / 100 where H % 8 == 0, W % 8 == 0
  Conv2d(64, 8, stride=8) -> ReLU()
  Upsample(scale_factor=8)
  ab = Conv2d(2, 3, padding=1)
  output ab: [N, 2, H, W] means ab / 110
}
""",
        """
model Small {
  input gray: [N, 1, H, W] means L / 100 where H % 4 == 0, W % 4 == 0
  Conv2d(64, 4, stride=4) -> ReLU()
  Conv2d(2, 3, padding=1)
  ab = Upsample(scale_factor=4)
  output ab: [N, 2, H, W] means ab / 110
}
""",
        """
model Copy {
  input gray: [N, 1, H, W] means L / 100 where H % 8 == 0, W % 8 == 0
  small = AvgPool2d(8)
  output small: [N, 1, H // 8, W // 8] means L / 100
}
""",
    )

    def suspects(self, subject: Subject) -> bool:
        most = self.threshold(subject, "pixels")
        for output in painted(subject):
            steps = (times ** subject.times[node.index] for node, times in _repeats(subject, output))
            if _coarse(subject, output) > most or prod(steps) > most:
                return True
        return False

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        most = self.threshold(subject, "pixels")
        for output in painted(subject):
            coarse = _coarse(subject, output)
            if coarse > most:
                yield self._finding(output, f"`{output.name}` says one colour for {coarse} pixels", coarse)
            else:
                times = prod((times for _, times in _repeats(subject, output)), start=Fraction(1))
                if times > most:
                    yield self._finding(output, f"`{output.name}` repeats each colour over {times} pixels", times)

    def _finding(self, output: OutputTensor, message: str, pixels: Fraction) -> Diagnostic:
        return Diagnostic(
            self.code,
            f"{message} along an axis",
            Label(output.declaration.span),
            notes=(f"blocks of {pixels} x {pixels} pixels show in the picture",),
            helps=(
                Help("go up to a quarter of the size or more, and end in `Upsample(scale_factor=4, mode=bilinear)`"),
            ),
            severity=self.code.severity,
        )


def _coarse(subject: Subject, output: OutputTensor) -> Fraction:
    jumps = [one.jump for one in subject.fields[output.value.node] or () if isinstance(one, Field)]
    return max(jumps, default=Fraction())


def _repeats(subject: Subject, output: OutputTensor) -> Iterator[tuple[Node, Fraction]]:
    """Count how often layers repeat numbers along an axis, behind the last one that learns or interpolates."""
    node = subject.maker(output.value)
    while len(node.inputs) == 1 and not subject.weights(node):
        assert node.op is not None  # it reads a value
        readings = node.op.axes(*subject.inputs(node))
        maps = [one for one in readings if isinstance(one, AxisMap)]
        if not maps or len(maps) < len(readings) or any(len(taps) != 1 for one in maps for taps in one.reads):
            break
        yield node, max(1 / one.jump for one in maps)
        node = subject.maker(node.inputs[0])
