"""Colour one photograph: what the network sees of it, whole or in tiles, and how colours meet the photo's lightness.

A network sees a view: the photograph at some size, of which a box is cut out. Its colours come back in bands of rows
and are put into the picture at once, so that a large photograph is never held as floating-point numbers.
Shape legend: N = 1, 3 colour channels or C of a tensor, H and W pixels of the photograph, h and w of the view.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn

from convdsl.analysis.locality import Global, Line, lines
from convdsl.meaning import keeps_lightness
from convdsl.mistake import MistakeError
from convdsl.record import dataclass
from convdsl.train import photos
from convdsl.train.colour import rgb_to_lab
from convdsl.train.deep import Deep, with_alpha
from convdsl.train.enlarge import enlarge
from convdsl.train.job import Job, nearest_legal, working_size
from convdsl.train.photos import Layers
from convdsl.train.picture import colours_of, encode, to_deep, to_lab, to_pixels
from convdsl.train.tiles import Cut, TooSmall, cuts, least_side, usual_side

_WHOLE = "`--size full` without `--tile` shows the network all of it at once"
BAND = 1 << 16  # pixels that are turned into Lab or sRGB at once: the steps between take a few megabytes


@dataclass(frozen=True, slots=True)
class View:
    """A part of a photograph as a network sees it.

    height, width: of the whole photograph at the size at which it is seen. top, bottom, left, right: the part, in
    pixels of it; what lies beyond the photograph is mirrored.
    """

    height: int
    width: int
    top: int
    bottom: int
    left: int
    right: int


Run = Callable[[Tensor, Mapping[str, Tensor]], Tensor]  # picture, and other inputs by their names, to output; N = 1
Tick = Callable[[int, int], None]  # told how many tiles of how many are done
More = Callable[[View], Mapping[str, Tensor]]  # what else the network is given, cut like the picture


def unwatched(done: int, total: int) -> None:
    """Tell nobody how far it is."""


def nothing_more(view: View) -> Mapping[str, Tensor]:
    """Give the network the picture alone."""
    return {}


@dataclass(frozen=True, slots=True)
class Colourist:
    """A network at work. more: what it is given besides the picture, for a photograph of a height and width."""

    job: Job
    run: Run
    more: Callable[[int, int], More] = lambda height, width: nothing_more

    def __post_init__(self) -> None:
        if self.job.classes:
            message = "the network says which class a photograph is of, and makes no picture"
            raise MistakeError(message, way_out="`convdsl evaluate` compares what it says with folders by class")


@dataclass(frozen=True, slots=True)
class Way:
    """How a photograph is shown to a network.

    short: pixels of the short side, or a little more; None for the photograph as large as it is. tiled: in parts, of
    at most `side` pixels; 0 for as few as serve.
    """

    short: int | None
    tiled: bool = False
    side: int = 0


def by_module(network: nn.Module, *, channels_last: bool = False) -> Run:
    """Run a network as in use, leaving it as it was. channels_last: its windows have their channels innermost."""
    device = next((parameter.device for parameter in network.parameters()), torch.device("cpu"))

    def run(picture_NCHW: Tensor, more: Mapping[str, Tensor]) -> Tensor:
        picture = (_channels_last(picture_NCHW) if channels_last else picture_NCHW).to(device)
        with _in_use(network):
            out = network(picture, **{name: value.to(device) for name, value in more.items()})
        return torch.as_tensor(out).float().cpu()

    return run


def _channels_last(picture_NCHW: Tensor) -> Tensor:
    """Lay the channels of a picture innermost. One channel lies so already, but PyTorch looks at the strides, and would
    lay the first map, the largest, twice.
    """
    _, c, h, w = picture_NCHW.shape
    laid = picture_NCHW.contiguous(memory_format=torch.channels_last)
    return laid.as_strided(laid.shape, (c * h * w, 1, w * c, c))


@contextmanager
def _in_use(network: nn.Module) -> Iterator[None]:
    was_training = network.training
    network.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        network.train(was_training)


@dataclass(frozen=True, slots=True)
class Piece:
    """Colours for a part of a photograph, from top to bottom. top, left: where it begins. colours: (C, rows, columns)
    of Lab, or of ab. free: rows of the photograph from the top that no later piece is made from.
    """

    top: int
    left: int
    colours: Tensor
    free: int


def colour(colourist: Colourist, layers: Layers, way: Way, tick: Tick = unwatched) -> Image.Image:
    """Colour one photograph at its own size, in its own memory: `layers.colours` holds the result afterwards.

    Returns that image, an sRGB one, with the photograph's alpha channel if it had one. Raises MistakeError where the
    network takes no size near, or cannot be run on parts.
    """
    own = layers.colours
    keep = keeps_lightness(colourist.job.source, colourist.job.target)
    waiting: list[tuple[int, int, Image.Image]] = []
    for piece in pieces(colourist, layers.on_paper(), way, tick):
        waiting.append((piece.top, piece.left, _in_8_bits(layers, piece, keep)))
        free = [one for one in waiting if one[0] + one[2].height <= piece.free]
        waiting = [one for one in waiting if one not in free]
        for top, left, image in free:
            own.paste(image, (left, top))
    for top, left, image in waiting:
        own.paste(image, (left, top))
    if layers.alpha is not None:
        own.putalpha(layers.alpha)
    return own


def colour_deep(colourist: Colourist, layers: Layers, way: Way, tick: Tick = unwatched) -> Deep:
    """Colour one photograph at its own size in 16 bits, with all of the lightness that its file holds.

    Returns (H, W, 3), or 4 with the photograph's alpha channel. Raises what `colour` raises.
    """
    out = np.empty((layers.colours.height, layers.colours.width, 3), np.uint16)
    keep = keeps_lightness(colourist.job.source, colourist.job.target)
    for piece in pieces(colourist, layers.on_paper(), way, tick):
        for box, lab in _composed(layers, piece, keep):
            out[box.top : box.bottom, box.left : box.right] = to_deep(lab)[0].numpy()
    return with_alpha(out, layers.alpha)


def _in_8_bits(layers: Layers, piece: Piece, keep: bool) -> Image.Image:
    out = np.empty((*piece.colours.shape[1:], 3), np.uint8)
    for box, lab in _composed(Layers(layers.colours), piece, keep):
        out[box.top - piece.top : box.bottom - piece.top] = to_pixels(lab)[0].numpy()
    return Image.fromarray(out)


@dataclass(frozen=True, slots=True)
class _Box:
    top: int
    bottom: int
    left: int
    right: int


def _composed(layers: Layers, piece: Piece, keep: bool) -> Iterator[tuple[_Box, Tensor]]:
    """Yield a piece as Lab (1, 3, rows, columns), with the photograph's lightness if `keep`, some rows at a time."""
    _, height, width = piece.colours.shape
    for rows in _some(height, width):
        box = _Box(piece.top + rows.start, piece.top + rows.stop, piece.left, piece.left + width)
        lab = piece.colours[None, :, rows]
        yield box, torch.cat((_lightness(layers, box), lab[:, -2:]), dim=1) if keep else lab


