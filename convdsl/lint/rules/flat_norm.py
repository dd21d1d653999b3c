"""W412 in-before-1x1-map."""

from collections.abc import Iterator, Sequence
from typing import final

from convdsl.diagnostics import Code, Diagnostic, Help, Severity
from convdsl.graph.graph import Node
from convdsl.lint.edits import remove_call
from convdsl.lint.rule import Rule
from convdsl.lint.subject import Subject


@final
class FlatNorm(Rule):
    """An instance norm reads maps on which every pixel is the same.

    What: the numbers that an instance norm takes the mean of, one channel of one image, are all equal: the map has one
    pixel (and the norm remembers statistics, else it is an error anyway), or it was enlarged from one, and only layers
    that treat all pixels alike have followed.

    Why: a number less the mean of numbers equal to it is 0. What comes out is the norm's shift, whatever went in, and
    no gradient comes back; with one pixel PyTorch refuses to train.

    Fix: leave the norm out there, or take one over several channels: `GroupNorm(1)`.

    Source: Ulyanov, Vedaldi & Lempitsky 2016, equation 2 (arXiv:1607.08022); PyTorch, torch.nn.InstanceNorm2d.
    """

    code = Code("W412", "in-before-1x1-map", Severity.WARNING)
    short_tells = True
    bad = (
        """
model Pooled {
  input x: [N, 8, H, W]
  AdaptiveAvgPool2d(1)
  Conv2d(4, 1)
  Upsample(scale_factor=8)
  y = InstanceNorm2d()  # W412
  output y: [N, 4, 8, 8]
}
""",
        """
block Context(width: int) {
  input x: [N, C, H, W]
  a = AdaptiveAvgPool2d(1) -> Conv2d(width, 1)
  InstanceNorm2d(track_running_stats=true)  # W412
  y = ReLU() -> Upsample(scale_factor=4)
  z = x -> AdaptiveMaxPool2d(1) -> Conv2d(width, 1) -> Sigmoid() -> Upsample(scale_factor=4, mode="bilinear")
  y + z
  BatchNorm2d() -> AvgPool2d(2)
  InstanceNorm2d(affine=true)  # W412
}

model Net {
  input x: [N, 8, H, W]
  y = Context(4)
  output y: [N, 4, 2, 2]
}
""",
        """
model Deep {
  input x: [N, 1, 16, 16]
  Conv2d(8, 16)
  ReLU()
  y = InstanceNorm2d(track_running_stats=true)  # W412
  output y: [N, 8, 1, 1]
}
""",
    )
    good = (
        """
model Map {
  input x: [N, 8, H, W]
  AdaptiveAvgPool2d(2) -> InstanceNorm2d()
  Conv2d(8, 2) -> BatchNorm2d() -> GroupNorm(2)
  y = Upsample(scale_factor=2) -> GroupNorm(1)
  output y: [N, 8, 2, 2]
}
""",
        """
model Border {
  input x: [N, 8, H, W]
  AdaptiveAvgPool2d(1) -> Upsample(scale_factor=8)
  Conv2d(8, 3, padding=1)
  y = InstanceNorm2d()
  output y: [N, 8, 8, 8]
}
""",
        """
model Joined {
  input x: [N, 8, 4, 4]
  m = AdaptiveAvgPool2d(1) -> Upsample(scale_factor=4)
  x + m
  y = InstanceNorm2d()
  output y: [N, 8, 4, 4]
}
""",
        """
model Halves {
  input x: [N, 8, H, W]
  a = AdaptiveAvgPool2d(1)
  b = x -> AdaptiveMaxPool2d(1)
  Concat(a, b, dim=2)
  y = InstanceNorm2d()
  output y: [N, 8, 2, 1]
}
""",
        """
model Random {
  input x: [N, 8, H, W]
  AdaptiveAvgPool2d(1) -> Upsample(scale_factor=4) -> Dropout(0.5)
  y = InstanceNorm2d()
  output y: [N, 8, 4, 4]
}
""",
        """
model Padded {
  input x: [N, 8, H, W]
  AdaptiveAvgPool2d(1) -> Conv2d(8, 1, padding=1)
  y = InstanceNorm2d()
  output y: [N, 8, 3, 3]
}
""",
    )

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        if not any(subject.traits(node).statistics == "instance" for node, _ in subject.layers):
            return
        flat = flat_maps(subject)
        for node, _ in subject.layers:
            if subject.traits(node).statistics == "instance" and flat[node.inputs[0].node]:
                yield self._finding(subject, node)

    def _finding(self, subject: Subject, node: Node) -> Diagnostic:
        name, shape = type(node.op).__name__, subject.inputs(node)[0]
        sides = " x ".join(map(str, shape.spatial))
        one = is_point(subject, node.inputs[0].node)
        why = "one pixel" if one else f"{sides} equal pixels"
        return subject.finding(
            self.code,
            node,
            f"`{name}` takes the mean of {why}: less that, every number is 0",
            label=f"reads {shape}",
            helps=(
                Help(
                    "leave it out here, or take one over several channels: `GroupNorm(1)`", remove_call(subject, node)
                ),
            ),
        )


def is_point(subject: Subject, index: int) -> bool:
    """Tell whether a node's output is one pixel at every size."""
    return all(str(size) == "1" for size in subject.output(subject.nodes[index]).spatial)


def flat_maps(subject: Subject) -> Sequence[bool]:
    """Tell of every node whether each channel of an image is one number all over, in training too."""
    flat: list[bool] = []
    for node in subject.nodes:
        below = bool(node.inputs) and all(flat[value.node] for value in node.inputs)
        flat.append(is_point(subject, node.index) or (below and _keeps_flat(subject, node)))
    return flat


def _keeps_flat(subject: Subject, node: Node) -> bool:
    traits = subject.traits(node)
    if traits.random:
        return False
    one_by_one = {(w.kernel_size, w.before, w.after, w.paints) for w in subject.windows(node)} == {(1, 0, 0, False)}
    whole = subject.output(node).spatial  # joined along one of these axes, two flat maps make one that is not flat
    joins = node.category == "join" and any(shape.spatial == whole for shape in subject.inputs(node))
    return (
        one_by_one
        or traits.pointwise
        or traits.averages
        or joins
        or traits.statistics in ("batch", "instance", "group")
    )
