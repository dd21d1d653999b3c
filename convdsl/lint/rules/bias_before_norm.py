"""W401 bias-before-norm."""

from collections.abc import Iterator
from functools import partial
from math import prod
from typing import final

from convdsl.diagnostics import Code, Diagnostic, Help, Severity
from convdsl.graph.graph import Node
from convdsl.lint.edits import set_argument
from convdsl.lint.rule import Rule
from convdsl.lint.subject import Subject


@final
class BiasBeforeNorm(Rule):
    """A bias is taken away by the norm behind it.

    What: a convolution or dense layer has a bias, and all that reads it is one norm that subtracts each channel's
    mean, as batch and instance norms do. Group and layer norms keep what sets channels apart, and are not meant.

    Why: the number is subtracted as soon as it is added. Its gradient is zero, so it is memory, time and weight decay
    for nothing; the norm has a shift of its own.

    Fix: `bias=false`. While training the function stays the same. A checkpoint that was trained with the bias has to
    lose it: subtract it from the norm's running mean.

    Source: Ioffe & Szegedy 2015, section 3.2 (arXiv:1502.03167).
    """

    code = Code("W401", "bias-before-norm", Severity.INFO)
    short_tells = True
    bad = (
        """
model Net {
  input x: [N, 3, H, W]
  Conv2d(8, 3, padding=1)  # W401
  y = BatchNorm2d()
  output y: [N, 8, H, W]
}
""",
        """
block Down(width: int) {
  Conv2d(width, 4, stride=2, padding=1, bias=true)  # W401
  InstanceNorm2d()
  ReLU()
}

model Net {
  input x: [N, 3, H, W]
  Down(8)
  y = Down(16)
  output y: [N, 16, H // 2 // 2, W // 2 // 2]
}
""",
    )
    good = (
        """
model Grouped {
  input x: [N, 3, H, W]
  Conv2d(8, 3, padding=1)
  y = GroupNorm(2)
  output y: [N, 8, H, W]
}
""",
        """
model Read {
  input x: [N, 3, H, W]
  a = Conv2d(8, 3, padding=1)
  b = BatchNorm2d()
  y = a + b
  output y: [N, 8, H, W]
}
""",
        """
model Free {
  input x: [N, 3, H, W]
  Conv2d(8, 3, padding=1, bias=false)
  y = BatchNorm2d()
  output y: [N, 8, H, W]
}
""",
    )

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        found = [(node, norm) for node, norm in map(partial(_with_norm, subject), subject.nodes) if norm is not None]
        total = sum(_count(subject, node) for node, _ in found if node.owner)
        yield from (self._finding(subject, node, norm, total) for node, norm in found)

    def _finding(self, subject: Subject, node: Node, norm: Node, total: int) -> Diagnostic:
        count = _count(subject, node)
        kind = type(norm.op).__name__
        return subject.finding(
            self.code,
            node,
            f"the {count:,} numbers of the bias are subtracted again by `{kind}`",
            label=f"adds {count:,} numbers",
            labels=(subject.place(norm, "subtracts each channel's mean"),),
            notes=(f"{total:,} parameters of the network are such",),
            helps=(Help("leave the bias out: `bias=false`", set_argument(subject, node, "bias", False), safe=True),),
        )


def _with_norm(subject: Subject, node: Node) -> tuple[Node, Node | None]:
    """Return a layer with the norm that takes its bias away, None where it has no bias or there is no such norm."""
    if "bias" not in subject.weights(node) or subject.traits(node).statistics:
        return node, None
    norm = subject.only_reader(node)
    return node, norm if norm is not None and subject.traits(norm).removes_shift else None


def _count(subject: Subject, node: Node) -> int:
    return prod(subject.weights(node)["bias"])
