"""I508 pool-before-concat."""

from collections.abc import Iterator
from typing import final

from convdsl.diagnostics import Code, Diagnostic, Help, Severity
from convdsl.graph.graph import Node
from convdsl.lint.edits import Edits, append_call, remove_call, together
from convdsl.lint.rule import Rule
from convdsl.lint.subject import Subject
from convdsl.syntax import tree


@final
class PoolBeforeConcat(Rule):
    """The same pool stands in every branch of a concatenation.

    What: every input of a concatenation of channels is the output of a pool, all pools are the same and read maps of
    one size, and nothing else reads what they make.

    Why: a pool works on each channel by itself, so pooling before and after the concatenation is the same function.
    One layer in place of several is shorter to read, and one kernel launch in place of several.

    Fix: concatenate first: `Concat(a, b) -> MaxPool2d(2)`.

    Source: arithmetic: a pool's output of a channel depends on that channel only.
    """

    code = Code("I508", "pool-before-concat", Severity.INFO)
    short_tells = True
    bad = (
        """
model Net {
  input x: [N, 3, H, W]
  a = x -> Conv2d(8, 3, padding=1)
  b = x -> Conv2d(4, 3, padding=1) -> ReLU()
  small_a = a -> MaxPool2d(2)
  small_b = b -> MaxPool2d(2)
  y = Concat(small_a, small_b)  # I508
  output y: [N, 12, H // 2, W // 2]
}
""",
        """
block Two(width: int) {
  input x: [N, C, H, W]
  a = x -> Conv2d(width, 3, padding=1) -> AvgPool2d(2)
  b = x -> Conv2d(width, 1) -> AvgPool2d(2)
  Concat(a, b)  # I508
}

model Blocks {
  input x: [N, 3, H, W]
  y = Two(8)
  output y: [N, 16, H // 2, W // 2]
}
""",
    )
    good = (
        """
model Differ {
  input x: [N, 3, H, W]
  a = x -> Conv2d(8, 3, padding=1) -> MaxPool2d(2)
  b = x -> Conv2d(8, 3, padding=1) -> AvgPool2d(2)
  y = Concat(a, b)
  output y: [N, 16, H // 2, W // 2]
}
""",
        """
model OneBranch {
  input x: [N, 3, H, W]
  a = x -> Conv2d(8, 3, padding=1) -> MaxPool2d(2)
  b = x -> Conv2d(8, 3, stride=2)
  c = b -> ConstantPad2d((0, 1, 0, 1), 0.0)
  y = Concat(a, c)
  output y: [N, 16, H // 2, W // 2]
}
""",
        """
model ReadTwice {
  input x: [N, 3, H, W]
  a = x -> Conv2d(8, 3, padding=1) -> MaxPool2d(2)
  b = x -> Conv2d(8, 3, padding=1) -> MaxPool2d(2)
  c = a -> Conv2d(8, 1)
  both = Concat(a, b)
  y = Concat(both, c)
  output y: [N, 24, H // 2, W // 2]
}
""",
        """
model OtherSizes {
  input x: [N, 3, 8, 8]
  a = x -> Conv2d(8, 3, padding=1) -> MaxPool2d(2)
  b = x -> Conv2d(8, 2, padding=1) -> MaxPool2d(2)
  y = Concat(a, b)
  output y: [N, 16, 4, 4]
}
""",
        """
model Rows {
  input x: [N, 3, 8, 8]
  a = x -> Conv2d(8, 3, padding=1) -> MaxPool2d(3)
  b = x -> Conv2d(8, 3, padding=1) -> MaxPool2d(3)
  y = Concat(a, b, dim=2)
  output y: [N, 8, 4, 2]
}
""",
        """
model Added {
  input x: [N, 3, H, W]
  a = x -> Conv2d(8, 3, padding=1) -> MaxPool2d(2)
  b = x -> Conv2d(8, 3, padding=1) -> MaxPool2d(2)
  y = a + b
  output y: [N, 8, H // 2, W // 2]
}
""",
    )

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        for case in subject.cases:
            if len(case.shapes) < 2 or not _stacks_channels(subject, case.nodes[0]):
                continue
            for node in case.nodes:
                pools = [subject.maker(value) for value in node.inputs]
                if _are_one(subject, node, pools):
                    yield self._finding(subject, node, pools)

    def _finding(self, subject: Subject, node: Node, pools: list[Node]) -> Diagnostic:
        name = type(pools[0].op).__name__
        return subject.finding(
            self.code,
            node,
            f"{len(pools)} times the same `{name}` before the concatenation is one behind it",
            labels=tuple({pool.span: subject.place(pool, "the same pool") for pool in pools}.values()),
            helps=(Help(f"concatenate first, and apply `{name}` once", _merged(subject, node, pools), safe=True),),
        )


def _stacks_channels(subject: Subject, node: Node) -> bool:
    shapes, whole = subject.inputs(node), subject.output(node)
    known = subject.traits(node).groups is None and all(shape.has_channels for shape in (*shapes, whole))
    return known and sum(shape.channels for shape in shapes) == whole.channels


def _are_one(subject: Subject, node: Node, pools: list[Node]) -> bool:
    """Tell whether equal pools, one channel at a time, read maps of one size, and only the join reads them."""
    first = pools[0]
    if first.category != "pool" or subject.traits(first).groups is not None:
        return False
    size = subject.inputs(first)[0].spatial
    return all(
        pool.op == first.op
        and len(pool.inputs) == len(pool.shapes or ()) == 1  # places of the largest are not merged
        and subject.only_reader(pool) is node
        and subject.inputs(pool)[0].spatial == size
        for pool in pools
    )


def _merged(subject: Subject, node: Node, pools: list[Node]) -> Edits:
    """Take the pools away and write one behind the join; () where a promise stands in the way."""
    lines = [site.line for pool in pools if (site := subject.site(pool)) is not None]
    if any(isinstance(line, tree.Flow) and line.promise is not None for line in lines):
        return ()
    return together(*(remove_call(subject, pool) for pool in pools), append_call(subject, node, pools[0]))
