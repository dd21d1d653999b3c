"""Which photographs a person means, and where the result of each goes: files, folders, patterns, standard input.

Nothing is read or written here but the names in folders.
"""

import os
from collections.abc import Iterator, Sequence
from glob import has_magic
from pathlib import Path

from convdsl.mistake import MistakeError
from convdsl.record import dataclass
from convdsl.train import photos
from convdsl.train.output import SUFFIXES, format_of

STREAM = Path("-")  # standard input, or standard output


@dataclass(frozen=True, slots=True)
class Found:
    """A photograph and the name that its result keeps, folders included: below the place in which it was found."""

    source: Path
    inner: Path


@dataclass(frozen=True, slots=True)
class Task:
    """A photograph, where its result goes, and where it is shown beside the gray one, if it is.

    form: the name of a format; "" for that of the photograph, which may be known only when it is read.
    """

    source: Path
    target: Path
    form: str = ""
    beside: Path | None = None


@dataclass(frozen=True, slots=True)
class Naming:
    """How results are called.

    out: a folder, a file's name, STREAM, or None: beside the photograph. suffix: put between name and ending. form: the
    name of a format; "" for that of the photograph, and PNG where we do not write that. compare: whether each is shown
    beside the gray one.
    """

    out: Path | None
    suffix: str = ""
    form: str = ""
    compare: bool = False


def find(places: Sequence[Path], naming: Naming, *, recursive: bool = True) -> tuple[Found, ...]:
    """Find the photographs in files, folders and patterns such as `photos/**/*.jpg`, each once, in order.

    What lies in the folder of results is none where that is inside a folder that is searched; nor, where results lie
    beside the photographs, what is called like one. recursive: whether folders are searched through all their
    subfolders. Raises MistakeError where a place holds none.
    """
    found: dict[Path, Found] = {}
    for place in places:
        inside = tuple(_inside(place, recursive))
        if not inside:
            message = f"no file matches `{place}`" if _is_pattern(place) else f"no photographs in `{place}`"
            known = ", ".join(sorted(photos.SUFFIXES))
            raise MistakeError(message, way_out=f"files are recognised by their suffix: {known}")
        for one in inside:
            if one.source == place or not _is_result(one, place, naming):
                found.setdefault(one.source, one)
    return tuple(found.values())


def _is_result(one: Found, place: Path, naming: Naming) -> bool:
    if naming.out is None:
        return one.source.stem.removesuffix(".compare").endswith(naming.suffix)
    source, out, searched = (Path(os.path.realpath(path)) for path in (one.source, naming.out, place))
    return place.is_dir() and out != searched and out.is_relative_to(searched) and source.is_relative_to(out)


def _is_pattern(place: Path) -> bool:
    return has_magic(str(place)) and not place.exists()


def _inside(place: Path, recursive: bool) -> Iterator[Found]:
    if place == STREAM:
        yield Found(STREAM, Path("stdin"))
    elif _is_pattern(place):
        fixed = Path(*_before_pattern(place))
        for match in sorted(fixed.glob(str(place.relative_to(fixed)))):
            inner = match.relative_to(fixed)
            if not match.is_dir() and match.suffix.lower() in photos.SUFFIXES and not _is_hidden(inner, place):
                yield Found(match, inner)
    elif place.is_dir():
        for source in photos.list_photos((place,)):
            inner = source.relative_to(place)
            if recursive or len(inner.parts) == 1:
                yield Found(source, inner)
    else:
        yield from (Found(source, Path(source.name)) for source in photos.list_photos((place,)))


def _is_hidden(inner: Path, pattern: Path) -> bool:
    """Tell whether a file, or a folder above it, is hidden, and the pattern does not speak of hidden ones."""
    asked = any(part.startswith(".") for part in pattern.parts)
    return not asked and any(part.startswith(".") for part in inner.parts)


def _before_pattern(place: Path) -> Iterator[str]:
    for part in place.parts[:-1]:
        if has_magic(part):
            return
        yield part


def tasks(
    found: Sequence[Found], naming: Naming, *, force: bool = False, skip_existing: bool = False
) -> tuple[Task, ...]:
    """Say where each photograph's result goes.

    skip_existing: leave out those whose result is there. Raises MistakeError where two would go to one place, one would
    replace a photograph, or, unless `force`, a file.
    """
    _require_sense(found, naming)
    name = naming.out if naming.out is not None and _is_file_name(naming.out) else None
    made = tuple(_task(one, naming, name) for one in found)
    if naming.out == STREAM:
        return made
    _require_apart(made)
    if skip_existing:  # a comparison alone is of a photograph at which an earlier run was stopped
        return tuple(task for task in made if not task.target.exists())
    if not force:
        _require_free(made)
    return made


