"""W208 dense-locks-size."""

from collections.abc import Iterator
from typing import final

from convdsl.diagnostics import Code, Diagnostic, Help, Severity
from convdsl.graph.graph import Node
from convdsl.lint.rule import Rule
from convdsl.lint.subject import Subject
from convdsl.op import ProductEquals


@final
class DenseLocksSize(Rule):
    """A dense layer behind a flatten lets only pictures of a few sizes in.

    What: the input's height or width is a symbol of which no `where` speaks, and a dense layer reads a flattened map
    whose number of values depends on it, so that only sizes with the product `in_features` run.

    Why: the line of the input says that the size is free, and it is not: height times width at the flatten is one
    number. A picture of another shape with the same product runs too, and comes out as nonsense, for every weight
    then stands at another pixel.

    Fix: pool to a fixed size before the flatten, `AdaptiveAvgPool2d(1)`, or say the size: `[N, 3, 224, 224]`.

    Source: arithmetic; Lin, Chen & Yan 2014, "Network in Network", section 3.2 (arXiv:1312.4400).
    """

    code = Code("W208", "dense-locks-size", Severity.WARNING)
    short_tells = True
    bad = (
        """
model Classifier {
  input x: [N, 3, H, W]
  Conv2d(16, 3, padding=1) -> ReLU()
  MaxPool2d(2)
  Flatten()
  scores = Linear(10, in_features=1024)  # W208
  output scores: [N, 10]
}
""",
        """
block Head(classes: int) {
  Flatten()
  Linear(classes, in_features=768)  # W208
}

model Tall {
  input x: [N, 3, H, 16]
  scores = Head(10)
  output scores: [N, 10]
}
""",
    )
    good = (
        """
model Pooled {
  input x: [N, 3, H, W]
  Conv2d(16, 3, padding=1) -> ReLU()
  AdaptiveAvgPool2d(8) -> Flatten()
  scores = Linear(10, in_features=1024)
  output scores: [N, 10]
}
""",
        """
model Fixed {
  input x: [N, 3, 16, 16]
  Flatten()
  scores = Linear(10, in_features=768)
  output scores: [N, 10]
}
""",
        """
model Promised {
  input x: [N, 3, H, W] where H == 16, W == 16
  Flatten()
  scores = Linear(10, in_features=768)
  output scores: [N, 10]
}
""",
    )

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        if subject.promised.mentioned:
            return
        for node in subject.nodes:
            if node.category == "dense" and any(isinstance(guard, ProductEquals) for guard in node.guards):
                yield self._finding(subject, node)

    def _finding(self, subject: Subject, node: Node) -> Diagnostic:
        (came,) = subject.inputs(node)
        wants = subject.argument(node, "in_features")
        source = subject.back(node, lambda one: one.category == "shape")
        rank = len(subject.output(source).spatial)
        pool = f"pool the map to a fixed size before it is flattened: `AdaptiveAvgPool{rank}d(1)`"
        return subject.finding(
            self.code,
            node,
            f"`{type(node.op).__name__}` takes {wants:,} numbers, so few sizes fit: {came.axes[-1]} come in",
            argument="in_features",
            labels=(subject.place(source, f"a map of {subject.output(source)}"),),
            notes=(f"accepted: {'; '.join(subject.accepted.text())}",),
            helps=(Help(pool), Help("or write the size into the input's shape, or promise it with `where`")),
        )
