"""Gray, predicted and true side by side, many photographs on one sheet."""

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from torch import nn

from convdsl.train import photos
from convdsl.train.album import SQUARE
from convdsl.train.job import Job
from convdsl.train.photos import Photo, PhotoError
from convdsl.train.predict import colorize

GAP, GROUP = 3, 14  # pixels between the three pictures of a photograph, and between photographs
HEAD = 26
PAPER, INK = (255, 255, 255), (60, 60, 60)


def contact_sheet(
    job: Job, network: nn.Module, files: Sequence[Path], *, side: int = 144, columns: int = 4, short: int | None = None
) -> Image.Image:
    """Lay out the centre squares of photographs as gray, predicted, true; unreadable files are left out.

    side: pixels of a square. columns: photographs in a row. short: what the network sees, as in `evaluate` if none.
    """
    seen = short if short is not None else SQUARE
    return lay_out(job, network, squares(files, side), seen, columns)


def squares(files: Sequence[Path], side: int) -> tuple[Image.Image, ...]:
    """Read the centre squares of photographs; unreadable files are left out."""
    found: list[Image.Image] = []
    for path in files:
        try:
            found.append(photos.square(photos.decode(path).image, side))
        except PhotoError:
            continue
    return tuple(found)


def words(job: Job) -> tuple[str, ...]:
    """Say what stands beside each other of each photograph."""
    return ("seen", "predicted") if job.repeats else ("gray", "predicted", "true")


def lay_out(job: Job, network: nn.Module, true: Sequence[Image.Image], short: int, columns: int = 4) -> Image.Image:
    """Lay out squares of one size as gray, predicted, true; of a network that repeats what it sees, that and this.

    short: what the network sees, in pixels. columns: photographs in a row.
    """
    side, head = true[0].width if true else SQUARE, words(job)
    parts = [_beside(job, colorize(job, network, Photo(image), short), image) for image in true]
    columns = max(1, min(columns, len(parts)))
    rows = -(-len(parts) // columns)
    wide, high = len(head) * (side + GAP) - GAP + GROUP, side + GROUP
    sheet = Image.new("RGB", (columns * wide + GROUP, HEAD + rows * high + GROUP), PAPER)
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(size=15)
    for number in range(columns):
        for place, word in enumerate(head):
            x = GROUP + number * wide + place * (side + GAP) + side / 2
            pen.text((x, GROUP + 4), word, fill=INK, font=font, anchor="mm")
    for number, images in enumerate(parts):
        row, column = divmod(number, columns)
        for place, image in enumerate(images):
            sheet.paste(image, (GROUP + column * wide + place * (side + GAP), HEAD + row * high))
    return sheet


def _beside(job: Job, predicted: Image.Image, true: Image.Image) -> tuple[Image.Image, ...]:
    gray = true.convert("L").convert("RGB")
    if job.repeats:
        return (gray if job.source.channels == ("L",) else true, predicted)
    return (gray, predicted, true)
