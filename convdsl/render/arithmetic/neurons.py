"""Layers as neurons: a column of numbers, a column of sums, and a line for each weight."""

from collections.abc import Callable, Sequence

from convdsl.record import dataclass
from convdsl.render.arithmetic.dense import MOST, Dense, drawn
from convdsl.render.arithmetic.numbers import number_text
from convdsl.render.arithmetic.still import Heading, framed
from convdsl.render.arithmetic.strip import SMALL, WIDEST
from convdsl.render.canvas import Canvas, Disc, Item, Label, Line, Rect
from convdsl.render.metrics import text_width
from convdsl.render.tiles import Tile, below, beside, words, wrapped

RADIUS, PITCH, ACROSS = 13, 34, 170  # of a neuron, between neurons, between the columns, in pixels
BREAK = 26  # pixels for those that are left out


@dataclass(frozen=True, slots=True)
class Column:
    """Neurons from top to bottom: which of how many, and their heights."""

    count: int
    drawn: tuple[int, ...]
    ys: tuple[int, ...]

    @property
    def height(self) -> int:
        """From the top of the first to the foot of the last."""
        return self.ys[-1] + RADIUS


def column(count: int) -> Column:
    """Place the neurons of a layer, of many only the first and the last."""
    chosen = drawn(count)
    ys: list[int] = []
    y = RADIUS
    for before, index in zip((None, *chosen), chosen, strict=False):
        if before is not None:
            y += PITCH + (BREAK if index != before + 1 else 0)
        ys.append(y)
    return Column(count, chosen, tuple(ys))


Stroke = Callable[[int, int], tuple[str, int] | None]  # colour and weight of the line of an input and an output


def network_tile(
    before: Column,
    after: Column,
    stroke: Stroke,
    lit: int | None = None,
    written: tuple[Callable[[int], str], Callable[[int], str], Callable[[int], str]] | None = None,
) -> Tile:
    """Draw two columns and the lines between them. lit: the output that is marked, with its lines above the others.

    written: what stands in an input, in an output and on a line of the marked output.
    """
    high = max(before.height, after.height)
    tops = [(high - one.height) // 2 for one in (before, after)]
    left = max(text_width(f"x{before.count - 1}", SMALL), 8) + 6 + RADIUS
    right = left + ACROSS
    starts = {index: (left + RADIUS, y + tops[0]) for index, y in zip(before.drawn, before.ys, strict=True)}
    ends = {index: (right - RADIUS, y + tops[1]) for index, y in zip(after.drawn, after.ys, strict=True)}
    lines: list[tuple[bool, Line]] = []
    for output, end in ends.items():
        for index, start in starts.items():
            look = stroke(index, output)
            if look is not None:
                lines.append((output == lit, Line((start, end), look[0], look[1])))
    items: list[Item] = [line for _, line in sorted(lines, key=lambda pair: pair[0])]
    read, made = (set(before.drawn), {lit}) if lit is not None else (set(), set())
    items += _discs(before, left, tops[0], "x", written[0] if written else None, read)
    items += _discs(after, right, tops[1], "y", written[1] if written else None, made)
    if written is not None and lit is not None:
        for index, start in starts.items():
            items += _on_line(start, ends[lit], written[2](index))
    return Tile(right + RADIUS + 6 + text_width(f"y{after.count - 1}", SMALL), high, tuple(items))


def _discs(
    one: Column, x: int, top: int, letter: str, written: Callable[[int], str] | None, lit: set[int]
) -> list[Item]:
    out: list[Item] = []
    for index, y in zip(one.drawn, one.ys, strict=True):
        out.append(Disc(x, top + y, RADIUS, "group:1" if index in lit else "fill:join", "edge"))
        if written is not None and (letter == "x" or index in lit):
            out.append(Label(x, top + y + 4, written(index), SMALL, "ink", "middle"))
        side, anchor = (x - RADIUS - 5, "end") if letter == "x" else (x + RADIUS + 5, "start")
        out.append(Label(side, top + y + 4, f"{letter}{index}", SMALL, "soft", anchor))
    for above, (first, second) in zip(one.ys, zip(one.drawn, one.drawn[1:], strict=False), strict=False):
        if second != first + 1:
            middle = top + above + (PITCH + BREAK) // 2
            out += (Disc(x, middle + step, 2, "soft") for step in (-8, 0, 8))
    return out


def _on_line(start: tuple[int, int], end: tuple[int, int], text: str) -> list[Item]:
    """Write a weight on its line, a quarter of the way, where lines to one output are apart."""
    x, y = start[0] + (end[0] - start[0]) // 4, start[1] + (end[1] - start[1]) // 4
    wide = text_width(text, SMALL) + 4
    return [
        Rect(x - wide // 2, y - SMALL // 2 - 2, wide, SMALL + 3, "page"),
        Label(x, y + 4, text, SMALL, "ink", "middle"),
    ]


def neurons(dense: Dense, heading: Heading, outputs: Sequence[int], *, values: bool) -> Canvas:
    """Draw a dense layer once for each of some outputs, with its dot product written out."""
    inputs, results = dense.before[-1], dense.after[-1]
    tiles = [_one(dense, output, values) for output in outputs]
    few = beside(tiles, 40) if sum(tile.width for tile in tiles) + 40 <= WIDEST else below(tiles, 20)
    said = [f"{inputs:,} * {results:,} = {inputs * results:,} weights, one for each line: no two lines share one"]
    if dense.bias:
        said[0] += f"; {results:,} bias{'es' * (results != 1)} besides"
    said.append("y = W x + b: every output is the dot product of its row of weights with the whole input")
    if max(inputs, results) > MOST:
        shown = f"{len(drawn(inputs))} of {inputs:,} inputs and {len(drawn(results))} of {results:,} outputs"
        said.append(f"Cropped: {shown} are drawn")
    if values:
        left_out = "; the inputs that are not drawn hold zeros here" if inputs > MOST else ""
        said.append(f"The numbers are made up{left_out}; PyTorch makes the same output of them")
    return framed(heading, [few], said)


def _one(dense: Dense, output: int, values: bool) -> Tile:
    before, after = column(dense.before[-1]), column(dense.after[-1])

    def stroke(_index: int, of: int) -> tuple[str, int]:
        return ("bar:conv", 16) if of == output else ("outline", 8)

    written = None
    if values:
        written = (
            lambda index: number_text(dense.input(index)),
            lambda index: number_text(dense.output(index)),
            lambda index: number_text(dense.weight(output, index)),
        )
    tile = network_tile(before, after, stroke, output, written)
    lines = wrapped(product_text(dense, output, values=values), SMALL, max(tile.width, 320))
    return below([tile, below([words(line, SMALL) for line in lines], 1)], 8)


def product_text(dense: Dense, output: int, *, values: bool) -> str:
    """Write out the dot product of an output: `y0 = w·x + b = 2·1 + 0·3 + 1 = 3`."""
    count = dense.before[-1]
    parts: list[str] = []
    for index in dense.inputs:
        if not values:
            parts.append(f"w{output},{index}·x{index}")
            continue
        weight = number_text(dense.weight(output, index))
        parts.append(f"{f'({weight})' if weight.startswith('−') else weight}·{number_text(dense.input(index))}")
    if len(dense.inputs) < count:
        parts.insert(len(parts) - 2, "…")
    if dense.bias:
        parts.append(number_text(dense.added(output)) if values else f"b{output}")
    total = f" = {number_text(dense.output(output))}" if values else ""
    return f"y{output} = w·x{' + b' if dense.bias else ''} = {' + '.join(parts)}{total}"
