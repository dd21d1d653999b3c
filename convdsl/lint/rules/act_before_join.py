"""W410 act-before-join."""

from collections.abc import Iterator, Sequence
from typing import final

from convdsl.diagnostics import Code, Diagnostic, Help, Severity
from convdsl.graph.graph import Node, Value
from convdsl.lint.edits import remove_call
from convdsl.lint.rule import Rule
from convdsl.lint.subject import Subject
from convdsl.record import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Where a node stands in the tree that first inputs make: enter and leave number its descendants.

    steps: how often the size has changed on the way from the root.
    """

    enter: int
    leave: int
    steps: int


@final
class ActBeforeJoin(Rule):
    """A residual branch can only add.

    What: a sum has two terms; one is an activation that is never negative, made of the other term at the same size
    throughout, and the other is itself such a sum (or its activation). Decoders that add what their encoder saw go
    through other sizes, and are not meant; nor is a single block, or one that ends in a norm as a ResNet's do.

    Why: from block to block numbers only grow, and no block can take back what another has added. He et al. measured
    7.84 % errors in place of 6.61 with ResNet-110 on CIFAR-10 when the activation stood before the sum.

    Fix: the activation behind the sum, `x + branch -> ReLU()`, or at the head of the branch.

    Source: He, Zhang, Ren & Sun 2016, "Identity mappings in deep residual networks", section 4.1 and table 2
    (arXiv:1603.05027).
    """

    code = Code("W410", "act-before-join", Severity.INFO)
    short_tells = True
    bad = (
        """
model Grows {
  input x: [N, 8, H, W]
  a = Conv2d(8, 3, padding=1) -> ReLU()
  b = x + a
  Conv2d(8, 3, padding=1)
  c = ReLU()  # W410
  y = b + c
  output y: [N, 8, H, W]
}
""",
        """
block Basic {
  input x: [N, C, H, W]
  Conv2d(C, 3, padding=1, bias=false) -> BatchNorm2d() -> ReLU()
  Conv2d(C, 3, padding=1, bias=false)
  BatchNorm2d()
  ReLU()  # W410
  branch = Dropout2d(0.1)
  branch + x
}

model Net {
  input image: [N, 3, H, W]
  Conv2d(16, 3, padding=1)
  repeat 3 {
    Basic()
  }
  y = Conv2d(2, 3, padding=1)
  output y: [N, 2, H, W]
}
""",
        """
model After {
  input x: [N, 8, H, W]
  a = Conv2d(8, 3, padding=1) -> Sigmoid()
  b = x + a -> ReLU()
  Conv2d(8, 3, padding=1)
  c = Sigmoid()  # W410
  y = b + c
  output y: [N, 8, H, W]
}
""",
    )
    good = (
        """
block Basic {
  input x: [N, C, H, W]
  Conv2d(C, 3, padding=1, bias=false) -> BatchNorm2d() -> ReLU()
  branch = Conv2d(C, 3, padding=1, bias=false) -> BatchNorm2d()
  branch + x -> ReLU()
}

model ResNet {
  input image: [N, 3, H, W]
  Conv2d(16, 3, padding=1) -> ReLU()
  repeat 3 {
    Basic()
  }
  y = Conv2d(2, 3, padding=1)
  output y: [N, 2, H, W]
}
""",
        """
model Leaky {
  input x: [N, 8, H, W]
  a = Conv2d(8, 3, padding=1) -> LeakyReLU(0.1)
  b = x + a
  c = Conv2d(8, 3, padding=1) -> LeakyReLU(0.1)
  y = b + c
  output y: [N, 8, H, W]
}
""",
        """
model Single {
  input x: [N, 8, H, W]
  a = Conv2d(8, 3, padding=1) -> ReLU()
  y = x + a
  output y: [N, 8, H, W]
}
""",
        """
model Link {
  input x: [N, 8, H, W] where H % 2 == 0, W % 2 == 0
  a = Conv2d(8, 3, padding=1) -> ReLU()
  b = x + a
  Conv2d(8, 4, stride=2, padding=1) -> ReLU()
  c = ConvTranspose2d(8, 4, stride=2, padding=1) -> ReLU()
  y = b + c
  output y: [N, 8, H, W]
}
""",
        """
