"""Turn a drawn SVG into a PNG, by a package that is not part of a plain installation."""

from convdsl.mistake import MistakeError

SCALE = 2.0  # pixels of the PNG for one of the SVG: sharp on screens of high density
MOST_PIXELS = 2**28  # 1 GiB of memory for the picture


def png(svg: str, width: int, height: int, scale: float = SCALE) -> bytes:
    """Render SVG text that is width x height pixels large; fonts are those of the machine.

    Raises MistakeError where the package is missing, or where the picture would be larger than memory allows.
    """
    if width * height * scale * scale > MOST_PIXELS:
        raise MistakeError(
            f"a picture of {width * scale:,.0f} × {height * scale:,.0f} pixels is too large for PNG",
            way_out="write .svg, or open fewer levels of blocks",
        )
    try:
        from resvg_py import svg_to_bytes
    except ImportError:
        raise MistakeError(
            "PNG needs the package resvg-py, which is not installed",
            way_out="`pip install 'convdsl[draw]'`, or write .svg",
        ) from None
    return bytes(svg_to_bytes(svg_string=svg, zoom=scale))
