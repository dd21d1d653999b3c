"""A window beside the dense layer in whose place it stands: equal weights have one colour and one width of line."""

from collections.abc import Sequence
from math import prod

from convdsl.mistake import MistakeError
from convdsl.render.arithmetic.axis import Axis, lay
from convdsl.render.arithmetic.neurons import column, network_tile
from convdsl.render.arithmetic.slide import Slide
from convdsl.render.arithmetic.still import Heading, framed
from convdsl.render.arithmetic.strip import WIDEST
from convdsl.render.arithmetic.subject import drawable, subject
from convdsl.render.canvas import Canvas, Line
from convdsl.render.facts import Network
from convdsl.render.tiles import Tile, below, beside, words
from convdsl.render.wish import Wish

CELLS = 8  # of the row that is drawn
# one look for each tap: the colour of a category's bar, the width in tenths of a pixel, for print and the colour-blind
LOOKS = (("conv", 12), ("pool", 36), ("resize", 22), ("norm", 46), ("activation", 30), ("dense", 16), ("join", 40))


def canvas(network: Network, wish: Wish) -> Canvas:
    """Draw one row of cells under the window of `wish.layer`, and the same row under a dense layer.

    Raises MistakeError where there is no such layer, or where no weights slide.
    """
    found = subject(network, wish)
    if not isinstance(found.drawn, Slide) or found.drawn.kind not in ("dot", "fixed"):
        weighty = [name for name in drawable(network) if _is_weighty(network, name)]
        way_out = f"layers that share weights: {', '.join(weighty[:CELLS])}" if weighty else "see --style arithmetic"
        raise MistakeError("the layer slides no weights", way_out=way_out)
    return sharing(found.drawn, found.heading)


def _is_weighty(network: Network, name: str) -> bool:
    drawn = subject(network, Wish(layer=name)).drawn
    return isinstance(drawn, Slide) and drawn.kind in ("dot", "fixed")


def sharing(slide: Slide, heading: Heading) -> Canvas:
    """Draw a row of cells with the lines of the window along the last axis, and with those of a dense layer."""
    axis = _row(slide.axes[-1])
    taps = _taps(axis)
    before, after = column(axis.size), column(axis.count)
    window = network_tile(
        before, after, lambda index, output: _look(taps[index, output]) if (index, output) in taps else None
    )
    dense = network_tile(before, after, lambda _index, _output: ("edge", 10))
    used = sorted(set(taps.values()))
    lines, full = len(taps), axis.size * axis.count
    parts = [
        below([words("this window, along a row", bold=True, colour="ink"), window, _key(used)], 10),
        below([words("a dense layer in its place", bold=True, colour="ink"), dense], 10),
    ]
    wide = sum(part.width for part in parts) + 60 <= WIDEST
    return framed(heading, [beside(parts, 60) if wide else below(parts, 20)], _said(slide, len(used), lines, full))


def _row(axis: Axis) -> Axis:
    """Lay the window over a row that is short enough to draw, and as long as it needs to give two outputs."""
    best: Axis | None = None
    w = axis.window
    first = 1 if axis.transposed else max(1, w.extent - 2 * w.padding - w.odd)  # what a window needs at least
    for size in range(first, first + 4 * CELLS):
        row = lay(axis.window, size)
        if row.count < 1:
            continue
        if best is not None and best.count > 1 and (size > CELLS or row.count > CELLS):
            break
        best = row
    assert best is not None
    return best


def _taps(axis: Axis) -> dict[tuple[int, int], int]:
    """Return the tap that joins an input with an output, where one does; that of a transposed window is turned."""
    last = axis.window.kernel - 1
    return {
        (source, output): last - tap if axis.transposed else tap
        for output, cells in enumerate(axis.reads)
        for tap, cell in enumerate(cells)
        for source in [axis.source(cell)]
        if source is not None and axis.kinds[cell] == "value"
    }


def _look(tap: int) -> tuple[str, int]:
    name, weight = LOOKS[tap % len(LOOKS)]
    return f"bar:{name}", weight


def _key(taps: Sequence[int]) -> Tile:
    samples = []
    for tap in taps[: len(LOOKS)]:
        colour, weight = _look(tap)
        line = Tile(24, 10, (Line(((0, 5), (24, 5)), colour, weight),))
        samples.append(beside([line, words(f"w{tap}")], 6, middle=True))
    half = -(-len(samples) // 2)
    rows = [samples] if len(samples) <= 4 else [samples[:half], samples[half:]]
    return below([beside(row, 12) for row in rows], 3)


def _said(slide: Slide, weights: int, lines: int, full: int) -> list[str]:
    inside, outside = prod(slide.before[1:]), prod(slide.after[1:])
    window = prod(axis.window.kernel for axis in slide.axes)
    owned = window if slide.kind == "fixed" else slide.fanned * slide.after[1] * window
    if slide.transposed:
        owned = slide.before[1] * slide.after[1] // slide.groups * window
    what = "numbers" if slide.kind == "fixed" else "weights"
    looks = ", for lines of one look are one weight"
    if weights > len(LOOKS):  # there are no more that are told apart
        looks = f"; looks, one for each weight, come again from w{len(LOOKS)} on"
    return [
        f"Drawn: {lines} lines, {weights} different weights{looks}; dense {full} lines, each a weight of its own",
        f"The layer itself: {owned:,} {what}; a dense layer from its input to its output would have "
        f"{inside:,} * {outside:,} = {inside * outside:,}",
    ]
