"""W604 skip-missing."""

from collections.abc import Iterator
from math import inf
from types import MappingProxyType
from typing import final

from convdsl.diagnostics import Code, Diagnostic, Help, Label, Severity
from convdsl.graph.graph import OutputTensor
from convdsl.lint.numbers import Step
from convdsl.lint.painting import coarsest, finest_ways, is_copied, step
from convdsl.lint.rule import Rule
from convdsl.lint.subject import Subject


@final
class SkipMissing(Rule):
    """Every way from the picture to a pixel of the output leads through a coarse grid.

    What: an output has a number for every pixel, some value that it is made of has steps of 8 pixels or more, and even
    the finest way from an input passes steps of more than 2 pixels. An output that may be a copy of an input is not
    meant: an autoencoder is to have no other way than its code.

    Why: what is finer than the grid has to be stored in channels or is gone; the output is soft along edges. A skip
    brings it around, for nothing.

    Fix: keep the value of half the size or of the full size, and `Concat` it with the decoder's.

    Source: Ronneberger, Fischer & Brox 2015 (arXiv:1505.04597).
    """

    code = Code("W604", "skip-missing", Severity.INFO)
    short_tells = True
    thresholds = MappingProxyType({"coarse": 8, "fine": 2})
    bad = (
        """
model Funnel {
  input gray: [N, 1, H, W] means L / 100 where H % 8 == 0, W % 8 == 0
  repeat 3 {
    Conv2d(64, 4, stride=2, padding=1) -> ReLU()
  }
  repeat 3 {
    ConvTranspose2d(64, 4, stride=2, padding=1) -> ReLU()
  }
  ab = Conv2d(2, 3, padding=1)
  output ab: [N, 2, H, W] means ab / 110  # W604
}
""",
        """
block Down(width: int) {
  Conv2d(width, 4, stride=2, padding=1) -> ReLU()
}

model Late {
  input x: [N, 3, H, W] where H % 8 == 0, W % 8 == 0
  Down(64)
  e2 = Down(64)
  Down(64)
  d2 = ConvTranspose2d(64, 4, stride=2, padding=1)
  Concat(d2, e2)
  y = Upsample(scale_factor=4) -> Conv2d(5, 3, padding=1)
  output y: [N, 5, H, W]  # W604
}
""",
    )
    good = (
        """
model Skip {
  input gray: [N, 1, H, W] means L / 100 where H % 8 == 0, W % 8 == 0
  e1 = Conv2d(64, 4, stride=2, padding=1)
  repeat 2 {
    Conv2d(64, 4, stride=2, padding=1) -> ReLU()
  }
  d1 = Upsample(scale_factor=4)
  Concat(d1, e1)
  ab = ConvTranspose2d(2, 4, stride=2, padding=1)
  output ab: [N, 2, H, W] means ab / 110
}
""",
        """
model Shallow {
  input gray: [N, 1, H, W] means L / 100 where H % 4 == 0, W % 4 == 0
  Conv2d(64, 4, stride=4) -> ReLU()
  ab = ConvTranspose2d(2, 4, stride=4)
  output ab: [N, 2, H, W] means ab / 110
}
""",
        """
model Copy {
  input x: [N, 3, H, W] where H % 8 == 0, W % 8 == 0
  Conv2d(64, 8, stride=8) -> ReLU()
  y = ConvTranspose2d(3, 8, stride=8)
  output y: [N, 3, H, W]
}
""",
        """
model Same {
  input photo: [N, 3, H, W] means Lab where H % 8 == 0, W % 8 == 0
  Conv2d(64, 8, stride=8) -> ReLU()
  code = ConvTranspose2d(1, 8, stride=8)
  output code: [N, 1, H, W] means L
}
""",
        """
model Coarse {
  input x: [N, 3, H, W] where H % 8 == 0, W % 8 == 0
  Conv2d(64, 8, stride=8) -> ReLU()
  y = ConvTranspose2d(5, 4, stride=4)
  output y: [N, 5, H // 2, W // 2]
}
""",
    )

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        ways = finest_ways(subject)
        for output in subject.graph.outputs:
            fine = ways[output.value.node]
            pixel = step(subject, subject.maker(output.value)) == 1
            if pixel and self.threshold(subject, "fine") < fine < inf and not is_copied(subject, output):
                found = self._found(subject, output, fine)
                yield from () if found is None else (found,)

    def _found(self, subject: Subject, output: OutputTensor, fine: Step) -> Diagnostic | None:
        deepest = coarsest(subject, output)
        if deepest is None or step(subject, deepest) < self.threshold(subject, "coarse"):
            return None
        coarse = step(subject, deepest)
        return Diagnostic(
            self.code,
            f"every way to `{output.name}` leads through cells of {fine} px",
            Label(output.declaration.span),
            (subject.place(deepest, f"cells of {coarse} px"),),
            ("what is finer than a cell cannot go around it",),
            (Help("keep a value of full or half size and `Concat` it with the decoder's of that size"),),
            self.code.severity,
        )
