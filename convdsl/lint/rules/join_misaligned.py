"""W308 join-misaligned."""

from collections.abc import Iterator, Sequence
from typing import final

from convdsl.analysis.alignment import Join
from convdsl.diagnostics import Code, Diagnostic, Help, Severity
from convdsl.graph.graph import Node
from convdsl.lint.rule import Rule
from convdsl.lint.slack import ends_in_slack, slack_follows
from convdsl.lint.subject import Subject
from convdsl.ops.window import axis_name


@final
class JoinMisaligned(Rule):
    """A join puts values together that lie in different places of the picture.

    What: cell 0 of one value has its centre elsewhere in the input than cell 0 of another, by the exact starts of their
    narrowest paths; or one cell of the one is as wide as several of the other. It is an info where learned windows of
    three taps or more can make up for it, on every way from the join to an output or right before it; a warning where
    nothing can, or where the shift is a cell or more.

    Why: an odd window of stride 2 keeps the even pixels, and everything that enlarges by 2 around the middle puts them
    half a pixel off. Layers after the join have to learn the shift, and weights that do so do nothing else.

    Fix: even windows down, `Conv2d(c, 4, stride=2, padding=1)` or `MaxPool2d(2)`, where the way up is
    `ConvTranspose2d(c, 4, stride=2, padding=1)`, `ConvTranspose2d(c, 2, stride=2)` or `Upsample(scale_factor=2)`; or
    odd ones both ways, `ConvTranspose2d(c, 3, stride=2, padding=1, output_padding=1)`.

    Source: Araujo, Norris & Sim, "Computing receptive fields of convolutional neural networks", Distill 2019.
    Source: Huang et al. 2020, "AlignSeg" (arXiv:2003.00872).
    """

    code = Code("W308", "join-misaligned", Severity.WARNING)
    short_tells = True
    bad = (
        """
model Bare {
  input x: [N, 8, H, W] where H % 2 == 0, W % 2 == 0
  low = Conv2d(8, 3, stride=2, padding=1)
  up = Upsample(scale_factor=2)
  y = up + x  # W308
  output y: [N, 8, H, W]
}
""",
        """
block Down(width: int) {
  Conv2d(width, 3, stride=2, padding=1) -> ReLU()
}

model Level {
  input x: [N, 8, H, W] where H % 2 == 0, W % 2 == 0
  low = Down(8)
  up = ConvTranspose2d(8, 2, stride=2)
  Concat(up, x)  # W308
  y = Conv2d(2, 3, padding=1)
  output y: [N, 2, H, W]
}
""",
        """
model FarApart {
  input x: [N, 8, H, W]
  cut = Crop(x, top=4, left=4)
  inner = x -> Conv2d(8, 5)
  z = inner + cut  # W308
  last = Conv2d(2, 3, padding=1)
  output last: [N, 2, H - 4, W - 4]
}
""",
        """
model Uneven {
  input x: [N, 8, H, W]
  low = Conv2d(8, 4, stride=2, padding=1)
  corner = Crop(x, like=low, anchor=corner)
  Concat(low, corner)  # W308
  y = Conv2d(2, 3, padding=1)
  output y: [N, 2, H // 2, W // 2]
}
""",
    )
    good = (
        """
model Even {
  input x: [N, 8, H, W] where H % 2 == 0, W % 2 == 0
  low = Conv2d(8, 4, stride=2, padding=1)
  up = Upsample(scale_factor=2)
  y = up + x
  output y: [N, 8, H, W]
}
""",
        """
model Residual {
  input x: [N, 8, H, W]
  inner = Conv2d(8, 3, stride=2, padding=1) -> ReLU() -> Conv2d(8, 3, padding=1)
  short = x -> Conv2d(8, 1, stride=2)
  y = inner + short
  output y: [N, 8, (H + 1) // 2, (W + 1) // 2]
}
""",
        """
model Gate {
  input x: [N, 8, H, W]
  seen = Conv2d(8, 3, stride=2, padding=1)
  gate = AdaptiveAvgPool2d(1) -> Conv2d(8, 1) -> Sigmoid()
  y = Mul(seen, gate, broadcast=true)
  output y: [N, 8, (H + 1) // 2, (W + 1) // 2]
}
""",
    )

    def suspects(self, subject: Subject) -> bool:
        return not subject.settled or super().suspects(subject)

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        found: dict[int, list[Join]] = {}
        wrong: dict[tuple[int, ...], bool] = {}  # the axes of a square picture share their fields
        for join in subject.joins:
            case = tuple(map(id, join.fields))
            if case not in wrong:
                wrong[case] = not join.approximate and (join.has_unequal_jumps or bool(join.largest))
            if wrong[case]:
                found.setdefault(join.node, []).append(join)
        follows = slack_follows(subject) if found else ()
        for index, axes in found.items():
            worst = max(axes, key=lambda join: (join.has_unequal_jumps, join.largest))
            yield self._finding(subject, subject.nodes[index], worst, follows)

    def _finding(self, subject: Subject, node: Node, join: Join, follows: Sequence[bool]) -> Diagnostic:
        values = [node.inputs[place] for place in join.positions]
        starts = [field.narrowest.start for field in join.fields]
        ranks = join.jumps if join.has_unequal_jumps else starts
        one, other = ranks.index(min(ranks)), ranks.index(max(ranks))
        slack = follows[node.index] or any(ends_in_slack(subject, value) for value in values)
        light = slack and join.largest < 1 and not join.has_unequal_jumps
        axis, name = axis_name(len(subject.output(node).spatial), join.axis), type(node.op).__name__
        if join.has_unequal_jumps:
            message = f"`{name}` puts cells of {join.jumps[one]} px and of {join.jumps[other]} px together"
        else:
            message = f"`{name}` puts values together that lie {starts[other] - starts[one]} px apart"
        learned = "learned windows of three taps or more can make up for it" if light else "nothing can make up for it"
        large = "" if light or not slack else f"it is {join.largest} cells of {min(join.jumps)} px"
        return subject.finding(
            self.code,
            node,
            message,
            labels=tuple(
                subject.place(subject.maker(values[at]), f"cell 0 at {starts[at]} px, step {join.jumps[at]} px")
                for at in (one, other)
            ),
            notes=(f"along the {axis}; {large or learned}",),
            helps=(
                Help(
                    "down by even windows, `kernel_size=4, stride=2, padding=1`, or pools of 2, if the way up is even"
                ),
                Help(
                    "or up by odd ones, `kernel_size=3, stride=2, padding=1, output_padding=1`, if the way down is odd"
                ),
            ),
            severity=Severity.INFO if light else Severity.WARNING,
        )
