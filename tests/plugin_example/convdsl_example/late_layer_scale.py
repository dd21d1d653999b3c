"""W951 late-layer-scale."""

from collections.abc import Iterator
from typing import final

from convdsl.diagnostics import Code, Diagnostic, Help, Severity
from convdsl.graph.graph import Node
from convdsl.lint.rule import Rule
from convdsl.lint.subject import Subject


@final
class LateLayerScale(Rule):
    """A norm takes away the scale of the layer before it.

    What: a layer multiplies each channel by a learned number and reads nothing else of it, and all that reads it is a
    batch norm.

    Why: the norm divides by the standard deviation, which is as many times as large, so that the number has no effect
    but its sign's.

    Fix: leave the layer out, or put it behind the norm.

    Source: Ioffe & Szegedy 2015, section 3.3 (arXiv:1502.03167).
    """

    code = Code("W951", "late-layer-scale", Severity.WARNING)
    bad = (
        """
model Net {
  input x: [N, 8, H, W]
  LayerScale()  # W951
  y = BatchNorm2d()
  output y: [N, 8, H, W]
}
""",
    )
    good = (
        """
model Net {
  input x: [N, 8, H, W]
  BatchNorm2d()
  y = LayerScale()
  output y: [N, 8, H, W]
}
""",
        """
model Read {
  input x: [N, 8, H, W]
  a = LayerScale()
  b = BatchNorm2d()
  y = a + b
  output y: [N, 8, H, W]
}
""",
    )

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        for node, _ in subject.layers:
            norm = subject.only_reader(node)
            if norm is not None and _scales(subject, node) and subject.traits(norm).statistics == "batch":
                yield subject.finding(
                    self.code,
                    node,
                    f"the scale of `{node.name}` is taken away by `{norm.name}`",
                    labels=(subject.place(norm, "divides by the standard deviation"),),
                    helps=(Help("leave it out, or put it behind the norm"),),
                )


def _scales(subject: Subject, node: Node) -> bool:
    """Tell whether a layer multiplies each channel by a learned number, and does nothing else."""
    traits = subject.traits(node)
    linear = traits.affine and traits.homogeneous and traits.pointwise
    return bool(subject.weights(node)) and linear and not traits.statistics
