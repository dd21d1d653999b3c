"""The picture of a layer's windows: at the start, after training, and what lies between them."""

from collections.abc import Iterator, Sequence

from torch import Tensor

from convdsl.mistake import MistakeError
from convdsl.record import dataclass
from convdsl.render.arithmetic.still import Heading, framed
from convdsl.render.canvas import Canvas, Item, Label, Rect
from convdsl.render.cells import visible
from convdsl.render.tiles import Tile, below, beside, moved, words
from convdsl.train.inspecting.kernels import Kernels, relative
from convdsl.train.inspecting.palette import (
    Scale,
    legend,
    number_text,
    picture,
    scale_of,
    squares,
)

PANEL = 330  # pixels of a panel at most, across
BETWEEN = 30
SIDE, CELL = 42, 14  # of a window, and of one of its cells at most, in pixels
WIDEST = 84  # of a window that is a whole map, in pixels
GAP, LETTERS, NUMBERS = 5, 12, 22
ROOMY = 39  # pixels of a window above which its number and a percentage fit
OUTPUTS, INPUTS, ALONE = 12, 8, 48  # windows that are drawn: rows, columns, and of layers that read one channel
MATRIX = 128  # outputs and inputs of a matrix that are drawn


@dataclass(frozen=True, slots=True)
class _Panel:
    """Windows under one heading, all by one scale."""

    heading: str
    windows: Tensor
    scale: Scale
    notes: Sequence[str] = ()  # below the windows of layers that read one channel, beside the rows of others


def canvas(found: Kernels, channels: Sequence[int] = (), most: int | None = None) -> Canvas:
    """Draw the windows of the output channels that are asked for, or of the first ones.

    most: output channels that are drawn. Raises MistakeError where there is no such channel.
    """
    count, inputs = found.before.shape[:2]
    wrong = [number for number in channels if not 0 <= number < count]
    if wrong:
        message = f"`{visible(found.layer)}` has no output channel {wrong[0]}"
        raise MistakeError(message, way_out=f"they are numbered from 0 to {count - 1}")
    is_matrix = found.before.shape[2:].numel() == 1
    single = inputs == 1 or found.coloured
    room = most or (MATRIX if is_matrix else ALONE if single else OUTPUTS)
    rows = tuple(dict.fromkeys(channels)) or tuple(range(min(room, count)))
    columns = tuple(range(min(inputs, 3 if found.coloured else MATRIX if is_matrix else INPUTS)))
    parts = [_panel(found, panel, rows, columns) for panel in _panels(found, rows, columns)]
    heading = Heading(f"{visible(found.layer)} = {found.call}", found.subject)
    return framed(heading, [beside(parts, BETWEEN)], list(_sentences(found, rows, columns)))


def _panels(found: Kernels, rows: Sequence[int], columns: Sequence[int]) -> Iterator[_Panel]:
    def part(windows: Tensor) -> Tensor:
        return windows[list(rows)][:, list(columns)]

    reach = max(float(one.abs().max()) for one in (found.before, found.after) if one is not None)
    start = found.state if found.after is None else f"at the start (seed {found.seed})"
    yield _Panel(start, part(found.before), Scale(reach))
    if found.after is not None and found.change is not None:
        steps = f"after {found.steps:,} step{'s' if found.steps != 1 else ''}"
        yield _Panel(steps, part(found.after), Scale(reach))
        shares = [_share(*found.norms()[row]) for row in rows]
        own = scale_of(found.change.numpy())
        yield _Panel("what training added", part(found.change), Scale(own.reach), shares)


def _share(before: float, after: float | None, change: float | None) -> str:
    return "" if change is None or not before else f"{change / before:.0%}"


def _panel(found: Kernels, panel: _Panel, rows: Sequence[int], columns: Sequence[int]) -> Tile:
    height, width = panel.windows.shape[2:]
    if height * width == 1:
        body = _matrix(panel)
    elif len(columns) == 1 or found.coloured:
        body = _alone(panel, rows, found.coloured)
    else:
        body = _crossed(panel, rows, columns)
    end = number_text(panel.scale.reach)
    if found.coloured:
        key = words(f"gray is 0; a full colour is ±{end}", 10)
    else:
        key = legend(panel.scale, 180, low=f"−{end}", high=end)
    return below([words(panel.heading, 12, colour="ink", bold=True), body, key], 8)


