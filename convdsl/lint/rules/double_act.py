"""W403 double-act."""

from collections.abc import Iterator
from math import isfinite
from typing import final

from convdsl.diagnostics import Code, Diagnostic, Help, Severity
from convdsl.graph.graph import Node
from convdsl.lint.bounded import spread
from convdsl.lint.edits import remove_call
from convdsl.lint.rule import Rule
from convdsl.lint.subject import Subject
from convdsl.record import dataclass


@dataclass(frozen=True, slots=True)
class Source:
    """The activation that a value comes from; dropped: whether a dropout stands in between."""

    act: Node
    dropped: bool = False


@final
class DoubleAct(Rule):
    """An activation reads an activation, with nothing in between.

    What: an activation reads another activation, or what layers that only move numbers (flattening, shuffling, dropout)
    have made of one. A softmax over bounded numbers is W409's.

    Why: the second of two equal ones with f(f(x)) = f(x), such as ReLU, changes nothing. Two different ones squeeze the
    values twice, which is a slip far more often than a wish.

    Fix: remove one of them. Where the second changes nothing, that is safe.

    Source: arithmetic: max(max(x, 0), 0) = max(x, 0).
    """

    code = Code("W403", "double-act", Severity.WARNING)
    short_tells = True
    bad = (
        """
model Twice {
  input x: [N, 3, H, W]
  Conv2d(8, 3, padding=1)
  ReLU()
  ReLU()  # W403
  y = Conv2d(2, 1)
  output y: [N, 2, H, W]
}
""",
        """
model Chain {
  input x: [N, 3, H, W]
  y = Conv2d(8, 1) -> Sigmoid() -> Tanh()  # W403
  output y: [N, 8, H, W]
}
""",
        """
block Act(p: float) {
  ReLU()
  Dropout(p)
}

model Blocks {
  input x: [N, 3, 8, 8]
  Conv2d(8, 3, padding=1)
  Act(0.1)
  Flatten()
  ReLU()  # W403
  y = Linear(10)
  output y: [N, 10]
}
""",
        """
model Clipped {
  input x: [N, 3, H, W]
  Conv2d(8, 3, padding=1) -> ReLU6()
  Dropout(0.5)
  ReLU6()  # W403
  Conv2d(8, 3, padding=1) -> ReLU()
  Softmax(1)  # W403
  y = Conv2d(2, 1)
  output y: [N, 2, H, W]
}
""",
    )
    good = (
        """
model Once {
  input x: [N, 3, H, W]
  Conv2d(8, 3, padding=1) -> ReLU()
  y = Conv2d(2, 1) -> ReLU()
  output y: [N, 2, H, W]
}
""",
        """
model Between {
  input x: [N, 3, H, W]
  a = Conv2d(8, 3, padding=1) -> ReLU()
  MaxPool2d(3, stride=1, padding=1) -> ReLU()
  b = BatchNorm2d() -> ReLU()
  a + b -> ReLU()
  Conv2d(10, 1) -> Sigmoid()
  y = Softmax(1)
  output y: [N, 10, H, W]
}
""",
    )

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        sources: list[Source | None] = []  # of every node: the activation whose numbers it has, only moved
        for node in subject.nodes:
            traits = subject.traits(node)
            source = sources[node.inputs[0].node] if len(node.inputs) == 1 else None
            if node.op is not None and node.op.category == "activation":
                shares_out = traits.shares is not None and isfinite(spread(subject, node))
                if source is not None and not shares_out:
                    yield self._finding(subject, node, source)
                source = Source(node)
            elif source is not None:
                source = Source(source.act, source.dropped or traits.random) if traits.rearranges else None
            sources.append(source)

    def _finding(self, subject: Subject, node: Node, source: Source) -> Diagnostic:
        traits, before = subject.traits(node), source.act
        # what dropout leaves is larger: a homogeneous function does not mind
        same = node.op == before.op and traits.idempotent and (traits.homogeneous or not source.dropped)
        first, second = type(before.op).__name__, type(node.op).__name__
        says = "changes nothing behind" if same else "reads nothing but"
        return subject.finding(
            self.code,
            node,
            f"`{second}` {says} `{first}`",
            labels=(subject.place(before, "the first"),),
            helps=(Help("remove it" if same else "remove one of them", remove_call(subject, node), safe=same),),
        )
