"""W304 border-drop."""

from collections.abc import Iterator, Mapping
from typing import final

from convdsl.analysis.accepted import Accepted
from convdsl.analysis.suggest import suggest
from convdsl.diagnostics import Code, Diagnostic, Help, Severity
from convdsl.graph.graph import Node
from convdsl.lint.edits import set_argument
from convdsl.lint.picture import pictures
from convdsl.lint.rule import Rule
from convdsl.lint.subject import Subject
from convdsl.lint.taps import residues, unread
from convdsl.lint.wiring import Case
from convdsl.op import sizes
from convdsl.ops.window import axis_name
from convdsl.record import dataclass, replace
from convdsl.sizes import Size
from convdsl.sizeset import SizeSet, everything
from convdsl.syntax.parse import is_yaml
from convdsl.traits import Window


@dataclass(frozen=True, slots=True)
class Drop:
    """Pixels at the end of an axis that a layer never reads.

    axis: its word. before, after: sizes of the layer's input and output. lost: the promised sizes of the symbol at
    which there are such pixels; all where the axis is fixed.
    """

    axis: str
    window: Window
    before: Size
    after: Size
    lost: SizeSet

    def count(self, size: Mapping[str, int]) -> int:
        """Count them at sizes of the symbols."""
        at = size.get(str(self.before.symbol), 0)
        return unread(self.window, self.before.at(at), self.after.at(at))


@final
class BorderDrop(Rule):
    """The last rows or columns are read by no window.

    What: (size + padding - extent) mod stride is larger than the padding at the far end, so that pixels are left over
    behind the last window of a convolution or pool. Where that is so at every legal size, or at the size that the
    network is trained at, each such layer is named: a warning if the network paints pictures, else an info. Where a
    network that paints pictures drops pixels at some of the legal sizes only, one info says at which it does not.

    Why: what is at the right and lower border of the photograph has no part in the result, and what comes up again to
    a picture has another size, or is shifted by a fraction of a pixel.

    Fix: promise the sizes at which nothing is left over (`where H % 4 == 0`); or pad by half of the window, or pad up
    first: `PadToMultiple(4)`.

    Source: Ronneberger, Fischer & Brox 2015, section 3: sizes such that every max pool sees an even one
    (arXiv:1505.04597).
    Source: Dumoulin & Visin 2016, relationship 6, the floor in it (arXiv:1603.07285).
    """

    code = Code("W304", "border-drop", Severity.WARNING)
    short_tells = True
    bad = (
        """
model Some {
  input gray: [N, 1, H, W] where H >= 4, W % 4 == 0
  Conv2d(8, 3, padding=1)
  MaxPool2d(2)  # W304
  MaxPool2d(2)
  Upsample(scale_factor=4)
  y = Conv2d(2, 3, padding=1)
  output y: [N, 2, 4 * (H // 4), 4 * (W // 4)]
}
""",
        """
model Always {
  input gray: [N, 1, 64, 64]
  Conv2d(8, 3, stride=2)  # W304
  y = ConvTranspose2d(1, 4, stride=2)
  output y: [N, 1, 64, 64]
}
""",
        """
model Classifier {
  input image: [N, 3, 9, W]
  MaxPool2d(2)  # W304
  AdaptiveAvgPool2d(1) -> Flatten()
  scores = Linear(10)
  output scores: [N, 10]
}
""",
        """
model Odd {
  input image: [N, 3, 8, W] where W % 2 == 1, W >= 3
  MaxPool2d(2)  # W304
  AdaptiveAvgPool2d(1) -> Flatten()
  scores = Linear(10)
  output scores: [N, 10]
}
""",
    )
    good = (
        """
model Even {
  input gray: [N, 1, H, W] where H % 4 == 0, W % 4 == 0
  MaxPool2d(2) -> MaxPool2d(2)
  y = Upsample(scale_factor=4)
  output y: [N, 1, 4 * (H // 4), 4 * (W // 4)]
}
""",
        """
model Padded {
  input gray: [N, 1, H, W]
  Conv2d(8, 3, stride=2, padding=1)
  MaxPool2d(2, ceil_mode=true)
  y = ConvTranspose2d(2, 4, stride=4)
  output y: [N, 2, 4 * ((H + 3) // 4), 4 * ((W + 3) // 4)]
}
""",
        """
model AnySize {
  input image: [N, 3, H, W]
  MaxPool2d(2)
  AdaptiveAvgPool2d(1) -> Flatten()
  scores = Linear(10)
  output scores: [N, 10]
}
""",
        """
model Up {
  input gray: [N, 1, 64, 64]
  y = ConvTranspose2d(1, 3, stride=2, padding=4)
  output y: [N, 1, 121, 121]
}
""",
        """
model Gap {
  input gray: [N, 1, 64, 64]
  Conv2d(8, 1, stride=2)
  y = ConvTranspose2d(1, 2, stride=2)
  output y: [N, 1, 64, 64]
}
""",
    )

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        paints = bool(pictures(subject))
        some: list[tuple[Node, Drop]] = []
        for case in subject.cases:
            drops = dropping(subject, case, subject.promised_sizes.axes)
            sure = next((drop for drop in drops if _is_sure(subject, drop)), None)
            for node in case.nodes:
                if sure is not None:
                    yield self._always(subject, node, sure, paints)
                else:
                    some.extend((node, drop) for drop in drops)
        if some and paints and subject.size:
            yield self._sometimes(subject, some)

    def _always(self, subject: Subject, node: Node, drop: Drop, paints: bool) -> Diagnostic:
        pixels = drop.before.at(subject.size.get(str(drop.before.symbol), 0))
        return subject.finding(
            self.code,
            node,
            f"`{type(node.op).__name__}` never reads the last {drop.count(subject.size)} of {pixels} pixels in "
            f"{drop.axis}{_at(subject, drop)}",
            label=f"{drop.window.extent} pixels in steps of {drop.window.stride}",
            helps=(_mended(subject, node, drop),),
            severity=Severity.WARNING if paints else Severity.INFO,
        )

    def _sometimes(self, subject: Subject, some: list[tuple[Node, Drop]]) -> Diagnostic:
        node, drop = min(some, key=lambda one: one[0].index)
        symbol = str(drop.before.symbol)
        size = {symbol: next(near for near in drop.lost.nearest(subject.size[symbol])[::-1] if near is not None)}
        kept = _kept(subject, [one for _, one in some])
        layers = len({other.index for other, _ in some})
        return subject.finding(
            self.code,
            node,
            f"`{type(node.op).__name__}` never reads the last {drop.count(size)} of {drop.before.at(size[symbol])} "
            f"pixels in {drop.axis} at some sizes, such as {symbol} = {size[symbol]}",
            label=f"{drop.window.extent} pixels in steps of {drop.window.stride}",
            notes=(f"such sizes are there for {layers} layers",) if layers > 1 else (),
            helps=_in_words_of(
                subject, suggest(subject.graph, subject.promised, kept, "promise those at which all are read")
            )
            or (Help("pad up before the first layer: `PadToMultiple(…)`"),),
            severity=Severity.INFO,
        )


