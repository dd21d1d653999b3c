"""Colour many photographs by a trained network: files in, files out, whatever happens to one of them."""

import sys
from collections.abc import Sequence
from pathlib import Path

from PIL import Image
from torch import nn

from convdsl.mistake import MistakeError
from convdsl.record import dataclass
from convdsl.train.colouring import Colourist, Way, by_module, colour
from convdsl.train.compare import compared, shown
from convdsl.train.job import Job
from convdsl.train.photo_file import Kept, PhotoFile, read
from convdsl.train.output import LOSSY, QUALITY, SUFFIXES, Format, encoded, save, whole
from convdsl.train.photos import Layers, Photo, PhotoError, Skipped
from convdsl.train.places import STREAM, Naming, Task, find, tasks
from convdsl.train.progress import Silent, Watch


@dataclass(frozen=True, slots=True)
class Coloured:
    """What was written, and which files could not be coloured."""

    written: tuple[Path, ...]
    skipped: tuple[Skipped, ...]


@dataclass(frozen=True, slots=True)
class Wish:
    """What is made of photographs.

    short: pixels of the short side that the network sees; None for those of its training. full: it sees each as large
    as it is. tiled, side: as in Way. quality: of JPEG and WebP. force: results may overwrite files.
    """

    naming: Naming
    short: int | None = None
    full: bool = False
    tiled: bool = False
    side: int = 0
    quality: int = QUALITY
    recursive: bool = True
    force: bool = False

    def __post_init__(self) -> None:
        form, lossy = self.naming.form, self.naming.form in ("", *LOSSY)
        if form and form not in SUFFIXES:
            raise MistakeError(f"there is no format `{form}`", way_out=f"the formats are {', '.join(SUFFIXES)}")
        if not 1 <= self.quality <= 100:
            raise MistakeError(f"a quality of {self.quality} is none", way_out="give a number from 1 to 100")
        if self.quality != QUALITY and not lossy:
            raise MistakeError(f"a {form} file has no quality: it keeps every pixel", way_out="leave it out")
        for number, word in ((self.short, "short side"), (self.side or None, "tile")):
            if number is not None and number < 1:
                raise MistakeError(f"a {word} of {number} pixels is none", way_out="give a number of at least 1")

    def way(self, job: Job) -> Way:
        """Say how photographs are shown to the network of a job: in tiles they are as large as they are."""
        if self.full or (self.tiled and self.short is None):
            return Way(None, self.tiled, self.side)
        return Way(self.short or min(job.recipe.short_sides()), self.tiled, self.side)


def colorize(job: Job, network: nn.Module, photo: Photo, short: int) -> Image.Image:
    """Colour one photograph; the network is left as it was.

    short: pixels of the short side that the network sees, or a little more. Returns an sRGB image of the photo's size,
    with its alpha channel if it had one. Raises MistakeError where the network takes no size near.
    """
    return colour(Colourist(job, by_module(network)), Layers(photo.image.copy(), photo.alpha), Way(short))


def colorize_files(colourist: Colourist, places: Sequence[Path], wish: Wish, *, watch: Watch | None = None) -> Coloured:
    """Colour files, folders and patterns, keeping names and the folders' inner paths.

    A file that cannot be read, or whose format does not hold the result, is left out, and the rest goes on. Raises
    MistakeError before any work where a result would overwrite something and may not.
    """
    watch = watch or Silent()
    made = tasks(find(places, wish.naming, recursive=wish.recursive), wish.naming, force=wish.force)
    way = wish.way(colourist.job)
    written: list[Path] = []
    skipped: list[Skipped] = []
    watch.begin("colouring", len(made), "photo")
    try:
        for done, task in enumerate(made, start=1):
            try:
                _do(colourist, task, way, wish)
                written.append(task.target)
            except PhotoError as error:
                skipped.append(Skipped(task.source, str(error)))
                watch.note(f"left out {task.source}: {error}")
            watch.advance(done)
    finally:
        watch.end()
    return Coloured(tuple(written), tuple(skipped))


def _do(colourist: Colourist, task: Task, way: Way, wish: Wish) -> None:
    original = read(sys.stdin.buffer.read() if task.source == STREAM else task.source)
    before = shown(original.layers.on_paper()) if task.beside is not None else None
    result = colour(colourist, original.layers, way)
    form = Format(task.form or _own_format(original), wish.quality)
    if task.target == STREAM:
        sys.stdout.buffer.write(encoded(result, original.kept, form))
        sys.stdout.buffer.flush()
        return
    with whole(task.target, force=wish.force) as file:
        save(result, original.kept, form, file)
    if task.beside is not None and before is not None:
        sheet = compared(before, shown(result))
        with whole(task.beside, force=wish.force) as file:
            save(sheet, Kept(), form, file)


def _own_format(original: PhotoFile) -> str:
    return {"JPEG": "jpeg", "MPO": "jpeg", "WEBP": "webp", "TIFF": "tiff"}.get(original.kind, "png")