model Sums {
  input x: [N, 8, H, W]
  a = Conv2d(8, 3, padding=1)
  b = x + a
  c = x -> Conv2d(8, 3, padding=1) -> ReLU()
  y = b + c
  output y: [N, 8, H, W]
}
""",
        """
model Difference {
  input x: [N, 8, H, W]
  a = Conv2d(8, 3, padding=1) -> ReLU()
  b = x - a
  c = Conv2d(8, 3, padding=1) -> ReLU()
  y = b - c
  output y: [N, 8, H, W]
}
""",
        """
model Dense {
  input x: [N, 8, H, W]
  a = Conv2d(8, 3, padding=1) -> ReLU()
  b = Concat(x, a)
  c = Conv2d(8, 3, padding=1) -> ReLU()
  y = Concat(b, c)
  output y: [N, 24, H, W]
}
""",
    )

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        sums = [
            node
            for node in subject.nodes
            if is_sum(subject, node) and any(_end(subject, value) is not None for value in node.inputs)
        ]
        if not sums:
            return
        places = places_of(subject)
        growing: set[int] = set()  # sums with a branch that can only add
        found = []
        for node in sums:
            parts = residual(subject, node, places)
            if parts is None:
                continue
            growing.add(node.index)
            branch, before = parts[0], _unbent(subject, parts[1])
            if before.index in growing:
                found.append((node, branch, before))
        for node, branch, before in found:
            yield self._finding(subject, node, branch, before)

    def _finding(self, subject: Subject, node: Node, branch: Node, before: Node) -> Diagnostic:
        labels = [subject.place(node, "adds it to")]
        if before.span != node.span:
            labels.append(subject.place(before, "such a sum"))
        return subject.finding(
            self.code,
            branch,
            f"`{type(branch.op).__name__}` ends a residual branch: from sum to sum, numbers only grow",
            label="never negative",
            labels=tuple(labels),
            helps=(
                Help("put the activation behind the sum, or at the head of the branch", remove_call(subject, branch)),
            ),
        )


def is_sum(subject: Subject, node: Node) -> bool:
    """Tell whether a layer adds two values of equal shape."""
    traits = subject.traits(node)
    return len(node.inputs) == 2 and traits.affine and traits.monotone and traits.pointwise


def residual(subject: Subject, node: Node, places: Sequence[Place]) -> tuple[Node, Node] | None:
    """Return the activation that ends a sum's branch, and what it is added to; None where the sum is not such."""
    for branch, shortcut in (node.inputs, node.inputs[::-1]):
        end = _end(subject, branch)
        if end is None or subject.intervals[end.index][0].low < 0:
            continue
        one, other = places[shortcut.node], places[end.index]
        if one.enter < other.enter <= one.leave and one.steps == other.steps:
            return end, subject.maker(shortcut)
    return None


def _end(subject: Subject, value: Value) -> Node | None:
    """Return the activation that a value comes from, past what only moves numbers."""
    node = subject.maker(value)
    while node.inputs and subject.traits(node).rearranges:
        node = subject.maker(node.inputs[0])
    return node if node.category == "activation" else None


def _unbent(subject: Subject, node: Node) -> Node:
    """Return what stands before an activation, or the node itself."""
    return subject.maker(node.inputs[0]) if node.category == "activation" else node


def places_of(subject: Subject) -> Sequence[Place]:
    """Number all nodes so that one made of another, by first inputs, is known at once."""
    nodes = subject.nodes
    sizes = [1] * len(nodes)
    steps = [0] * len(nodes)
    children: list[list[int]] = [[] for _ in nodes]
    for node in nodes:
        if node.inputs:
            parent = node.inputs[0].node
            children[parent].append(node.index)
            after, before = subject.output(node), subject.shape(node.inputs[0])
            steps[node.index] = steps[parent] + (after.spatial != before.spatial)
    for node in reversed(nodes):
        if node.inputs:
            sizes[node.inputs[0].node] += sizes[node.index]
    enter = [0] * len(nodes)
    at = 0
    for node in nodes:
        if not node.inputs:
            enter[node.index] = at
            at += sizes[node.index]
        inside = enter[node.index] + 1
        for child in children[node.index]:
            enter[child] = inside
            inside += sizes[child]
    return [Place(enter[i], enter[i] + sizes[i] - 1, steps[i]) for i in range(len(nodes))]
