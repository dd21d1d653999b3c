"""A still strip: the steps of a window beside or below each other, as large as they fit on a page."""

from collections.abc import Iterator, Sequence

from convdsl.record import dataclass
from convdsl.render.arithmetic.ink import type_size
from convdsl.render.arithmetic.numbers import Term, number_text
from convdsl.render.arithmetic.plates import Sheet
from convdsl.render.arithmetic.sheets import View
from convdsl.render.arithmetic.slide import Place
from convdsl.render.canvas import Line
from convdsl.render.metrics import text_width
from convdsl.render.tiles import Tile, below, beside, words, wrapped

WIDEST, TALLEST = 760, 760  # pixels that the steps may take
TALLEST_WRITTEN = 1000  # the same where numbers stand in the cells
SIDES = (24, 22, 20, 18, 16, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5)  # of a cell, in pixels; the largest that fits is taken
APART, ARROW = 26, 34  # pixels between steps, and for an arrow
LEGIBLE = 7  # pixels of the type in cells at least, even where the page is too small for it
SMALL = 10  # type of captions and sums
MOST_TERMS = 12  # of a sum that is written out


@dataclass(frozen=True, slots=True)
class Order:
    """How steps are laid out. across: a step's sheets stand beside each other; row: steps in a row."""

    side: int
    across: bool
    row: int


def strip(view: View, steps: Sequence[Place]) -> Tile:
    """Lay out some steps of a layer."""
    order = order_of(view, steps)
    tiles = step_tiles(view, steps, order)
    rows = [beside(tiles[start : start + order.row], APART) for start in range(0, len(tiles), order.row)]
    return below(rows, APART - 6)


def step_tiles(view: View, steps: Sequence[Place], order: Order) -> list[Tile]:
    """Draw some steps, each by itself, with type of one size."""
    cells = [cell for sheet in _sheets(view, steps[0]) for cell in sheet.cells]
    written = [*(cell.mark for cell in cells), *(cell.mark for cell in view.after(None).cells)]
    mark = type_size(written, order.side)
    return [_step(view, step, order, mark) for step in steps]


def _step(view: View, step: Place, order: Order, mark: int) -> Tile:
    """Draw one step: what it reads, its window's numbers, what it makes; below what is summed."""
    sheets = [sheet.tile(order.side, mark) for sheet in _sheets(view, step)]
    between = Tile(ARROW, 10, (Line(((6, 5), (ARROW - 6, 5)), head=True),))
    if not order.across:
        between = Tile(20, ARROW - 8, (Line(((10, 3), (10, ARROW - 11)), head=True),))
    parts = [part for sheet in sheets for part in (sheet, between)][:-1]
    if view.weighted:  # the kernel stands beside what it is laid on
        gap = Tile(14, 10)
        parts[1] = gap if order.across else Tile(10, 8)
    drawn = beside(parts, 0, middle=True) if order.across else below(parts, 0)
    lines = [words(line, SMALL) for line in _lines(view, step, max(drawn.width, 150))]
    return below([words(f"output {_place(step)}", SMALL + 1, colour="ink", bold=True), drawn, below(lines, 1)], 6)


def _sheets(view: View, step: Place) -> list[Sheet]:
    kernel = [view.kernel()] if view.weighted else []
    return [view.before(step), *kernel, view.after(step)]


def order_of(view: View, steps: Sequence[Place]) -> Order:
    """Choose the largest cells with which all steps fit; among equals the flattest picture."""
    pictured = [_sheets(view, step) for step in steps]
    tallest = TALLEST if view.numbers is None else TALLEST_WRITTEN
    marks = [cell.mark for sheet in (*pictured[0], view.after(None)) for cell in sheet.cells]
    sides = [side for side in SIDES if not any(marks) or type_size(marks, side) >= LEGIBLE] or [SIDES[0]]
    for side in sides:
        orders = [Order(side, across, row) for across in (False, True) for row in range(len(steps), 0, -1)]
        # how far the page is filled, across or down, in parts of WIDEST * tallest
        filled = [
            (max(wide * tallest, high * WIDEST), high, order.row, index)
            for index, order in enumerate(orders)
            for wide, high in [_extent(view, steps, pictured, order)]
        ]
        # among equals the one with the shortest rows, which leaves no step alone in the last
        fitting = [rest for share, *rest in filled if share <= WIDEST * tallest]
        if fitting:
            return orders[min(fitting)[-1]]
    return orders[min(filled)[-1]]


