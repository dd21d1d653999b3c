"""I411 relu-pool-order."""

from collections.abc import Iterator
from math import prod
from types import MappingProxyType
from typing import final

from convdsl.diagnostics import Code, Diagnostic, Help, Severity
from convdsl.graph.graph import Node
from convdsl.lint.edits import swap_calls
from convdsl.lint.rule import Rule
from convdsl.lint.subject import Subject


@final
class PoolOrder(Rule):
    """An activation is worked out for pixels that the max pool behind it drops.

    What: all that reads a monotone activation, such as ReLU, is a max pool in the same body with fewer pixels; and such
    activations together work out a tenth or more of all numbers that the network's layers write.

    Why: the largest of f(x) is f of the largest x, so that pool and activation may change places. A pool of 2 leaves a
    quarter of the numbers to be activated.

    Fix: `MaxPool2d(2) -> ReLU()`.

    Source: arithmetic: max(f(x), f(y)) = f(max(x, y)) where f is monotone.
    """

    code = Code("I411", "relu-pool-order", Severity.INFO)
    short_tells = True
    thresholds = MappingProxyType({"share": 0.1})
    bad = (
        """
model Plain {
  input x: [N, 3, H, W]
  Conv2d(8, 3, padding=1)
  ReLU()  # I411
  MaxPool2d(2)
  y = Conv2d(8, 3, padding=1)
  output y: [N, 8, H // 2, W // 2]
}
""",
        """
block Stage(width: int) {
  Conv2d(width, 3, padding=1) -> ReLU()
  Conv2d(width, 3, padding=1)
  Tanh()  # I411
  MaxPool2d(3, stride=2, padding=1)
}

model Net {
  input x: [N, 3, H, W]
  Stage(8)
  Stage(16)
  y = Conv2d(8, 1)
  output y: [N, 8, (H + 3) // 4, (W + 3) // 4]
}
""",
    )
    good = (
        """
model Right {
  input x: [N, 3, H, W]
  Conv2d(8, 3, padding=1) -> MaxPool2d(2) -> ReLU()
  Conv2d(8, 3, padding=1) -> ReLU() -> AvgPool2d(2)
  Conv2d(8, 3, padding=1) -> ReLU() -> MaxPool2d(3, stride=1, padding=1)
  y = Conv2d(8, 3, padding=1) -> GELU() -> MaxPool2d(2)
  output y: [N, 8, H // 8, W // 8]
}
""",
        """
model Skip {
  input x: [N, 3, H, W] where H % 2 == 0, W % 2 == 0
  e = Conv2d(8, 3, padding=1) -> ReLU()
  u = MaxPool2d(2) -> Upsample(scale_factor=2)
  Concat(e, u)
  y = Conv2d(8, 3, padding=1)
  output y: [N, 8, H, W]
}
""",
        """
block Double {
  Conv2d(8, 3, padding=1) -> ReLU()
}

model Blocks {
  input x: [N, 3, H, W]
  Double()
  y = MaxPool2d(2)
  output y: [N, 8, H // 2, W // 2]
}
""",
        """
model Small {
  input x: [N, 3, H, W]
  Conv2d(32, 3, padding=1)
  Conv2d(32, 3, padding=1) -> Conv2d(2, 3, padding=1)
  ReLU() -> MaxPool2d(2)
  y = Conv2d(8, 3, padding=1)
  output y: [N, 8, H // 2, W // 2]
}
""",
    )

    def suspects(self, subject: Subject) -> bool:
        return bool(subject.size) and any(pool_behind(subject, node, True) for node, _ in subject.layers)

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        if not subject.size:
            return
        found = [(node, pool) for node, _ in subject.layers if (pool := pool_behind(subject, node)) is not None]
        if not found:
            return
        whole = sum(_numbers(subject, node) for node, _ in subject.layers)
        part = sum(_numbers(subject, node) for node, _ in found) / whole
        if part >= self.threshold(subject, "share"):
            yield from (self._finding(subject, node, pool, part) for node, pool in found)

    def _finding(self, subject: Subject, node: Node, pool: Node, part: float) -> Diagnostic:
        act, name = type(node.op).__name__, type(pool.op).__name__
        before, after = _numbers(subject, node), _numbers(subject, pool)
        return subject.finding(
            self.code,
            node,
            f"`{act}` works out {before:,} numbers of which `{name}` keeps {after:,}",
            labels=(subject.place(pool, "keeps the largest"),),
            notes=(f"such activations write {part:.0%} of all numbers in the network",),
            helps=(
                Help("let them change places: the function is the same", swap_calls(subject, node, pool), safe=True),
            ),
        )


def pool_behind(subject: Subject, node: Node, anywhere: bool = False) -> Node | None:
    """Return the max pool that alone reads a monotone activation, and may stand before it; None if there is none.

    anywhere: whether it may stand in another body of the text.
    """
    traits = subject.traits(node)
    if node.category != "activation" or not (traits.pointwise and traits.monotone):
        return None
    pool = subject.only_reader(node)
    if pool is None or pool.category != "pool" or len(pool.shapes or ()) > 1:
        return None
    larger = subject.traits(pool).monotone and not subject.traits(pool).affine
    here = anywhere or (pool.trail == node.trail and pool.turns == node.turns)
    return pool if larger and here and _numbers(subject, pool) < _numbers(subject, node) else None


def _numbers(subject: Subject, node: Node) -> int:
    return prod(subject.at_size(subject.output(node)))