def _is_file_name(out: Path) -> bool:
    return out.suffix.lower() in photos.SUFFIXES and not out.is_dir()


def _require_sense(found: Sequence[Found], naming: Naming) -> None:
    out, streamed = naming.out, any(one.source == STREAM for one in found)
    if out is None and not naming.suffix:
        message = "nothing says where the results go"
        raise MistakeError(message, way_out="`--out DIR`, or `--suffix _colour` to put them beside the photographs")
    if "/" in naming.suffix or "\\" in naming.suffix:
        raise MistakeError(f"`--suffix {naming.suffix}` is no part of a file's name", way_out="such as `_colour`")
    if out is not None and out != STREAM and not _is_file_name(out):
        if streamed:
            way_out = f"name a file, `--out {out / 'photo.png'}`, or standard output, `--out -`"
            raise MistakeError("a photograph from standard input has no name", way_out=way_out)
        return
    if out is None:
        if streamed:
            raise MistakeError("a photograph from standard input lies beside nothing", way_out="`--out FILE` or `-`")
        return
    if len(found) > 1:
        where = "standard output" if out == STREAM else f"the one file `{out}`"
        message = f"{len(found)} photographs do not go to {where}"
        raise MistakeError(message, way_out="give one photograph, or a folder as `--out`")
    if out == STREAM and naming.compare:
        raise MistakeError("`--compare` makes a second picture, and standard output holds one", way_out="`--out DIR`")
    if out != STREAM and format_of(out.suffix) is None:
        known = ", ".join(suffix for suffixes in SUFFIXES.values() for suffix in suffixes[:1])
        raise MistakeError(
            f"`{out}` would be a {out.suffix} file, which is not written", way_out=f"take one of {known}"
        )
    if out != STREAM and naming.form and format_of(out.suffix) != naming.form:
        message = f"`--out {out}` and `--format {naming.form}` name two formats"
        raise MistakeError(message, way_out="leave one of them out")


def _task(one: Found, naming: Naming, name: Path | None) -> Task:
    if naming.out == STREAM:
        return Task(one.source, STREAM, naming.form)
    suffix = one.inner.suffix
    form = naming.form or format_of(suffix) or "png"
    if format_of(suffix) != form:
        suffix = SUFFIXES[form][0]
    folder = naming.out if naming.out is not None else one.source.parent
    inner = one.inner if naming.out is not None else Path(one.source.name)
    target = folder / inner.with_name(f"{inner.stem}{naming.suffix}{suffix}")
    if name is not None:
        target, form = name.with_name(f"{name.stem}{naming.suffix}{name.suffix}"), format_of(name.suffix) or "png"
    beside = target.with_name(f"{target.stem}.compare{target.suffix}") if naming.compare else None
    return Task(one.source, target, form, beside)


def _require_apart(made: Sequence[Task]) -> None:
    """Refuse two results in one place, or in that of a photograph."""
    written: dict[Path, Task] = {}
    twice: list[tuple[Task, Task, Path]] = []
    for task in made:
        for place in (task.target, task.beside):
            if place is not None and written.setdefault(place, task) is not task:
                twice.append((written[place], task, place))
    if twice:
        first, second, place = twice[0]
        more = f", and {len(twice) - 1} more like them" if len(twice) > 1 else ""
        message = f"`{first.source}` and `{second.source}` would both become `{place}`{more}"
        raise MistakeError(message, way_out=_apart(first.source, second.source))
    sources = {os.path.realpath(task.source) for task in made if task.source != STREAM}
    for place in written:
        if os.path.realpath(place) in sources:
            way_out = "choose another `--out`, or `--suffix _colour`"
            raise MistakeError(f"`{place}` would replace the photograph itself", way_out=way_out)


def _apart(first: Path, second: Path) -> str:
    if first.suffix.lower() != second.suffix.lower():
        return f"colour one kind at a time, as by a pattern '*{first.suffix}', with an `--out` for each"
    return "give the folder that holds both, or colour them in two runs with different `--out`"


def _require_free(made: Sequence[Task]) -> None:
    places = (place for task in made for place in (task.target, task.beside) if place is not None)
    there = [place for place in places if place.exists()]
    if there:
        message = f"`{there[0]}` exists" + (f", and {len(there) - 1} more" if len(there) > 1 else "")
        way_out = (
            "choose another folder by `--out`, colour the others with `--skip-existing`, or overwrite by `--force`"
        )
        raise MistakeError(message, way_out=way_out)
