"""The two fonts that come with the package, for pictures that hold their letters: PNG and PDF.

With them a picture has the same letters, as wide as metrics.py says, on every machine, one without fonts too. They are
DejaVu Sans 2.37 and its bold face, cut down to the characters of RANGES (fonttools, `pyftsubset --layout-features=''
--no-hinting`); other characters are taken from the machine's fonts. The licence lies beside them.
"""

from bisect import bisect_right
from itertools import chain
from pathlib import Path

from convdsl.render.metrics import FONT

FAMILY = "DejaVu Sans"
FOLDER = Path(__file__).parent / "fonts"
FILES = (FOLDER / "DejaVuSans.ttf", FOLDER / "DejaVuSans-Bold.ttf")
RANGES = (  # first and last code point; the fonts have all of these
    *((0x20, 0x7E), (0xA0, 0x17F), (0x384, 0x38A), (0x38E, 0x3A1), (0x3A3, 0x3FF), (0x400, 0x45F), (0x2010, 0x2027)),
    *((0x2030, 0x203A), (0x2074, 0x208E), (0x2190, 0x21FF), (0x2200, 0x22FF), (0x2308, 0x230B), (0x2500, 0x25FF)),
    *((0x2713, 0x2718), (0xFFFD, 0xFFFD)),
)
_BORDERS = tuple(chain.from_iterable((first, last + 1) for first, last in sorted(RANGES)))


def covers(text: str) -> bool:
    """Tell whether the fonts have all characters of a text; line ends count as had."""
    return all(bisect_right(_BORDERS, ord(char)) % 2 for char in set(text) - set("\n\r\t"))


def lettered(svg: str) -> str:
    """Have a drawn SVG name the fonts of the package first."""
    return svg.replace(f'font-family="{FONT}"', f'font-family="{FAMILY}, sans-serif"')
