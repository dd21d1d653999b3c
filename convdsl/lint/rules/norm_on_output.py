"""W405 norm-on-output."""

from collections.abc import Iterator
from typing import final

from convdsl.diagnostics import Code, Diagnostic, Help, Severity
from convdsl.graph.graph import Node, OutputTensor
from convdsl.lint.edits import remove_call
from convdsl.lint.linear import is_learned
from convdsl.lint.rule import Rule
from convdsl.lint.subject import Subject


@final
class NormOnOutput(Rule):
    """A norm or a dropout stands behind the last layer with weights.

    What: between an output that `means` something and the last convolutions or dense layers before it stands a norm or
    a dropout. An output without a meaning may be features that others read, and is left alone.

    Why: a norm takes away what the output has to say: how bright or colourful one image is against another. A batch
    norm makes a picture depend on what else is in the batch while training. A dropout sets a part of the answer to 0,
    and no weight behind it could make up for that.

    Fix: remove it, or move it before the last layer with weights.

    Source: Radford, Metz & Chintala 2015, section 3: no batch norm at the generator's output (arXiv:1511.06434).
    """

    code = Code("W405", "norm-on-output", Severity.WARNING)
    short_tells = True
    bad = (
        """
model Normed {
  input gray: [N, 1, H, W] means L / 100
  Conv2d(8, 3, padding=1) -> ReLU()
  Conv2d(2, 3, padding=1)
  BatchNorm2d()  # W405
  ab = Tanh()
  output ab: [N, 2, H, W] means ab / 110
}
""",
        """
block Head(classes: int) {
  AdaptiveAvgPool2d(1)
  Flatten()
  Linear(classes)
  Dropout(0.2)  # W405
}

model Classifier {
  input image: [N, 3, H, W] means RGB
  Conv2d(8, 3, padding=1) -> ReLU()
  scores = Head(10)
  output scores: [N, 10] means classes
}
""",
        """
model Residual {
  input gray: [N, 3, H, W] means RGB
  Conv2d(8, 3, padding=1) -> ReLU()
  Conv2d(3, 3, padding=1)
  change = GroupNorm(1)  # W405
  rgb = change + gray
  output rgb: [N, 3, H, W] means RGB
}
""",
    )
    good = (
        """
model Before {
  input gray: [N, 1, H, W] means L / 100
  Conv2d(8, 3, padding=1) -> BatchNorm2d() -> ReLU() -> Dropout2d(0.1)
  ab = Conv2d(2, 3, padding=1)
  output ab: [N, 2, H, W] means ab / 110
}
""",
        """
model Features {
  input image: [N, 3, H, W] means RGB
  Conv2d(8, 3, padding=1)
  y = BatchNorm2d()
  output y: [N, 8, H, W]
}
""",
        """
model Input {
  input rgb: [N, 3, H, W] means RGB
  calm = InstanceNorm2d()
  Conv2d(8, 3, padding=1) -> ReLU()
  change = Conv2d(3, 3, padding=1)
  y = calm + change
  output y: [N, 3, H, W] means RGB
}
""",
    )

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        outputs = [output for output in subject.graph.outputs if output.meaning is not None]
        behind: dict[int, OutputTensor] = {}  # nodes from which an output is reached without layers with weights
        for output in reversed(outputs):
            behind[output.value.node] = output
        for node in reversed(subject.nodes):
            if node.index in behind and not is_learned(subject, node):
                for value in node.inputs:
                    behind.setdefault(value.node, behind[node.index])
        last: list[Node | None] = []  # the last layer with weights before each node, or it itself
        for node in subject.nodes:
            before = next((last[value.node] for value in node.inputs if last[value.node] is not None), None)
            last.append(node if is_learned(subject, node) else before)
            traits = subject.traits(node)
            if before is not None and node.index in behind and (traits.statistics or traits.random):
                yield self._finding(subject, node, before, behind[node.index])

    def _finding(self, subject: Subject, node: Node, before: Node, output: OutputTensor) -> Diagnostic:
        name, last = type(node.op).__name__, type(before.op).__name__
        return subject.finding(
            self.code,
            node,
            f"`{name}` stands behind the last layer with weights and changes what `{output.name}` says",
            label=_does(subject, node),
            labels=(subject.place(before, f"the last `{last}`"),),
            helps=(Help(f"remove it, or move it before the last `{last}`", remove_call(subject, node)),),
        )


def _does(subject: Subject, node: Node) -> str:
    statistics = subject.traits(node).statistics
    if statistics == "batch":
        return "while training, in units of the whole batch"
    return "in units of each image" if statistics else "a part is left to chance while training"