def _extent(view: View, steps: Sequence[Place], pictured: Sequence[Sequence[Sheet]], order: Order) -> tuple[int, int]:
    """Return about how large the steps are in an order; exact but for the room of a sum's lines."""
    sizes = []
    for step, sheets in zip(steps, pictured, strict=True):
        wides, highs = [one.width(order.side) for one in sheets], [one.height(order.side) for one in sheets]
        wide = sum(wides) + ARROW * (len(sheets) - 1) if order.across else max(wides)
        high = max(highs) if order.across else sum(highs) + (ARROW - 8) * (len(sheets) - 1)
        lines = _lines(view, step, max(wide, 150))
        texts = max(text_width(line, SMALL) for line in lines)
        sizes.append((max(wide, texts), high + 28 + 14 * len(lines)))
    rows = [sizes[start : start + order.row] for start in range(0, len(sizes), order.row)]
    width = max(sum(wide for wide, _ in row) + APART * (len(row) - 1) for row in rows)
    return width, sum(max(high for _, high in row) for row in rows) + (APART - 6) * (len(rows) - 1)


def _place(place: Place) -> str:
    return str(place[0]) if len(place) == 1 else f"({', '.join(map(str, place))})"


def _lines(view: View, step: Place, room: int) -> list[str]:
    """Say what a step reads, or write out its sum."""
    if view.numbers is None:
        return list(_counted(view, step, room))
    return wrapped(sum_text(view, step), SMALL, room)


def _counted(view: View, step: Place, room: int) -> Iterator[str]:
    kinds = [view.slide.kind_at(cell) for cell in view.slide.taps(step)]
    counts = {kind: kinds.count(kind) for kind in ("value", "added", "zero", "edge", "beyond")}
    said = {
        "value": f"cell{'s' * (counts['value'] != 1)} of {'the input' if view.slide.fanned == 1 else 'each channel'}",
        "added": "of padding",
        "zero": f"zero{'s' * (counts['zero'] != 1)}",
        "edge": "of output_padding",
        "beyond": "beyond",
    }
    text = ", ".join(f"{count} {said[kind]}" for kind, count in counts.items() if count)
    yield from wrapped(f"reads {text}", SMALL, room)


def _product(term: Term) -> str:
    weight = number_text(term.weight)
    return f"{number_text(term.value or 0)}·{f'({weight})' if term.weight < 0 else weight}"


def sum_text(view: View, step: Place) -> str:
    """Write out how an output comes about: `1·2 + 0·3 + 1 = 3`, `max(1, 3) = 3`."""
    numbers = view.numbers
    assert numbers is not None
    kind, terms, result = view.slide.kind, numbers.terms(step), number_text(numbers.output(step))
    if kind in ("dot", "fixed"):
        told = [term for term in terms if not term.put_in] if view.slide.transposed else terms
        parts = _short([_product(term) for term in told])
        if numbers.bias:
            parts.append(f"{numbers.bias} (bias)")
        return f"{' + '.join(parts) or '0'} = {result}"
    values = _short([number_text(term.value) for term in terms if term.value is not None])
    if kind == "max":
        return f"max({', '.join(values)}) = {result}"
    if kind == "mean":
        return f"({' + '.join(values)}) / {numbers.divisor(step)} = {result}"
    power = _plain(view.slide.told["norm_type"])
    powers = " + ".join(f"{value}^{power}" for value in values)
    whole, counted = len(terms), numbers.divisor(step)
    if counted != whole:  # as PyTorch does: the mean of those inside, times all that the window has
        powers = f"({powers}) / {counted} * {whole}"
    return f"({powers})^(1/{power}) = {result}"


def _short(parts: Sequence[str]) -> list[str]:
    """Leave out the middle of a long sum."""
    if len(parts) <= MOST_TERMS:
        return list(parts)
    return [*parts[: MOST_TERMS - 3], "…", *parts[-2:]]


def _plain(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
