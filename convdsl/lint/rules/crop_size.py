"""E607 crop-size."""

from collections.abc import Iterator
from typing import final

from convdsl.diagnostics import Code, Diagnostic, Help, Label
from convdsl.lint.rule import Rule
from convdsl.lint.subject import Subject
from convdsl.shape import Axis
from convdsl.sizes import Size, symbol


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
        pictures = [tensor.shape.spatial for tensor in subject.graph.inputs if tensor.default is None]
        if subject.recipe is None or len(pictures) != 1 or len(pictures[0]) != 2:
            return
        crop, axes = subject.recipe.crop, pictures[0]
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


def _takes(subject: Subject, axes: tuple[Axis, ...], side: int) -> bool:
    """Tell whether the network runs on squares; an axis of another size than a symbol's or a number's has no square."""
    sizes = {}
    for axis in axes:
        name = axis.symbol if isinstance(axis, Size) else None
        if not isinstance(axis, Size) or axis != (axis if name is None else symbol(name)):
            return False
        if name is None and axis.value != side:
            return False
        if name is not None:
            sizes[name] = side
    return subject.legal.contains(sizes)


def _nearest(subject: Subject, axes: tuple[Axis, ...], side: int) -> int | None:
    """Find the nearest side of a square that the network takes, the larger of two."""
    fixed = [axis.value for axis in axes if isinstance(axis, Size) and axis.value is not None]
    tried = fixed or [side + sign * away for away in range(_REACH) for sign in (1, -1) if side + sign * away > 0]
    return next((one for one in tried if _takes(subject, axes, one)), None)


_REACH = 1024  # pixels to either side of the crop
