"""E607 crop-size."""

from collections.abc import Iterator
from typing import final

from convdsl.diagnostics import Code, Diagnostic, Help, Label
from convdsl.lint.rule import Rule
from convdsl.lint.subject import Subject
from convdsl.op import sizes
from convdsl.sizes import Size


@final
class CropSize(Rule):
    """Training cuts squares of a size that the network does not take.

    What: the `train` section's crop, as height and width of the input without a default, is not among the sizes at
    which the network runs and its promises hold.

    Why: `train` refuses to begin. `check` says so before a machine is rented.

    Fix: the nearest side that is taken: the message names it.

    Source: arithmetic: the exact set of sizes, docs/sizes.md.
    """

    code = Code("E607", "crop-size")
    bad = (
        """
model Down {
  input gray: [N, 1, H, W] means L / 100 where H % 16 == 0, W % 16 == 0
  Conv2d(64, 16, stride=16)
  ab = ConvTranspose2d(2, 16, stride=16)
  output ab: [N, 2, H, W] means ab / 110
}

train {
  crop = 100  # E607
}
""",
        """
block Head() {
  Conv2d(2, 3, padding=1)
}

model Fixed {
  input gray: [N, 1, 64, 64] means L / 100
  ab = Head()
  output ab: [N, 2, 64, 64] means ab / 110
}

train {  # E607
  batch = 4
}
""",
        """
model Oblong {
  input gray: [N, 1, H, 64] means L / 100
  ab = Conv2d(2, 3, padding=1)
  output ab: [N, 2, H, 64] means ab / 110
}

train {
  crop = 65  # E607
}
""",
    )
    good = (
        """
model Down {
  input gray: [N, 1, H, W] means L / 100 where H % 16 == 0, W % 16 == 0
  input hint: [N, 2, H, W] = 0 means ab / 110
  Concat(gray, hint)
  Conv2d(64, 16, stride=16)
  ab = ConvTranspose2d(2, 16, stride=16)
  output ab: [N, 2, H, W] means ab / 110
}

train {
  crop = 112
}
""",
        """
model Fixed {
  input gray: [N, 1, 64, S] means L / 100
  ab = Conv2d(2, 3, padding=1)
  output ab: [N, 2, 64, S] means ab / 110
}

train {
  crop = 64
}
""",
        """
model Sound {
  input x: [N, 1, L] where L % 16 == 0
  y = MaxPool1d(16)
  output y: [N, 1, L // 16]
}

train {
  crop = 100
}
""",
    )

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        pictures = [tensor.shape for tensor in subject.graph.inputs if tensor.default is None]
        if subject.recipe is None or len(pictures) != 1 or len(pictures[0].spatial) != 2:
            return
        crop, axes = subject.recipe.crop, sizes(pictures[0])
        if not _takes(subject, axes, crop):
            near = _nearest(subject, axes, crop)
            yield Diagnostic(
                self.code,
                f"the network does not take crops of {crop} x {crop} px",
                Label(
                    subject.setting("crop"), "" if subject.is_set("crop") else f"`crop` is {crop} where it is not said"
                ),
                notes=(f"accepted: {'; '.join(subject.legal.text()) or f'{axes[0]} x {axes[1]}'}",),
                helps=(
                    Help("it takes no square" if near is None else f"`crop = {near}` is the nearest that it takes"),
                ),
                severity=self.code.severity,
            )


def _takes(subject: Subject, axes: tuple[Size, ...], side: int) -> bool:
    """Tell whether the network runs on squares; an axis is a symbol or a number."""
    fits = all(axis.value in (None, side) for axis in axes)
    return fits and subject.legal.contains({str(axis): side for axis in axes})


def _nearest(subject: Subject, axes: tuple[Size, ...], side: int) -> int | None:
    """Find the nearest side of a square that the network takes, the larger of two."""
    fixed = [axis.value for axis in axes if axis.value is not None]
    taken = [one for one in fixed or range(1, side + _REACH) if _takes(subject, axes, one)]
    return min(taken, key=lambda one: (abs(one - side), -one), default=None)


_REACH = 1024  # pixels beyond the crop
