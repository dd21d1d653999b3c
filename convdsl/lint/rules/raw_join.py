"""W605 raw-join."""

from collections.abc import Iterator
from math import inf
from types import MappingProxyType
from typing import final

from convdsl.diagnostics import Code, Diagnostic, Help, Severity
from convdsl.graph.graph import Node, Value
from convdsl.lint.rule import Rule
from convdsl.lint.subject import Subject


@final
class RawJoin(Rule):
    """An input in its natural unit is joined with learned features.

    What: a concatenation or a sum reads an input of the network that has passed no layer with weights and whose values,
    by what it `means`, reach 10 or more in size, beside a value that layers with weights have made, and other layers
    with weights are still to come.

    Why: features are about 1 in size, by initialisation and by the norms, and lightness runs to 100. The layer behind
    the join sees next to nothing but the raw channels, and its gradient is theirs: Adam's step is the same for every
    weight, and makes a hundredfold difference at those.

    Fix: scale the input where its meaning is written, `means (L - 50) / 50`, or join it behind a norm.

    Source: LeCun, Bottou, Orr & Müller 1998, "Efficient BackProp", section 4.3: inputs of mean 0 and of one size.
    """

    code = Code("W605", "raw-join", Severity.WARNING)
    short_tells = True
    thresholds = MappingProxyType({"size": 10})
    bad = (
        """
model Colorizer {
  input gray: [N, 1, H, W] means L
  Conv2d(16, 3, padding=1)
  features = ReLU()
  Concat(features, gray)  # W605
  ab = Conv2d(2, 3, padding=1)
  output ab: [N, 2, H, W] means ab / 110
}
""",
        """
block Again(channels: int) {
  input x: [N, C, H, W]
  features = Conv2d(C, 3, padding=1) -> ReLU()
  x + features  # W605
}

model Residual {
  input photo: [N, 3, H, W] means RGB * 255
  MaxPool2d(1)
  Again(3)
  y = Conv2d(3, 1)
  output y: [N, 3, H, W]
}
""",
    )
    good = (
        """
model Scaled {
  input gray: [N, 1, H, W] means (L - 50) / 50
  Conv2d(16, 3, padding=1)
  features = ReLU()
  Concat(features, gray)
  ab = Conv2d(2, 3, padding=1)
  output ab: [N, 2, H, W] means ab / 110
}
""",
        """
model ScaledInside {
  input gray: [N, 1, H, W] means L
  scaled = Mul(0.01)
  Conv2d(16, 3, padding=1)
  features = ReLU()
  Concat(features, scaled)
  ab = Conv2d(2, 3, padding=1)
  output ab: [N, 2, H, W] means ab / 110
}
""",
        """
model Inputs {
  input gray: [N, 1, H, W] means L
  input hint: [N, 2, H, W] means ab
  Concat(gray, hint)
  ab = Conv2d(2, 3, padding=1)
  output ab: [N, 2, H, W] means ab / 110
}
""",
        """
model Residual {
  input photo: [N, 3, H, W] means RGB * 255
  Conv2d(16, 3, padding=1) -> ReLU()
  change = Conv2d(3, 3, padding=1)
  y = photo + change
  output y: [N, 3, H, W] means RGB * 255
}
""",
        """
model Gated {
  input gray: [N, 1, H, W] means L
  gate = Conv2d(1, 3, padding=1) -> Sigmoid()
  Mul(gray, gate)
  ab = Conv2d(2, 3, padding=1)
  output ab: [N, 2, H, W] means ab
}
""",
        """
model Unsaid {
  input x: [N, 1, H, W]
  Conv2d(16, 3, padding=1)
  features = ReLU()
  Concat(features, x)
  ab = Conv2d(2, 3, padding=1)
  output ab: [N, 2, H, W]
}
""",
    )

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        learned = subject.learned
        for node in subject.nodes:
            adds = subject.traits(node).affine and subject.weights_ahead[node.index]
            raws = [value for value in node.inputs if not learned[value.node]]
            if adds and 0 < len(raws) < len(node.inputs):
                raw = max(raws, key=lambda one: _size(subject, one))
                if self.threshold(subject, "size") <= _size(subject, raw) < inf:
                    yield self._finding(subject, node, raw)

    def _finding(self, subject: Subject, node: Node, raw: Value) -> Diagnostic:
        interval = subject.intervals[raw.node][raw.output]
        high = interval.high + 0  # 0 in place of -0
        name, source, scale = type(node.op).__name__, _first(subject, raw), _size(subject, raw)
        return subject.finding(
            self.code,
            node,
            f"`{name}` joins `{source.name}`, from {interval.low:g} to {high:g}, with learned features",
            labels=(subject.place(subject.maker(raw), f"up to {scale:g}, features are about 1"),),
            helps=(Help(f"scale it where its meaning is written, `means … / {scale:g}`, and train anew"),),
        )


def _first(subject: Subject, value: Value) -> Node:
    """Return the input that a value is made of, by first inputs."""
    node = subject.maker(value)
    while node.inputs:
        node = subject.maker(node.inputs[0])
    return node


def _size(subject: Subject, value: Value) -> float:
    interval = subject.intervals[value.node][value.output]
    return max(abs(interval.low), abs(interval.high))
