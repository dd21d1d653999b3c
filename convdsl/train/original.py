"""The file of a training photograph as it was when the list was fixed, and its pixels as long as it is still that.

Knows no torch, so that a process that only reads photographs starts at once and stays small.
"""

import hashlib
from os import stat_result
from pathlib import Path

import numpy as np

from convdsl.record import dataclass
from convdsl.train import photos, shuffle
from convdsl.train.photos import PhotoError, Pixels

SQUARE = 96  # pixels: the side at which the photo set's baselines are measured


@dataclass(frozen=True, slots=True)
class Original:
    """One file that was read: what the system says of it, which changes with every write, and a hash of its bytes."""

    path: Path
    size: int  # bytes
    stamp: tuple[int, int, int]  # inode, time of the last change of its bytes and of anything, nanoseconds
    digest: str

    def require_same(self) -> None:
        """Raise PhotoError unless the file holds the same bytes still."""
        try:
            now = self.path.stat()
            if (now.st_size, _stamp(now)) == (self.size, self.stamp):
                return
            if now.st_size == self.size and _digest(self.path) == self.digest:
                return  # copied back, or given to another owner
        except OSError as error:
            raise PhotoError(error.strerror or str(error)) from error
        raise PhotoError("it holds other bytes now")


@dataclass(frozen=True, slots=True)
class Seen:
    """A photograph that was read for the first time: at every short side, and its centre square of SQUARE pixels."""

    original: Original
    versions: tuple[Pixels, ...]
    square: Pixels


def look(path: Path, sides: tuple[int, ...], coloured: bool) -> Seen:
    """Read a photograph at every short side.

    coloured: refuse gray ones. Raises PhotoError where it cannot be used.
    """
    try:
        known = path.stat()
        image = photos.decode(path, max(*sides, SQUARE)).image
        square = photos.pixels(photos.square(image, SQUARE))
        if coloured and photos.is_gray(square):
            raise PhotoError("has no colour")
        versions = tuple(photos.pixels(photos.resize_short(image, side)) for side in sides)
        digest = _digest(path)
        if _stamp(path.stat()) != _stamp(known):
            raise PhotoError("changed while it was read")
        return Seen(Original(path, known.st_size, _stamp(known), digest), versions, square)
    except OSError as error:
        raise PhotoError(f"cannot be read: {error.strerror or error}") from error


def read(original: Original, sides: tuple[int, ...], size: int) -> Pixels:
    """Read a photograph again at the short side `sides[size]`: the pixels that `look` saw, (H, W, 3).

    Raises PhotoError where the file is not the same any more.
    """
    try:
        image = photos.decode(original.path, max(*sides, SQUARE)).image
        return photos.pixels(photos.resize_short(image, sides[size]))
    finally:
        original.require_same()  # after reading, so that a change while it was read shows too


def cut(whole: Pixels, place: shuffle.Cut, crop: int) -> Pixels:
    """Cut one training crop (crop, crop, 3) from a photograph (H, W, 3)."""
    top, left = place.corner(whole.shape[0], whole.shape[1], crop)
    part = whole[top : top + crop, left : left + crop]
    return _mirrored(part) if place.mirrored else part


def _mirrored(part: Pixels) -> Pixels:
    """Return a mirrored copy, made colour by colour: it takes NumPy a third of the time of all at once."""
    out = np.empty_like(part, order="C")
    for channel in range(3):
        out[..., channel] = part[:, ::-1, channel]
    return out


def read_and_cut(original: Original, sides: tuple[int, ...], place: shuffle.Cut, crop: int) -> Pixels:
    """Read a photograph again and cut one crop, (crop, crop, 3), as an array of its own.

    Raises PhotoError where the file is not the same any more.
    """
    return cut(read(original, sides, place.size), place, crop).copy()


def _stamp(known: stat_result) -> tuple[int, int, int]:
    return known.st_ino, known.st_mtime_ns, known.st_ctime_ns


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
