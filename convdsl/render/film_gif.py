"""Frames as a GIF, by packages that are not part of a plain installation."""

from collections.abc import Sequence
from io import BytesIO

from convdsl.mistake import MistakeError
from convdsl.render.canvas import Canvas
from convdsl.render.canvas_svg import paint_canvas
from convdsl.render.film import HOLD, LAST
from convdsl.render.png import png
from convdsl.render.theme import Theme

SCALE = 1.5  # pixels of the GIF for one of the canvas
COLOURS = 64  # of all frames together: fills are few, the others are edges of letters


def film_gif(canvases: Sequence[Canvas], theme: Theme) -> bytes:
    """Render canvases of one size as a GIF that repeats.

    Raises MistakeError where a package is missing, or where the frames would be larger than memory allows.
    """
    try:
        from PIL import Image
    except ImportError:
        raise MistakeError(
            "GIF needs the package Pillow, which is not installed",
            way_out="`pip install 'convdsl[draw]'`, or write .svg, which moves too",
        ) from None
    frames = []
    for canvas in canvases:
        with Image.open(BytesIO(png(paint_canvas(canvas, theme), canvas.width, canvas.height, SCALE))) as picture:
            frames.append(picture.convert("RGB"))
    # one palette for all, made of the first frame and the last, which has the most in it
    both = Image.new("RGB", (frames[0].width, 2 * frames[0].height))
    both.paste(frames[0], (0, 0))
    both.paste(frames[-1], (0, frames[0].height))
    palette = both.quantize(COLOURS, dither=Image.Dither.NONE)
    first, *others = (frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames)
    out = BytesIO()
    durations = [*[HOLD] * len(others), LAST]
    first.save(out, "GIF", save_all=True, append_images=others, duration=durations, loop=0, optimize=False)
    return out.getvalue()
