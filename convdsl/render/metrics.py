"""How wide text is, from a fixed table: the same on every machine, and no font file is read.

Advance widths are those of DejaVu Sans in thousandths of the font size: wider than Helvetica, Arial and Liberation Sans
in every character, so a box that holds the text here holds it in whichever of them a reader has.
"""

from functools import lru_cache

FONT = "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"

_FIRST = 32  # the blank
_REGULAR = (
    *(318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337, 636, 636, 636, 636, 636, 636),
    *(636, 636, 636, 636, 337, 337, 838, 838, 838, 531, 1000, 684, 686, 698, 770, 632, 575, 775, 752, 295, 295, 656),
    *(557, 863, 748, 787, 603, 787, 695, 635, 611, 732, 684, 989, 685, 611, 685, 390, 337, 390, 838, 500, 500, 613),
    *(635, 550, 635, 615, 352, 635, 634, 278, 278, 579, 278, 974, 634, 612, 635, 635, 411, 521, 392, 634, 592, 818),
    *(592, 592, 525, 636, 337, 636, 838),
)
_OTHERS = {"×": 838, "→": 838, "·": 318, "…": 1000, "−": 838, "⌈": 390, "⌉": 390, "⌊": 390, "⌋": 390}
_WIDEST = 1000  # for all other characters
_BOLD = 1.13  # DejaVu Sans Bold against DejaVu Sans, the largest ratio over letters and digits being 1.15


@lru_cache(maxsize=65536)
def text_width(text: str, size: int, *, bold: bool = False) -> int:
    """Return the width of a line of text in whole pixels, rounded up; size: the font's, in pixels."""
    units = 0
    for char in text:
        code = ord(char) - _FIRST
        units += _REGULAR[code] if 0 <= code < len(_REGULAR) else _OTHERS.get(char, _WIDEST)
    wide = units * size * (_BOLD if bold else 1)
    return -int(-wide // 1000)


def fit(text: str, size: int, room: int, *, bold: bool = False) -> str:
    """Cut text to a width in pixels; the last character is an ellipsis where something was cut."""
    if text_width(text, size, bold=bold) <= room:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if text_width(text[:middle] + "…", size, bold=bold) <= room:
            low = middle
        else:
            high = middle - 1
    return text[:low].rstrip() + "…"
