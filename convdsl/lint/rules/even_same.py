"""W307 even-same."""

from collections.abc import Iterator
from typing import final

from convdsl.diagnostics import Code, Diagnostic, Help, Severity
from convdsl.graph.graph import Node
from convdsl.lint.edits import set_argument, spell
from convdsl.lint.rule import Rule
from convdsl.lint.stretch import Stretch, stretches
from convdsl.lint.subject import Subject
from convdsl.ops.window import axis_name


@final
class EvenSame(Rule):
    """A window of even size with padding `same` shifts the picture by half a pixel.

    What: a convolution with padding `same` spans an even number of pixels, so that one pixel more is padded after than
    before; and the layers right before and behind it do not shift it back.

    Why: the centre of such a window lies between two pixels, and what it finds is written half a pixel to the left and
    above. Each such layer adds half a pixel; ten of them move the picture by five, against its own skips and against
    the target.

    Fix: an odd kernel_size, 3 or 5 in place of 4. A window that is larger by one can do what the smaller one could.

    Source: PyTorch, torch.nn.Conv2d: padding='same' puts the odd pixel after.
    Source: Araujo, Norris & Sim, "Computing receptive fields of convolutional neural networks", Distill 2019: the
    centre of the first output is (k - 1) / 2 - p.
    """

    code = Code("W307", "even-same", Severity.WARNING)
    short_tells = True
    bad = (
        """
model Net {
  input x: [N, 3, H, W]
  Conv2d(8, 4, padding=same)  # W307
  ReLU()
  y = Conv2d(8, (3, 2), padding=same)  # W307
  output y: [N, 8, H, W]
}
""",
        """
block Stage(width: int) {
  repeat 2 {
    Conv2d(width, 4, padding=same)  # W307
    ReLU()
  }
}

model Deep {
  input x: [N, 3, H, W]
  Stage(8)
  y = Stage(8)
  output y: [N, 8, H, W]
}
""",
    )
    good = (
        """
model Odd {
  input x: [N, 3, H, W]
  Conv2d(8, 3, padding=same)
  y = Conv2d(8, 2, padding=same, dilation=2)
  output y: [N, 8, H, W]
}
""",
        """
model Back {
  input x: [N, 3, H, W]
  Conv2d(8, 4, padding=same)
  ReLU()
  y = Conv2d(8, 4, padding=2)
  output y: [N, 8, H + 1, W + 1]
}
""",
        """
model ByHand {
  input x: [N, 3, H, W]
  y = Conv2d(8, 4, padding=1)
  output y: [N, 8, H - 1, W - 1]
}
""",
    )

    def suspects(self, subject: Subject) -> bool:
        return any(_before_less(subject, case.nodes[0]) for case in subject.cases)

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        shifting = any(_before_less(subject, case.nodes[0]) for case in subject.cases)
        for stretch in stretches(subject) if shifting else ():
            for node in stretch.nodes:
                axes = _uneven(subject, node, stretch)
                if axes:
                    yield self._finding(subject, node, axes, stretch)

    def _finding(self, subject: Subject, node: Node, axes: list[int], stretch: Stretch) -> Diagnostic:
        windows = subject.windows(node)
        odd = tuple(one.kernel_size + (at in axes) for at, one in enumerate(windows))
        total = stretch.shifts[axes[0]]
        fellows = sum(bool(_uneven(subject, other, stretch)) for other in stretch.nodes)
        return subject.finding(
            self.code,
            node,
            f"an even window with padding `same` shifts {axis_name(len(windows), axes[0])} by half a pixel",
            argument="kernel_size",
            label=f"{windows[axes[0]].before} before and {windows[axes[0]].after} after",
            notes=(f"{fellows} such layers in a row shift by {float(abs(total)):g} in all",) if fellows > 1 else (),
            helps=(Help(f"an odd one: `kernel_size={spell(odd)}`", set_argument(subject, node, "kernel_size", odd)),),
        )


def _uneven(subject: Subject, node: Node, stretch: Stretch) -> list[int]:
    """Return the axes along which a layer shifts by half a pixel and its stretch does not shift back."""
    return [at for at in _before_less(subject, node) if stretch.shifts[at]]


def _before_less(subject: Subject, node: Node) -> list[int]:
    """Return the axes along which a window's padding has the odd pixel after."""
    windows = subject.windows(node)
    return [at for at, one in enumerate(windows) if one.before < one.after]
