"""Side by side: the photograph in gray, as it was coloured, and as it was where it had colours."""

from collections.abc import Sequence

import torch
from PIL import Image, ImageDraw, ImageFont

from convdsl.train import photos
from convdsl.train.picture import to_lab, to_pixels

SIDE = 960  # pixels of the long side of each picture at most
GAP = 8
TYPE = 15  # pixels of a word's height at least; more where pictures are large
PAPER, INK = (255, 255, 255), (60, 60, 60)


def compared(original: Image.Image, result: Image.Image) -> Image.Image:
    """Lay out gray, result and, where it has colours, the original, each with a word above it.

    Both: as `shown` makes them.
    """
    pictures = [("gray", _gray(original)), ("colorized", result)]
    if not photos.is_gray(photos.pixels(original)):
        pictures.append(("original", original))
    return _laid_out(pictures)


def shown(image: Image.Image) -> Image.Image:
    """Make a picture, RGB or RGBA, as small as it is shown, on white where it is transparent."""
    small = image.copy()
    small.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    if small.mode == "RGB":
        return small
    return photos.Layers(small.convert("RGB"), small.getchannel("A")).on_paper()


def _gray(image: Image.Image) -> Image.Image:
    """Keep the lightness alone."""
    lab = to_lab(torch.from_numpy(photos.pixels(image))[None])
    lab[:, 1:] = 0
    return Image.fromarray(to_pixels(lab)[0].numpy())


def _laid_out(pictures: Sequence[tuple[str, Image.Image]]) -> Image.Image:
    size = max(TYPE, max(image.width for _, image in pictures) // 36)
    head, font = 2 * size, ImageFont.load_default(size=size)
    widths = [max(image.width, int(font.getlength(word)) + 2) for word, image in pictures]
    height = max(image.height for _, image in pictures)
    sheet = Image.new("RGB", (sum(widths) + GAP * (len(pictures) + 1), head + height + GAP), PAPER)
    pen, x = ImageDraw.Draw(sheet), GAP
    for width, (word, image) in zip(widths, pictures, strict=True):
        pen.text((x + width / 2, head / 2 + 1), word, fill=INK, font=font, anchor="mm")
        sheet.paste(image, (x + (width - image.width) // 2, head))
        x += width + GAP
    return sheet
