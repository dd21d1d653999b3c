"""W318 unread-centre."""

from collections.abc import Iterator
from typing import final

from convdsl.diagnostics import Code, Diagnostic, Help, Severity
from convdsl.graph.graph import Node
from convdsl.lint.edits import Edits, set_argument
from convdsl.lint.rule import Rule
from convdsl.lint.subject import Subject
from convdsl.ops.window import axis_name
from convdsl.traits import Window

MOST_SHOWN = 8  # taps whose places are listed; of more, the two at the middle


@final
class UnreadCentre(Rule):
    """A dilated window of even width never reads the cell that it stands on.

    What: along an axis the kernel_size is even and the dilation larger than 1. The middle of the window then falls
    between two taps: windows of 4 taps and dilation 2 read at -3, -1, 1 and 3.

    Why: what the layer says of a place it says without looking at it; only the places around are known. Stacked, such
    layers of dilation 2 see every second cell.

    Fix: an odd kernel_size, `Conv2d(c, 3, padding=2, dilation=2)` in place of `Conv2d(c, 4, padding=3, dilation=2)`.

    Source: arithmetic: the taps t * d lie around the middle d * (k - 1) / 2, which is a tap only if k - 1 is even.
    """

    code = Code("W318", "unread-centre", Severity.WARNING)
    short_tells = True
    bad = (
        """
model Around {
  input x: [N, 3, H, W]
  Conv2d(8, 3, padding=1)  # a layer in front does not help
  y = Conv2d(8, 4, padding=3, dilation=2)  # W318
  output y: [N, 8, H, W]
}
""",
        """
block Spread(rate: int) {
  Conv2d(8, (3, 2), padding=same, dilation=rate)  # W318
  ReLU()
}

model Beside {
  input x: [N, 3, H, W]
  Spread(3)
  y = Conv2d(8, 5, padding=2)
  output y: [N, 8, H, W]
}
""",
        """
model Pool {
  input x: [N, 3, H, W]
  y = MaxPool2d(2, stride=1, dilation=3)  # W318
  output y: [N, 3, H - 3, W - 3]
}
""",
    )
    good = (
        """
model Odd {
  input x: [N, 3, H, W]
  Conv2d(8, 3, padding=1)
  y = Conv2d(8, 3, padding=2, dilation=2)
  output y: [N, 8, H, W]
}
""",
        """
model Even {
  input x: [N, 3, H, W]
  Conv2d(8, 4, padding=1)
  y = ConvTranspose2d(8, 4, padding=1, stride=1)
  output y: [N, 8, H, W]
}
""",
    )

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        for case in subject.cases:
            windows = subject.windows(case.nodes[0])
            missed = [axis for axis, window in enumerate(windows) if _misses(window)]
            if missed:
                yield from (self._finding(subject, node, windows, missed[0]) for node in case.nodes)

    def _finding(self, subject: Subject, node: Node, windows: tuple[Window, ...], axis: int) -> Diagnostic:
        window, name = windows[axis], type(node.op).__name__
        kernel, dilation = window.kernel_size, window.dilation
        middle = dilation * (kernel - 1)
        around = [2 * tap * dilation - middle for tap in range(kernel)]
        nearest = around[kernel // 2 - 1 : kernel // 2 + 1] if kernel > MOST_SHOWN else around
        shown = ", ".join(f"{at / 2:+g}" for at in nearest)
        where = axis_name(len(windows), axis)
        return subject.finding(
            self.code,
            node,
            f"`{name}` never reads the middle of its window: {kernel} taps, {dilation} apart",
            argument="kernel_size",
            label="even, and the taps are spread",
            notes=(f"from the middle, along the {where}, it reads at {shown}",),
            helps=(
                Help(f"an odd kernel_size, {max(3, kernel - 1)}, and padding to match", _odd(subject, node, windows)),
            ),
        )


def _misses(window: Window) -> bool:
    return window.kernel_size % 2 == 0 and window.dilation > 1 and not window.paints


def _odd(subject: Subject, node: Node, windows: tuple[Window, ...]) -> Edits:
    """Take one tap off every even window, or add one to two, and pad by half of that less or more on each side."""
    kernel, padding = [], []
    for window in windows:
        taps = _misses(window) * (1 if window.kernel_size == 2 else -1)
        more = taps * window.dilation
        if more % 2 or window.before != window.after or window.before + more // 2 < 0:
            return ()
        kernel.append(window.kernel_size + taps)
        padding.append(window.before + more // 2)
    sized = set_argument(subject, node, "kernel_size", tuple(kernel))
    padded = set_argument(subject, node, "padding", tuple(padding))
    return (*sized, *padded)
