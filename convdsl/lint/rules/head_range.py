"""E402 head-range."""

from collections.abc import Iterator
from types import MappingProxyType
from typing import final

from convdsl.diagnostics import Code, Diagnostic, Help, Label, Severity
from convdsl.graph.graph import OutputTensor
from convdsl.lint.rule import Rule
from convdsl.lint.subject import Subject
from convdsl.op import Interval
from convdsl.record import dataclass


@dataclass(frozen=True, slots=True)
class Missed:
    """How much of a channel's range the head cannot reach, as a part of it, and the range."""

    part: float
    channel: str
    low: float
    high: float


@final
class HeadRange(Rule):
    """The last layers cannot produce all that the output means.

    What: the interval of values that the last layers can give does not hold the range of a channel that the output
    `means`. It is an error where a quarter of the range or more is out of reach, a warning where it is less.

    Why: no training reaches a target that the head cannot say: chroma has both signs, and a ReLU gives one; tanh alone
    ends at 1, and chroma at 110.

    Fix: leave the last layer linear, or bound it by as much as the target has: `Tanh() * 110` for `ab`.

    Source: interval arithmetic over the operators; CIE Lab under D65, its a and b for the colours of sRGB.
    """

    code = Code("E402", "head-range")
    short_tells = True
    thresholds = MappingProxyType({"error": 0.25})
    bad = (
        """
model Positive {
  input gray: [N, 1, H, W] means L
  Conv2d(2, 3, padding=1)
  ab = ReLU()  # E402
  output ab: [N, 2, H, W] means ab
}
""",
        """
model Small {
  input gray: [N, 1, H, W] means L
  ab = Conv2d(2, 3, padding=1) -> Tanh()  # E402
  output ab: [N, 2, H, W] means ab
}
""",
    )
    good = (
        """
model Linear {
  input gray: [N, 1, H, W] means L
  ab = Conv2d(2, 3, padding=1)
  output ab: [N, 2, H, W] means ab
}
""",
        """
model Bounded {
  input gray: [N, 1, H, W] means L
  ab = Conv2d(2, 3, padding=1) -> Tanh()
  output ab: [N, 2, H, W] means ab / 110
}
""",
    )

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        for output in subject.graph.outputs:
            if output.meaning is None or output.meaning.kind != "colour":
                continue
            image = subject.intervals[output.value.node][output.value.output]
            pairs = zip(output.meaning.channels, output.meaning.ranges(), strict=True)
            missed = [_missed(image, channel, low, high) for channel, (low, high) in pairs]
            worst = max(missed, key=lambda one: one.part)
            if worst.part > 0:
                yield self._finding(subject, output, image, worst)

    def _finding(self, subject: Subject, output: OutputTensor, image: Interval, worst: Missed) -> Diagnostic:
        node = subject.maker(output.value)
        name = node.name if node.op is None else type(node.op).__name__
        scale = max(abs(worst.low), abs(worst.high))
        means = output.declaration.means
        assert means is not None
        needs = f"`{worst.channel}` needs {worst.low:g} to {worst.high:g}"
        span = f"{_number(image.low)} to {_number(image.high)}"
        bounded = f"`Tanh() * {scale:g}`" if scale > 1 else "`Tanh()`"
        runs = f"`{worst.channel}` runs from {worst.low:g} to {worst.high:g}"
        large = worst.part >= self.threshold(subject, "error")
        return subject.finding(
            self.code,
            node,
            f"`{output.name}` ends in `{name}`, which gives {span}, but {runs}",
            label=f"only {span}",
            labels=(Label(means.span, needs),),
            notes=(f"{worst.part:.0%} of the range of `{worst.channel}` cannot be reached",),
            helps=(Help(f"leave the last layer linear, or bound it by {bounded}"),),
            severity=Severity.ERROR if large else Severity.WARNING,
        )


def _missed(image: Interval, channel: str, low: float, high: float) -> Missed:
    missed = max(0.0, min(image.low, high) - low) + max(0.0, high - max(image.high, low))
    return Missed(missed / (high - low), channel, low, high)


def _number(value: float) -> str:
    return f"{value + 0:g}".replace("inf", "infinity")  # + 0: -0 is 0
