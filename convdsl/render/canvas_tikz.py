"""Paint a canvas as TikZ: a LaTeX file that stands alone and needs nothing but `tikz`, the same bytes everywhere.

The page is as large as the picture. The file is plain ASCII, and every string is escaped. pdflatex and lualatex take
it.
"""

import re
from collections.abc import Iterable, Iterator

from convdsl.render.canvas import Canvas, Disc, Item, Label, Line, Polygon, Rect, flat
from convdsl.render.strokes import head, joined, shortened
from convdsl.render.tex import escape_tex
from convdsl.render.theme import Theme

PIXEL = 0.75  # TeX's big points for a pixel, as CSS has it

ANCHORS = {"start": "base west", "middle": "base", "end": "base east"}

# the fonts that every TeX has, at any size
PREAMBLE = r"""\RequirePackage{fix-cm}
\documentclass{article}
\usepackage{tikz}
\setlength{\paperwidth}{WIDTHbp}
\setlength{\paperheight}{HEIGHTbp}
\ifdefined\pdfpagewidth
  \pdfpagewidth=\paperwidth \pdfpageheight=\paperheight
\else\ifdefined\pagewidth
  \pagewidth=\paperwidth \pageheight=\paperheight
\fi\fi
\setlength{\hoffset}{-1in}
\setlength{\voffset}{-1in}
\setlength{\oddsidemargin}{0pt}
\setlength{\topmargin}{0pt}
\setlength{\headheight}{0pt}
\setlength{\headsep}{0pt}
\setlength{\topskip}{0pt}
\setlength{\footskip}{0pt}
\setlength{\parindent}{0pt}
\setlength{\textwidth}{\paperwidth}
\setlength{\textheight}{\paperheight}
\addtolength{\textheight}{10pt}
\pagestyle{empty}
"""

NEEDS = r"% needs \usepackage{tikz}; for letters of every size \RequirePackage{fix-cm} before \documentclass"


def paint_tikz(canvas: Canvas, theme: Theme, *, whole: bool = True) -> str:
    """Turn a canvas into a LaTeX file that ends with a newline; whole: else a part, for `\\input` in a document."""
    colours: dict[str, str] = {}
    body = [line for item in flat(canvas.items) for line in _item(item, theme, colours)]
    page = _colour("page", theme, colours)
    size = f"({canvas.width},{canvas.height})"
    words = f"% {_comment(canvas.title)}: {_comment(canvas.description)}"
    part = [
        *(f"\\definecolor{{{name}}}{{HTML}}{{{value.lstrip('#').upper()}}}" for value, name in colours.items()),
        f"\\begin{{tikzpicture}}[x={PIXEL}bp,y=-{PIXEL}bp,inner sep=0pt,outer sep=0pt]",
        f"\\useasboundingbox (0,0) rectangle {size};",
        f"\\fill[{page}] (0,0) rectangle {size};",
        *body,
        r"\end{tikzpicture}%",
    ]
    if not whole:
        return "\n".join([words, NEEDS, *part]) + "\n"
    head = PREAMBLE.replace("WIDTH", _points(canvas.width)).replace("HEIGHT", _points(canvas.height)).rstrip("\n")
    return "\n".join([words, head, r"\begin{document}%", *part, r"\end{document}"]) + "\n"


def _comment(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9 .,:;()_-]", "?", text)


def _item(item: Item, theme: Theme, colours: dict[str, str]) -> Iterator[str]:
    if isinstance(item, Rect):
        look = _look(item.fill, item.stroke, item.weight, item.dashed, item.opacity, theme, colours)
        if item.radius:
            look.append(f"rounded corners={_points(item.radius)}bp")
        yield _path(look, f"({item.x},{item.y}) rectangle ({item.x + item.width},{item.y + item.height})")
    elif isinstance(item, Polygon):
        look = _look(item.fill, item.stroke, item.weight, item.dashed, item.opacity, theme, colours)
        yield _path([*look, "line join=round"], _corners(item.points))
    elif isinstance(item, Disc):
        look = _look(item.fill, item.stroke, item.weight, False, 100, theme, colours)
        yield _path(look, f"({item.x},{item.y}) circle [radius={_points(item.radius)}bp]")
    elif isinstance(item, Line):
        points = shortened(item.points) if item.head else item.points
        yield _path(_pen(item.stroke, item.weight, item.dashed, theme, colours), _curve(joined(points, item.bend)))
        if item.head:
            yield _path([f"fill={_colour(item.stroke, theme, colours)}"], _corners(head(item.points)))
    elif isinstance(item, Label):
        yield _node(item, theme, colours)


def _node(label: Label, theme: Theme, colours: dict[str, str]) -> str:
    size = label.size * PIXEL
    font = rf"\fontsize{{{size:g}}}{{{size * 1.2:.4g}}}\selectfont" + (r"\bfseries" if label.bold else "")
    options = [f"anchor={ANCHORS[label.anchor]}", f"text={_colour(label.colour, theme, colours)}"]
    options.append(rf"font=\sffamily{font}")
    if label.upright:
        options.append("rotate=90")
    return f"\\node[{','.join(options)}] at ({label.x},{label.y}) {{{escape_tex(label.text)}}};"


def _path(options: Iterable[str], way: str) -> str:
    return f"\\path[{','.join(options)}] {way};"


def _corners(points: Iterable[tuple[int, int]]) -> str:
    return " -- ".join(f"({x},{y})" for x, y in points) + " -- cycle"


def _curve(d: str) -> str:
    """Turn the path of strokes.py into TikZ: straight pieces, and corners with one point of control."""
    out: list[str] = []
    for command, numbers in re.findall(r"([MLQ])([-0-9 ]+)", d):
        values = numbers.split()
        points = [f"({x},{y})" for x, y in zip(values[::2], values[1::2], strict=True)]
        out.append({"M": "{0}", "L": "-- {0}", "Q": ".. controls {0} .. {1}"}[command].format(*points))
    return " ".join(out)


def _look(
    fill: str, stroke: str, weight: int, dashed: bool, opacity: int, theme: Theme, colours: dict[str, str]
) -> list[str]:
    out = [f"fill={_colour(fill, theme, colours)}"] if fill else []
    if fill and opacity != 100:
        out.append(f"fill opacity={opacity / 100:g}")
    return out + (_pen(stroke, weight, dashed, theme, colours) if stroke else [])


def _pen(stroke: str, weight: int, dashed: bool, theme: Theme, colours: dict[str, str]) -> list[str]:
    out = [f"draw={_colour(stroke, theme, colours)}", f"line width={_points(weight / 10)}bp"]
    if dashed:
        out.append(f"dash pattern=on {_points(4)}bp off {_points(3)}bp")
    return out


def _colour(role: str, theme: Theme, colours: dict[str, str]) -> str:
    """Return the name of a role's colour in the file; each colour is defined once."""
    return colours.setdefault(theme.colour(role), f"c{len(colours)}")


def _points(pixels: float) -> str:
    return f"{pixels * PIXEL:g}"
