"""E417 train-one-value."""

from collections.abc import Iterator
from typing import final

from convdsl.diagnostics import Code, Diagnostic, Help, Label
from convdsl.lint.rule import Rule
from convdsl.lint.rules.small_batch_norm import values_per_channel
from convdsl.lint.settings import setting
from convdsl.lint.subject import Subject


@final
class SingleValueNorm(Rule):
    """A norm over the batch gets one number a channel in training, and PyTorch refuses it.

    What: `train` says a batch of 1, and at the size of its crops a batch norm reads a map of one pixel, or a vector.

    Why: the variance of one number is zero. PyTorch raises "Expected more than 1 value per channel when training" at
    the first step; in evaluation the network runs, so nothing else shows it.

    Fix: a batch of 2 or more, larger crops, or `GroupNorm` there.

    Source: PyTorch, torch.nn.BatchNorm2d and torch.nn.functional.batch_norm.
    """

    code = Code("E417", "train-one-value")
    short_tells = True
    bad = (
        """
model Net {
  input gray: [N, 1, H, W] means (L - 50) / 50
  skip = Conv2d(16, 3, padding=1)
  AdaptiveAvgPool2d(1)
  Conv2d(16, 1, bias=false)
  BatchNorm2d()  # E417
  gate = Sigmoid()
  Mul(skip, gate, broadcast=true)
  ab = Conv2d(2, 1)
  output ab: [N, 2, H, W] means ab / 110
}

train {
  batch = 1
}
""",
        """
block Down(channels: int) {
  Conv2d(channels, 8, stride=8, bias=false)
  BatchNorm2d()  # E417
  ReLU()
}

model Net {
  input gray: [N, 1, H, W] means (L - 50) / 50 where H % 64 == 0, W % 64 == 0
  Down(32)
  Down(64)
  ab = ConvTranspose2d(2, 64, stride=64)
  output ab: [N, 2, H, W] means ab / 110
}

train {
  batch = 1
  crop = 64
}
""",
    )
    good = (
        """
model Net {
  input gray: [N, 1, H, W] means (L - 50) / 50 where H % 8 == 0, W % 8 == 0
  Conv2d(32, 8, stride=8, bias=false) -> BatchNorm2d() -> ReLU()
  ab = ConvTranspose2d(2, 8, stride=8)
  output ab: [N, 2, H, W] means ab / 110
}

train {
  batch = 1
  crop = 16
}
""",
        """
model Pairs {
  input gray: [N, 1, H, W] means (L - 50) / 50 where H % 8 == 0, W % 8 == 0
  Conv2d(32, 8, stride=8, bias=false) -> BatchNorm2d() -> ReLU()
  ab = ConvTranspose2d(2, 8, stride=8)
  output ab: [N, 2, H, W] means ab / 110
}

train {
  batch = 2
  crop = 8
}
""",
        """
model Untrained {
  input gray: [N, 1, 8, 8] means (L - 50) / 50
  Conv2d(32, 8, stride=8, bias=false) -> BatchNorm2d() -> ReLU()
  ab = ConvTranspose2d(2, 8, stride=8)
  output ab: [N, 2, 8, 8] means ab / 110
}
""",
        """
model Layers {
  input gray: [N, 1, H, W] means (L - 50) / 50 where H % 8 == 0, W % 8 == 0
  Conv2d(32, 8, stride=8, bias=false) -> GroupNorm(8) -> ReLU()
  ab = ConvTranspose2d(2, 8, stride=8)
  output ab: [N, 2, H, W] means ab / 110
}

train {
  batch = 1
  crop = 8
}
""",
    )

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        recipe = subject.recipe
        if recipe is None or recipe.batch > 1 or not subject.size:
            return
        span = setting(subject, "batch")
        said = () if span is None else (Label(span, "one crop a step"),)
        sides = " x ".join(map(str, subject.at_size(subject.graph.inputs[0].shape)[2:]))
        for case in subject.cases:
            if subject.traits(case.nodes[0]).statistics == "batch" and values_per_channel(subject, case.nodes[0]) == 1:
                for node in case.nodes:
                    yield subject.finding(
                        self.code,
                        node,
                        f"`{type(case.op).__name__}` gets one number a channel while training",
                        label=f"1 pixel of a crop of {sides}",
                        labels=said,
                        notes=('PyTorch raises "Expected more than 1 value per channel when training"',),
                        helps=(Help("take a batch of 2 or more, larger crops, or a norm without the batch here"),),
                    )
