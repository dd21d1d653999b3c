"""W310 small-rf."""

from collections.abc import Iterator
from types import MappingProxyType
from typing import final

from convdsl.analysis.geometry import Field
from convdsl.diagnostics import Code, Diagnostic, Help, Label, Severity
from convdsl.graph.graph import Node, OutputTensor
from convdsl.lint.painting import coarsest, painted, step
from convdsl.lint.rule import Rule
from convdsl.lint.subject import Subject
from convdsl.ops.window import axis_name
from convdsl.record import dataclass
from convdsl.sizes import Size


@dataclass(frozen=True, slots=True)
class Narrow:
    """What an output sees along one axis (from 0), in pixels, and of how many; deep: at its coarsest value."""

    axis: int
    seen: int
    deep: int
    size: int


@final
class SmallRf(Rule):
    """Colours are chosen by looking at a small part of the picture.

    What: of an output that means colours the input does not have, the receptive field is smaller than the picture at
    the coarsest value that it is made of, and so is the effective one, half of the output's. The picture is of the
    size that the spec fixes, else of the training crop, else of 256 pixels. It is a warning where the output's field is
    less than 1/14 of the picture, an info otherwise.

    Why: sky and sea are told apart by what is around them. The weight of a pixel falls off towards the edge of the
    field like a bell, so that about the inner half has a say; what lies outside has none.

    Fix: one more level, `Conv2d(c, 4, stride=2, padding=1)`, which doubles what every layer behind it adds; or dilated
    windows; or a branch that sees everything, `AdaptiveAvgPool2d(1)`.

    Source: Luo et al. 2016, "Understanding the effective receptive field" (arXiv:1701.04128).
    """

    code = Code("W310", "small-rf", Severity.WARNING)
    short_tells = True
    thresholds = MappingProxyType({"effective": 0.5, "warning": 1 / 14})
    bad = (
        """
model Shallow {
  input gray: [N, 1, H, W] means L / 100
  Conv2d(16, 3, padding=1) -> ReLU()
  Conv2d(16, 3, padding=1) -> ReLU()
  ab = Conv2d(2, 3, padding=1)
  output ab: [N, 2, H, W] means ab / 110  # W310
}
""",
        """
block Down(width: int) {
  Conv2d(width, 4, stride=2, padding=1)
  ReLU()
}

model Fixed {
  input gray: [N, 1, 64, 64] means L / 100
  Down(16)
  Down(32)
  repeat 2 {
    ConvTranspose2d(16, 4, stride=2, padding=1)
  }
  ab = Conv2d(2, 1)
  output ab: [N, 2, 64, 64] means ab / 110  # W310
}
""",
    )
    good = (
        """
model Small {
  input gray: [N, 1, 4, 4] means L / 100
  Conv2d(16, 5, padding=2) -> ReLU()
  ab = Conv2d(2, 5, padding=2)
  output ab: [N, 2, 4, 4] means ab / 110
}
""",
        """
model Gate {
  input gray: [N, 1, H, W] means L / 100
  seen = Conv2d(16, 3, padding=1)
  all = AdaptiveAvgPool2d(1)
  gated = Mul(seen, all, broadcast=true)
  ab = Conv2d(2, 1)
  output ab: [N, 2, H, W] means ab / 110
}
""",
        """
model Copy {
  input gray: [N, 1, H, W] means L / 100
  same = Conv2d(1, 3, padding=1)
  output same: [N, 1, H, W] means L / 100
}
""",
        """
model Plain {
  input x: [N, 1, H, W]
  y = Conv2d(2, 3, padding=1)
  output y: [N, 2, H, W]
}
""",
        """
model Deep {
  input gray: [N, 1, 20, 20] means L / 100
  Conv2d(16, 12, stride=4, padding=4) -> ReLU()
  Conv2d(16, 3, padding=1) -> ReLU()
  ab = ConvTranspose2d(2, 4, stride=4)
  output ab: [N, 2, 20, 20] means ab / 110
}
""",
        """
model Trained {
  input gray: [N, 1, H, W] means L / 100
  Conv2d(16, 9, padding=4) -> ReLU()
  ab = Conv2d(2, 9, padding=4)
  output ab: [N, 2, H, W] means ab / 110
}

train {
  crop = 8
}
""",
    )

    def suspects(self, subject: Subject) -> bool:
        if not painted(subject):
            return False
        return not subject.growing or super().suspects(subject)  # a deeper network may see less, if it does not grow

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        if not subject.size:
            return
        for output in painted(subject):
            deepest = coarsest(subject, output)
            if deepest is None:
                continue
            found = self._narrowest(subject, output, deepest)
            if found is not None:
                yield self._finding(subject, output, deepest, found)

    def _narrowest(self, subject: Subject, output: OutputTensor, deepest: Node) -> Narrow | None:
        """Return the axis along which the smallest part of the picture is seen; None where enough is."""
        picture = subject.at_size(subject.graph.inputs[0].shape)[2:]
        found = []
        ends, deep = subject.fields[output.value.node] or (), subject.fields[deepest.index]
        assert deep is not None  # it has a step
        for axis, (field, below, size) in enumerate(zip(ends, deep, picture, strict=False)):
            if not isinstance(field, Field) or field.size is None:
                return None
            assert isinstance(below, Field) and below.size is not None  # what sees all is seen behind it too
            if self.threshold(subject, "effective") * field.size < size and below.size < size:
                found.append(Narrow(axis, field.size, below.size, size))
        return min(found, key=lambda one: one.seen / one.size, default=None)

    def _finding(self, subject: Subject, output: OutputTensor, deepest: Node, one: Narrow) -> Diagnostic:
        few = one.seen < self.threshold(subject, "warning") * one.size
        name = axis_name(len(subject.shape(output.value).spatial), one.axis)
        bottom = step(subject, deepest)
        coarse = bottom > step(subject, subject.maker(output.value))
        half = f"{self.threshold(subject, 'effective') * one.seen:g}"
        notes = [f"the output sees {one.seen} px, of which about {half} count: those at the edge weigh little"]
        if subject.recipe is None and not _is_fixed(subject, one.axis):
            notes.append(f"no size is fixed: {one.size} px is what pictures are taken to have")
        labels = (subject.place(deepest, f"the coarsest: a cell is {bottom} px wide"),) if coarse else ()
        what = f"the coarsest value of `{output.name}` sees" if coarse else f"`{output.name}` sees"
        return Diagnostic(
            self.code,
            f"{what} {one.deep if coarse else one.seen} of the {one.size} px of the {name}",
            Label(output.declaration.span),
            labels,
            tuple(notes),
            (
                Help("one more level with `stride=2`: what the layers behind it add counts twice"),
                Help("or windows with `dilation`, or a branch that sees all, `AdaptiveAvgPool2d(1)`"),
            ),
            Severity.WARNING if few else Severity.INFO,
        )


def _is_fixed(subject: Subject, axis: int) -> bool:
    size = subject.graph.inputs[0].shape.spatial[axis]
    assert isinstance(size, Size)  # an input has no flattened axis
    return size.value is not None
