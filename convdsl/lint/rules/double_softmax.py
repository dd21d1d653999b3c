"""W409 double-softmax."""

from collections.abc import Iterator
from types import MappingProxyType
from typing import final

from convdsl.diagnostics import Code, Diagnostic, Help, Severity
from convdsl.graph.graph import Node
from convdsl.lint.bounded import largest_share, spread
from convdsl.lint.edits import remove_call
from convdsl.lint.rule import Rule
from convdsl.lint.subject import Subject
from convdsl.optimization import CrossEntropy, terms_of


@final
class DoubleSoftmax(Rule):
    """A softmax reads numbers that lie too close together to make a large share.

    What: the numbers that a softmax reads lie within an interval of width w, for something bounded stands before it,
    such as another softmax, a sigmoid or a tanh. The largest share of n numbers is then e^w / (e^w + n - 1), and the
    rule speaks where that is less than 90 %. The loss `CrossEntropy` has a softmax in it, which reads the output.

    Why: the network cannot be sure. A softmax of a softmax over 10 classes gives a class 23 % at most, its gradients
    are flat, and the loss cannot come near 0. The same befalls a loss that takes scores (logits) and is given shares.

    Fix: one of the two: hand the scores themselves to the softmax.

    Source: arithmetic: of n numbers that are at most w apart the largest share is that of one at the top and n - 1 at
    the bottom. PyTorch, torch.nn.CrossEntropyLoss, takes scores.
    """

    code = Code("W409", "double-softmax", Severity.WARNING)
    short_tells = True
    thresholds = MappingProxyType({"share": 0.9})
    bad = (
        """
model Twice {
  input x: [N, 3, 8, 8]
  Conv2d(8, 3) -> ReLU()
  Flatten()
  Linear(10) -> Softmax(1)
  y = LogSoftmax(1)  # W409
  output y: [N, 10]
}
""",
        """
model Shares {
  input x: [N, 1, 8, 8] means L / 100
  Conv2d(8, 3) -> ReLU()
  Flatten()
  Linear(10)
  y = Softmax(1)  # W409
  output y: [N, 10] means classes
}

train {
  loss = CrossEntropy()
  crop = 8
}
""",
        """
block Head(classes: int) {
  Conv2d(classes, 1) -> Sigmoid()
  Upsample(scale_factor=2)
  Softmax2d()  # W409
}

model Segment {
  input x: [N, 3, H, W]
  Conv2d(8, 3, padding=1) -> ReLU()
  y = Head(4)
  output y: [N, 4, 2 * H, 2 * W]
}
""",
    )
    good = (
        """
model Once {
  input x: [N, 3, H, W]
  Conv2d(8, 3, padding=1) -> ReLU()
  y = Conv2d(10, 1) -> Softmax(1)
  output y: [N, 10, H, W]
}
""",
        """
model Scores {
  input x: [N, 1, 8, 8] means L / 100
  Conv2d(8, 3) -> ReLU()
  Flatten()
  Linear(10)
  y = LogSoftmax(1)
  output y: [N, 10] means classes
}

train {
  loss = CrossEntropy()
  crop = 8
}
""",
        """
model Scaled {
  input x: [N, 3, H, W]
  Conv2d(10, 1) -> Tanh()
  Mul(10)
  y = Softmax(1)
  output y: [N, 10, H, W]
}
""",
        """
model Weights {
  input x: [N, 3, H, W]
  Conv2d(10, 1) -> Softmax(1)
  Conv2d(10, 1)
  y = Softmax(1)
  output y: [N, 10, H, W]
}
""",
        """
model Alone {
  input x: [N, 16]
  Linear(4) -> Sigmoid()
  Unflatten(1, (1, 4))
  Mul(4)
  y = Softmax(2)
  output y: [N, 1, 4]
}
""",
    )

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        for node, _ in subject.layers:
            axis = subject.traits(node).shares
            if axis is None or not subject.size:
                continue
            count = subject.at_size(subject.inputs(node)[0])[axis]
            share = largest_share(spread(subject, node), count)
            if share < self.threshold(subject, "share"):
                yield self._finding(subject, node, count, share)
        yield from self._loss(subject)

    def _loss(self, subject: Subject) -> Iterator[Diagnostic]:
        """Judge the softmax that the loss has in it."""
        losses = () if subject.recipe is None else terms_of(subject.recipe.loss)
        if not subject.size or not any(isinstance(term.loss, CrossEntropy) for term in losses):
            return
        for output in subject.graph.outputs:
            node = subject.maker(output.value)
            image = subject.intervals[node.index][output.value.output]
            count = subject.at_size(subject.shape(output.value))[1]
            share = largest_share(image.high - image.low, count)
            if share < self.threshold(subject, "share"):
                bounded = _bounded(subject, node)
                yield subject.finding(
                    self.code,
                    bounded,
                    f"`CrossEntropy` takes scores of any size, and `{output.name}` goes from {image.low:g} to "
                    f"{image.high:g}: no class gets more than {share:.0%}",
                    notes=(_sum(image.high - image.low, count, share),),
                    helps=(_way_out(subject, bounded),),
                )

    def _finding(self, subject: Subject, node: Node, count: int, share: float) -> Diagnostic:
        before = subject.maker(node.inputs[0])
        bounded = _bounded(subject, before)
        image = subject.intervals[before.index][node.inputs[0].output]
        name = type(node.op).__name__
        return subject.finding(
            self.code,
            node,
            f"`{name}` over {count:,} numbers from {image.low:g} to {image.high:g} gives none more than {share:.0%}",
            labels=(subject.place(bounded, f"{image.low:g} to {image.high:g}"),),
            notes=(_sum(image.high - image.low, count, share),),
            helps=(_way_out(subject, bounded),),
        )


def _bounded(subject: Subject, node: Node) -> Node:
    """Go up to the layer that keeps the numbers within bounds, past those that only move or average them."""
    while node.inputs and (subject.traits(node).averages or subject.traits(node).rearranges):
        node = subject.maker(node.inputs[0])
    return node


def _sum(width: float, count: int, share: float) -> str:
    return f"e^{width:g} / (e^{width:g} + {count - 1:,}) = {share:.3f}"


def _way_out(subject: Subject, bounded: Node) -> Help:
    if bounded.category != "activation":
        return Help("give it numbers that lie further apart: multiply them first")
    text = f"give it the scores themselves: leave out `{type(bounded.op).__name__}`"
    return Help(text, remove_call(subject, bounded))
