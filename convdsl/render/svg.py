"""The layer graph as SVG, in one call."""

from convdsl.render.facts import Network
from convdsl.render.layout import layout
from convdsl.render.scene import Scene
from convdsl.render.scene_svg import paint_scene
from convdsl.render.theme import THEMES, Theme


def svg(
    network: Network,
    *,
    direction: str = "",
    theme: str = "light",
    folded: bool = True,
    depth: int | None = None,
    prefix: str | None = None,
) -> str:
    """Draw a network.

    direction: "TB" (down the page), "LR" (to the right), or "" (chosen). theme: "light", "dark" or "print". folded:
    equal blocks in a row are drawn once. depth: how many levels of blocks are opened, None for all. prefix: begins
    every id, so that several drawings can stand in one page; the default is made of the model's name and the drawing's
    contents.
    Raises ValueError for an unknown direction or theme.
    """
    if theme not in THEMES:
        raise ValueError(f"expected one of {', '.join(THEMES)}, not {theme!r}")
    return paint(layout(network, direction=direction, folded=folded, depth=depth), THEMES[theme], prefix)


def paint(scene: Scene, theme: Theme, prefix: str | None = None) -> str:
    """Turn a scene into SVG text that ends with a newline."""
    return paint_scene(scene, theme, prefix)
