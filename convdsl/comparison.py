"""Two networks beside each other, as Python programs and the command line ask for it: text, data, a picture.

What is compared are networks, however they are written: blocks are expanded, comments and training do not count.
"""

import json
import os

from convdsl.analysis.difference import Difference, difference
from convdsl.api import Place, Spec, load
from convdsl.files import write_new
from convdsl.mistake import MistakeError
from convdsl.record import dataclass
from convdsl.render.difference import Sides, text
from convdsl.render.draw import format_of
from convdsl.render.facts import Network
from convdsl.view import Size, common_size, network_of, sizes_of


@dataclass(frozen=True, slots=True)
class Comparison:
    """What `diff` found: `print` it, ask for its `found`, `draw` it."""

    found: Difference
    sides: Sides

    @property
    def same(self) -> bool:
        """Tell whether the two are one network: one architecture hash."""
        return self.found.same

    def __str__(self) -> str:
        return self.text(width=140)

    def __repr__(self) -> str:
        return str(self)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """Return what a notebook shows: the text and the picture."""
        return {"text/plain": str(self), "image/svg+xml": self.draw()}

    def text(self, *, width: int = 100, colour: bool = False) -> str:
        """Return it as a terminal of `width` cells shows it."""
        return text(self.found, self.sides, width=width, colour=colour)

    def report(self) -> dict[str, object]:
        """Return it as plain data: version 1 of a contract for other programs (docs/diff.schema.json)."""
        from convdsl.render.difference_json import report

        return report(self.found, self.sides)

    def draw(
        self,
        path: Place | None = None,
        *,
        direction: str = "",
        theme: str = "light",
        depth: int | None = None,
        folded: bool = True,
        force: bool = False,
    ) -> str:
        """Return the network after as SVG, with a mark on each layer that differs, and ghosts of what is gone.

        path: also write it, as the suffix says: .json is the report, the others are pictures. direction, theme, depth,
        folded: as for `convdsl.draw`.
        Raises MistakeError where the file exists and `force` is false, or a package is missing.
        """
        from convdsl.render.difference_picture import layout_difference
        from convdsl.render.draw import PAINTERS
        from convdsl.render.scene_canvas import canvas_of
        from convdsl.render.theme import THEMES

        if theme not in THEMES:
            raise ValueError(f"expected one of {', '.join(THEMES)}, not {theme!r}")
        scene = layout_difference(self.found, self.sides, direction=direction, folded=folded, depth=depth)
        canvas = canvas_of(scene)
        picture = PAINTERS["svg"](canvas, THEMES[theme])
        assert isinstance(picture, str)
        if path is not None:
            name = os.fspath(path)
            kind = format_of(name, (".svg", ".png", ".pdf", ".tex", ".tikz", ".json"))
            if kind == "json":
                product: str | bytes = json.dumps(self.report(), indent=2, ensure_ascii=False) + "\n"
            else:
                product = picture if kind == "svg" else PAINTERS[kind](canvas, THEMES[theme])
            write_new(name, product, force=force)
        return picture


def diff(before: Spec, after: Spec, size: Size | None = None) -> Comparison:
    """Compare two networks: layers added, removed, changed and renamed; costs, sizes and keys before and after.

    before, after: as `load` takes them. size: of the input, for multiply-accumulates and memory; without it one is
    chosen at which both run, 256 pixels or near it.
    Raises SpecError where one has no network, MistakeError for a size that one of them does not accept.
    """
    specs = load(before), load(after)
    one, other = map(network_of, specs)
    names = specs[0].source.name, specs[1].source.name
    sizes = common_size(one, other) if size is None else _sizes_of(one, names[0], size)
    if size is not None:
        _sizes_of(other, names[1], size)
    if not all(spec.sizes_known for spec in specs):
        sizes = None  # lines that could not be read cost nothing here, which is not what they cost
    return Comparison(difference(one.graph, other.graph, sizes), Sides(one, other, names))


def _sizes_of(network: Network, name: str, size: Size) -> dict[str, int] | None:
    """Turn a size into values of the symbols; a mistake says which of the two networks it speaks of."""
    try:
        return sizes_of(network, size)
    except MistakeError as mistake:
        message = f"{name}: {mistake.message}"
        raise MistakeError(message, way_out=mistake.way_out, notes=mistake.notes) from None
