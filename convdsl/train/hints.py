"""Colours that a person gives a network as inputs: sampled while it learns, and read for one photograph.

Zhang et al. 2017, "Real-Time User-Guided Image Colorization with Learned Deep Priors" (arXiv:1705.02999), section 3.2.
Shape legend: N pictures, P points or patches, H and W pixels, h and w of what the network sees; ab in natural units.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from convdsl.mistake import MistakeError
from convdsl.record import dataclass
from convdsl.train import photos, shuffle
from convdsl.train.job import HintInputs, Job
from convdsl.train.picture import encode, to_lab

END = 0.125  # of a picture's patches each is the last one with this probability
LARGEST = 9  # pixels: sides of patches are drawn from 1 to this
WHOLE = 0.01  # share of pictures whose colours are all given
_POINT = re.compile(r"(\d{1,9}),(\d{1,9}),#?([0-9a-fA-F]{6})")

Inputs = Mapping[str, Tensor]  # what a network is given besides the picture, by the names of its inputs


@dataclass(frozen=True, slots=True)
class Patch:
    """A square of a picture whose mean colour is given, in pixels."""

    top: int
    left: int
    side: int


# -------------------------------------------------------------------- sampled


def draw(
    generator: np.random.Generator, height: int, width: int, points: int | None = None
) -> tuple[Patch, ...] | None:
    """Draw the patches of one picture; None: all of its colours are given.

    points: how many; if not given, as in training. Source: section 3.2: their number is geometric with p = 1/8, and may
    be 0; sides are 1 to 9; places are from a Gaussian around the middle whose sigma is a quarter of the picture; and 1
    picture in 100 is given whole.
    """
    if points is None:
        if generator.random() < WHOLE:
            return None
        points = int(generator.geometric(END)) - 1
    return tuple(_patch(generator, height, width) for _ in range(points))


def _patch(generator: np.random.Generator, height: int, width: int) -> Patch:
    side = min(int(generator.integers(1, LARGEST + 1)), height, width)
    top, left = (
        int(np.clip(round(generator.normal((size - side) / 2, size / 4)), 0, size - side)) for size in (height, width)
    )
    return Patch(top, left, side)


def sample(
    job: Job, lab_N3HW: Tensor, seed: int, place: Sequence[int], points: int | None = None, first: int = 0
) -> Inputs:
    """Draw hints for pictures from their own colours; {} where the network takes none.

    seed, place: what the draw is a function of, such as (step,); each picture has a draw of its own. points: for each
    picture, as in `draw`. first: the number of the first picture, where another process has those before it.
    """
    if job.hints is None:
        return {}
    count, _, height, width = lab_N3HW.shape
    ab_N2HW = lab_N3HW[:, 1:]
    patch_NHW = np.zeros((count, height, width), np.int64)  # 0: none; where two overlap it is the later one
    corners: list[tuple[int, int, int, int]] = []
    wholes: list[bool] = []
    for picture in range(count):
        drawn = draw(shuffle.generator(seed, shuffle.HINTS, *place, first + picture), height, width, points)
        wholes.append(drawn is None)
        for one in drawn or ():
            corners.append((picture, one.top, one.left, one.side))
            patch_NHW[picture, one.top : one.top + one.side, one.left : one.left + one.side] = len(corners)
    shown = torch.from_numpy(patch_NHW).to(lab_N3HW.device)
    whole = torch.tensor(wholes, device=lab_N3HW.device).view(-1, 1, 1, 1)
    given_N2HW = _means(ab_N2HW, corners)[shown].permute(0, 3, 1, 2)
    mask = (whole | (shown > 0)[:, None]).to(ab_N2HW)
    return _inputs(job.hints, torch.where(whole, ab_N2HW, given_N2HW), mask)


def _means(ab_N2HW: Tensor, corners: Sequence[tuple[int, int, int, int]]) -> Tensor:
    """Average colours over patches, (1 + P, 2): the first is the one of no patch, 0."""
    sums = functional.pad(ab_N2HW.double().cumsum(2).cumsum(3), (1, 0, 1, 0))  # of all that is above and left
    picture, top, left, side = torch.tensor(corners, dtype=torch.long, device=sums.device).reshape(-1, 4).T
    bottom, right = top + side, left + side
    upper = sums[picture, :, top, right] - sums[picture, :, top, left]
    lower = sums[picture, :, bottom, right] - sums[picture, :, bottom, left]
    means = (lower - upper) / side[:, None] ** 2
    return torch.cat((means.new_zeros(1, 2), means)).to(ab_N2HW.dtype)


# ----------------------------------------------------------------- by a person


@dataclass(frozen=True, slots=True)
class Given:
    """Colours at points of a photograph: rows and columns in pixels (P), and their a and b (P, 2).

    size: height and width of the picture that they were read from, None where they were given as numbers.
    """

    rows: Tensor
    columns: Tensor
    ab: Tensor
    size: tuple[int, int] | None = None

    def inputs(self, job: Job, size: tuple[int, int], seen: tuple[int, int]) -> Inputs:
        """Make what goes in beside a photograph of a size that the network sees at another, each (height, width).

        Points that fall together are averaged. Raises MistakeError where the network takes no hints, or a point lies
        outside of the photograph.
        """
        names = require_hints(job)
        if self.size is not None and self.size != size:
            message = f"the hints are {self.size[1]}x{self.size[0]} pixels, and the photograph is {size[1]}x{size[0]}"
            raise MistakeError(message, way_out="draw them on a picture of the photograph's size")
        outside = (self.rows >= size[0]) | (self.columns >= size[1])
        if bool(outside.any()):
            x, y = int(self.columns[outside][0]), int(self.rows[outside][0])
            message = f"the hint at {x},{y} lies outside of the photograph of {size[1]}x{size[0]} pixels"
            raise MistakeError(message, way_out="count x from the left and y from the top, both from 0")
        h, w = seen
        cell_P = (self.rows * h // size[0]) * w + self.columns * w // size[1]
        count = torch.bincount(cell_P, minlength=h * w).view(1, 1, h, w)
        total = torch.zeros(2, h * w).index_add_(1, cell_P, self.ab.T).view(1, 2, h, w)
        return _inputs(names, total / count.clamp(min=1), (count > 0).float())


def read_points(words: Iterable[str]) -> Given:
    """Read hints such as `120,40,#a03020`: x, y and a colour of sRGB.

    Raises MistakeError where one cannot be read.
    """
    found: list[tuple[int, int, int]] = []
    for word in words:
        match = _POINT.fullmatch(word.replace(" ", ""))
        if match is None:
            message = f"`{word}` is no hint"
            raise MistakeError(message, way_out="write x, y and the colour: `--hint 120,40,#a03020`")
        found.append((int(match[2]), int(match[1]), int(match[3], 16)))
    rgb = torch.tensor([[(value >> shift) & 255 for shift in (16, 8, 0)] for *_, value in found], dtype=torch.uint8)
    return _given([row for row, *_ in found], [column for _, column, _ in found], rgb)


def read_picture(path: Path) -> Given:
    """Read hints from a picture that is transparent wherever there is none.

    Raises MistakeError where it cannot be read, or has no transparent pixel or only such.
    """
    try:
        photo = photos.decode(path)
    except photos.PhotoError as error:
        raise MistakeError(f"`{path}` {error}", way_out="give a PNG of hints on a transparent ground") from error
    width, height = photo.image.size
    shown = np.ones((height, width), bool) if photo.alpha is None else np.asarray(photo.alpha) > 127
    if shown.all() or not shown.any():
        message = f"`{path}` has no {'transparent' if shown.all() else 'visible'} pixel"
        raise MistakeError(message, way_out="draw the colours on a transparent ground, and save it as PNG")
    rows, columns = np.nonzero(shown)
    rgb = torch.from_numpy(photos.pixels(photo.image)[rows, columns])
    return _given(rows.tolist(), columns.tolist(), rgb, (height, width))


def _given(rows: Sequence[int], columns: Sequence[int], rgb_P3: Tensor, size: tuple[int, int] | None = None) -> Given:
    ab_P2 = to_lab(rgb_P3.view(1, 1, -1, 3))[0, 1:, 0].T
    return Given(torch.tensor(rows), torch.tensor(columns), ab_P2, size)


def read_hints(picture: Path | None, points: Sequence[str]) -> Given | None:
    """Read the hints for one photograph from a picture, from words, or from both; None where neither is given.

    Raises MistakeError where one cannot be read.
    """
    parts = [read_picture(picture)] if picture is not None else []
    parts += [read_points(points)] if points else []
    if not parts:
        return None
    rows, columns, ab = (torch.cat([getattr(part, name) for part in parts]) for name in ("rows", "columns", "ab"))
    return Given(rows, columns, ab, parts[0].size)


def require_hints(job: Job) -> HintInputs:
    """Return the inputs by which a network is given hints.

    Raises MistakeError where it has none.
    """
    if job.hints is None:
        message = "the network takes no hints"
        way = "give it inputs for them: `input hint: [N, 2, H, W] = 0 means ab / 110`, `input mask: [N, 1, H, W] = 0`"
        raise MistakeError(message, way_out=way)
    return job.hints


def _inputs(names: HintInputs, ab_N2hw: Tensor, mask_N1hw: Tensor) -> Inputs:
    """Turn colours, and where they are given, into what the inputs hold: 0 where nothing is given."""
    lab = torch.cat((torch.zeros_like(mask_N1hw), ab_N2hw), dim=1)
    hint = encode(names.meaning, lab) * mask_N1hw
    return {names.hint: hint, names.mask: mask_N1hw} if names.mask else {names.hint: hint}
