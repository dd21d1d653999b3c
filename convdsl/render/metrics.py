"""How wide text is, from a fixed table: the same on every machine, and no font file is read.

Advance widths are those of DejaVu Sans and its bold face in thousandths of the font size (typeface.py): wider than
Helvetica, Arial and Liberation Sans in every character, so a box that holds the text here holds it in whichever of them
a reader has.
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
_BOLD = (
    *(349, 457, 521, 838, 696, 1002, 873, 307, 458, 458, 523, 838, 380, 416, 380, 366, 696, 696, 696, 696, 696, 696),
    *(696, 696, 696, 696, 400, 400, 838, 838, 838, 581, 1000, 774, 763, 734, 831, 684, 684, 821, 837, 373, 373, 775),
    *(638, 996, 837, 851, 733, 851, 771, 721, 683, 813, 774, 1104, 771, 725, 726, 458, 366, 458, 838, 500, 500, 675),
    *(716, 593, 716, 679, 436, 716, 712, 343, 343, 666, 343, 1042, 712, 688, 716, 716, 494, 596, 479, 712, 652, 924),
    *(646, 652, 583, 712, 366, 712, 838),
)
_OTHERS = {  # in the regular face and in the bold one
    **dict.fromkeys("×→−≤≥≠", (838, 838)),
    **dict.fromkeys("⌈⌉⌊⌋", (391, 458)),
    **dict.fromkeys("⋘⋙", (1423, 1423)),
    "·": (318, 380),
    "…": (1000, 1000),
    "Σ": (632, 684),
    "‰": (1342, 1440),
    "‱": (1736, 1887),
}
_WIDEST = (1120, 1330)  # for all other characters


@lru_cache(maxsize=65536)
def text_width(text: str, size: int, *, bold: bool = False) -> int:
    """Return the width of a line of text in whole pixels, rounded up; size: the font's, in pixels."""
    table = _BOLD if bold else _REGULAR
    units = 0
    for char in text:
        code = ord(char) - _FIRST
        units += table[code] if 0 <= code < len(table) else _OTHERS.get(char, _WIDEST)[bold]
    return -(-units * size // 1000)


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
