"""Turn a drawn SVG into a PNG, by a package that is not part of a plain installation."""

from convdsl.mistake import MistakeError
from convdsl.render.typeface import FILES, covers, lettered

SCALE = 2.0  # pixels of the PNG for one of the SVG: sharp on screens of high density
MOST_PIXELS = 2**28  # 1 GiB of memory for the picture


def png(svg: str, width: int, height: int, scale: float = SCALE) -> bytes:
    """Render SVG text that is width x height pixels large, in the fonts of the package.

    Only where it has characters that these lack, the machine's fonts are looked at too.
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
    files = [str(path) for path in FILES]
    return bytes(svg_to_bytes(svg_string=lettered(svg), zoom=scale, font_files=files, skip_system_fonts=covers(svg)))
