"""W403 double-act."""

from collections.abc import Iterator
from typing import final

from convdsl.diagnostics import Code, Diagnostic, Help, Severity
from convdsl.graph.graph import Node
from convdsl.lint.edits import remove_call
from convdsl.lint.rule import Rule
from convdsl.lint.subject import Subject


@final
class DoubleAct(Rule):
    """An activation reads an activation, with nothing in between.

    What: an activation's input is another activation's output.

    Why: the second of two equal ones with f(f(x)) = f(x), such as ReLU, changes nothing. Two different ones squeeze the
    values twice, which is a slip far more often than a wish.

    Fix: remove one of them. Where the second changes nothing, that is safe.

    Source: arithmetic: max(max(x, 0), 0) = max(x, 0).
    """

    code = Code("W403", "double-act", Severity.WARNING)
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
    )

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        for node, op in subject.layers:
            if op.category != "activation" or not node.inputs:
                continue
            before = subject.maker(node.inputs[0])
            if before.op is not None and before.op.category == "activation":
                yield self._finding(subject, node, before)

    def _finding(self, subject: Subject, node: Node, before: Node) -> Diagnostic:
        same = node.op == before.op and subject.traits(node).idempotent
        first, second = type(before.op).__name__, type(node.op).__name__
        says = "changes nothing behind" if same else "reads nothing but"
        return subject.finding(
            self.code,
            node,
            f"`{second}` {says} `{first}`",
            labels=(subject.place(before, "the first"),),
            helps=(Help("remove it" if same else "remove one of them", remove_call(subject, node), safe=same),),
        )
