"""W408 softmax-axis."""

from collections.abc import Iterator
from typing import final

from convdsl.diagnostics import Code, Diagnostic, Help, Severity
from convdsl.graph.graph import Node, OutputTensor
from convdsl.lint.edits import replace_call, set_argument
from convdsl.lint.rule import Rule
from convdsl.lint.subject import Subject


@final
class SoftmaxAxis(Rule):
    """A softmax shares out along the wrong axis.

    What: the axis of a softmax has one number, so that the share is always 1; or the softmax makes an output, of an
    image or of what `means classes`, and its axis is not that of the channels. Inside a network a softmax along a row
    or over a whole map is attention, and left alone.

    Why: a share among one is 1 (its logarithm 0) whatever the network does, and no gradient comes back. Shares along a
    row of pixels make the pixels of the row compete for a class, and each pixel's classes sum to anything.

    Fix: `Softmax(1)`; for one channel `Sigmoid()`.

    Source: PyTorch, torch.nn.Softmax.
    """

    code = Code("W408", "softmax-axis", Severity.ERROR)
    short_tells = True
    bad = (
        """
model Rows {
  input x: [N, 3, H, W]
  Conv2d(8, 3, padding=1) -> ReLU()
  Conv2d(5, 1)
  Softmax(-1)  # W408
  y = Upsample(scale_factor=2)
  output y: [N, 5, 2 * H, 2 * W]
}
""",
        """
block Mask(width: int) {
  Conv2d(width, 3, padding=1) -> ReLU()
  Conv2d(1, 1)
  Softmax2d()  # W408
}

model Masked {
  input x: [N, 3, H, W]
  m = Mask(8)
  m2 = x -> Conv2d(3, 1)
  y = Mul(m2, m, broadcast=true)
  output y: [N, 3, H, W]
}
""",
        """
model Steps {
  input x: [N, 16, T]
  Conv1d(10, 1)
  y = Softmax(2)  # W408
  output y: [N, 10, T] means classes
}
""",
        """
model One {
  input x: [N, 16]
  Linear(1)
  y = Softmax(1)  # W408
  output y: [N, 1]
}
""",
    )
    good = (
        """
model Pixels {
  input x: [N, 3, H, W]
  Conv2d(5, 1)
  y = Softmax(1)
  output y: [N, 5, H, W] means classes
}
""",
        """
model Times {
  input x: [N, 8, T]
  y = Softmax(2)
  output y: [N, 8, T]
}
""",
        """
model Attention {
  input x: [N, 8, H, W]
  a = Conv2d(8, 1) -> Softmax(-1)
  Mul(x, a)
  y = Conv2d(2, 1)
  output y: [N, 2, H, W]
}
""",
        """
model Places {
  input x: [N, 8, 4, 4]
  Flatten(2)
  Softmax(2)
  y = Linear(1)
  output y: [N, 8, 1]
}
""",
    )

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        heads: dict[int, OutputTensor] = {}
        for output in subject.graph.outputs:
            heads[output.value.node] = output
        for node in reversed(subject.nodes):
            if node.index in heads and len(node.inputs) == 1 and subject.traits(node).averages:
                heads.setdefault(node.inputs[0].node, heads[node.index])
        for node, _ in subject.layers:
            axis = subject.traits(node).shares
            if axis is not None:
                yield from self._judged(subject, node, axis, heads.get(node.index))

    def _judged(self, subject: Subject, node: Node, axis: int, head: OutputTensor | None) -> Iterator[Diagnostic]:
        name = type(node.op).__name__
        shape = subject.inputs(node)[0]
        one = Help(
            "for a single number `Sigmoid()`, or give it as many channels as there are classes",
            replace_call(subject, node, "Sigmoid", {}),
        )
        right = Help("the classes are the channels: `dim=1`", set_argument(subject, node, "dim", 1))
        if str(shape.axes[axis]) == "1":
            message = f"`{name}` shares out among 1 number: the result is the same whatever the network does"
            helps = (one,) if axis == 1 else (right,)
            yield subject.finding(self.code, node, message, argument="dim", label=f"of {shape}", helps=helps)
            return
        means_classes = head is not None and head.meaning is not None and head.meaning.kind == "classes"
        if axis > 1 and head is not None and (shape.rank > 3 or means_classes):
            which = f"the {shape.axes[axis]} numbers of axis {axis}"
            message = f"`{name}` shares out among {which}, not among the {shape.axes[1]} channels"
            yield subject.finding(self.code, node, message, argument="dim", label=f"of {shape}", helps=(right,))