def dropping(subject: Subject, case: Case, among: Mapping[str, SizeSet]) -> list[Drop]:
    """Return the axes along which pixels are left over at some of the sizes; W303 and W305 speak of gaps."""
    found = []
    windows = subject.windows(case.nodes[0])
    for at, window in enumerate(windows):
        if window.paints or residues(window) < window.stride:
            continue
        before, after = sizes(case.shapes[0])[at], sizes(subject.output(case.nodes[0]))[at]
        sizes_of = everything() if before.symbol is None else among[before.symbol]
        lost = losing(window, before, after, sizes_of)
        if not lost.is_empty:
            found.append(Drop(axis_name(len(windows), at), window, before, after, lost))
    return found


def losing(window: Window, before: Size, after: Size, among: SizeSet) -> SizeSet:
    """Keep the sizes at which pixels are left over behind the last window; before, after: its input and output."""
    # before - (after - 1) * stride - extent + padding >= 1
    return among.not_less(before, after.then(window.stride, window.extent - window.stride - window.before + 1))


def _is_sure(subject: Subject, drop: Drop) -> bool:
    """Tell whether pixels are dropped at every legal size, or at that of the training."""
    if drop.before.symbol is None:
        return True
    trained = subject.recipe is not None and drop.lost.contains(subject.size[drop.before.symbol])
    return trained or subject.promised_sizes.axes[drop.before.symbol].is_subset(drop.lost)


def _kept(subject: Subject, drops: list[Drop]) -> Accepted:
    """Return the legal sizes at which nothing is dropped."""
    axes = dict(subject.promised_sizes.axes)
    for drop in drops:
        symbol = str(drop.before.symbol)
        axes[symbol] = axes[symbol].minus(drop.lost)
    return replace(subject.promised_sizes, axes=axes)


def _in_words_of(subject: Subject, helps: tuple[Help, ...]) -> tuple[Help, ...]:
    """Join the conditions of a `where` in YAML by `and`: a comma would end the item."""
    if not is_yaml(subject.sources[0]):
        return helps
    return tuple(
        replace(
            one, edits=tuple(replace(edit, replacement=edit.replacement.replace(", ", " and ")) for edit in one.edits)
        )
        for one in helps
    )


def _at(subject: Subject, drop: Drop) -> str:
    symbol = drop.before.symbol
    return "" if symbol is None else f" at {symbol} = {subject.size[symbol]}"


def _mended(subject: Subject, node: Node, drop: Drop) -> Help:
    """Say how the last window reaches what is left over."""
    if node.category == "pool":
        way = "let the last window reach over the edge: `ceil_mode=true`"
        return Help(way, set_argument(subject, node, "ceil_mode", True))
    more = drop.count(subject.size)
    return Help(f"pad the far end by {drop.window.stride - more} more, or crop {more} first")
