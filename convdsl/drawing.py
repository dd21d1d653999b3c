"""What draws a network: `convdsl.draw` and the command line's `draw` are this."""

import os
from collections.abc import Sequence

from convdsl.api import Place, Spec, configured
from convdsl.files import write_new
from convdsl.mistake import MistakeError
from convdsl.pipeline import Analysis
from convdsl.record import replace
from convdsl.render.draw import Product, format_of
from convdsl.render.draw import draw as paint
from convdsl.render.facts import Network
from convdsl.render.wish import Wish
from convdsl.view import Size, dtype_of, network_of, sizes_of


def draw(
    spec: Spec,
    path: Place | None = None,
    *,
    style: str = "graph",
    layer: str = "",
    size: Size | None = None,
    batch: int | None = None,
    dtype: str | None = None,
    direction: str = "",
    theme: str = "light",
    depth: int | None = None,
    collapse: str | Sequence[str] = (),
    folded: bool = True,
    values: bool = False,
    step: Sequence[int] = (),
    moving: bool = False,
    force: bool = False,
    **parameters: object,
) -> str:
    """Return the drawn network as SVG; a broken spec is drawn as far as it goes.

    path: also write it, as the suffix says (docs/cli.md lists styles and formats). style: "graph", the layers, or
    another. layer: the full name of the layer that a style draws. size: the input's, as for `show`; batch, dtype: of
    memory. direction: "TB", down the page, "LR", to the right, or "" for what fits. theme: "light", "dark" or "print".
    depth: levels of blocks that are opened, None for all. collapse: globs of full names, or of blocks' names, that are
    not opened. folded: draw equal blocks in a row once, with their number. values, step, moving: of the arithmetic of
    a layer: write numbers into the cells, the one output whose step is drawn, an SVG that moves through all steps.
    parameters: the model's own: `draw("net.cdsl", width=64)`.
    Raises SpecError where there is no network at all, MistakeError where the file exists and `force` is false, the
    style is not written in such a format, or a package is missing.
    """
    given = {"path": path is not None, "style": style != "graph", "layer": bool(layer), "size": size is not None}
    given |= {"batch": batch is not None, "dtype": dtype is not None, "direction": bool(direction)}
    given |= {"theme": theme != "light", "depth": depth is not None, "collapse": bool(collapse)}
    given |= {"folded": not folded, "force": force, "values": values, "step": bool(step), "moving": moving}
    network = network_of(configured(spec, parameters, "draw", given))
    globs = (collapse,) if isinstance(collapse, str) else tuple(collapse)
    wish = wish_of(network, direction, folded, depth, globs, layer, size, batch, dtype)
    wish = replace(wish, values=values, step=tuple(step), moving=moving)
    picture = paint(network, "svg", wish, style=style, theme=theme)
    assert isinstance(picture, str)
    if path is not None:
        kind = format_of(os.fspath(path))
        product = picture if kind == "svg" else paint(network, kind, wish, style=style, theme=theme)
        write_new(os.fspath(path), product, force=force)
    return picture


def drawn(analysis: Analysis, kind: str, style: str, theme: str, wish: Wish) -> Product:
    """Return the picture of a spec that has been read, in a format of `convdsl.render.draw.FORMATS`."""
    return paint(network_of(analysis), kind, wish, style=style, theme=theme)


def wish_of(
    network: Network,
    direction: str,
    folded: bool,
    depth: int | None,
    collapse: tuple[str, ...],
    layer: str,
    size: Size | None,
    batch: int | None,
    dtype: str | None,
) -> Wish:
    """Read what a person asks of a picture.

    Raises MistakeError for a size that the network does not accept, a batch without images, an unknown type.
    """
    if depth is not None and depth < 0:
        raise MistakeError(f"`--depth {depth}` is less than 0", way_out="0 draws each block as one card")
    if batch is not None and batch < 1:
        raise MistakeError(f"a batch of {batch} has no images", way_out="it is a whole number of at least 1")
    sizes = sizes_of(network, size)
    return Wish(direction, folded, depth, collapse, layer, sizes, batch or 1, dtype_of(dtype))
