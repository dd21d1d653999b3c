"""Text as a terminal shows it: characters that hide made visible, and the number of cells that a string fills.

Nothing that a spec contains may move the cursor, change colours or reorder a line, so every string from a user passes
through `visible`.
"""

from unicodedata import category, combining, east_asian_width

TAB = 4  # cells between tab stops in excerpts

RESET = "\x1b[0m"
BOLD, DIM = "\x1b[1m", "\x1b[2m"
RED, GREEN, YELLOW, BLUE, CYAN = "\x1b[1;31m", "\x1b[32m", "\x1b[1;33m", "\x1b[34m", "\x1b[1;36m"


def paint(text: str, style: str, colour: bool) -> str:
    """Wrap a string in a terminal style where colours are wanted and there is something to colour."""
    return f"{style}{text}{RESET}" if colour and style and text else text


def glyph(char: str) -> str:
    """Return what to show for one character: itself, or a picture of a control, or `<U+202E>`."""
    if char.isprintable():
        return char
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    return f"<U+{code:04X}>"


def visible(text: str) -> str:
    """Make control, bidirectional, invisible and unpaired characters visible; printable text is unchanged."""
    return text if text.isprintable() else "".join(map(glyph, text))


_SIGNS = {  # our own, by what stands for them in ASCII
    "x": "×",
    "->": "→",
    "~": "…",
    ";": "·",
    "-": "−─",
    "|": "│",
    "ceil(": "⌈",
    "floor(": "⌊",
    ")": "⌉⌋",
    ",": "╭┬",
    "`": "╰┴",
    "+": "├┼",
    ".": "▏▎▍▌",
    "#": "▋▊▉█",
}
_PLAIN = str.maketrans({sign: text for text, signs in _SIGNS.items() for sign in signs})


def plain(text: str) -> str:
    """Write text in ASCII: our own signs as words and letters, what is left as in Python's strings."""
    return text if text.isascii() else text.translate(_PLAIN).encode("ascii", "backslashreplace").decode()


def char_cells(char: str) -> int:
    """Count the cells of one printable character: 0 for combining marks, 2 for wide ones, else 1."""
    if char < "\u0300":
        return 1
    if combining(char) or category(char) in ("Mn", "Me"):
        return 0
    return 2 if east_asian_width(char) in "WF" else 1


def cells(text: str) -> int:
    """Count the terminal cells of printable text."""
    return len(text) if text.isascii() else sum(map(char_cells, text))


def shorten(text: str, limit: int) -> str:
    """Cut printable text to at most `limit` cells, the last one an ellipsis where something was cut."""
    if cells(text) <= limit:
        return text
    out, used = [], 0
    for char in text:
        used += char_cells(char)
        if used > limit - 1:
            break
        out.append(char)
    return "".join(out) + "…"


def spread(text: str) -> tuple[str, list[int]]:
    """Turn one line of source into what is shown, and say in which cell each character begins.

    Tabs run to the next stop. The list has one entry more than the text: the cell after its end.
    """
    if text.isascii() and text.isprintable():
        return text, list(range(len(text) + 1))
    shown: list[str] = []
    starts: list[int] = []
    at = 0
    for char in text:
        starts.append(at)
        picture = " " * (TAB - at % TAB) if char == "\t" else glyph(char)
        shown.append(picture)
        at += cells(picture)
    starts.append(at)
    return "".join(shown), starts