def _window(panel: _Panel, row: int, column: int, wide: int, high: int, coloured: bool) -> Tile:
    numbers = panel.windows[row].numpy()
    if coloured:
        share = 0.5 + 0.5 * numbers.transpose(1, 2, 0) / (panel.scale.reach or 1.0)
        drawn = squares((255 * share.clip(0, 1) + 0.5).astype("uint8"), wide, high)
    else:
        drawn = picture(numbers[column], panel.scale, wide, high)
    return Tile(wide, high, (*drawn.items, Rect(0, 0, wide, high, "", "outline", weight=5)))


def _alone(panel: _Panel, rows: Sequence[int], coloured: bool) -> Tile:
    """Draw a window for each output channel, with its number above it."""
    wide, high = _sides(panel)
    columns = min(len(rows), max(1, (PANEL + GAP) // (max(wide, NUMBERS) + GAP)))
    lines = []
    for start in range(0, len(rows), columns):
        tiles = []
        for index in range(start, min(start + columns, len(rows))):
            above = [Label(0, 9, str(rows[index]), 9, "ink")]
            if panel.notes and wide >= ROOMY:
                above.append(Label(wide, 9, panel.notes[index], 9, "soft", "end"))
            items = (moved(item, 0, LETTERS) for item in _window(panel, index, 0, wide, high, coloured).items)
            tiles.append(Tile(max(wide, NUMBERS), LETTERS + high, (*above, *items)))
        lines.append(beside(tiles, GAP))
    return below(lines, GAP)


def _crossed(panel: _Panel, rows: Sequence[int], columns: Sequence[int]) -> Tile:
    """Draw a row of windows for each output channel, one for each input channel."""
    wide, high = _sides(panel)
    wide, high = min(wide, 32), min(high, 32 * high // wide)
    items: list[Item] = [Label(0, 9, "out \\ in", 9, "soft")]
    left = 44
    for at, number in enumerate(columns):
        items.append(Label(left + at * (wide + GAP) + wide // 2, 9, str(number), 9, "ink", "middle"))
    for line, number in enumerate(rows):
        y = LETTERS + line * (high + GAP)
        items.append(Label(left - 8, y + high // 2 + 3, str(number), 9, "ink", "end"))
        for at in range(len(columns)):
            drawn = _window(panel, line, at, wide, high, coloured=False)
            items += (moved(item, left + at * (wide + GAP), y) for item in drawn.items)
        if panel.notes:
            x = left + len(columns) * (wide + GAP) + 4
            items.append(Label(x, y + high // 2 + 3, panel.notes[line], 9, "soft"))
    right = left + len(columns) * (wide + GAP) + (34 if panel.notes else 0)
    return Tile(right, LETTERS + len(rows) * (high + GAP), tuple(items))


def _matrix(panel: _Panel) -> Tile:
    """Draw weights of single cells as one picture: a row for each output channel, a column for each input."""
    numbers = panel.windows[:, :, 0, 0].numpy()
    cell = max(1, min(CELL, (PANEL - 40) // max(numbers.shape)))
    wide, high = cell * numbers.shape[1], cell * numbers.shape[0]
    frame = Rect(0, 0, wide, high, "", "outline", weight=5)
    drawn = Tile(wide, high, (*picture(numbers, panel.scale, wide, high).items, frame))
    return below([words("across: input channels; down: output channels", 10), drawn], 4)


def _sides(panel: _Panel) -> tuple[int, int]:
    return _sides_of(*panel.windows.shape[2:])


def _sides_of(height: int, width: int) -> tuple[int, int]:
    """Return the pixels of a window, across and down."""
    longest = max(height, width)
    cell = max(1, min(CELL, SIDE // longest), min(2, WIDEST // longest))
    return min(cell * width, WIDEST), min(cell * height, WIDEST)


def _sentences(found: Kernels, rows: Sequence[int], columns: Sequence[int]) -> Iterator[str]:
    count, inputs = found.before.shape[:2]
    yield relative(found)
    if found.after is not None:
        where = _where(found)
        share = f"; the percentages {where} are the change's norm by the window's own" if where else ""
        yield f"The first two panels have one scale, the third its own{share}"
    left = [f"{len(rows)} of {count} output channels"] if len(rows) < count else []
    left += [f"{len(columns)} of {inputs} input channels"] if len(columns) < inputs else []
    if left:
        yield f"{' and '.join(left)} are shown; --channels chooses output channels"


def _where(found: Kernels) -> str:
    """Say where the shares of the change stand, "" where they have no room."""
    height, width = found.before.shape[2:]
    if height * width == 1:
        return ""
    if found.before.shape[1] > 1 and not found.coloured:
        return "at the end of each row"
    return "above each window" if _sides_of(height, width)[0] >= ROOMY else ""