def _lightness(layers: Layers, box: _Box) -> Tensor:
    if layers.deep is None:
        pixels = photos.pixels(layers.colours.crop((box.left, box.top, box.right, box.bottom)))
        return to_lab(torch.from_numpy(pixels)[None])[:, :1]
    gray = layers.deep[box.top : box.bottom, box.left : box.right].astype(np.float32) / 65535
    return rgb_to_lab(torch.from_numpy(gray).expand(1, 3, -1, -1))[:, :1]


def _some(height: int, width: int) -> Iterator[slice]:
    """Split rows into parts of about BAND pixels."""
    step = max(1, BAND // width)
    return (slice(top, min(top + step, height)) for top in range(0, height, step))


def pieces(colourist: Colourist, image: Image.Image, way: Way, tick: Tick = unwatched) -> Iterator[Piece]:
    """Yield a photograph's colours at its own size. image: as it is seen, on white where it is transparent."""
    size = seen_size(colourist.job, image.height, image.width, way)
    more = colourist.more(image.height, image.width)
    if way.short is None:
        found = _said(colourist, more, image, size, way, tick)
        first = next(found)
        if first.outputs == size:
            for part in chain((first,), found):
                inside = part.colours[:, : max(0, image.height - part.top), : max(0, image.width - part.left)]
                yield Piece(part.top, part.left, inside, part.free)
            return
        whole = _joined(chain((first,), found))
        height, width = size
    else:
        seen = image.resize(size[::-1], Image.Resampling.LANCZOS)
        whole = _joined(_said(colourist, more, seen, size, way, tick))
        height, width = image.height, image.width
    large = enlarge(whole, height, width)
    for rows in _some(image.height, image.width):
        yield Piece(rows.start, 0, large.band(rows.start, rows.stop)[:, :, : image.width], rows.stop)


@dataclass(frozen=True, slots=True)
class _Part:
    """What a network says of one tile. outputs: how many there are in all, down and across. The rest as in Piece."""

    top: int
    left: int
    colours: Tensor
    free: int
    outputs: tuple[int, int]


def _joined(parts: Iterable[_Part]) -> Tensor:
    whole: Tensor | None = None
    for part in parts:
        channels, height, width = part.colours.shape
        if whole is None:
            whole = part.colours.new_empty((channels, *part.outputs))
        whole[:, part.top : part.top + height, part.left : part.left + width] = part.colours
    assert whole is not None  # there is one tile at least
    return whole


def _said(
    colourist: Colourist, more: More, seen: Image.Image, size: tuple[int, int], way: Way, tick: Tick
) -> Iterator[_Part]:
    """Yield what the network says, row by row of tiles. size: of what is seen, mirrored pixels too."""
    job = colourist.job

    def ask(top: int, bottom: int, left: int, right: int) -> Tensor:
        view = View(seen.height, seen.width, top, bottom, left, right)
        return colourist.run(_picture(job, seen, view), more(view))

    h, w = size
    if not way.tiled:
        whole = colours_of(job.target, ask(0, h, 0, w), job.recipe.temperature)[0]
        yield _Part(0, 0, whole, seen.height, (whole.shape[1], whole.shape[2]))
        return
    rows, columns = plan(job, size, way.side)
    for number, row in enumerate(rows):
        # the rows that are mirrored at the end are read by the last row of tiles
        free = min(rows[number + 1].start, 2 * (seen.height - 1) - h) if number + 1 < len(rows) else seen.height
        for place, column in enumerate(columns, start=1):
            out = ask(row.start, row.stop, column.start, column.stop)
            down, across = (slice(cut.skip, cut.skip + cut.last - cut.first) for cut in (row, column))
            colours = colours_of(job.target, out[:, :, down, across], job.recipe.temperature)[0]
            last = place == len(columns)
            tick(number * len(columns) + place, len(rows) * len(columns))
            yield _Part(row.first, column.first, colours, free if last else 0, (rows[-1].last, columns[-1].last))


def plan(job: Job, size: tuple[int, int], side: int = 0) -> tuple[tuple[Cut, ...], tuple[Cut, ...]]:
    """Cut a picture of a legal size into rows and columns of tiles.

    side: pixels of a tile at most; 0 for as few as serve. Raises MistakeError where the network cannot be run on parts,
    or on none so small.
    """
    network = along(job)
    legal = (lambda n: job.legal(n, size[1]), lambda n: job.legal(size[0], n))
    try:
        found = [
            cuts(line, length, side or usual_side(line, length, takes), takes)
            for line, length, takes in zip(network, size, legal, strict=True)
        ]
    except TooSmall as refusal:
        message = f"tiles of {side} pixels are too small" if side else "no tile is smaller than the photograph"
        needed = [least_side(line, length, takes) for line, length, takes in zip(network, size, legal, strict=True)]
        raise MistakeError(
            f"{message}: nothing in one is free of what lies beyond it",
            notes=(f"accepted: {job.accepted}",),
            way_out=_WHOLE if None in needed else f"`--tile {max(n for n in needed if n is not None)}` is enough",
        ) from refusal
    rows, columns = found
    if not all(job.legal(row.length, column.length) for row in rows for column in columns):
        message = "the network cannot colour a photograph in tiles, for it ties height and width to each other"
        raise MistakeError(message, notes=(f"accepted: {job.accepted}",), way_out=_WHOLE)
    return rows, columns


def along(job: Job) -> tuple[Line, ...]:
    """Follow a network along height and width of its picture.

    Raises MistakeError where it cannot be run on parts.
    """
    graph = job.graph
    assert graph is not None  # a job that was made from a spec has it
    picture = next(tensor.node for tensor in graph.inputs if tensor.default is None)
    try:
        return lines(graph, picture, graph.outputs[0].value)
    except Global as refusal:
        message = f"the network cannot colour a photograph in tiles, for its layer `{refusal.node.name}`: {refusal.why}"
        raise MistakeError(message, way_out=_WHOLE) from refusal


def seen_size(job: Job, height: int, width: int, way: Way) -> tuple[int, int]:
    """Return the height and width at which a network sees a photograph, what is mirrored around it included.

    Raises MistakeError where it takes none.
    """
    if way.short is not None:
        return working_size(job, height, width, way.short)
    h, w = nearest_legal(job, height, width)
    if h < height or w < width:
        message = f"the network takes no picture of {height}x{width} pixels or a little more"
        raise MistakeError(message, notes=(f"accepted: {job.accepted}",), way_out="show it smaller: `--size N`")
    return h, w


def _picture(job: Job, seen: Image.Image, view: View) -> Tensor:
    """Cut out what the network is given; beyond the photograph it is mirrored about its outermost pixels."""
    down, across = _mirrored(view.top, view.bottom, seen.height), _mirrored(view.left, view.right, seen.width)
    left, right = int(across.min()), int(across.max()) + 1
    parts = []
    for rows in _some(len(down), len(across)):
        top, bottom = int(down[rows].min()), int(down[rows].max()) + 1
        pixels = photos.pixels(seen.crop((left, top, right, bottom)))[down[rows] - top][:, across - left]
        parts.append(encode(job.source, to_lab(torch.from_numpy(pixels)[None])))
    return torch.cat(parts, dim=2)


def _mirrored(start: int, stop: int, size: int) -> NDArray[np.int64]:
    """Return the places of `size` pixels that stand at start .. stop - 1, as often mirrored as it takes."""
    places = np.arange(start, stop) % max(1, 2 * (size - 1))
    return np.minimum(places, 2 * (size - 1) - places)
