"""W501 huge-dense."""

from collections.abc import Iterator
from math import prod
from types import MappingProxyType
from typing import final

from convdsl.diagnostics import Code, Diagnostic, Help, Severity
from convdsl.graph.graph import Node
from convdsl.lint.rule import Rule
from convdsl.lint.subject import Subject

FLOAT_BYTES = 4  # float32
WINDOW = 3  # of the convolution that is offered instead


@final
class HugeDense(Rule):
    """A dense layer has more weights than the rest of the network could use.

    What: a dense layer has more than 50 million weights; or more than a million, and they are over nine tenths of all
    that the network has.

    Why: every number of the output has a weight of its own for every number that comes in, although a picture's pixels
    are alike and mostly the near ones matter. From 3 x 256 x 256 numbers to as many it is 38.65 billion weights,
    144 GiB in float32; a convolution of window 3 has 84 for the same channels. So many weights learn the training
    pictures by heart.

    Fix: stay with convolutions where a picture comes out; where classes do, pool before the flatten,
    `AdaptiveAvgPool2d(1)`.

    Source: Lin, Chen & Yan 2014, "Network in Network", section 3.2: global average pooling in place of dense layers
    (arXiv:1312.4400).
    """

    code = Code("W501", "huge-dense", Severity.WARNING)
    short_tells = True
    thresholds = MappingProxyType({"weights": 50_000_000, "share": 0.9, "least": 1_000_000})
    bad = (
        """
model Photo {
  input photo: [N, 3, 64, 64]
  Flatten()
  Linear(3 * 64 * 64)  # W501
  y = Unflatten(1, (3, 64, 64))
  output y: [N, 3, 64, 64]
}
""",
        """
block Head(hidden: int) {
  Flatten()
  Linear(hidden)  # W501
  ReLU()
}

model Classifier {
  input photo: [N, 3, 28, 28]
  Conv2d(32, 3, padding=1) -> ReLU()
  Head(64)
  scores = Linear(10)
  output scores: [N, 10]
}
""",
    )
    good = (
        """
model Pooled {
  input photo: [N, 3, 224, 224]
  Conv2d(512, 16, stride=16) -> ReLU()
  AdaptiveAvgPool2d(1) -> Flatten()
  scores = Linear(1000)
  output scores: [N, 1000]
}
""",
        """
model Small {
  input digit: [N, 1, 28, 28]
  Flatten()
  scores = Linear(10)
  output scores: [N, 10]
}
""",
        """
model Shared {
  input code: [N, 1024]
  Linear(1024) -> ReLU()
  y = Linear(1024)
  output y: [N, 1024]
}
""",
        """
model Convolved {
  input x: [N, 512, H, W]
  y = Conv2d(512, 3, padding=1)
  output y: [N, 512, H, W]
}
""",
    )

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        total = subject.total(subject.parameters)
        for node in subject.nodes:
            if node.category == "dense" and node.owner:
                weights = prod(subject.weights(node)["weight"])
                much = weights > self.threshold(subject, "share") * total and weights > self.threshold(subject, "least")
                if much or weights > self.threshold(subject, "weights"):
                    yield self._finding(subject, node, weights, total)

    def _finding(self, subject: Subject, node: Node, weights: int, total: int) -> Diagnostic:
        return subject.finding(
            self.code,
            node,
            f"`{type(node.op).__name__}` has {weights:,} weights, {weights / total:.0%} of all parameters",
            label=" x ".join(f"{length:,}" for length in subject.weights(node)["weight"]),
            notes=(f"in float32 they take {_size(weights * FLOAT_BYTES)}",),
            helps=(Help(_way_out(subject, node)),),
        )


def _way_out(subject: Subject, node: Node) -> str:
    """Say what convolutions do with the map that was flattened, with the numbers of this network."""
    source = subject.back(node, lambda one: one.category == "shape")
    came = subject.at_size(subject.output(source)) if subject.size else ()
    if len(came) < 3:
        return "fewer numbers, or two layers with few numbers in between"
    ends = [subject.at_size(subject.shape(output.value)) for output in subject.graph.outputs]
    painted = [shape for shape in ends if shape[2:] == came[2:]]
    if painted:
        channels, made = came[1], painted[0][1]
        count = channels * made * WINDOW ** len(came[2:]) + made
        return f"a convolution makes a map of it as well: with a window of {WINDOW} it has {count:,} parameters"
    made = subject.weights(node)["weight"][0]
    pool = f"AdaptiveAvgPool{len(came) - 2}d(1)"
    return f"pool the map first: with `{pool}` before the flatten it has {came[1] * made:,} weights"


def _size(number: int) -> str:
    power = min((number.bit_length() - 1) // 10, 3)
    return f"{number / 1024**power:,.4g} {('bytes', 'KiB', 'MiB', 'GiB')[power]}"
