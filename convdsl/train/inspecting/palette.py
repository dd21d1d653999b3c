"""Numbers as colours: white is 0, orange above it, blue below it, darker the further away.

The two hues are those of the pictures' palette (Okabe & Ito), which stay apart under the common colour-blindnesses; on
each side the lightness falls steadily, so that a grey print still shows how far from 0 a number is.
"""

from collections.abc import Sequence
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from convdsl.record import dataclass
from convdsl.render.canvas import Label, Line, Picture, Rect
from convdsl.render.metrics import text_width
from convdsl.render.tiles import Tile
from convdsl.train.photos import Pixels

Numbers = NDArray[np.floating]

SHARP = 2  # pixels of an embedded picture for one of the drawing: what a PNG of it has
FEW = 3  # pixels of a drawing for one of a photograph, from which on they are seen one by one
MIDDLE = 127  # the entry of the palette that is 0
# Share of the way from 0 to the end, and the colour there: #d55e00 and #0072b2 at 55 %, near black at the end.
ABOVE = ((0.0, 0xFF, 0xFF, 0xFF), (0.25, 0xF6, 0xC9, 0xA0), (0.55, 0xD5, 0x5E, 0x00), (1.0, 0x4A, 0x18, 0x00))
BELOW = ((0.0, 0xFF, 0xFF, 0xFF), (0.25, 0x9C, 0xCB, 0xEA), (0.55, 0x00, 0x72, 0xB2), (1.0, 0x00, 0x24, 0x40))


@dataclass(frozen=True, slots=True)
class Scale:
    """How numbers become colours: `reach` is the darkest on either side; one_sided: there is nothing below 0."""

    reach: float
    one_sided: bool = False


def scale_of(numbers: Numbers) -> Scale:
    """Choose a scale for numbers: it ends at the one that is furthest from 0."""
    low, high = (float(numbers.min()), float(numbers.max())) if numbers.size else (0.0, 0.0)
    return Scale(max(-low, high), low >= 0)


def colours(numbers: Numbers, scale: Scale) -> Pixels:
    """Return the colours of numbers: uint8, with one axis more, of 3."""
    return _palette()[_entries(numbers, scale)]


def picture(numbers_HW: Numbers, scale: Scale, width: int, height: int) -> Tile:
    """Draw numbers as a picture of width x height pixels; cells that are larger than a pixel keep sharp edges."""
    wanted = (SHARP * width, SHARP * height)
    rows, columns = numbers_HW.shape
    if columns > wanted[0] or rows > wanted[1]:
        smaller = Image.fromarray(numbers_HW.astype(np.float32)).resize(
            (min(columns, wanted[0]), min(rows, wanted[1])), Image.Resampling.BOX
        )
        numbers_HW = np.asarray(smaller)
    used, places = np.unique(_entries(numbers_HW, scale), return_inverse=True)  # a short palette makes a small file
    image = Image.fromarray(places.reshape(numbers_HW.shape).astype(np.uint8))
    image.putpalette(_palette()[used].tobytes())
    return _placed(image.resize(wanted, Image.Resampling.NEAREST), width, height)


def photograph(pixels: Pixels, width: int, height: int) -> Tile:
    """Draw pixels (H, W, 3) as a picture of width x height; few large ones keep sharp edges."""
    if FEW * pixels.shape[1] <= width:
        return squares(pixels, width, height)
    image = Image.fromarray(pixels)
    wanted = (SHARP * width, SHARP * height)
    if image.width > wanted[0]:
        image = image.resize(wanted, Image.Resampling.LANCZOS)
    return _placed(image, width, height)


def squares(pixels: Pixels, width: int, height: int) -> Tile:
    """Draw few pixels (H, W, 3), each as a square with sharp edges."""
    wanted = (SHARP * width, SHARP * height)
    return _placed(Image.fromarray(pixels).resize(wanted, Image.Resampling.NEAREST), width, height)


def legend(scale: Scale, width: int, *, low: str = "", middle: str = "0", high: str = "") -> Tile:
    """Draw the scale as a bar with words below its ends and its zero."""
    ends = (0.0, 1.0) if scale.one_sided else (-1.0, 1.0)
    bar = picture(np.linspace(*ends, 128)[None], Scale(1.0), width, 10)
    zero = 0 if scale.one_sided else width // 2
    texts = [(0, "start", "" if scale.one_sided else low), (width, "end", high)]
    texts.append((zero, "start" if scale.one_sided else "middle", middle))
    labels = tuple(Label(x, 25, text, 10, "soft", anchor) for x, anchor, text in texts if text)
    tick = Line(((zero, 10), (zero, 14)), "soft", 10)
    wide = max(width, *(text_width(text, 10) for _, _, text in texts))
    return Tile(wide, 28, (*bar.items, Rect(0, 0, width, 10, "", "outline", weight=5), tick, *labels))


def number_text(number: float) -> str:
    """Write a number with three figures: `0.0312`, `2.31`, `148`."""
    if number == 0:
        return "0"
    text = f"{number:.3g}" if abs(number) < 1000 else f"{number:,.0f}"
    return text.replace("-", "−")


def share_text(share: float) -> str:
    """Write a share of 1 as percent, and never as 0 % or 100 % what is not quite."""
    if 0 < share < 0.005:
        return "<1%"
    if 0.995 <= share < 1:
        return ">99%"
    return f"{share:.0%}"


def _entries(numbers: Numbers, scale: Scale) -> Pixels:
    share = numbers / scale.reach if scale.reach > 0 else np.zeros_like(numbers)
    entries: Pixels = np.round(MIDDLE + MIDDLE * np.clip(np.nan_to_num(share), -1.0, 1.0)).astype(np.uint8)
    return entries


def _palette() -> Pixels:
    share = np.abs(np.arange(256) - MIDDLE) / MIDDLE
    sides = (_interpolated(BELOW, share), _interpolated(ABOVE, share))
    below = (np.arange(256) < MIDDLE)[:, None]
    palette: Pixels = np.where(below, *sides).astype(np.uint8)
    return palette


def _interpolated(stops: Sequence[tuple[float, int, int, int]], share: NDArray[np.floating]) -> Numbers:
    places = [stop[0] for stop in stops]
    return np.stack([np.interp(share, places, [stop[1 + c] for stop in stops]) for c in range(3)], axis=1).round()


def _placed(image: Image.Image, width: int, height: int) -> Tile:
    out = BytesIO()
    image.save(out, "PNG", optimize=True)
    return Tile(width, height, (Picture(0, 0, width, height, out.getvalue()),))
