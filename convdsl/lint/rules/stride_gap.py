"""W303 stride-gap."""

from collections.abc import Iterator
from math import prod
from typing import final

from convdsl.diagnostics import Code, Diagnostic, Help, Severity
from convdsl.graph.graph import Node
from convdsl.lint.edits import Edits, set_argument, spell, together
from convdsl.lint.rule import Rule
from convdsl.lint.subject import Subject
from convdsl.lint.taps import residues
from convdsl.lint.wiring import Case
from convdsl.record import replace
from convdsl.traits import Window


@final
class StrideGap(Rule):
    """Windows leave out pixels between them.

    What: along an axis with a stride s > 1 the taps t of a convolution or pool lie on fewer than s of the phases
    t * dilation (mod s). That is so if the kernel_size is smaller than s, or the dilation and s have a common factor.
    Windows of a single pixel are W305's; an axis on which only one window fits has nothing between windows.

    Why: the pixels of the other phases are never read, wherever the picture is moved to. With a kernel_size of 2 and a
    stride of 3 that is 5 of 9 pixels; a 3 x 3 window of dilation 2 and stride 2 leaves out 3 of 4, as a single pixel
    of stride 2 does.

    Fix: a kernel_size as large as the stride, `MaxPool2d(3)` in place of `MaxPool2d(2, stride=3)`; without dilation
    where the stride is not 1.

    Source: arithmetic: window i reads the pixels i * s + t * d - p.
    """

    code = Code("W303", "stride-gap", Severity.WARNING)
    short_tells = True
    bad = (
        """
model Pool {
  input x: [N, 8, H, W]
  y = MaxPool2d(2, stride=3)  # W303
  output y: [N, 8, (H + 1) // 3, (W + 1) // 3]
}
""",
        """
block Down(width: int) {
  Conv2d(width, 3, stride=2, padding=2, dilation=2)  # W303
  ReLU()
}

model Dilated {
  input x: [N, 3, H, W]
  y = Down(8)
  output y: [N, 8, (H + 1) // 2, (W + 1) // 2]
}
""",
        """
model OneAxis {
  input x: [N, 3, H, W]
  y = Conv2d(8, (3, 1), stride=2, padding=(1, 0))  # W303
  output y: [N, 8, (H + 1) // 2, (W + 1) // 2]
}
""",
    )
    good = (
        """
model Dense {
  input x: [N, 8, H, W]
  MaxPool2d(3, stride=3)
  Conv2d(8, 3, stride=2, padding=1)
  Conv2d(8, 3, padding=2, dilation=2)
  y = Conv2d(8, 3, stride=2, padding=3, dilation=3)
  output y: [N, 8, (H // 3 + 3) // 4, (W // 3 + 3) // 4]
}
""",
        """
model Single {
  input x: [N, 8, H, W]
  y = Conv2d(8, 1, stride=2)
  output y: [N, 8, (H + 1) // 2, (W + 1) // 2]
}
""",
        """
model OneWindow {
  input x: [N, 8, 5, 5]
  y = Conv2d(8, 3, stride=4)
  output y: [N, 8, 1, 1]
}
""",
        """
model Up {
  input x: [N, 8, H, W]
  y = ConvTranspose2d(8, 2, stride=3)
  output y: [N, 8, 3 * H - 1, 3 * W - 1]
}
""",
    )

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        for case in subject.cases:
            gaps = _gaps(subject, case)
            if gaps:
                yield from (self._finding(subject, node, gaps) for node in case.nodes)

    def _finding(self, subject: Subject, node: Node, gaps: dict[int, Window]) -> Diagnostic:
        read, of = prod(map(residues, gaps.values())), prod(window.stride for window in gaps.values())
        window = next(iter(gaps.values()))
        small = window.kernel_size < window.stride
        way = "a kernel_size as large as the stride" if small else "a dilation that shares no factor with the stride"
        words, edits = _rewritten(subject, node)
        helps = (Help(f"{way}; the output keeps its size with `{words}`", edits) if words else Help(way),)
        return subject.finding(
            self.code,
            node,
            f"`{type(node.op).__name__}` reads {read} of {of} pixels and leaves out those between its windows",
            argument="kernel_size" if small else "dilation",
            label=_steps(window),
            helps=helps,
        )


def _steps(window: Window) -> str:
    apart = f", {window.dilation} apart," if window.dilation > 1 else ""
    taps = "1 tap" if window.kernel_size == 1 else f"{window.kernel_size} taps"
    return f"{taps}{apart} in steps of {window.stride}"


def _gaps(subject: Subject, case: Case) -> dict[int, Window]:
    """Return the windows that leave out pixels, by their axis."""
    windows = subject.windows(case.nodes[0])
    if all(window.kernel_size == 1 for window in windows):
        return {}
    axes = zip(windows, subject.output(case.nodes[0]).spatial, strict=True)
    many = [(at, window) for at, (window, size) in enumerate(axes) if str(size) != "1" and not window.paints]
    return {at: window for at, window in many if residues(window) < window.stride}


def gapless(window: Window) -> Window | None:
    """Return a window that reads every pixel and gives the same output sizes; None where there is none so simple."""
    if residues(window) == window.stride:
        return window
    if window.before != window.after:
        return None
    if window.dilation == 1:
        more = -(-(window.stride - window.kernel_size) // 2)
        return replace(window, kernel_size=window.kernel_size + 2 * more, before=window.before + more)
    less, odd = divmod(window.extent - window.kernel_size, 2)
    if odd or less > window.before or window.kernel_size < window.stride:
        return None
    return replace(window, dilation=1, before=window.before - less)


def _rewritten(subject: Subject, node: Node) -> tuple[str, Edits]:
    """Return the arguments that make every window gapless, in words and as edits; "" where that cannot be said."""
    old = subject.windows(node)
    new = [one for one in map(gapless, old) if one is not None]
    if len(new) < len(old):
        return "", ()
    arguments: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
        "kernel_size": (tuple(one.kernel_size for one in old), tuple(one.kernel_size for one in new)),
        "padding": (tuple(one.before for one in old), tuple(one.before for one in new)),
        "dilation": (tuple(one.dilation for one in old), tuple(one.dilation for one in new)),
    }
    changed = {name: after for name, (before, after) in arguments.items() if before != after}
    words = ", ".join(f"{name}={spell(value)}" for name, value in changed.items())
    return words, together(*(set_argument(subject, node, name, value) for name, value in changed.items()))
