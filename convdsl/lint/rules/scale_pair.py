"""W603 norm-pair."""

from collections.abc import Iterator
from math import isinf
from types import MappingProxyType
from typing import final

from convdsl.diagnostics import Code, Diagnostic, Help, Label, Severity
from convdsl.graph.graph import Node, OutputTensor, Value
from convdsl.lint.rule import Rule
from convdsl.lint.subject import Subject
from convdsl.op import Interval


@final
class ScalePair(Rule):
    """The head speaks in one unit, and the target in another.

    What: the target's values, by what the output `means`, are ten times as large as what the last layers begin with, or
    a tenth of it. A layer with weights begins with numbers of about 1, a bounded activation ends at its bounds, and
    fixed factors behind them count. A target in its natural unit is not judged where an input is in its natural unit
    too, for then the weights need not grow.

    Why: the last weights first have to grow or shrink to the unit: Adam moves a number by about its learning rate a
    step, so from 0 to 50 at 1e-3 it takes 50,000 steps. And the loss, which counts in the target's unit, is ten
    thousand times too large, or too small to see beside weight decay.

    Fix: the same unit on both sides: `means ab / 110` with a head of about 1, or `Tanh() * 110` with `means ab`.

    Source: LeCun, Bottou, Orr & Müller 1998, "Efficient BackProp", section 4.5: targets in the range of the head.
    Source: Kingma & Ba 2015, "Adam", section 2.1: the step is bounded by the learning rate (arXiv:1412.6980).
    """

    code = Code("W603", "norm-pair", Severity.WARNING)
    short_tells = True
    thresholds = MappingProxyType({"factor": 10})
    bad = (
        """
model Raw {
  input gray: [N, 1, H, W] means (L - 50) / 50
  Conv2d(16, 3, padding=1) -> ReLU()
  ab = Conv2d(2, 3, padding=1)  # W603
  output ab: [N, 2, H, W] means ab
}
""",
        """
block Head(scale: float) {
  Conv2d(2, 3, padding=1) -> Tanh()
  Mul(scale)  # W603
}

model Twice {
  input gray: [N, 1, H, W] means (L - 50) / 50
  Conv2d(16, 3, padding=1) -> ReLU()
  ab = Head(110.0)
  output ab: [N, 2, H, W] means ab / 110
}
""",
        """
model Upsampled {
  input gray: [N, 1, H, W] means L
  Conv2d(16, 3, stride=2, padding=1) -> ReLU()
  Conv2d(2, 3, padding=1) -> Mul(110)
  ab = Upsample(scale_factor=2)  # W603
  output ab: [N, 2, (H - 1) // 2 * 2 + 2, (W - 1) // 2 * 2 + 2] means ab / 110
}
""",
    )
    good = (
        """
model Scaled {
  input gray: [N, 1, H, W] means (L - 50) / 50
  Conv2d(16, 3, padding=1) -> ReLU()
  ab = Conv2d(2, 3, padding=1)
  output ab: [N, 2, H, W] means ab / 110
}
""",
        """
model Back {
  input gray: [N, 1, H, W] means (L - 50) / 50
  Conv2d(16, 3, padding=1) -> ReLU()
  Conv2d(2, 3, padding=1)
  ab = Mul(110)
  output ab: [N, 2, H, W] means ab
}
""",
        """
model RawBoth {
  input gray: [N, 1, H, W] means L
  Conv2d(16, 3, padding=1) -> ReLU()
  ab = Conv2d(2, 3, padding=1)
  output ab: [N, 2, H, W] means ab
}
""",
        """
model Unsaid {
  input gray: [N, 1, H, W]
  Conv2d(16, 3, padding=1) -> ReLU()
  ab = Conv2d(2, 3, padding=1)
  output ab: [N, 2, H, W] means ab
}
""",
        """
model Classes {
  input gray: [N, 1, H, W] means (L - 50) / 50
  Conv2d(16, 3, padding=1) -> ReLU()
  scores = Conv2d(313, 1)
  output scores: [N, 313, H, W] means classes
}
""",
    )

    def suspects(self, subject: Subject) -> bool:
        ends = [output.value for output in subject.graph.outputs if output.meaning is not None]
        repeated = any(subject.times[node.index] > 1 for value in ends for node in _fixed(subject, value))
        return repeated or super().suspects(subject)  # fixed factors multiply

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        factor = self.threshold(subject, "factor")
        meanings = [tensor.meaning for tensor in subject.graph.inputs if tensor.meaning is not None]
        inputs = [_reach(low, high) for meaning in meanings for low, high in meaning.ranges()]
        scaled = bool(inputs) and max(inputs) < factor
        for output in subject.graph.outputs:
            if output.meaning is None or output.meaning.kind != "colour" or not subject.learned[output.value.node]:
                continue
            target = max(_reach(low, high) for low, high in output.meaning.ranges())
            begins = _head(subject, output.value)
            size = _reach(begins.low, begins.high)
            # a target out of a bounded head's reach is `head-range`'s
            free = isinf(subject.intervals[output.value.node][output.value.output].high)
            if not isinf(size) and (size >= factor * target or (free and scaled and target >= factor * size)):
                yield self._finding(subject, output, size, target)

    def _finding(self, subject: Subject, output: OutputTensor, size: float, target: float) -> Diagnostic:
        node, meaning, means = subject.maker(output.value), output.meaning, output.declaration.means
        assert meaning is not None and means is not None
        colours = "".join(dict.fromkeys(meaning.channels))
        way = f"`means {colours} / {target / size:.3g}`, or a factor at the end: `Mul({target / size:.3g})`"
        if size > target:
            way = f"`means {colours}` in its natural unit, or leave the factor out that makes it {size:g}"
        return subject.finding(
            self.code,
            node,
            f"`{output.name}` begins with numbers of about {size:g}, and its target runs to {target:g}",
            labels=(Label(means.span, f"up to {target:g}"),),
            helps=(Help(way),),
        )


def _head(subject: Subject, value: Value) -> Interval:
    """Return what a value begins with: about 1 in size from weights, an activation's bounds, times fixed factors."""
    fixed = _fixed(subject, value)
    value = fixed[-1].inputs[0] if fixed else value
    bounds = subject.intervals[value.node][value.output]
    begins = Interval(-1.0, 1.0) if isinf(bounds.low) or isinf(bounds.high) else bounds
    for node in reversed(fixed):
        assert node.op is not None  # it reads a value
        begins = node.op.values(begins)
    return begins


def _fixed(subject: Subject, value: Value) -> list[Node]:
    """Return the affine layers without weights that a value ends in, the last first."""
    out = []
    node = subject.maker(value)
    while len(node.inputs) == 1 and subject.traits(node).affine and not subject.weights(node):
        out.append(node)
        node = subject.maker(node.inputs[0])
    return out


def _reach(low: float, high: float) -> float:
    return max(abs(low), abs(high))
