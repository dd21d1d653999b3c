"""What a network gets to see: photographs at a size that it takes, or noise; never stretched, and the cut is told.

Shape legend: 1 photo, C channels of the network's input, H and W pixels.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from convdsl.mistake import MistakeError
from convdsl.record import dataclass
from convdsl.render.cells import visible
from convdsl.train import photos
from convdsl.train.inspecting.subject import Subject
from convdsl.train.job import SLENDER, working_size
from convdsl.train.picture import encode, to_lab, to_pixels

LARGEST = 1024  # pixels of a side that is asked for


@dataclass(frozen=True, slots=True)
class Seen:
    """A photograph as a network sees it: its tensor (1, C, H, W), the same as pixels (H, W, 3), and how it was made."""

    name: str
    tensor: Tensor
    pixels: photos.Pixels
    said: str


def see(subject: Subject, path: Path, short: int | None = None) -> Seen:
    """Bring a photograph to a size that the network takes: scaled, and then cut at the longer side's ends.

    short: pixels of the short side at least; None for that of the training. Raises MistakeError where the file is no
    photograph, or the network takes no size near.
    """
    require_small(short)
    image = _decoded(path)
    least = short if short is not None else min(subject.job.recipe.short_sides())
    height, width = subject.fixed_size or working_size(subject.job, image.height, image.width, least)
    return _seen(subject, image, path, height, width)


def see_at(subject: Subject, path: Path, height: int, width: int) -> Seen:
    """Bring a photograph to a size, which need not be one that the network takes.

    Raises MistakeError where the file is no photograph.
    """
    return _seen(subject, _decoded(path), path, height, width)


def require_small(side: int | None) -> None:
    """Refuse to look at more pixels than a picture of it shows.

    Raises MistakeError.
    """
    if side is not None and side > LARGEST:
        message = f"a side of {side:,} pixels is more than what is looked at, {LARGEST:,}"
        raise MistakeError(message, way_out=f"`--size {LARGEST}` at most; `colorize` takes photographs of any size")


def noise(subject: Subject, height: int, width: int, seed: int = 0) -> Seen:
    """Make pixels of random colours, the same for a seed; normal random numbers where no meaning is known."""
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    if subject.sees_photos:
        return Seen("noise", tensor_of(subject, pixels), pixels, f"pixels of random colours, {height}×{width}")
    shape = next(tensor.shape for tensor in subject.network.graph.inputs if tensor.default is None)
    numbers = np.random.default_rng(seed).standard_normal((1, shape.channels, height, width), dtype=np.float32)
    return Seen("noise", torch.from_numpy(numbers), pixels, f"normal random numbers, {height}×{width}")


def tensor_of(subject: Subject, pixels: photos.Pixels) -> Tensor:
    """Turn sRGB pixels (H, W, 3) into the network's input (1, C, H, W), as the spec's `means` says.

    Raises MistakeError where it says nothing.
    """
    if not subject.sees_photos:
        message = "nothing says what the input means, so no photograph can be turned into it"
        raise MistakeError(message, way_out="write it in the spec: `input gray: [N, 1, H, W] means L / 100`")
    return encode(subject.job.source, to_lab(torch.from_numpy(pixels)[None]))


def several(files: Sequence[Path], most: int) -> tuple[Path, ...]:
    """Choose at most so many photographs, evenly over their list."""
    count = min(most, len(files))
    return tuple(files[index * len(files) // count] for index in range(count))


def _decoded(path: Path) -> Image.Image:
    if path.is_dir():
        raise MistakeError(f"`{path}` is a folder, and one photograph is looked at", way_out="name a file in it")
    try:
        return photos.decode(path).image
    except photos.PhotoError as error:
        raise MistakeError(f"`{path}`: {error}") from error


def _seen(subject: Subject, image: Image.Image, path: Path, height: int, width: int) -> Seen:
    scale = max(height / image.height, width / image.width)
    size = (max(width, round(image.width * scale)), max(height, round(image.height * scale)))
    large = image if size == image.size else image.resize(size, Image.Resampling.LANCZOS)
    left, top = (size[0] - width) // 2, (size[1] - height) // 2
    pixels = photos.pixels(large.crop((left, top, left + width, top + height)))
    how = "enlarged to" if scale > 1 else "seen at"
    said = f"{image.height}×{image.width} pixels, {how} {height}×{width}"
    cut = [f"{lost} {what}" for lost, what in ((size[1] - height, "rows"), (size[0] - width, "columns")) if lost]
    if cut:
        slender = max(size) > SLENDER * min(size) and subject.fixed_size is None
        why = f"no more than {SLENDER} to 1 is looked at" if slender else "the network takes no other size near"
        said += f" ({' and '.join(cut)} cut off after scaling, for {why})"
    return Seen(visible(path.name), tensor_of(subject, pixels), _shown(subject, pixels), said)


def _shown(subject: Subject, pixels: photos.Pixels) -> photos.Pixels:
    """Take the colours away where the network gets the lightness only."""
    if subject.job.source.channels != ("L",):
        return pixels
    lab = to_lab(torch.from_numpy(pixels)[None])
    gray = torch.cat((lab[:, :1], torch.zeros_like(lab[:, 1:])), dim=1)
    return np.ascontiguousarray(to_pixels(gray)[0].numpy())
