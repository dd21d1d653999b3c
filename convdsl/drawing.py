"""What draws a network: `convdsl.draw` and the command line's `draw` are this."""

import os
import warnings
from collections.abc import Sequence
from pathlib import Path

from convdsl.api import Place, Spec, configured
from convdsl.files import write_new
from convdsl.graphviz_program import found, rendered
from convdsl.mistake import MistakeError
from convdsl.nearest import nearest
from convdsl.pipeline import collector_paused
from convdsl.record import replace
from convdsl.render.cells import visible
from convdsl.render.draw import PAINTERS, Product, format_of
from convdsl.render.draw import draw as paint
from convdsl.render.facts import Network
from convdsl.render.grouping import blocks_named, means_nothing
from convdsl.render.naming import LISTED
from convdsl.render.theme import THEMES
from convdsl.render.wish import FRAMES, Wish
from convdsl.view import Size, dtype_of, network_of, sizes_of

ENGINES = ("own", "dot")
RENDERED = ("svg", "png", "pdf")  # what Graphviz is asked for


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
    frames: int = FRAMES,
    photo: Place | None = None,
    engine: str = "own",
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
    frames: the most steps that a picture that moves has. photo: a photograph, which is drawn before and after a layer
    with a fixed window in place of anything else (`Filter2d`; "svg" or "png"). engine: "own", or "dot" for Graphviz.
    parameters: the model's own: `draw("net.cdsl", width=64)`.
    Raises SpecError where there is no network at all, MistakeError where the file exists and `force` is false, the
    style is not written in such a format, or a package is missing.
    """
    given = {"path": path is not None, "style": style != "graph", "layer": bool(layer), "size": size is not None}
    given |= {"batch": batch is not None, "dtype": dtype is not None, "direction": bool(direction)}
    given |= {"theme": theme != "light", "depth": depth is not None, "collapse": bool(collapse)}
    given |= {"folded": not folded, "force": force, "values": values, "step": bool(step), "moving": moving}
    given |= {"engine": engine != "own", "frames": frames != FRAMES, "photo": photo is not None}
    network = network_of(configured(spec, parameters, "draw", given))
    globs = (collapse,) if isinstance(collapse, str) else tuple(collapse)
    wish = wish_of(network, direction, folded, depth, globs, layer, size, batch, dtype)
    wish = replace(wish, values=values, step=tuple(step), moving=moving, frames=frames)
    kinds = {"svg", "svg" if path is None else format_of(os.fspath(path))}
    if photo is not None:
        made = {kind: (of_photo(network, kind, theme, wish, Path(photo)), "") for kind in kinds}
    else:
        made = {kind: drawn(network, kind, style, theme, wish, engine if kind in RENDERED else "own") for kind in kinds}
    for note in {note for _, note in made.values() if note}:
        warnings.warn(note, stacklevel=2)
    if path is not None:
        write_new(os.fspath(path), made[format_of(os.fspath(path))][0], force=force)
    picture = made["svg"][0]
    assert isinstance(picture, str)
    return picture


def drawn(network: Network, kind: str, style: str, theme: str, wish: Wish, engine: str = "own") -> tuple[Product, str]:
    """Return the picture in a format of `convdsl.render.draw.FORMATS`, and a note where it is not as asked, or "".

    engine: "own", or "dot": Graphviz lays the layer graph out, where this machine has it.
    Raises MistakeError where the style has no such format, or Graphviz does not draw it, fails or takes too long.
    """
    if engine not in ENGINES:
        raise ValueError(f"expected one of {', '.join(ENGINES)}, not {engine!r}")
    note = ""
    if engine == "dot":
        if style != "graph" or kind not in RENDERED:
            message = f"Graphviz draws the style `graph` as {', '.join(RENDERED)}, not `{style}` as {kind}"
            raise MistakeError(message, way_out="leave `--engine dot` out")
        program = found()
        if program is not None and kind in program.formats:
            made = rendered(program, str(paint(network, "dot", wish, theme=theme)), kind)
            return made.decode() if kind == "svg" else made, ""
        lacking = f"there is no Graphviz that writes {kind} on this machine (`dot`, or `pip install graphviz-pure`)"
        note = f"{lacking}: drawn by the layout of convdsl"
    with collector_paused():
        return paint(network, kind, wish, style=style, theme=theme), note


def of_photo(network: Network, kind: str, theme: str, wish: Wish, photo: Path) -> Product:
    """Return the picture of a photograph before and after a layer with a fixed window: "svg" or "png".

    Raises MistakeError for another format, a layer without such a window, a file that is no photograph.
    """
    from convdsl.train.filtered import photo as draw_photo  # pixels take packages that other pictures do without

    if kind not in ("svg", "png"):
        raise MistakeError(f"a photograph cannot be written as {kind}", way_out="use one of .svg, .png")
    return PAINTERS[kind](draw_photo(network, wish, photo), THEMES[theme])


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

    Raises MistakeError for a size that the network does not accept, a batch without images, an unknown type, and where
    no block is called what `collapse` says.
    """
    for glob in collapse:
        if means_nothing(network.graph, glob):
            named = blocks_named(network.graph)
            near = nearest(glob, named)
            found = f"did you mean `{near}`?" if near else f"there are {visible(', '.join(named[:LISTED]))}"
            way_out = found if named else "leave it out: the network has none"
            raise MistakeError(f"no block or group is called `{visible(glob)}`", way_out=way_out)
    if depth is not None and depth < 0:
        raise MistakeError(f"`--depth {depth}` is less than 0", way_out="0 draws each block as one card")
    if batch is not None and batch < 1:
        raise MistakeError(f"a batch of {batch} has no images", way_out="it is a whole number of at least 1")
    sizes = sizes_of(network, size)
    return Wish(direction, folded, depth, collapse, layer, sizes, batch or 1, dtype_of(dtype))
