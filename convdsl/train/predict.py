"""Colour many photographs by a trained network: files in, files out, whatever happens to one of them."""

import sys
from collections.abc import Sequence
from pathlib import Path

from PIL import Image
from torch import nn

from convdsl.mistake import MistakeError
from convdsl.record import dataclass, replace
from convdsl.train.colouring import Colourist, Tick, Way, along, by_module, colour, colour_deep
from convdsl.train.compare import compared, shown
from convdsl.train.hinted import hinted
from convdsl.train.hints import Given
from convdsl.train.job import Job, annealed
from convdsl.train.output import LOSSY, QUALITY, SUFFIXES, Format, encoded, format_of, save, whole
from convdsl.train.photo_file import Kept, PhotoFile, read
from convdsl.train.photos import Layers, Photo, PhotoError, Skipped, rounded
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
    as it is. tiled, side: as in Way. quality: of JPEG and WebP. depth: bits of a channel, 8, or 16, which are written
    as PNG. force: results may overwrite files. skip_existing: photographs whose result is there are left alone. hints:
    colours that a person gives for the one photograph that there is. temperature: at which colours are taken of bins;
    None: that of the recipe.
    """

    naming: Naming
    short: int | None = None
    full: bool = False
    tiled: bool = False
    side: int = 0
    quality: int = QUALITY
    depth: int = 8
    recursive: bool = True
    force: bool = False
    skip_existing: bool = False
    hints: Given | None = None
    temperature: float | None = None

    def __post_init__(self) -> None:
        form, lossy = self.naming.form, self.naming.form in ("", *LOSSY)
        if form and form not in SUFFIXES:
            raise MistakeError(f"there is no format `{form}`", way_out=f"the formats are {', '.join(SUFFIXES)}")
        if not 1 <= self.quality <= 100:
            raise MistakeError(f"a quality of {self.quality} is none", way_out="give a number from 1 to 100")
        if self.depth not in (8, 16):
            raise MistakeError(f"a depth of {self.depth} bits is none", way_out="give 8 or 16")
        out = self.naming.out
        if self.depth == 16 and "png" not in (form, format_of(out.suffix) if out is not None else None):
            raise MistakeError("16 bits are written as PNG only", way_out="say so: `--format png`")
        if self.force and self.skip_existing:
            raise MistakeError("`--force` does again what `--skip-existing` leaves alone", way_out="give one of them")
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

    A file that cannot be read, whose size the network does not take, or whose format does not hold the result, is left
    out, and the rest goes on. Raises MistakeError before any work where a result would overwrite something and may not,
    the network cannot be run on tiles, hints are given for several photographs or to a network that takes none, or a
    temperature to one that makes no bins; and where no photograph has a size that it takes.
    """
    watch = watch or Silent()
    colourist = replace(colourist, job=annealed(colourist.job, wish.temperature))
    found = find(places, wish.naming, recursive=wish.recursive)
    made = tasks(found, wish.naming, force=wish.force, skip_existing=wish.skip_existing)
    if wish.hints is not None:
        if len(found) != 1:
            message = f"hints belong to one photograph, and these are {len(found)}"
            raise MistakeError(message, way_out="colour it alone: name its file")
        colourist = hinted(colourist, wish.hints)
    way = wish.way(colourist.job)
    if way.tiled:
        along(colourist.job)
    if len(made) < len(found):
        watch.note(f"{len(found) - len(made)} of {len(found)} results are there already")
    written: list[Path] = []
    skipped: list[Skipped] = []
    facts: list[Facts] = []
    unfit: MistakeError | None = None
    bar = _Bar(watch, len(made), way)
    try:
        for done, task in enumerate(made, start=1):
            try:
                facts.append(_do(colourist, task, way, wish, bar.tile))
                written.append(task.target)
                if facts[-1].lost and wish.depth == 16:
                    watch.note(f"{task.source}: of its 16 bits only 8 could be read")
            except PhotoError as error:
                skipped.append(Skipped(task.source, str(error)))
                watch.note(f"left out {task.source}: {error}")
                if isinstance(error, Unfit) and unfit is None:
                    unfit = error.mistake
            bar.photo(done)
    except (KeyboardInterrupt, SystemExit, MistakeError):
        if written:
            watch.note(f"{len(written)} of {len(made)} photographs are done; `--skip-existing` goes on with the others")
        raise
    finally:
        watch.end()
    if unfit is not None and not written:
        raise unfit
    _tell(facts, wish.depth, watch)
    return Coloured(tuple(written), tuple(skipped))


