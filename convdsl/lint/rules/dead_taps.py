"""W311 dead-taps."""

from collections.abc import Iterator
from math import prod
from typing import final

from convdsl.diagnostics import Code, Diagnostic, Help, Severity
from convdsl.graph.graph import Node
from convdsl.lint.rule import Rule
from convdsl.lint.subject import Subject
from convdsl.lint.taps import MOST_TAPS, landings
from convdsl.lint.wiring import Case
from convdsl.op import sizes
from convdsl.ops.window import axis_name


@final
class DeadTaps(Rule):
    """Taps of a convolution meet nothing but padding.

    What: along an axis a tap of a convolution lies outside the map in every window, at the size that is trained at,
    or near 256 pixels; of a transposed convolution, everything that a tap paints is cut off by its padding. It is a
    warning where the map has one size whatever the picture's, else an info. Padding that mirrors or repeats the map
    gives its taps something to read.

    Why: the weights of such taps meet zeros only. Their gradient is zero for ever, and they cost memory and time: a
    3 x 3 convolution on a single pixel uses 1 of its 9 taps, and so does one of dilation 6 on 6 x 6 pixels.

    Fix: a kernel_size and a dilation that fit the map; on a single pixel `Conv2d(c, 1)`; or one level less.

    Source: Chen, Papandreou, Schroff & Adam 2017, section 3.3: with large rates a 3 x 3 filter degenerates to 1 x 1
    (arXiv:1706.05587).
    """

    code = Code("W311", "dead-taps", Severity.WARNING)
    short_tells = True
    bad = (
        """
model Pixel {
  input x: [N, 8, H, W]
  AdaptiveAvgPool2d(1)
  y = Conv2d(8, 3, padding=1)  # W311
  output y: [N, 8, 1, 1]
}
""",
        """
block Context(rate: int) {
  Conv2d(8, 3, padding=rate, dilation=rate)  # W311
  ReLU()
}

model Dilated {
  input x: [N, 8, 6, 40]
  y = Context(6)
  output y: [N, 8, 6, 40]
}
""",
        """
model Up {
  input x: [N, 8, 1, 1]
  y = ConvTranspose2d(8, 4, stride=2, padding=1)  # W311
  output y: [N, 8, 2, 2]
}
""",
        """
model Deep {
  input x: [N, 3, H, W] where H % 256 == 0, W % 256 == 0
  MaxPool2d(256)
  y = Conv2d(8, 3, padding=1)  # W311
  output y: [N, 8, H // 256, W // 256]
}
""",
    )
    good = (
        """
model Fits {
  input x: [N, 8, 7, 7]
  Conv2d(8, 3, padding=6, dilation=6)
  ConvTranspose2d(8, 4, stride=2, padding=1)
  y = Conv2d(8, 3, padding=1)
  output y: [N, 8, 14, 14]
}
""",
        """
model Repeated {
  input x: [N, 8, 1, 1]
  y = Conv2d(8, 3, padding=1, padding_mode=replicate)
  output y: [N, 8, 1, 1]
}
""",
        """
model Pool {
  input x: [N, 8, 2, 2]
  MaxPool2d(4, stride=1, padding=2)
  BatchNorm2d()
  AvgPool2d(3)
  y = AvgPool2d(3, stride=1, padding=1)
  output y: [N, 8, 1, 1]
}
""",
    )

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        if not subject.size:
            return
        for case in subject.cases:
            live = live_taps(subject, case)
            taps = [window.kernel_size for window in subject.windows(case.nodes[0])]
            if live and prod(live) < prod(taps):
                yield from (self._finding(subject, node, live, taps) for node in case.nodes)

    def _finding(self, subject: Subject, node: Node, live: list[int], taps: list[int]) -> Diagnostic:
        axis = next(at for at, (some, every) in enumerate(zip(live, taps, strict=True)) if some < every)
        window = subject.windows(node)[axis]
        over = subject.output(node) if window.paints else subject.inputs(node)[0]
        symbol = sizes(over)[axis].symbol
        meets = "paint only what is cut off" if window.paints else "meet nothing but padding"
        at = "" if symbol is None else f", at {symbol} = {subject.size[symbol]}"
        per_tap = prod(subject.weights(node)["weight"]) // prod(taps)
        dead = prod(taps) - prod(live)
        return subject.finding(
            self.code,
            node,
            f"{dead} of {prod(taps)} taps of `{type(node.op).__name__}` {meets}{at}",
            argument="kernel_size",
            label=f"{window.extent} pixels over a {axis_name(len(taps), axis)} of {subject.at_size(over)[2 + axis]}",
            notes=(f"{dead * per_tap:,} weights have no gradient",),
            helps=(Help("a window that fits the map, such as a kernel_size of 1, or a level less before it"),),
            severity=Severity.WARNING if symbol is None else Severity.INFO,
        )


def live_taps(subject: Subject, case: Case) -> list[int]:
    """Count the taps along each axis that meet the map; [] for a layer without weights or whose padding is no zeros."""
    node = case.nodes[0]
    windows = subject.windows(node)
    readable = bool(windows) and all(one.fills == "zeros" and one.kernel_size <= MOST_TAPS for one in windows)
    if not readable or "weight" not in subject.weights(node):
        return []
    before, after = (subject.at_size(shape)[2:] for shape in (case.shapes[0], subject.output(node)))
    found = []
    for window, read, made in zip(windows, before, after, strict=True):
        size, count = (made, read) if window.paints else (read, made)
        found.append(sum(times > 0 for times in landings(window, size, count)))
    return found
