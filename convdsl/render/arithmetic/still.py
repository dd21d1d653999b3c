"""The whole picture of a window that slides: its steps, its counts, the channels, the formulas and a key."""

from collections.abc import Sequence

from convdsl.record import dataclass
from convdsl.render.arithmetic.cell import Cell
from convdsl.render.arithmetic.channels import channels
from convdsl.render.arithmetic.coverage import coverage, coverage_words
from convdsl.render.arithmetic.ink import type_size
from convdsl.render.arithmetic.key import key
from convdsl.render.arithmetic.notes import notes
from convdsl.render.arithmetic.sheets import DONE, View
from convdsl.render.arithmetic.slide import Place
from convdsl.render.arithmetic.strip import WIDEST, strip
from convdsl.render.canvas import Canvas
from convdsl.render.tiles import Tile, below, beside, inside, words, wrapped

MARGIN = 16
HEADING, SENTENCE = 14, 11  # sizes of type, in pixels
COUNTED = (24, 20, 18, 16, 14, 12)  # sides of a cell with a count, in pixels
BESIDE = 30  # pixels between the counts and the channels


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands above a picture: the call, where it is and at what size, and the findings about it."""

    title: str
    place: str = ""
    problems: tuple[str, ...] = ()


def still(view: View, heading: Heading, steps: Sequence[Place], *, counts: bool = True) -> Canvas:
    """Draw a layer. steps: the outputs whose windows are shown; counts: whether those of the cells are drawn too."""
    said = notes(view)
    parts = [strip(view, steps)]
    if counts:
        parts.append(_counts(view))
        said.insert(0, coverage_words(view))
    bands = channels(view.slide)
    if bands is not None:
        parts = [*parts[:1], *_side_by_side(parts[1:], bands)]
    parts.append(legend(view))
    return framed(heading, parts, said)


def legend(view: View) -> Tile:
    """Draw the key of a layer's pictures."""
    samples = [(Cell(groups=(1,)), "this output, and what it reads")]
    samples += [(Cell(fill="group:2"), "weights")] if view.weighted else []
    samples += [(Cell(fill=DONE), "outputs before it")] if len(view.outputs) > 1 else []
    return key(view.before(None).cells, samples, WIDEST)


def framed(heading: Heading, parts: Sequence[Tile], said: Sequence[str], least: int = WIDEST) -> Canvas:
    """Put a heading above parts, sentences below them, and a margin around all.

    least: pixels into which the sentences are wrapped where no part is wider.
    """
    room = max(least, *(part.width for part in parts))
    head = [words(line, HEADING, colour="ink", bold=True) for line in wrapped(heading.title, HEADING, room * 8 // 9)]
    head += [words(line, SENTENCE) for line in wrapped(heading.place, SENTENCE, room) if line]
    head += [
        words(line, SENTENCE, colour="problem", bold=True) for text in heading.problems for line in _narrow(text, room)
    ]
    foot = [words(line, SENTENCE) for text in said for line in wrapped(text, SENTENCE, room)]
    whole = inside(below([below(head, 2), *parts, below(foot, 3)], MARGIN), MARGIN)
    description = ". ".join([*(text for text in (heading.place, *heading.problems) if text), *said])
    return Canvas(heading.title, f"{description}.", whole.width, whole.height, whole.items)


def _narrow(text: str, room: int) -> list[str]:
    return wrapped(text, SENTENCE, room * 8 // 9)  # bold is wider


def _counts(view: View) -> Tile:
    sheet = coverage(view)
    marks = [cell.mark for cell in sheet.cells]
    # a count of two figures is read at 8 pixels
    fitting = (side for side in COUNTED if sheet.width(side) <= WIDEST and sheet.height(side) <= WIDEST // 2)
    side = next(fitting, COUNTED[-1])
    return sheet.tile(side, type_size(marks, side))


def _side_by_side(parts: list[Tile], bands: Tile) -> list[Tile]:
    """Put the channels beside the counts where both fit."""
    if not parts:
        return [bands]
    if parts[0].width + BESIDE + bands.width <= WIDEST:
        return [beside([parts[0], bands], BESIDE)]
    return [parts[0], bands]
