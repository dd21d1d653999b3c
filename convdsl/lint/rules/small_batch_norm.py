"""W407 small-batch-bn."""

from collections.abc import Iterator
from math import prod
from types import MappingProxyType
from typing import final

from convdsl.diagnostics import Code, Diagnostic, Help, Label, Severity
from convdsl.graph.graph import Node
from convdsl.lint.rule import Rule
from convdsl.lint.settings import setting
from convdsl.lint.subject import Subject


@final
class SmallBatchNorm(Rule):
    """The network trains with norms over the batch, on very small batches.

    What: `train` says a batch of 4 or fewer, and a layer takes mean and variance over the batch. (Where each of its
    channels has one number only, `train-one-value` says so.)

    Why: the statistics of few pictures are noise, and those that are remembered for later are another network's. A
    ResNet-50 on ImageNet with 2 pictures a worker errs 10.6 % less often, of all pictures, with group norm.

    Fix: `GroupNorm(32)` in place of the batch norms, or a larger `batch` of smaller crops.

    Source: Wu & He 2018, "Group Normalization", abstract and table 2 (arXiv:1803.08494).
    """

    code = Code("W407", "small-batch-bn", Severity.WARNING)
    short_tells = True
    thresholds = MappingProxyType({"batch": 4})
    bad = (
        """
model Net {
  input gray: [N, 1, H, W] means (L - 50) / 50
  Conv2d(16, 3, padding=1, bias=false) -> BatchNorm2d() -> ReLU()
  ab = Conv2d(2, 3, padding=1)
  output ab: [N, 2, H, W] means ab / 110
}

train {
  batch = 4  # W407
}
""",
        """
block Double(width: int) {
  repeat 2 {
    Conv2d(width, 3, padding=1, bias=false) -> BatchNorm2d() -> ReLU()
  }
}

model Net {
  input gray: [N, 1, H, W] means (L - 50) / 50
  Double(16)
  ab = Conv2d(2, 3, padding=1)
  output ab: [N, 2, H, W] means ab / 110
}

train {
  epochs = 2
  batch = 1  # W407
}
""",
    )
    good = (
        """
model Net {
  input gray: [N, 1, H, W] means (L - 50) / 50
  Conv2d(16, 3, padding=1, bias=false) -> BatchNorm2d() -> ReLU()
  ab = Conv2d(2, 3, padding=1)
  output ab: [N, 2, H, W] means ab / 110
}

train {
  batch = 5
}
""",
        """
model Untrained {
  input gray: [N, 1, H, W] means (L - 50) / 50
  Conv2d(16, 3, padding=1, bias=false) -> BatchNorm2d() -> ReLU()
  ab = Conv2d(2, 3, padding=1)
  output ab: [N, 2, H, W] means ab / 110
}
""",
        """
model Grouped {
  input gray: [N, 1, H, W] means (L - 50) / 50
  Conv2d(16, 3, padding=1, bias=false) -> GroupNorm(4) -> ReLU()
  ab = Conv2d(2, 3, padding=1) -> InstanceNorm2d()
  output ab: [N, 2, H, W] means ab / 110
}

train {
  batch = 2
}
""",
    )

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        recipe = subject.recipe
        if recipe is None or recipe.batch > self.threshold(subject, "batch") or not subject.size:
            return
        span = setting(subject, "batch")
        norms = [node for node, _ in subject.layers if subject.traits(node).statistics == "batch"]
        norms = [node for node in norms if values_per_channel(subject, node) * recipe.batch > 1]
        if span is None or not norms:
            return
        others = len(norms) - 1
        more = f", and {others:,} more" if others else ""
        yield Diagnostic(
            self.code,
            f"a batch of {recipe.batch} is little for norms over the batch",
            Label(span, f"the statistics of {recipe.batch} {'crop' if recipe.batch == 1 else 'crops'}"),
            (subject.place(norms[0], f"one{more}"),),
            helps=(Help("`GroupNorm` needs no batch; or take a larger batch of smaller crops"),),
            severity=self.code.severity,
        )


def values_per_channel(subject: Subject, node: Node) -> int:
    """Count the values that each channel of a layer's input has in one picture, at the size of the crops."""
    return prod(subject.at_size(subject.inputs(node)[0])[2:])
