"""W606 crop-field."""

from collections.abc import Iterator
from types import MappingProxyType
from typing import final

from convdsl.analysis.geometry import Field
from convdsl.diagnostics import Code, Diagnostic, Help, Label, Severity
from convdsl.lint.rule import Rule
from convdsl.lint.subject import Subject


@final
class CropField(Rule):
    """Training cuts small pieces out of large pictures for a network that looks at more than such a piece.

    What: the `train` section's crop is smaller than half of the receptive field of an output that lies on a grid, and
    smaller than half of the largest size that a photograph is brought to before it is cut.

    Why: outside the crop there is padding, so no output ever looks at all that it will look at in a whole picture:
    about the inner half of a field has a say, and here even that is partly padding. Whole pictures then are unlike
    everything that was learned from.

    Fix: a larger `crop`, with a smaller `batch` if memory is short; or smaller `sizes`, so that a crop is most of a
    picture.

    Source: Luo et al. 2016, "Understanding the effective receptive field" (arXiv:1701.04128).
    """

    code = Code("W606", "crop-field", Severity.INFO)
    thresholds = MappingProxyType({"effective": 0.5, "part": 0.5})
    bad = (
        """
model Wide {
  input gray: [N, 1, H, W] means L / 100
  Conv2d(4, 101, padding=50)
  ab = Conv2d(2, 101, padding=50)
  output ab: [N, 2, H, W] means ab / 110
}

train {
  crop = 100  # W606
  sizes = (128, 256)
}
""",
        """
block Far(rate: int) {
  Conv2d(4, 3, padding=rate, dilation=rate)
}

model Unsaid {
  input gray: [N, 1, H, W] means L / 100
  Conv2d(4, 97, padding=48)
  Far(48)
  ab = Far(1) -> Conv2d(2, 1)
  output ab: [N, 2, H, W] means ab / 110
}

train {  # W606
  sizes = 193
}
""",
    )
    good = (
        """
model Enough {
  input gray: [N, 1, H, W] means L / 100
  Conv2d(4, 101, padding=50)
  ab = Conv2d(2, 100, padding=same)
  output ab: [N, 2, H, W] means ab / 110
}

train {
  crop = 100
  sizes = 256
}
""",
        """
model Whole {
  input gray: [N, 1, H, W] means L / 100
  Conv2d(4, 101, padding=50)
  ab = Conv2d(2, 101, padding=50)
  output ab: [N, 2, H, W] means ab / 110
}

train {
  crop = 100
  sizes = (100, 200)
}
""",
        """
model Untrained {
  input gray: [N, 1, H, W] means L / 100
  Conv2d(4, 101, padding=50)
  ab = Conv2d(2, 101, padding=50)
  output ab: [N, 2, H, W] means ab / 110
}
""",
        """
model Classes {
  input x: [N, 3, H, W] means RGB
  Conv2d(4, 101, padding=50)
  Conv2d(4, 101, padding=50)
  AdaptiveAvgPool2d(1) -> Flatten()
  y = Linear(10)
  output y: [N, 10] means classes
}

train {
  crop = 64
  sizes = 256
}
""",
    )

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        if subject.recipe is None:
            return
        crop, large = subject.recipe.crop, max(subject.recipe.short_sides())
        if crop >= self.threshold(subject, "part") * large:  # then no field has to be worked out
            return
        seen = [axis for output in subject.graph.outputs for axis in subject.fields[output.value.node] or ()]
        widest = max((axis.size or 0 for axis in seen if isinstance(axis, Field)), default=0)
        effective = self.threshold(subject, "effective") * widest
        if crop < effective:
            said = "" if subject.is_set("crop") else f"`crop` is {crop} where it is not said"
            yield Diagnostic(
                self.code,
                f"crops of {crop} px are cut out of {large} px for a receptive field of {widest} px",
                Label(subject.setting("crop"), said),
                notes=(
                    f"about the inner {effective:g} px of the field count",
                    "what lies outside a crop is padding, and in a whole picture it is not",
                ),
                helps=(
                    Help(f"a `crop` of {min(effective, large):g}, and a smaller `batch` if memory is short"),
                    Help(f"or smaller `sizes`, {crop * 4 // 3} at most, so that a crop is most of a picture"),
                ),
                severity=self.code.severity,
            )
