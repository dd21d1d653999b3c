"""Imported files on a disk: only below the folder of the spec that is analysed, only plain files, never beyond.

What may be written as a path at all is decided in `graph/imports.py`; where it leads is decided here.
"""

import os
import posixpath
import stat
from pathlib import Path

from convdsl.files import describe_failure, neighbours
from convdsl.graph.library import ROOT, Refusal
from convdsl.source import Source
from convdsl.syntax.limits import MAX_BYTES
from convdsl.syntax.parse import decode


class Folder:
    """Finds and reads the files below a spec's folder; a reader for `analyze`."""

    def __init__(self, spec: str) -> None:
        """Bind to the spec that is analysed: its path as it was given, of a file that need not be there."""
        self._given = Path(spec).parent
        self._real = Path(os.path.realpath(self._given))  # (Path.resolve raises where links go in a circle)
        self._root = Path(os.path.realpath(spec))

    def resolve(self, path: str, importer: str) -> str | Refusal:
        """Return the name of the file that a path, written in the file `importer`, leads to, links followed."""
        near = posixpath.normpath(posixpath.join(posixpath.dirname(importer), path))
        below = "of the folder of the spec" if self._given == Path() else f"of `{self._given}`, the folder of the spec"
        if near.startswith("../"):
            way = "move the file into that folder, or the spec to where both are below its folder"
            return Refusal(f"`{path}` leads out {below}", way)
        target = Path(os.path.realpath(self._real / near))
        if target == self._root:
            return ROOT
        if not target.is_relative_to(self._real):
            return Refusal(f"`{path}` is a link that leads out {below}", "put the file itself there, not a link to it")
        if not os.path.lexists(target):
            return self._missing(near, importer)
        return target.relative_to(self._real).as_posix()

    def read(self, name: str) -> Source | Refusal:
        """Return the text of a file, under the name by which a person would open it."""
        shown = str(self._given / name)
        try:
            data = _read_plain(self._real / name)
        except (OSError, ValueError) as error:
            return Refusal(*describe_failure(shown, error))
        if data is None:
            return Refusal(f"`{shown}` is no plain file", "import a file that holds a spec")
        source, found = decode(shown, data)
        return Refusal(f"`{shown}`: {found[0].message}", found[0].helps[0].text) if found else source

    def _missing(self, near: str, importer: str) -> Refusal:
        way, better = "check the name; a path begins at the folder of the file that it is written in", ""
        names = neighbours(self._real / near)
        if names:
            found = posixpath.join(posixpath.dirname(near), names[0])
            better = posixpath.relpath(found, posixpath.dirname(importer) or ".")
            way = f"did you mean `{better}`"
        return Refusal(f"there is no file `{self._given / near}`", way, better=better)


def _read_plain(path: Path) -> bytes | None:
    """Read a plain file; None for anything else, which is not waited for: a pipe would block, a device never ends."""
    if not stat.S_ISREG(path.stat(follow_symlinks=False).st_mode):
        if path.is_dir():
            raise IsADirectoryError
        return None
    # not waiting for a pipe's other end, nor through a link that has just been put there
    flags = [getattr(os, name, 0) for name in ("O_RDONLY", "O_NONBLOCK", "O_NOFOLLOW", "O_BINARY")]
    with os.fdopen(os.open(path, sum(flags)), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            return None
        return file.read(MAX_BYTES + 1)
