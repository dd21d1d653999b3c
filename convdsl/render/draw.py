"""Every style of picture and every format: which painter makes what, and what cannot be made.

A style turns a network into a canvas, which all painters take; what it makes beside that is listed with it. A new style
is one function and one line of STYLES, a new format one function, one line of PAINTERS and one of FORMATS.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePath

from convdsl.mistake import MistakeError
from convdsl.record import dataclass
from convdsl.render.canvas import Canvas
from convdsl.render.facts import Network
from convdsl.render.naming import layer_named
from convdsl.render.theme import THEMES, Theme
from convdsl.render.wish import DIRECTIONS, Wish

FORMATS: Mapping[str, str] = {
    ".svg": "svg",
    ".png": "png",
    ".pdf": "pdf",
    ".dot": "dot",
    ".gv": "dot",
    ".mmd": "mermaid",
    ".json": "json",
    ".html": "html",
    ".tex": "tikz",
    ".tikz": "tikzpicture",
    ".gif": "gif",
}

MOST_LAYERS, LONGEST_STRIP = 2000, 8000  # beyond them, layers and pixels, a page has no volumes below its graph
Product = str | bytes
Maker = Callable[[Network, Wish, Theme], Product]


@dataclass(frozen=True, slots=True)
class Style:
    """A way to draw a network.

    says: in a few words, for help. canvas: makes the picture that the painters of PAINTERS take, None where there is
    none. more: other formats, and those that it makes itself. one_layer: it draws the layer that is asked for.
    """

    says: str
    canvas: Callable[[Network, Wish], Canvas] | None
    more: Mapping[str, Maker]
    one_layer: bool = False

    @property
    def formats(self) -> tuple[str, ...]:
        """The formats in which it can be written, in the order of FORMATS."""
        made = {*self.more, *(PAINTERS if self.canvas is not None else ())}
        return tuple(dict.fromkeys(kind for kind in FORMATS.values() if kind in made))


def draw(
    network: Network, kind: str = "svg", wish: Wish | None = None, *, style: str = "graph", theme: str = "light"
) -> Product:
    """Draw a network as text, or as bytes where the format is binary.

    kind: a value of FORMATS. wish: the options that concern what is drawn.
    Raises ValueError for an unknown style, format, theme or direction; MistakeError where the style has no such format,
    the layer is not there, or a package is missing.
    """
    wish = wish or Wish()
    for value, known in ((style, STYLES), (theme, THEMES), (kind, set(FORMATS.values()))):
        if value not in known:
            raise ValueError(f"expected one of {', '.join(sorted(known))}, not {value!r}")
    if wish.direction and wish.direction not in DIRECTIONS:
        raise ValueError(f"expected one of {', '.join(DIRECTIONS)}, not {wish.direction!r}")
    chosen = STYLES[style]
    _agree(style, chosen, kind, wish)
    if wish.layer:
        layer_named(network, wish.layer)
    if kind in chosen.more:
        return chosen.more[kind](network, wish, THEMES[theme])
    assert chosen.canvas is not None, "a style without a canvas makes all its formats itself"
    return PAINTERS[kind](chosen.canvas(network, wish), THEMES[theme])


def format_of(path: str, known: Sequence[str] = tuple(FORMATS)) -> str:
    """Choose a format by a file's suffix, which is one of `known`; a name without one is SVG.

    Raises MistakeError for a suffix that no painter knows.
    """
    suffix = PurePath(path).suffix.lower()
    if suffix and suffix not in known:
        raise MistakeError(f"no picture can be written as `{suffix}`", way_out=f"use one of {_listed(known)}")
    return FORMATS.get(suffix, "svg")


def _agree(name: str, style: Style, kind: str, wish: Wish) -> None:
    """Raise MistakeError for a style that is not written in a format, or that draws no single layer."""
    if kind not in style.formats:
        suffixes = [suffix for suffix, one in FORMATS.items() if one in style.formats]
        others = [other for other, one in STYLES.items() if kind in one.formats]
        way_out = f"use one of {_listed(suffixes)}" + (f", or --style {' or '.join(others)}" if others else "")
        raise MistakeError(f"the style `{name}` cannot be written as {kind}", way_out=way_out)
    if wish.layer and not style.one_layer:
        others = [other for other, one in STYLES.items() if one.one_layer]
        way_out = f"leave the layer out, or --style {' or '.join(others)}" if others else "leave the layer out"
        raise MistakeError(f"the style `{name}` draws the whole network, not a layer", way_out=way_out)


def _listed(suffixes: Sequence[str]) -> str:
    """List suffixes, one for each format."""
    return ", ".join(suffix for suffix in suffixes if suffix != ".gv")


def dumped(data: object) -> str:
    """Write plain data as JSON; characters that hide, reorder text or cannot be encoded are escaped."""
    text = json.dumps(data, indent=1, ensure_ascii=False)
    for char in sorted(char for char in set(text) if not char.isprintable() and char != "\n"):
        text = text.replace(char, json.dumps(char)[1:-1])
    return text + "\n"


# -------------------------------------------------------------------- painters


def _svg(canvas: Canvas, theme: Theme) -> str:
    from convdsl.render.canvas_svg import paint_canvas

    return paint_canvas(canvas, theme)


def _png(canvas: Canvas, theme: Theme) -> bytes:
    from convdsl.render.png import png

    return png(_svg(canvas, theme), canvas.width, canvas.height)


def _pdf(canvas: Canvas, theme: Theme) -> bytes:
    from convdsl.render.pdf import pdf

    return pdf(_svg(canvas, theme), canvas.width, canvas.height, canvas.title, canvas.description)


def _json(canvas: Canvas, theme: Theme) -> str:
    return dumped(canvas.as_json())


def _tikz(canvas: Canvas, theme: Theme) -> str:
    from convdsl.render.canvas_tikz import paint_tikz

    return paint_tikz(canvas, theme)


def _tikzpicture(canvas: Canvas, theme: Theme) -> str:
    from convdsl.render.canvas_tikz import paint_tikz

    return paint_tikz(canvas, theme, whole=False)


PAINTERS: Mapping[str, Callable[[Canvas, Theme], Product]] = {
    "svg": _svg,
    "png": _png,
    "pdf": _pdf,
    "json": _json,
    "tikz": _tikz,
    "tikzpicture": _tikzpicture,
}


# ---------------------------------------------------------------------- styles


def _graph(network: Network, wish: Wish) -> Canvas:
    from convdsl.render.layer_graph import canvas

    return canvas(network, wish)


def _graph_svg(network: Network, wish: Wish, theme: Theme) -> str:
    from convdsl.render.layer_graph import scene
    from convdsl.render.scene_svg import paint_scene

    return paint_scene(scene(network, wish), theme)


def _graph_json(network: Network, wish: Wish, theme: Theme) -> str:
    from convdsl.render.layer_graph import scene

    return dumped(scene(network, wish).as_json())


def _graph_dot(network: Network, wish: Wish, theme: Theme) -> str:
    from convdsl.render.dot import dot

    return dot(network, wish, theme)


def _graph_html(network: Network, wish: Wish, theme: Theme) -> str:
    from convdsl.render.html.page import page

    strip = _figure(network, wish) if len(network.graph.nodes) <= MOST_LAYERS else None
    return page(network, wish, theme, strip=strip if strip is not None and strip.width <= LONGEST_STRIP else None)


def _field(network: Network, wish: Wish) -> Canvas:
    from convdsl.render.field.canvas import canvas

    return canvas(network, wish)


def _profile(network: Network, wish: Wish) -> Canvas:
    from convdsl.render.profile.canvas import canvas

    return canvas(network, wish)


def _figure(network: Network, wish: Wish) -> Canvas:
    from convdsl.render.figure.canvas import canvas

    return canvas(network, wish)


def _arithmetic(network: Network, wish: Wish) -> Canvas:
    from convdsl.render.arithmetic.picture import canvas

    return canvas(network, wish)


def _arithmetic_svg(network: Network, wish: Wish, theme: Theme) -> str:
    from convdsl.render.arithmetic.picture import animated

    return animated(network, wish, theme) if wish.moving else _svg(_arithmetic(network, wish), theme)


def _arithmetic_gif(network: Network, wish: Wish, theme: Theme) -> bytes:
    from convdsl.render.arithmetic.picture import gif

    return gif(network, wish, theme)


def _graph_mermaid(network: Network, wish: Wish, theme: Theme) -> str:
    from convdsl.render.mermaid import mermaid

    return mermaid(network, wish, theme)


def _sharing(network: Network, wish: Wish) -> Canvas:
    from convdsl.render.arithmetic.sharing import canvas

    return canvas(network, wish)


STYLES: Mapping[str, Style] = {
    "graph": Style(
        "cards and edges, skips in lanes of their own; .html: with the spec, the table and volumes beside it",
        _graph,
        {"svg": _graph_svg, "json": _graph_json, "dot": _graph_dot, "mermaid": _graph_mermaid, "html": _graph_html},
    ),
    "field": Style("what each layer sees of the input", _field, {}),
    "profile": Style("size, memory and work of each layer as bars", _profile, {}),
    "figure": Style("volumes to scale, in a U or a strip", _figure, {}),
    "arithmetic": Style(
        "the window of one layer, step by step; .gif: on its way",
        _arithmetic,
        {"svg": _arithmetic_svg, "gif": _arithmetic_gif},
        one_layer=True,
    ),
    "sharing": Style("the window of one layer beside a dense layer", _sharing, {}, one_layer=True),
}
