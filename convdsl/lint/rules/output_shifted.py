"""W309 output-shifted."""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import final

from convdsl.analysis.alignment import Shift, shifts
from convdsl.analysis.geometry import Field, Fields
from convdsl.diagnostics import Code, Diagnostic, Help, Label, Severity
from convdsl.graph.graph import Node
from convdsl.lint.rule import Rule
from convdsl.lint.slack import ends_in_slack
from convdsl.lint.subject import Subject
from convdsl.op import AxisMap
from convdsl.ops.window import axis_name

MOST_SHOWN = 4  # layers that are pointed at


@final
class OutputShifted(Rule):
    """The output lies beside the picture that it is made of.

    What: at every size that the network takes, the middle of an output is not over the middle of the input, neither by
    the path that sees most nor by the one that sees least, such as a skip. Each layer of stride s whose window is not
    centred on the s pixels that one cell stands for adds its part. It is an info where less than one cell of the output
    is off and the last window, of three taps or more, can learn to make up for it, or where the output is coarser than
    the picture; a warning otherwise.

    Why: colours are painted beside the things that they belong to, and a loss that compares pixel by pixel punishes the
    right answer in the wrong place.

    Fix: even windows of stride 2, `Conv2d(c, 4, stride=2, padding=1)` or `MaxPool2d(2)`, in place of
    `Conv2d(c, 3, stride=2, padding=1)`, which stands on the first of its two pixels.

    Source: Araujo, Norris & Sim, "Computing receptive fields of convolutional neural networks", Distill 2019.
    """

    code = Code("W309", "output-shifted", Severity.WARNING)
    short_tells = True
    bad = (
        """
model Beside {
  input x: [N, 3, H, W] where H % 4 == 0, W % 4 == 0
  Conv2d(8, 3, stride=2, padding=1)
  Conv2d(8, 3, stride=2, padding=1)
  Upsample(scale_factor=4)
  y = Conv2d(2, 3, padding=1)
  output y: [N, 2, H, W]  # W309
}
""",
        """
model Half {
  input x: [N, 3, H, W] where H % 2 == 0, W % 2 == 0
  Conv2d(8, 3, stride=2, padding=1)
  Upsample(scale_factor=2)
  y = Conv2d(2, 1)
  output y: [N, 2, H, W]  # W309
}
""",
        """
block Up(width: int) {
  ConvTranspose2d(width, 4, stride=2, padding=1)
}

model Slack {
  input x: [N, 3, H, W] where H % 2 == 0, W % 2 == 0
  MaxPool2d(1, stride=2)
  y = Up(2)
  output y: [N, 2, H, W]  # W309
}
""",
    )
    good = (
        """
model Even {
  input x: [N, 3, H, W] where H % 2 == 0, W % 2 == 0
  Conv2d(8, 4, stride=2, padding=1)
  y = ConvTranspose2d(2, 4, stride=2, padding=1)
  output y: [N, 2, H, W]
}
""",
        """
model Odd {
  input x: [N, 3, H, W]
  Conv2d(8, 3, stride=2, padding=1)
  y = Conv2d(8, 3)
  output y: [N, 8, (H + 1) // 2 - 2, (W + 1) // 2 - 2]
}
""",
        """
model Skip {
  input x: [N, 3, H, W] where H % 2 == 0, W % 2 == 0
  Conv2d(3, 3, stride=2, padding=1)
  up = Upsample(scale_factor=2)
  Concat(up, x)
  y = Conv2d(2, 3, padding=1)
  output y: [N, 2, H, W]
}
""",
    )

    def suspects(self, subject: Subject) -> bool:
        return not subject.settled or any(shift.offset for shift in self._along_narrowest(subject))

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        found: dict[int, Shift] = {}
        off = [shift for shift in subject.shifts if shift.offset]
        if not off:
            return
        near = {(one.output, one.axis): one for one in self._along_narrowest(subject)}
        for shift in off:
            least = near[shift.output, shift.axis]
            if least.offset and not _is_approximate(subject, shift):
                found.setdefault(shift.output, least)
        yield from (self._finding(subject, shift) for shift in found.values())

    def _along_narrowest(self, subject: Subject) -> list[Shift]:
        """Measure along the paths that see least."""
        fields: list[Fields | None] = [None] * len(subject.nodes)
        for output in subject.graph.outputs:
            seen = subject.fields[output.value.node] or ()
            fields[output.value.node] = tuple(
                Field(one.narrowest, one.narrowest) if isinstance(one, Field) else one for one in seen
            )
        return shifts(subject.graph, fields, subject.legal)

    def _finding(self, subject: Subject, shift: Shift) -> Diagnostic:
        output = subject.graph.outputs[shift.output]
        slack = ends_in_slack(subject, output.value)
        light = shift.jump > 1 or (slack and abs(shift.offset) < shift.jump)
        parts = _parts(subject, subject.maker(output.value), shift.axis)
        if sum(parts.values()) != shift.offset:
            parts = {}
        labels = [
            subject.place(subject.nodes[index], f"{_signed(part)} px")
            for index, part in list(parts.items())[:MOST_SHOWN]
        ]
        axis = axis_name(len(subject.output(subject.maker(output.value)).spatial), shift.axis)
        sum_ = " ".join(f"{'-' if part < 0 else '+'} {abs(part)}" for part in parts.values()).removeprefix("+ ")
        notes = (f"along the {axis}: {sum_} = {shift.offset} px",) if len(parts) > 1 else (f"along the {axis}",)
        learned = ("the last window can learn to make up for it",) if light and shift.jump <= 1 else ()
        return Diagnostic(
            self.code,
            f"`{output.name}` lies {_signed(shift.offset)} px beside the picture",
            Label(output.declaration.span),
            tuple(labels),
            (*notes, *learned),
            (Help("even windows of stride 2, `kernel_size=4, padding=1`, or a pool of 2: they stand in the middle"),),
            Severity.INFO if light else Severity.WARNING,
        )


def _is_approximate(subject: Subject, shift: Shift) -> bool:
    fields = subject.fields[subject.graph.outputs[shift.output].value.node]
    assert fields is not None
    seen = fields[shift.axis]
    assert isinstance(seen, Field)  # what has no grid is not shifted
    return seen.approximate


def _parts(subject: Subject, node: Node, axis: int) -> Mapping[int, Fraction]:
    """Return by how many input pixels each layer that an output is made of moves it, by the layer's index."""
    out = {}
    for layer in reversed(list(subject.walk((node,)))):
        if len(layer.inputs) != 1:
            continue
        assert layer.op is not None
        seen = subject.fields[layer.inputs[0].node] or ()
        both = list(zip(layer.op.axes(*subject.inputs(layer)), seen, strict=False))
        for one, field in both[axis : axis + 1]:
            if isinstance(one, AxisMap) and isinstance(field, Field):
                part = field.jump * (one.start - (one.jump - 1) / 2)
                out.update({layer.index: part} if part else {})
    return out


def _signed(number: Fraction) -> str:
    return f"{'-' if number < 0 else '+'}{abs(number)}"
