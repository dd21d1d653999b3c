"""Looking into networks, trained or fresh: what `convdsl.activations` and its kin, and the command `inspect`, are.

Each function takes a run (the `out` of `train`, or one checkpoint in it) or a spec as `load` takes it, whose weights
are then fresh. PyTorch is imported when one is called.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from convdsl.api import Place, Spec, runnable
from convdsl.compiled import build
from convdsl.files import write_new
from convdsl.mistake import MistakeError
from convdsl.pipeline import Analysis
from convdsl.record import dataclass
from convdsl.render.canvas import Canvas
from convdsl.render.draw import PAINTERS, Product, format_of
from convdsl.render.theme import THEMES

if TYPE_CHECKING:
    from convdsl.train.inspecting.subject import Subject
    from convdsl.train.progress import Watch

SUFFIXES = (".svg", ".png", ".pdf")
CHECKPOINTS = (".json", ".safetensors")


@dataclass(frozen=True, slots=True)
class Inspected:
    """What was found in a network: `print` it, take its `data`, `draw` it.

    lines: for people. data: version 1 of a contract for other programs (docs/inspect.schema.json).
    """

    lines: tuple[str, ...]
    data: Mapping[str, Any]
    canvas: Canvas

    def __str__(self) -> str:
        return "\n".join(self.lines)

    def __repr__(self) -> str:
        return str(self)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """Return what a notebook shows: the text and the picture."""
        return {"text/plain": str(self), "image/svg+xml": self.draw()}

    def draw(self, path: Place | None = None, *, theme: str = "light", force: bool = False) -> str:
        """Return the picture as SVG; also write it to `path`, .svg, .png or .pdf.

        Raises MistakeError where the file exists and `force` is false, or a package is missing.
        """
        if theme not in THEMES:
            raise ValueError(f"expected one of {', '.join(THEMES)}, not {theme!r}")
        picture = PAINTERS["svg"](self.canvas, THEMES[theme])
        assert isinstance(picture, str)
        if path is not None:
            write_new(os.fspath(path), self.painted(format_of(os.fspath(path), SUFFIXES), theme), force=force)
        return picture

    def painted(self, kind: str, theme: str) -> Product:
        """Return the picture in a format: "svg", "png" or "pdf"."""
        return PAINTERS[kind](self.canvas, THEMES[theme])


def activations(
    network: Spec,
    layer: str,
    photo: Place,
    *,
    size: int | None = None,
    channels: Sequence[int] = (),
    most: int | None = None,
    shared_scale: bool = False,
    weights: Place | None = None,
    **parameters: object,
) -> Inspected:
    """Show what every channel of a layer says of a photograph.

    network: a run or a spec. layer: its full name; "" is the output. size: short side that the network sees, in pixels;
    the training's if None. channels: those to be shown, else the first `most`. shared_scale: one scale for all maps.
    weights: a checkpoint of others that fits the spec (docs/weights.md), in place of fresh ones. parameters: of the
    spec's model. Raises SpecError where the spec has an error, MistakeError for what can be mended.
    """
    given = {"layer": True, "photo": True, "size": size is not None, "channels": bool(channels)}
    given |= {"most": most is not None, "shared_scale": shared_scale}
    subject = opened(network, parameters, weights, "activations", given)
    return maps_of(subject, layer, Path(photo), size=size, channels=channels, most=most, shared=shared_scale)


def kernels(
    network: Spec,
    layer: str,
    *,
    channels: Sequence[int] = (),
    most: int | None = None,
    weights: Place | None = None,
    **parameters: object,
) -> Inspected:
    """Show the windows of a layer at the start of the training and after it.

    network, weights, parameters: as for `activations`. channels: output channels that are drawn, else the first `most`.
    """
    given = {"layer": True, "channels": bool(channels), "most": most is not None}
    return windows_of(opened(network, parameters, weights, "kernels", given), layer, channels=channels, most=most)


def effective_field(
    network: Spec,
    layer: str = "",
    photos: Place | Iterable[Place] = (),
    *,
    size: int | None = None,
    weights: Place | None = None,
    **parameters: object,
) -> Inspected:
    """Measure how much each pixel moves the output in the middle, beside what it can see at most (arXiv:1701.04128).

    network, weights, parameters: as for `activations`. photos: files and folders; noise without any. size:
    side of the input, in pixels.
    """
    places = (Path(photos),) if isinstance(photos, str | os.PathLike) else tuple(map(Path, photos))
    given = {"layer": bool(layer), "photos": bool(places), "size": size is not None}
    return field_of(opened(network, parameters, weights, "effective_field", given), layer, places, size=size)


def translation(
    network: Spec,
    layer: str = "",
    photo: Place | None = None,
    *,
    size: int | None = None,
    weights: Place | None = None,
    **parameters: object,
) -> Inspected:
    """Measure what is left of the difference when the input is shifted, and the output back.

    network, weights, parameters: as for `activations`. photo: what is shifted; noise without one. size:
    side of the input, in pixels.
    """
    given = {"layer": bool(layer), "photo": photo is not None, "size": size is not None}
    subject = opened(network, parameters, weights, "translation", given)
    return shifts_of(subject, layer, None if photo is None else Path(photo), size=size)


# ------------------------------------------------------- of an opened network


def maps_of(
    subject: "Subject",
    layer: str,
    photo: Path,
    *,
    size: int | None = None,
    channels: Sequence[int] = (),
    most: int | None = None,
    shared: bool = False,
) -> Inspected:
    """Look at the activation maps of an opened network; the arguments are those of `activations`."""
    from convdsl.train.inspecting import activations as looking
    from convdsl.train.inspecting.maps_canvas import canvas

    found = looking.activations(subject, layer, photo, short=size, channels=channels, most=most or looking.MOST)
    return Inspected(looking.table(found), looking.to_data(found), canvas(found, shared=shared))


def windows_of(subject: "Subject", layer: str, *, channels: Sequence[int] = (), most: int | None = None) -> Inspected:
    """Look at the windows of an opened network; the arguments are those of `kernels`."""
    from convdsl.train.inspecting import kernels as looking
    from convdsl.train.inspecting.kernels_canvas import canvas

    found = looking.kernels(subject, layer)
    picture = canvas(found, channels, most)  # it refuses channels that there are not
    return Inspected(looking.table(found, channels), looking.to_data(found), picture)


def field_of(
    subject: "Subject",
    layer: str,
    places: Sequence[Path],
    *,
    size: int | None = None,
    watch: "Watch | None" = None,
) -> Inspected:
    """Measure what moves an output of an opened network; the arguments are those of `effective_field`."""
    from convdsl.train.inspecting import influence as looking
    from convdsl.train.inspecting.influence_canvas import canvas

    found = looking.influence(subject, layer, places, side=size, watch=watch)
    return Inspected(looking.table(found), looking.to_data(found), canvas(found))


def shifts_of(
    subject: "Subject",
    layer: str,
    photo: Path | None,
    *,
    size: int | None = None,
    watch: "Watch | None" = None,
) -> Inspected:
    """Measure what shifts do to an opened network; the arguments are those of `translation`."""
    from convdsl.train.inspecting import translation as looking
    from convdsl.train.inspecting.translation_canvas import canvas

    found = looking.translation(subject, layer, photo, side=size, watch=watch)
    return Inspected(looking.table(found), looking.to_data(found), canvas(found))


def is_run(network: Spec) -> bool:
    """Tell whether a place is a run, or one of its checkpoints, and no spec."""
    if not isinstance(network, str | os.PathLike) or "\n" in os.fspath(network):
        return False
    path = Path(network)
    return path.is_dir() or path.suffix in CHECKPOINTS


def opened(
    network: Spec,
    parameters: Mapping[str, object],
    weights: Place | None = None,
    function: str = "",
    given: Mapping[str, bool] | None = None,
) -> "Subject":
    """Open a run or a spec; function, given: what asks, and which of its options were given.

    Raises SpecError where the spec has an error; MistakeError where there is no checkpoint, it does not fit, or
    weights or parameters are given for a run, which has its own.
    """
    from convdsl.train.inspecting.subject import open_run

    if isinstance(network, str | os.PathLike) and is_run(network):
        if parameters:
            name = next(iter(parameters))
            message = f"`{name}` is no option of `{function}`, and a run has the parameters that it was trained with"
            raise MistakeError(message, way_out="leave it out")
        if weights is not None:
            raise MistakeError("a run has its own weights", way_out="leave `weights` out, or name the spec")
        return open_run(Path(network))
    options = {**(given or {}), "weights": weights is not None}
    return of_spec(runnable(network, parameters, function, options)[0], weights)


def of_spec(analysis: Analysis, weights: Place | None) -> "Subject":
    """Open a spec, with fresh weights or those of a file.

    Raises SpecError where it has an error, MistakeError where the weights do not fit.
    """
    from convdsl.train.inspecting.subject import open_spec

    if weights is None:
        return open_spec(analysis)
    return open_spec(analysis, build(analysis, weights=weights), Path(weights).name)
