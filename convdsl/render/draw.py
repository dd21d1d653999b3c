"""One picture in the format that a file's name asks for."""

import json
from collections.abc import Mapping, Sequence
from pathlib import PurePath

from convdsl.mistake import MistakeError
from convdsl.render.facts import Network
from convdsl.render.layout import layout
from convdsl.render.svg import paint
from convdsl.render.theme import THEMES

FORMATS: Mapping[str, str] = {".svg": "svg", ".png": "png", ".json": "json", ".dot": "dot", ".gv": "dot"}


def format_of(path: str, known: Sequence[str] = tuple(FORMATS)) -> str:
    """Choose a format by a file's suffix, which is one of `known`; a name without one is SVG.

    Raises MistakeError for a suffix that no painter knows.
    """
    suffix = PurePath(path).suffix.lower()
    if suffix and suffix not in known:
        listed = ", ".join(name for name in known if name != ".gv")
        raise MistakeError(f"no picture can be written as `{suffix}`", way_out=f"use one of {listed}")
    return FORMATS.get(suffix, "svg")


def draw(
    network: Network,
    kind: str = "svg",
    *,
    direction: str = "TB",
    theme: str = "light",
    folded: bool = True,
    depth: int | None = None,
) -> str | bytes:
    """Draw a network as "svg", "png" (bytes), "json" (the layout as data) or "dot" (for Graphviz).

    The options are those of `svg`.
    Raises ValueError for an unknown option, MistakeError where PNG is asked for and cannot be made.
    """
    if theme not in THEMES:
        raise ValueError(f"expected one of {', '.join(THEMES)}, not {theme!r}")
    if kind == "dot":
        from convdsl.render.dot import dot

        return dot(network, direction=direction, theme=theme, folded=folded, depth=depth)
    scene = layout(network, direction=direction, folded=folded, depth=depth)
    if kind == "json":
        return json.dumps(scene.as_json(), indent=1, ensure_ascii=False) + "\n"
    if kind == "svg":
        return paint(scene, THEMES[theme])
    if kind == "png":
        from convdsl.render.png import png

        return png(paint(scene, THEMES[theme]), scene.width, scene.height)
    raise ValueError(f"expected svg, png, json or dot, not {kind!r}")
