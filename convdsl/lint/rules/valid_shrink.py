"""W218 valid-shrink."""

from collections.abc import Iterator
from types import MappingProxyType
from typing import final

from convdsl.diagnostics import Code, Diagnostic, Help, Severity
from convdsl.graph.graph import Node
from convdsl.lint.picture import pictures
from convdsl.lint.rule import Rule
from convdsl.lint.stretch import stretches
from convdsl.lint.subject import Subject
from convdsl.op import sizes
from convdsl.ops.window import axis_name


@final
class ValidShrink(Rule):
    """Convolutions without padding eat up much of a small map.

    What: the network paints pictures, and a row of layers of stride 1, one behind the other, in which a convolution
    pads nothing, takes more than a quarter (threshold `share`) of the height or width that it begins with, at the size
    that is trained at, or near 256 pixels. A layer that pads, in the row as well, gives back what it adds.

    Why: each window of 3 without padding takes a pixel off every side. On a large map that is little; at the bottom of
    a U a map of 12 is left with 8, and what a decoder has to enlarge again is the middle only.

    Fix: `padding=1` for a kernel_size of 3, `padding=2` for 5; or larger pictures, of which the border is a smaller
    part.

    Source: Dumoulin & Visin 2016, relationships 1 and 3 (arXiv:1603.07285).
    """

    code = Code("W218", "valid-shrink", Severity.INFO)
    short_tells = True
    thresholds = MappingProxyType({"share": 0.25})
    bad = (
        """
model Net {
  input x: [N, 3, 20, 20]
  Conv2d(8, 3)  # W218
  ReLU()
  Conv2d(8, 3)
  y = Conv2d(8, 3)
  output y: [N, 8, 14, 14]
}
""",
        """
block Double(width: int) {
  repeat 2 {
    Conv2d(width, 5)  # W218
  }
}

model Wide {
  input x: [N, 3, 64, 30]
  y = Double(8)
  output y: [N, 8, 56, 22]
}
""",
    )
    good = (
        """
model Quarter {
  input x: [N, 3, 16, 16]
  Conv2d(8, 3) -> Conv2d(8, 3)
  y = ConvTranspose2d(8, 2, stride=2)
  output y: [N, 8, 24, 24]
}
""",
        """
model Padded {
  input x: [N, 3, 8, 8]
  ReflectionPad2d(1)
  Conv2d(8, 3)
  Conv2d(8, 3, padding=1)
  y = Conv2d(8, 1)
  output y: [N, 8, 8, 8]
}
""",
        """
model Cropped {
  input x: [N, 3, 8, 8]
  Conv2d(8, 3, padding=1)
  y = Crop(top=2, left=2, bottom=2, right=2)
  output y: [N, 8, 4, 4]
}
""",
        """
model Classifier {
  input x: [N, 3, 8, 8]
  Conv2d(8, 3) -> Conv2d(8, 3)
  Flatten()
  y = Linear(10)
  output y: [N, 10]
}
""",
    )

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        bare = {node.index for case in subject.cases if _is_valid(subject, case.nodes[0]) for node in case.nodes}
        if not bare or not subject.size or not pictures(subject):
            return
        for stretch in stretches(subject):
            valid = [node for node in stretch.nodes if node.index in bare]
            if not valid:
                continue
            first = subject.at_size(subject.inputs(stretch.nodes[0])[0])[2:]
            last = subject.at_size(subject.output(stretch.nodes[-1]))[2:]
            lost = [1 - after / before for before, after in zip(first, last, strict=True)]
            axis = lost.index(max(lost))
            if lost[axis] > self.threshold(subject, "share"):
                yield self._finding(subject, valid, axis, first[axis], last[axis])

    def _finding(self, subject: Subject, valid: list[Node], axis: int, first: int, last: int) -> Diagnostic:
        node = valid[0]
        windows = subject.windows(node)
        layers = f"{len(valid)} layers without padding leave" if len(valid) > 1 else "without padding this layer leaves"
        symbol = sizes(subject.inputs(node)[0])[axis].symbol
        at = "" if symbol is None else f" at {symbol} = {subject.size[symbol]}"
        return subject.finding(
            self.code,
            node,
            f"{layers} {last} of {first} pixels in {axis_name(len(windows), axis)}{at}",
            argument="kernel_size",
            label=f"takes {windows[axis].extent - 1}",
            labels=(subject.place(valid[-1], "to here"),) if valid[-1].span != node.span else (),
            notes=(f"that is {1 - last / first:.0%} lost",),
            helps=(Help(f"pad by half of the window: `padding={(windows[axis].extent - 1) // 2}`"),),
        )


def _is_valid(subject: Subject, node: Node) -> bool:
    """Tell whether a layer is a convolution of stride 1 that takes pixels off and pads nothing along some axis."""
    bare = any(one.extent > 1 and not one.paints and not one.before + one.after for one in subject.windows(node))
    return bare and all(one.stride == 1 for one in subject.windows(node)) and bool(subject.weights(node))
