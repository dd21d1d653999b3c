"""W306 gridding."""

from collections.abc import Iterator
from typing import final

from convdsl.analysis.gridding import Sieve, gridded
from convdsl.analysis.taps import Footprint, spread
from convdsl.diagnostics import Code, Diagnostic, Help, Severity
from convdsl.lint.rule import Rule
from convdsl.lint.subject import Subject
from convdsl.ops.window import axis_name


@final
class Gridding(Rule):
    """Dilated windows leave out cells between those that they read, and nothing fills the holes.

    What: over all layers of one resolution, from the layer that makes the grid to the one that leaves it, the set of
    cells that an output reads has holes. The sets are exact: taps of windows in a row add up, branches are united.

    Why: neighbours read different cells and know nothing of each other, so what is made of them flickers like a grid;
    and much of what the window spans is not seen: three 3x3 windows of dilation 2 span 169 cells and read 49.

    Fix: dilations without a common factor that grow slowly, `dilation=1`, `2`, then `3`; or one window of dilation 1,
    in front of the dilated ones or behind them, that is wider than the holes.

    Source: Wang et al. 2018, section 3.2 (arXiv:1702.08502).
    Source: Yu, Koltun & Funkhouser 2017, section 4 (arXiv:1705.09914).
    """

    code = Code("W306", "gridding", Severity.WARNING)
    short_tells = True
    bad = (
        """
model Twos {
  input x: [N, 3, H, W]
  repeat 3 {
    Conv2d(8, 3, padding=2, dilation=2)  # W306
    ReLU()
  }
  y = Conv2d(2, 1)
  output y: [N, 2, H, W]
}
""",
        """
block Spread(rate: int) {
  Conv2d(8, 3, padding=rate, dilation=rate)  # W306
  ReLU()
}

model Pooled {
  input x: [N, 3, H, W]
  Conv2d(8, 3, padding=1) -> MaxPool2d(2)
  Spread(2)
  Spread(3)
  y = Upsample(scale_factor=2)
  output y: [N, 8, H // 2 * 2, W // 2 * 2]
}
""",
        """
model Tall {
  input x: [N, 8, H, W]
  inner = Conv2d(8, 3, padding=(2, 1), dilation=(2, 1))  # W306
  y = inner + x
  output y: [N, 8, H, W]
}
""",
    )
    good = (
        """
model Rising {
  input x: [N, 3, H, W]
  Conv2d(8, 3, padding=1) -> ReLU()
  Conv2d(8, 3, padding=2, dilation=2) -> ReLU()
  y = Conv2d(8, 3, padding=3, dilation=3)
  output y: [N, 8, H, W]
}
""",
        """
model FilledBehind {
  input x: [N, 3, H, W]
  Conv2d(8, 3, padding=2, dilation=2) -> ReLU()
  Conv2d(8, 3, padding=2, dilation=2) -> ReLU()
  y = Conv2d(8, 3, padding=1)
  output y: [N, 8, H, W]
}
""",
        """
model FilledBeside {
  input x: [N, 3, H, W]
  even = Conv2d(8, 2, padding=1, dilation=2)
  whole = Conv2d(8, 3, padding=1)
  y = even + whole
  output y: [N, 8, H, W]
}
""",
        """
model OneByOne {
  input x: [N, 3, H, W]
  y = Conv2d(8, 1, dilation=2)
  output y: [N, 8, H, W]
}
""",
    )

    def suspects(self, subject: Subject) -> bool:
        return any(window.dilation > 1 for case in subject.cases for window in subject.windows(case.nodes[0]))

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        yield from (self._finding(subject, one) for one in gridded(subject.graph))

    def _finding(self, subject: Subject, one: Sieve) -> Diagnostic:
        node = subject.nodes[one.layer]
        axes = [(axis_name(len(one.axes), index), axis) for index, axis in enumerate(one.axes) if axis is not None]
        read, spanned = spread([axis for _, axis in axes])
        each = ", ".join(f"{axis.count} of {axis.extent} along the {name}" for name, axis in axes)
        hole = max(_widest_hole(axis) for _, axis in axes)
        fill = hole + 1 + hole % 2
        return subject.finding(
            self.code,
            node,
            f"`{type(node.op).__name__}` and what is before it read {read} of the {spanned} cells that they span",
            argument="dilation",
            label="the holes stay open",
            notes=(f"of the grid that it is on: {each}", *_apart(axes)),
            helps=(
                Help(f"a window of {fill} or more and dilation 1 on the same grid, before or behind, fills the holes"),
                Help("or dilations without a common factor that grow slowly, as 1, 2, 3"),
            ),
        )


def _apart(axes: list[tuple[str, Footprint]]) -> tuple[str, ...]:
    """Say along which axes two neighbours have nothing in common."""
    names = " or ".join(name for name, axis in axes if not axis.mask & axis.mask >> 1)
    return (f"two neighbours along the {names} read no cell in common",) if names else ()


def _widest_hole(cells: Footprint) -> int:
    """Return the length of the longest row of cells that are not read."""
    return max(map(len, f"{cells.mask:b}".split("1")))
