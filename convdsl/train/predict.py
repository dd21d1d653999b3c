"""Colour photographs by a trained network: their own lightness at full resolution, the network's colours enlarged.

Shape legend: 1 photo, 3 colour channels, H and W pixels of the photo, h and w of what the network sees.
"""

import io
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional

from convdsl.mistake import MistakeError
from convdsl.record import dataclass
from convdsl.train import photos
from convdsl.train.checkpoint import make_folder, write
from convdsl.train.evaluate import predict
from convdsl.train.job import Job, working_size
from convdsl.train.photos import Photo, Skipped
from convdsl.train.picture import keeps_lightness, to_lab, to_pixels
from convdsl.train.progress import Silent, Watch

BAND = 256  # rows that are turned into sRGB at once: 12 megapixels then need a few megabytes besides the picture
LOSSY = frozenset({".jpg", ".jpeg", ".jpe", ".jfif"})


@dataclass(frozen=True, slots=True)
class Coloured:
    """What was written, and which files could not be coloured."""

    written: tuple[Path, ...]
    skipped: tuple[Skipped, ...]


def colorize(job: Job, network: nn.Module, photo: Photo, short: int) -> Image.Image:
    """Colour one photograph; the network is left as it was.

    short: pixels of the short side that the network sees, or a little more. Returns an sRGB image of the photo's size,
    with its alpha channel if it had one. Raises MistakeError where the network takes no size near.
    """
    image = photo.image
    h, w = working_size(job, image.height, image.width, short)
    small = image.resize((w, h), Image.Resampling.LANCZOS)
    lab_13hw = predict(job, network, to_lab(torch.from_numpy(photos.pixels(small))[None]))
    coloured = Image.fromarray(_enlarge(lab_13hw, image, keeps_lightness(job.source, job.target)))
    if photo.alpha is not None:
        coloured.putalpha(photo.alpha)
    return coloured


def _enlarge(lab_13hw: Tensor, image: Image.Image, keep: bool) -> photos.Pixels:
    """Enlarge the colours (and the lightness, unless the photo's is kept) and turn them into pixels, band by band."""
    size = (image.height, image.width)
    smaller = size[0] < lab_13hw.shape[-2] or size[1] < lab_13hw.shape[-1]
    large = functional.interpolate(lab_13hw[:, 1:] if keep else lab_13hw, size, mode="bicubic", antialias=smaller)
    whole = photos.pixels(image)
    for top in range(0, image.height, BAND):
        band = slice(top, top + BAND)
        lab = large[:, :, band]
        if keep:
            own = to_lab(torch.from_numpy(whole[None, band]))
            lab = torch.cat((own[:, :1], lab), dim=1)
        whole[band] = to_pixels(lab)[0].numpy()
    return np.ascontiguousarray(whole)


def colorize_files(
    job: Job,
    network: nn.Module,
    places: Sequence[Path],
    out: Path,
    *,
    short: int | None = None,
    force: bool = False,
    watch: Watch | None = None,
) -> Coloured:
    """Colour files and folders into the folder `out`, keeping names and the folders' inner paths.

    JPEG stays JPEG (quality 95, full chroma), all else becomes PNG. A file that cannot be read is left out, and the
    rest goes on. Raises MistakeError before any work where a result would overwrite something and `force` is false.
    """
    if job.classes:
        message = "the network says which class a photograph is of, and makes no picture"
        raise MistakeError(message, way_out="`convdsl evaluate` compares what it says with folders by class")
    watch = watch or Silent()
    targets = _targets(places, out)
    if not force:
        there = [target for target in targets.values() if target.exists()]
        if there:
            message = f"`{there[0]}` exists" + (f", and {len(there) - 1} more" if len(there) > 1 else "")
            raise MistakeError(message, way_out="choose another folder by `--out`, or overwrite with `--force`")
    sources = {os.path.realpath(source) for source in targets}
    for target in targets.values():
        if os.path.realpath(target) in sources:
            raise MistakeError(f"`{target}` would replace the photograph itself", way_out="choose another `--out`")
    side = short if short is not None else min(job.recipe.short_sides())
    written: list[Path] = []
    skipped: list[Skipped] = []
    watch.begin("colouring", len(targets), "photo")
    try:
        for done, (source, target) in enumerate(targets.items(), start=1):
            try:
                _write(colorize(job, network, photos.decode(source), side), target)
                written.append(target)
            except photos.PhotoError as error:
                skipped.append(Skipped(source, str(error)))
                watch.note(f"left out {source}: {error}")
            watch.advance(done)
    finally:
        watch.end()
    return Coloured(tuple(written), tuple(skipped))


def _targets(places: Sequence[Path], out: Path) -> dict[Path, Path]:
    """Say where each photograph's result goes; refuse two for one place."""
    photos.require_photos(places)
    targets: dict[Path, Path] = {}
    for place in places:
        for source in photos.list_photos((place,)):
            inner = source.relative_to(place) if place.is_dir() else Path(source.name)
            suffix = inner.suffix if inner.suffix.lower() in LOSSY else ".png"
            targets[source] = out / inner.with_suffix(suffix)
    seen: dict[Path, Path] = {}
    for source, target in targets.items():
        if target in seen:
            message = f"`{seen[target]}` and `{source}` would both become `{target}`"
            raise MistakeError(message, way_out="colour them in two runs with different `--out`")
        seen[target] = source
    return targets


def _write(image: Image.Image, target: Path) -> None:
    """Write a picture whole or not at all.

    Raises MistakeError where the disk does not take it.
    """
    make_folder(target.parent)
    body = io.BytesIO()
    if target.suffix.lower() in LOSSY:
        image.convert("RGB").save(body, format="JPEG", quality=95, subsampling=0)
    else:
        image.save(body, format="PNG")
    try:
        write(target, body.getvalue())
    except OSError as error:
        message = f"`{target}` cannot be written: {error.strerror or error}"
        raise MistakeError(message, way_out="choose another folder by `--out`") from error