@dataclass(frozen=True, slots=True)
class Facts:
    """What a file holds and its result does not. lost: bits of lightness, though the result's format could hold more;
    several: pictures.
    """

    lost: bool
    several: bool


def _tell(facts: Sequence[Facts], depth: int, watch: Watch) -> None:
    """Say once for all photographs what their results do not hold."""
    shallow, several = sum(fact.lost for fact in facts), sum(fact.several for fact in facts)
    if shallow and depth == 8:
        which = "the photograph has" if len(facts) == 1 else f"{shallow} of {len(facts)} photographs have"
        watch.note(f"{which} 16 bits a channel, and the result 8; all of the lightness: `--depth 16 --format png`")
    if several:
        which = "the file holds" if len(facts) == 1 else f"{several} of {len(facts)} files hold"
        watch.note(f"{which} several pictures, of which the first was coloured")


class Unfit(PhotoError):
    """A photograph that the network cannot be shown as was asked."""

    def __init__(self, mistake: MistakeError) -> None:
        super().__init__(mistake.message)
        self.mistake = mistake


class _Bar:
    """A bar over photographs, or over the tiles of a single one."""

    def __init__(self, watch: Watch, photos: int, way: Way) -> None:
        self._watch, self._by_tile = watch, photos == 1 and way.tiled
        self._is_open = False
        if not self._by_tile:
            watch.begin("colouring", photos, "photo")

    def tile(self, done: int, total: int) -> None:
        """Move on by a tile."""
        if not self._by_tile:
            return
        if not self._is_open:
            self._watch.begin("colouring", total, "tile")
            self._is_open = True
        self._watch.advance(done)

    def photo(self, done: int) -> None:
        """Move on by a photograph."""
        if not self._by_tile:
            self._watch.advance(done)


def _do(colourist: Colourist, task: Task, way: Way, wish: Wish, tick: Tick) -> Facts:
    """Colour one photograph. The comparison is written first, so that all is there where the result is."""
    original = read(sys.stdin.buffer.read() if task.source == STREAM else task.source, deep=wish.depth == 16)
    deep = wish.depth == 16 and original.layers.deep is not None
    before = shown(original.layers.on_paper()) if task.beside is not None else None
    try:
        paint = colour_deep if wish.depth == 16 else colour
        result = paint(colourist, original.layers, way, tick)
    except MistakeError as mistake:
        raise Unfit(mistake) from mistake
    except (MemoryError, RuntimeError) as error:  # PyTorch says of both kinds of memory that it is out
        if isinstance(error, RuntimeError) and "memory" not in str(error):
            raise
        message = "there is not enough memory to show the network so much of the photograph at once"
        raise Unfit(MistakeError(message, way_out="take tiles, `--tile`, or a smaller size, `--size N`")) from error
    form = Format("png" if wish.depth == 16 else task.form or _own_format(original), wish.quality)
    facts = Facts(original.deep and not deep and form.name not in LOSSY, original.several)
    if task.target == STREAM:
        _to_standard_output(encoded(result, original.kept, form))
        return facts
    if task.beside is not None and before is not None:
        sheet = compared(before, shown(result if isinstance(result, Image.Image) else Image.fromarray(rounded(result))))
        with whole(task.beside, force=wish.force or wish.skip_existing) as file:
            save(sheet, Kept(), form, file)
    with whole(task.target, force=wish.force) as file:
        save(result, original.kept, form, file)
    return facts


def _to_standard_output(body: bytes) -> None:
    try:
        sys.stdout.buffer.write(body)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise  # nobody reads any more, and nobody is told
    except OSError as error:
        raise MistakeError(f"standard output cannot be written: {error.strerror or error}") from error


def _own_format(original: PhotoFile) -> str:
    return {"JPEG": "jpeg", "MPO": "jpeg", "WEBP": "webp", "TIFF": "tiff"}.get(original.kind, "png")
