"""W406 dropout-before-bn."""

from collections.abc import Iterator
from math import gcd
from types import MappingProxyType
from typing import final

from convdsl.diagnostics import Code, Diagnostic, Help, Severity
from convdsl.graph.graph import Node
from convdsl.lint.rule import Rule
from convdsl.lint.subject import Subject
from convdsl.record import dataclass


@dataclass(frozen=True, slots=True)
class Inflated:
    """What dropout has made of a value's mean square while training, in units of evaluation's, and the last of them."""

    factor: float
    dropout: Node


@final
class DropoutBeforeNorm(Rule):
    """A batch norm remembers a variance that only training has.

    What: a dropout stands before a batch norm with running statistics, and no other norm in between. Dropouts on one
    way multiply: p makes the mean square 1 / (1 - p) of what it is in evaluation, and the rule speaks from 1.5 on,
    which is one dropout of a third.

    Why: while training the norm divides by a deviation that the dropout has enlarged, and remembers it; in evaluation
    nothing is dropped, and what comes out is too small. For numbers of mean 1 and variance 1 and p = 0.5 the variance
    is 3 while training and 1 in evaluation; weights in between change its size, not the ratio.

    Fix: move the dropout behind the last batch norm, or use a norm that remembers nothing: `GroupNorm(32)`.

    Source: Li, Chen, Hu & Yang 2018, "Understanding the disharmony between dropout and batch normalization by variance
    shift" (arXiv:1801.05134).
    """

    code = Code("W406", "dropout-before-bn", Severity.WARNING)
    short_tells = True
    thresholds = MappingProxyType({"inflation": 1.5})
    bad = (
        """
model Late {
  input x: [N, 3, H, W]
  Conv2d(8, 3, padding=1) -> ReLU()
  Dropout2d(0.5)  # W406
  Conv2d(8, 3, padding=1, bias=false) -> BatchNorm2d() -> ReLU()
  y = Conv2d(2, 3, padding=1)
  output y: [N, 2, H, W]
}
""",
        """
block Layer(width: int) {
  Conv2d(width, 3, padding=1, bias=false)
  BatchNorm2d()
  ReLU()
  Dropout(0.3)
  Dropout(0.2)  # W406
}

model Twice {
  input x: [N, 3, H, W]
  a = Layer(8)
  Concat(a, x)
  b = Conv2d(8, 1, bias=false)
  y = BatchNorm2d()
  output y: [N, 8, H, W]
}
""",
    )
    good = (
        """
model Last {
  input x: [N, 3, H, W]
  Conv2d(8, 3, padding=1, bias=false) -> BatchNorm2d() -> ReLU()
  Dropout2d(0.5)
  y = Conv2d(2, 3, padding=1)
  output y: [N, 2, H, W]
}
""",
        """
model Little {
  input x: [N, 3, H, W]
  Conv2d(8, 3, padding=1) -> Dropout2d(0.3)
  y = Conv2d(8, 3, padding=1, bias=false) -> BatchNorm2d()
  output y: [N, 8, H, W]
}
""",
        """
model Between {
  input x: [N, 3, H, W]
  Conv2d(8, 3, padding=1) -> Dropout2d(0.5)
  Conv2d(8, 3, padding=1) -> GroupNorm(2) -> ReLU()
  y = Conv2d(8, 3, padding=1, bias=false) -> BatchNorm2d()
  output y: [N, 8, H, W]
}
""",
        """
model Forgetful {
  input x: [N, 3, H, W]
  Conv2d(8, 3, padding=1) -> Dropout2d(0.5)
  y = Conv2d(8, 3, padding=1) -> BatchNorm2d(track_running_stats=false)
  output y: [N, 8, H, W]
}
""",
        """
model Kept {
  input x: [N, 3, H, W]
  Conv2d(8, 3, padding=1) -> SELU() -> AlphaDropout(0.5)
  y = Conv2d(8, 3, padding=1, bias=false) -> BatchNorm2d()
  output y: [N, 8, H, W]
}
""",
    )

    def suspects(self, subject: Subject) -> bool:
        traits = [subject.traits(case.nodes[0]) for case in subject.cases]
        return any(one.inflation > 1 for one in traits) and any(one.statistics == "batch" for one in traits)

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        least = self.threshold(subject, "inflation")
        states: list[Inflated | None] = []
        for node in subject.nodes:
            known = [state for value in node.inputs if (state := states[value.node]) is not None]
            state = max(known, key=lambda one: one.factor, default=None)
            traits = subject.traits(node)
            if traits.statistics:
                remembers = traits.affine
                if state is not None and remembers and state.factor >= least:
                    yield self._finding(subject, state, node)
                state = None
            elif traits.inflation > 1:
                state = Inflated(traits.inflation * (1.0 if state is None else state.factor), node)
            states.append(state)

    def _finding(self, subject: Subject, state: Inflated, norm: Node) -> Diagnostic:
        name = type(norm.op).__name__
        groups = gcd(32, subject.output(norm).channels)
        return subject.finding(
            self.code,
            state.dropout,
            f"`{type(state.dropout.op).__name__}` makes squares {state.factor:.3g} times as large while training, and"
            f" `{name}` remembers that",
            labels=(subject.place(norm, "divides by what it remembers, in evaluation too"),),
            helps=(
                Help(f"move it behind the last `{name}`, or use a norm that remembers nothing: `GroupNorm({groups})`"),
            ),
        )
